import type { MessageBoxOptions } from 'electron';
import { describe, expect, it } from 'vitest';
import { PutError } from '../../core/protocol/errors.ts';
import { withReadableList } from './damagedList.ts';

const LIST = '/data/systems.json';

/** A start with what stands in the file; `pressed`: the button of the box. */
async function start(pressed: number, failure: Error | undefined) {
  const renamed: [string, string][] = [];
  const boxes: MessageBoxOptions[] = [];
  const outcome = withReadableList(
    () => (failure && renamed.length === 0 ? Promise.reject(failure) : Promise.resolve('made')),
    {
      ask: (box) => Promise.resolve((boxes.push(box), pressed)),
      rename: (from, to) => Promise.resolve(void renamed.push([from, to])),
      nowMs: () => Date.UTC(2026, 10, 27, 3, 4, 5),
      tell: () => undefined,
    },
  );
  return { made: await outcome, renamed, boxes };
}

describe('a list of systems that cannot be read', () => {
  const damaged = new PutError('config-unreadable', `${LIST}: Unexpected end of JSON input`, { path: LIST });

  it('is set aside whole where a person wants to start all the same', async () => {
    const { made, renamed, boxes } = await start(1, damaged);
    expect([made, renamed]).toEqual(['made', [[LIST, `${LIST}.damaged-20261127030405`]]]);
    expect(boxes[0]?.detail).toContain('Unexpected end of JSON input');
  });

  it('stays where it is where the person ends the program, by the button or by closing the box', async () => {
    expect(await start(0, damaged)).toMatchObject({ made: undefined, renamed: [] });
  });

  it('asks nothing where it can be read, and takes no other fault for one of the list', async () => {
    expect(await start(1, undefined)).toEqual({ made: 'made', renamed: [], boxes: [] });
    await expect(start(1, new PutError('disk-full', 'no room'))).rejects.toMatchObject({ code: 'disk-full' });
  });
});
