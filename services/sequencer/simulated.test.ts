import { describe, expect, it } from 'vitest';
import { simulateJob } from './testing/simulateJob.ts';

/** Jobs of one test; `npm run simulate` takes any number. */
const JOBS = 120;

describe('the sequencer', () => {
  it.for([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])(
    'keeps its invariants over jobs that chance drives (%i of 10)',
    { timeout: 120_000 },
    (part) => {
      let events = 0;
      for (let seed = part * JOBS; seed < (part + 1) * JOBS; seed += 1) {
        const job = simulateJob(seed);
        events += job.events.length;
        expect(job.broken, `seed ${seed}, after ${JSON.stringify(job.events.at(-1))}`).toBeUndefined();
      }
      expect(events).toBeGreaterThan(JOBS * 30);
    },
  );
});
