import { describe, expect, it } from 'vitest';
import { fuzz, fuzzInput, fuzzOnce } from './fuzz.ts';
import { keptSeeds, sampleFiles } from './fuzzFiles.ts';
import { fuzzTargets } from './fuzzTargets.ts';

const FIRST_SEED = 20_261_122;
const RUNS = 400;

const targets = fuzzTargets(sampleFiles());

describe('fuzzing', () => {
  it.each(targets)(
    `$name: ${RUNS} spoiled inputs from seed ${FIRST_SEED} end in a value or a PutError`,
    async (target) => {
      expect(target.samples.length).toBeGreaterThan(0);
      for (const sample of target.samples) {
        // Each sample is good, or cut short on purpose; else only the first check of a reader would be fuzzed.
        expect((await fuzzOnce(target, sample, 1)).finding).toBeUndefined();
      }
      const report = await fuzz(target, { firstSeed: FIRST_SEED, goOn: (runs) => runs < RUNS });
      expect(report.findings).toEqual([]);
      expect(report.accepted + Object.values(report.refused).reduce((sum, count) => sum + count, 0)).toBe(RUNS);
    },
  );

  it('gives the same input for the same seed', () => {
    for (const target of targets) expect(fuzzInput(target, 7)).toEqual(fuzzInput(target, 7));
  });

  it('reports what is no PutError, with the seed', async () => {
    const broken = { name: 'broken', samples: [new Uint8Array(4)], read: () => expect.unreachable('always') };
    const report = await fuzz(broken, { firstSeed: 3, goOn: (runs) => runs < 2 });
    expect(report.findings.map((finding) => finding.seed)).toEqual([3, 4]);
  });

  it('reads every input that was a finding once', async () => {
    for (const { target: name, name: file, bytes } of keptSeeds()) {
      const target = targets.find((one) => one.name === name);
      expect(target, file).toBeDefined();
      if (target) expect((await fuzzOnce(target, bytes, 1)).finding, file).toBeUndefined();
    }
  });
});
