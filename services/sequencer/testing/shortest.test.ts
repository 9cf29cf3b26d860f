import { describe, expect, it } from 'vitest';
import { shortestActs } from './shortest.ts';

describe('shortestActs', () => {
  it('leaves out everything that is not needed for the same fault', async () => {
    const acts = Array.from({ length: 60 }, (_, i) => i);
    const run = (kept: readonly number[]): string | undefined =>
      kept.includes(7) && kept.includes(41) ? `n-${kept.length} has two pieces of work` : 'it does not end';
    const { acts: needed } = await shortestActs({ broken: 'n-3 has two pieces of work', acts }, run);
    expect(needed).toEqual([7, 41]);
  });
});
