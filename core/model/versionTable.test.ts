import { expect, it } from 'vitest';
import type { InstalledPackage } from './node.ts';
import { versionCells, versionRows } from './versionTable.ts';

const installed = (name: string, version: string, arch = 'x86_64'): InstalledPackage => ({
  ...{ name, epoch: 0, version, release: '1', arch },
});

it('says what is where by type, differences between nodes of one type first', () => {
  const usual = [installed('db', '2'), installed('zlib', '1')];
  const rows = versionRows([
    { nodeId: 'tpa-1', type: 'TPA', packages: usual },
    { nodeId: 'tpa-2', type: 'TPA', packages: usual },
    { nodeId: 'tpa-3', type: 'TPA', packages: [installed('db', '2')] },
    { nodeId: 'aws-1', type: 'AWS', packages: [installed('db', '1'), installed('db', '3')] },
    { nodeId: 'tpa-4', type: 'TPA', packages: undefined },
  ]);
  expect(rows.map(({ packageName, type, differs }) => `${packageName} ${type} ${differs}`)).toEqual([
    'zlib TPA true',
    'db TPA false',
    'db AWS false',
  ]);
  expect(rows[0]?.versions).toEqual([
    { version: '1-1', nodes: 2, names: 'tpa-[1-2]' },
    { version: 'none', nodes: 1, names: 'tpa-3' },
  ]);
  expect(rows[2]?.versions).toEqual([{ version: '3-1 and 1-1', nodes: 1, names: 'aws-1' }]);
  expect(versionCells(rows[0] as never)).toEqual([
    ['zlib', 'x86_64', 'TPA', '1-1', 2, 3, 'yes', 'tpa-[1-2]'],
    ['zlib', 'x86_64', 'TPA', 'none', 1, 3, 'yes', 'tpa-3'],
  ]);
});

it('each type adds up to its nodes, however the packages are spread', () => {
  const nodes = Array.from({ length: 40 }, (_, i) => ({
    nodeId: `n-${i}`,
    type: i % 3 === 0 ? ('TPA' as const) : ('NONTPA' as const),
    packages: Array.from({ length: 6 }, (_, p) => installed(`p${p}`, String((i * p) % 4))).slice(i % 3),
  }));
  const rows = versionRows(nodes);
  expect(rows.length).toBe(11);
  for (const { of, versions, type } of rows) {
    expect(of).toBe(nodes.filter((node) => node.type === type).length);
    expect(versions.reduce((sum, { nodes: count }) => sum + count, 0)).toBe(of);
  }
});
