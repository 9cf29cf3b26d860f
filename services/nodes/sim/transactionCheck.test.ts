import { describe, expect, it } from 'vitest';
import { formatNevra, SENSE } from '../../../core/model/rpmVersion.ts';
import { installed, pkg } from '../../../core/model/testing/selectionKit.ts';
import { PRACTICE_OS_RELATIONS, PRACTICE_OS_PACKAGE } from './practiceOs.ts';
import { PRACTICE_RPM } from './practiceInventory.ts';
import { obsoletedBy, transactionProblems, type Incoming } from './transactionCheck.ts';

/** What is refused of a transaction on a node that has `there`; `unknown` are installed builds whose headers nobody knows. */
function refused(there: readonly Incoming[], incoming: readonly Incoming[], unknown: readonly string[] = []): string[] {
  const packages = [...there, ...unknown.map((text) => installed(text)), PRACTICE_OS_PACKAGE];
  const relations = Object.fromEntries(there.map((one) => [formatNevra(one), one]));
  relations[formatNevra(PRACTICE_OS_PACKAGE)] = { ...pkg('x 1-1'), ...PRACTICE_OS_RELATIONS };
  return transactionProblems({ installed: packages, relations, incoming, rpm: PRACTICE_RPM }).map((one) => one.message);
}

describe('transactionProblems', () => {
  it('takes a chain in which each requires the exact version of the next, and refuses any part of it', () => {
    const chain = (version: string): Incoming[] => [
      pkg(`a ${version}-1`, { requires: [`b = ${version}-1`] }),
      pkg(`b ${version}-1`, { requires: [`c = ${version}-1`] }),
      pkg(`c ${version}-1`),
    ];
    const [a, b, c] = chain('2') as [Incoming, Incoming, Incoming];
    expect(refused(chain('1'), [a, b, c])).toEqual([]);
    expect(refused(chain('1'), [c])).toEqual(['c = 1-1 is needed by (installed) b-1-1.noarch']);
    expect(refused(chain('1'), [a, b])).toEqual(['c = 2-1 is needed by b-2-1.noarch']);
  });

  it('finds what the operating system provides', () => {
    const real = pkg('real 1-1', {
      requires: [
        'libc.so.6(GLIBC_2.17)(64bit)',
        'libstdc++.so.6(CXXABI_1.3)(64bit)',
        'libssl.so.1.1()(64bit)',
        '/bin/sh',
      ],
    });
    const more = pkg('more 1-1', {
      requires: ['systemd', 'bash >= 4', 'rpmlib(PayloadIsXz) <= 5.2-1', '/opt/own/tool'],
    });
    expect(refused([], [real, more])).toEqual([]);
    expect(refused([], [pkg('new 1-1', { requires: ['libc.so.6(GLIBC_2.38)(64bit)'] })])).toEqual([
      'libc.so.6(GLIBC_2.38)(64bit) is needed by new-1-1.noarch',
    ]);
    expect(refused([], [pkg('new 1-1', { requires: ['rpmlib(LargeFiles2) <= 9'] })])).toHaveLength(1);
  });

  it('leaves open what nobody knows', () => {
    expect(refused([], [pkg('app 1-1', { requires: ['virt-x'] })], ['osbase 1-1'])).toEqual([]);
    expect(refused([], [pkg('app 1-1', { requires: ['virt-x'] })])).toEqual(['virt-x is needed by app-1-1.noarch']);
    expect(refused([], [pkg('app 1-1', { requires: ['(a or b)'] })])).toEqual([]);
  });

  it('lets a provider go that was needed by scriptlets only', () => {
    const tool = (flags: number): Incoming => {
      const user = pkg('user 1-1', { requires: ['old'] });
      return { ...user, requires: user.requires.map((one) => ({ ...one, flags: one.flags | flags })) };
    };
    const successor = pkg('new 1-1', { obsoletes: ['old'] });
    expect(refused([pkg('old 1-1'), tool(SENSE.scriptPre)], [successor])).toEqual([]);
    expect(refused([pkg('old 1-1'), tool(SENSE.scriptPreun)], [successor])).toEqual([
      'old is needed by (installed) user-1-1.noarch',
    ]);
  });

  it('refuses conflicts both ways, and what an installed package obsoletes', () => {
    const foe = pkg('foe 1-1', { conflicts: ['app < 2'] });
    expect(refused([foe], [pkg('app 1-1')])).toEqual(['foe-1-1.noarch (installed) conflicts with app-1-1.noarch']);
    expect(refused([pkg('app 1-1')], [foe])).toEqual(['foe-1-1.noarch conflicts with app-1-1.noarch']);
    expect(refused([pkg('b 1-1', { obsoletes: ['a < 3'] })], [pkg('a 1-1')])).toEqual([
      'a-1-1.noarch is obsoleted by b-1-1.noarch (installed)',
    ]);
    expect(refused([pkg('b 1-1', { obsoletes: ['a < 3'] })], [pkg('a 3-1')])).toEqual([]);
  });

  it('puts a package beside one of another architecture', () => {
    const there = pkg('lib 1-1', { arch: 'x86_64' });
    const user = pkg('user 1-1', { requires: ['lib = 1-1'] });
    expect(refused([there, user], [pkg('lib 2-1', { arch: 'i686' })])).toEqual([]);
    expect(refused([there, user], [pkg('lib 2-1', { arch: 'x86_64' })])).toEqual([
      'lib = 1-1 is needed by (installed) user-1-1.noarch',
    ]);
  });
});

describe('obsoletedBy', () => {
  it('goes by name and version, never for a package of the same name', () => {
    const successor = pkg('new 1-1', { obsoletes: ['old < 2', 'new < 9'] });
    const there = [installed('old 1-1'), installed('old 2-1'), installed('new 0-1')];
    expect(obsoletedBy(successor, there)).toEqual([installed('old 1-1')]);
  });
});
