import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { alsoTakenBy, archFit } from './architectures.ts';
import { hasRpmTool } from './testing/rpmTool.ts';

const RPMRC = '/usr/lib/rpm/rpmrc';

describe('architectures', () => {
  it.each([
    ...['x86_64 em64t', 'x86_64 athlon', 'x86_64 amd64', 'x86_64 i386', 'x86_64 fat', 'x86_64 noarch'],
    ...['i686 i386', 'ppc64 ppc', 's390x s390', 'sparc64 sparc', 'armv7hl armv6hl', 'aarch64 noarch'],
  ])('%s: taken', (pair) => {
    const [node = '', pkg = ''] = pair.split(' ');
    expect(archFit(pkg, node)).toBeGreaterThan(0);
  });

  it.each(['x86_64 ia32e', 'i686 x86_64', 'aarch64 armv7hl', 'ppc64le ppc64', 's390 s390x', 'x86_64 aarch64'])(
    '%s: not taken',
    (pair) => {
      const [node = '', pkg = ''] = pair.split(' ');
      expect(archFit(pkg, node)).toBeUndefined();
    },
  );

  it('a machine that nobody knows takes its own and noarch', () => {
    expect(archFit('newarch', 'newarch')).toBe(0);
    expect(archFit('noarch', 'newarch')).toBe(1);
    expect(alsoTakenBy('constructor')).toEqual([]);
  });

  it('nearer ones are better', () => {
    expect(archFit('amd64', 'x86_64')).toBeLessThan(archFit('i686', 'x86_64') ?? 0);
    expect(archFit('i686', 'x86_64')).toBeLessThan(archFit('i386', 'x86_64') ?? 0);
  });
});

describe.skipIf(!hasRpmTool || !existsSync(RPMRC))('as the installed rpm has them', () => {
  it('every machine of rpmrc', () => {
    const lines = [...readFileSync(RPMRC, 'utf8').matchAll(/^arch_compat:\s*(\S+):\s*(.+)$/gm)];
    const next = new Map(lines.map(([, arch = '', list = '']) => [arch, list.trim().split(/\s+/)]));
    for (const arch of next.keys()) {
      const reached = new Set<string>();
      const follow = (from: string): void => {
        for (const one of next.get(from) ?? []) if (!reached.has(one) && reached.add(one)) follow(one);
      };
      follow(arch);
      reached.delete(arch);
      reached.delete('noarch');
      expect([...alsoTakenBy(arch)].sort(), arch).toEqual([...reached].sort());
    }
  });

  it('this machine, in its order', () => {
    const shown = execFileSync('rpm', ['--showrc'], { encoding: 'utf8' });
    const [own = '', ...list] = (/^compatible archs\s*:\s*(.+)$/m.exec(shown)?.[1] ?? '').trim().split(/\s+/);
    expect(alsoTakenBy(own)).toEqual(list.filter((arch) => arch !== 'noarch'));
  });
});
