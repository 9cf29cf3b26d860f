import { expect, it } from 'vitest';
import type { NodeFacts } from '../../core/model/node.ts';
import type { NodeHandle } from '../nodes/NodePort.ts';
import { contextFor } from '../nodes/sim/simTestKit.ts';
import type { WorkOutcome } from '../sequencer/events.ts';
import { runWork } from './openStep.ts';

it('warns of a node that is the same machine as another one of the job, and of no other', async () => {
  const find = (alsoNamed: readonly string[]): Promise<WorkOutcome> => {
    const value = {
      packages: [],
      service: { name: 'db', state: 'up' },
      boot: { id: 'b', uptimeSeconds: 1, alsoNamed },
    };
    const node = { nodeId: 'n2', facts: () => Promise.resolve({ ok: true, value: value as unknown as NodeFacts }) };
    const work = { sections: ['os'], takesPart: (nodeId: string) => nodeId !== 'elsewhere' };
    return runWork(node as unknown as NodeHandle, { use: 'facts', work }, contextFor('find-systems'));
  };
  expect(await find(['elsewhere', 'n1'])).toMatchObject({
    ...{ state: 'warned', cause: { code: 'same-machine', message: 'n2 is the same machine as n1' } },
    facts: { service: { state: 'up' } },
  });
  expect((await find(['elsewhere'])).state).toBe('ok');
});
