import { expect, it } from 'vitest';
import { fuzz, fuzzOnce } from '../../core/testing/fuzz.ts';
import { httpTarget } from '../testing/httpFuzzTarget.ts';

const FIRST_SEED = 20_261_122;
const RUNS = 300;

it(`${RUNS} spoiled requests from seed ${FIRST_SEED} are answered or cut off`, async () => {
  const target = httpTarget();
  for (const sample of target.samples) expect(await fuzzOnce(target, sample, 1)).toEqual({ outcome: 'accepted' });
  const report = await fuzz(target, { firstSeed: FIRST_SEED, goOn: (runs) => runs < RUNS });
  expect(report.findings).toEqual([]);
  expect(report.accepted).toBe(RUNS);
});
