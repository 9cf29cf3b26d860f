import { describe, expect, it } from 'vitest';
import { factRows, withAnswer } from './knownFacts.ts';
import type { NodeFacts } from './node.ts';

const FACTS: NodeFacts = {
  ...{ nodeId: 'a', os: 'SLES 15', arch: 'x86_64', kernel: '5.14', memoryBytes: 2 * 1024 ** 3, groupingKey: 'g' },
  fileSystems: [{ path: '/', totalBytes: 4 * 1024 ** 3, freeBytes: 1024 ** 3 }],
  service: { name: 'tpa', state: 'up' },
  packages: [],
  boot: { id: 'b1', uptimeSeconds: 93_600 },
  clockOffsetMs: -90_000,
};

describe('what is known of a node', () => {
  it('keeps the time of each part, and tells only what was read', () => {
    const first = withAnswer(undefined, FACTS, ['os', 'services'], 1_000);
    expect(first.facts).not.toHaveProperty('packages');
    const then = withAnswer(first, { ...FACTS, boot: undefined }, ['filesystems'], 2_000);
    expect(then.readAtMs).toEqual({ os: 2_000, boot: 1_000, clock: 2_000, services: 1_000, filesystems: 2_000 });
    expect(factRows(then).flatMap(({ rows }) => rows)).toEqual([
      ['Operating system', 'SLES 15'],
      ['Kernel', '5.14'],
      ['Architecture', 'x86_64'],
      ['Memory', '2.0 GiB'],
      ['Up for', '1 d 2 h'],
      ['Boot id', 'b1'],
      ['Clock', '90 s behind the master'],
      ['Service', 'tpa up'],
      ['/', '1.0 GiB free of 4.0 GiB'],
    ]);
  });

  it('names the packages that a cut left in two versions, and no pair of architectures', () => {
    const build = (name: string, version: string, arch = 'noarch') => ({ name, epoch: 0, version, release: '1', arch });
    const packages = [
      ...[build('base', '1'), build('base', '2'), build('tools', '2')],
      ...[build('glibc', '2', 'x86_64'), build('glibc', '2', 'i686')],
    ];
    const known = withAnswer(undefined, { ...FACTS, packages }, ['packages'], 1_000);
    const rows = factRows(known).find(({ section }) => section === 'packages')?.rows;
    expect(rows).toEqual([
      ['Packages', '5'],
      ['In several versions', 'base'],
    ]);
  });
});
