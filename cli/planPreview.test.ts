import { expect, it } from 'vitest';
import type { LibraryView } from '../core/model/package.ts';
import type { NodeRow } from '../core/model/node.ts';
import { previewPlan } from './planPreview.ts';

const NAMES = ['p1', 'p2', 'p3', 'p4', 'p5', 'p6'];

it('says once that there is no way back, however many packages have none', () => {
  const identity = { epoch: 0, release: '1', arch: 'noarch' };
  const packages = NAMES.map((name) => ({
    ...{ ...identity, name, version: '2', os: 'linux', fileName: `${name}-2-1.noarch.rpm`, sha256: '0'.repeat(64) },
    ...{ fileBytes: 1, installedBytes: 1, summary: '', scriptlets: [], signed: false, uploadedBy: '', uploadedAtMs: 0 },
    ...{ requires: [], provides: [], conflicts: [], obsoletes: [] },
  }));
  const library: LibraryView = {
    packages: Object.fromEntries(packages.map((one) => [one.fileName, one])),
    certLists: {},
    freeBytes: 1,
  };
  const node: NodeRow = {
    ...{ nodeId: 'n1', address: '', type: 'TPA', system: 1, reachable: 'yes', os: 'Linux', arch: 'x86_64' },
    service: { name: 'db', state: 'up' },
    packageCount: NAMES.length,
  };
  const installed = NAMES.map((name) => ({ ...identity, name, version: '1' }));
  const plan = { version: 1, operation: 'install-upgrade-software', packages: Object.keys(library.packages) } as const;
  const { warnings } = previewPlan(plan, [node], () => installed, library, 0).plan;
  expect(warnings).toEqual([
    {
      name: 'no-way-back',
      message:
        'Without a way back: p1, p2, p3 and 3 more. The library does not have the versions that are on the nodes now.',
    },
  ]);
});
