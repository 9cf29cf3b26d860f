import { expect, it } from 'vitest';
import type { InstalledPackage } from '../../core/model/node.ts';
import type { SeenNode } from './NodePort.ts';
import { rowOfSeen } from './seenRows.ts';

const installed = (name: string, version = '1'): InstalledPackage => ({
  ...{ name, epoch: 0, version, release: '1', arch: 'noarch' },
});

const seen = (...packages: InstalledPackage[]): SeenNode => ({
  ...{ nodeId: 'n1', address: '', type: 'TPA', system: 1, reachable: 'yes' },
  packages,
});

it('a row has number and digest of the packages, equal for equal ones, and nothing that grows with them', () => {
  const node = seen(installed('a'), installed('b'));
  const row = rowOfSeen(node, 0);
  expect(row).toMatchObject({ nodeId: 'n1', packageCount: 2 });
  expect(JSON.stringify(row)).not.toContain('noarch');
  expect(rowOfSeen(node, 0)).toBe(row);
  expect(rowOfSeen(node, 1)).toEqual({ ...row, place: 1 });
  expect(rowOfSeen(seen(installed('b'), installed('a')), 0).packagesDigest).toBe(row.packagesDigest);
  expect(rowOfSeen(seen(installed('a'), installed('b', '2')), 0).packagesDigest).not.toBe(row.packagesDigest);
  expect(rowOfSeen(seen(), 0)).not.toHaveProperty('packagesDigest');
});
