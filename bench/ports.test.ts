import { expect, it } from 'vitest';
import { createRandom } from '../core/testing/random.ts';
import { noRounds } from './support/leaseRounds.ts';
import { runWireRounds } from './support/wireRounds.ts';

it('leaves no lease behind and offers no port out of the range', { timeout: 30_000 }, async () => {
  const counts = noRounds();
  const { leasesLeft } = await runWireRounds(40, createRandom(1), counts);
  expect(leasesLeft).toBe(0);
  expect(counts).toMatchObject({ rounds: 40, outOfRange: 0 });
  expect(counts.offered).toBeGreaterThan(10);
});
