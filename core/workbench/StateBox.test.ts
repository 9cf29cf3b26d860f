import { expect, it } from 'vitest';
import { applyPatch } from '../replica/patch.ts';
import { createFakeClock } from '../testing/fakeClock.ts';
import type { BridgePush } from './bridge.ts';
import { StateBox } from './StateBox.ts';
import type { WorkbenchState } from './state.ts';

const FIRST = { systems: {}, jobs: {} } as unknown as WorkbenchState;
const shardsOf = (text: string): object =>
  Object.fromEntries(
    Array.from({ length: 80 }, (_, shard) => [
      shard,
      Object.fromEntries(Array.from({ length: 128 }, (_, i) => [`node-${shard}-${i}`, { state: text, attempt: 1 }])),
    ]),
  );

it('tells a large change in small parts that follow each other, and a small one at once', async () => {
  const clock = createFakeClock();
  const box = new StateBox(FIRST, clock);
  const pushes: BridgePush[] = [];
  box.subscribe((push) => pushes.push(push));
  const cells = shardsOf('waiting');
  box.update((state) => ({ ...state, jobs: cells }) as never);
  await clock.advance(100);
  expect(pushes.length).toBeGreaterThan(3);
  expect(pushes.map(({ more }) => more)).toEqual([...pushes.slice(1).map(() => true), undefined]);
  for (const push of pushes) expect(JSON.stringify(push).length).toBeLessThan(300_000);
  let picture: { number: number; state: object } = { number: 1, state: FIRST };
  for (const { number, base, patch } of pushes) {
    expect(base).toBe(picture.number);
    picture = { number, state: applyPatch(picture.state, patch) };
  }
  expect(picture).toEqual(box.snapshot());
  // Ten thousand equal cells: their names are what travels.
  expect(pushes.reduce((sum, push) => sum + JSON.stringify(push).length, 0)).toBeLessThan(350_000);
  pushes.length = 0;
  box.update((state) => ({ ...state, jobs: { ...cells, 3: {} } }) as never);
  await clock.advance(100);
  expect(pushes).toEqual([
    {
      number: picture.number + 1,
      base: picture.number,
      patch: expect.objectContaining({ c: expect.anything() as object }) as object,
    },
  ]);
});
