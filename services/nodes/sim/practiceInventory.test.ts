import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BUILT_IN_SEEDS, readInstalledSeeds } from './installedSeeds.ts';
import { packagesForType, practiceEntries, practiceFacts } from './practiceInventory.ts';
import { SAMPLE_FOLDER } from './simTestKit.ts';

describe('practiceEntries', () => {
  it('gives eight nodes as the practice system has them', () => {
    const entries = practiceEntries(8);
    expect(entries.map(({ nodeId, type, clique }) => [nodeId, type, clique])).toEqual([
      ['tpa-001', 'TPA', 1],
      ['tpa-002', 'TPA', 1],
      ['tpa-003', 'TPA', 2],
      ['tpa-004', 'TPA', 2],
      ['hsn-001', 'HSN', 1],
      ['nontpa-001', 'NONTPA', undefined],
      ['aws-001', 'AWS', undefined],
      ['sws-001', 'SWS', undefined],
    ]);
    expect(entries.map(({ address }) => address)).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((i) => `192.0.2.${i}`));
    const keys = entries.map((entry) => practiceFacts(1, entry, [], 'up').groupingKey);
    expect(new Set(keys.slice(0, 6)).size).toBe(1);
    expect(new Set(keys).size).toBe(3);
    // What the inventory calls a system is what Find All Systems finds as one.
    expect(entries.map(({ system }) => system)).toEqual([1, 1, 1, 1, 1, 1, 2, 3]);
  });

  it('gives as many nodes as asked for, each with its own name and address', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), (count) => {
        const entries = practiceEntries(count);
        expect(entries).toHaveLength(count);
        expect(new Set(entries.map((entry) => entry.nodeId)).size).toBe(count);
        expect(new Set(entries.map((entry) => entry.address)).size).toBe(count);
        expect(entries.some((entry) => entry.type === 'TPA')).toBe(true);
      }),
      { seed: 42, numRuns: 30 },
    );
  });

  it.each([0, -1, 1.5, 10_001, Number.NaN])('refuses %s nodes', (count) => {
    expect(() => practiceEntries(count)).toThrow(expect.objectContaining({ code: 'usage' }));
  });
});

it('the built-in packages are those of the first sample release', async () => {
  expect(await readInstalledSeeds(`${SAMPLE_FOLDER}release-1/installed.json`)).toEqual(BUILT_IN_SEEDS);
  expect(packagesForType(BUILT_IN_SEEDS, 'AWS').map((one) => one.name)).toContain('pconsole');
  await expect(readInstalledSeeds(`${SAMPLE_FOLDER}README.md`)).rejects.toMatchObject({ code: 'file-unreadable' });
});
