import { describe, expect, it } from 'vitest';
import { simulateSystem } from './testing/simulateSystem.ts';

/** Systems of one test, with two or three jobs each; `npm run simulate` takes any number. */
const SYSTEMS = 20;

describe('putservices with practice nodes', () => {
  it.for([1, 2, 3])(
    'keeps its invariants over kills, faults and people that chance drives (%i of 3)',
    { timeout: 120_000 },
    async (part) => {
      let events = 0;
      for (let seed = part * SYSTEMS; seed < (part + 1) * SYSTEMS; seed += 1) {
        const system = await simulateSystem(seed);
        events += system.events;
        expect(system.broken, `seed ${seed}, after ${system.acts.at(-1)?.text ?? 'nothing'}`).toBeUndefined();
      }
      expect(events).toBeGreaterThan(SYSTEMS * 40);
    },
  );
});
