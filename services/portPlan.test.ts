import { expect, it } from 'vitest';
import { PutError } from '../core/protocol/errors.ts';
import { defaultConfig } from './config/Config.ts';
import type { PortMap } from './portmgmt/PortsTopic.ts';
import type { PortListeners } from './portmgmt/PortListeners.ts';
import { openPorts } from './portPlan.ts';

const listeners = {} as PortListeners;

/** The block that a state folder gets where these ports are taken; none of the system's own are asked for. */
async function baseFor(stateFolder: string, taken: readonly number[] = []): Promise<number> {
  const { ports } = await openPorts(defaultConfig(), { portBase: 0, stateFolder }, (wanted: PortMap) =>
    taken.includes(wanted.negotiation)
      ? Promise.reject(new PutError('port-in-use', 'it is taken'))
      : Promise.resolve(listeners),
  );
  return ports.negotiation;
}

it('a state folder gets the same free block at each start, and another folder another one', async () => {
  const first = await baseFor('/var/lib/a');
  expect(await baseFor('/var/lib/a')).toBe(first);
  expect(await baseFor('/var/lib/b')).not.toBe(first);
  const second = await baseFor('/var/lib/a', [first]);
  expect(second).not.toBe(first);
  expect(await baseFor('/var/lib/a', [first])).toBe(second);
  expect(await baseFor('/var/lib/a', [second])).toBe(first);
});

it('what is no matter of ports is told at once', async () => {
  const opening = openPorts(defaultConfig(), { portBase: 0, stateFolder: '/a' }, () =>
    Promise.reject(new PutError('state-damaged', 'the disk is full')),
  );
  await expect(opening).rejects.toMatchObject({ code: 'state-damaged' });
});
