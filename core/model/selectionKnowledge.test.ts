import { describe, expect, it } from 'vitest';
import type { LibraryPackage } from './package.ts';
import { SENSE } from './rpmVersion.ts';
import {
  judgeInSlices,
  planNodeChanges,
  recommendPackages,
  type SelectionContext,
  type SelectionNode,
} from './selection.ts';
import type { RpmFileEntry } from './rpmHeader.ts';
import { runAtOnce } from './slices.ts';
import { installed, knownNode, pkg, relation, selectionNode } from './testing/selectionKit.ts';

const fileOf = (library: readonly LibraryPackage[], name: string): string =>
  library.find((one) => one.name === name || one.fileName === name)?.fileName ?? name;

function judge(
  nodes: readonly SelectionNode[],
  library: readonly LibraryPackage[],
  selected: readonly string[],
  filesOf?: SelectionContext['filesOf'],
): { problems: string[]; left: readonly string[] } {
  const context: SelectionContext = { library, certList: undefined, nodes, filesOf };
  const verdict = runAtOnce(
    judgeInSlices(
      context,
      selected.map((name) => fileOf(library, name)),
    ),
  );
  return { problems: verdict.problems.map((one) => one.message), left: verdict.leftToRpm };
}

describe('what installed packages say', () => {
  it('provides by another name are known', () => {
    const base = pkg('osbase 1-1', { provides: ['virt-x', 'lib(x)'] });
    const app = pkg('app 1-1', { requires: ['virt-x', 'lib(x)'] });
    const other = pkg('other 1-1', { provides: ['lib(x)'] });
    expect(judge([knownNode('a', 'TPA', [base])], [app, other], ['app'])).toEqual({ problems: [], left: [] });
    expect(judge([knownNode('a', 'TPA', [pkg('osbase 1-1')])], [app, other], ['app']).problems).toEqual([
      'app-1-1.noarch requires virt-x',
      'app-1-1.noarch requires lib(x)',
    ]);
  });

  it('what nobody told is left to rpm on the node and never refused', () => {
    const app = pkg('app 1-1', { requires: ['virt-x', 'libx'] });
    const library = [app, pkg('lib 1-1', { provides: ['libx'] })];
    const nodes = [
      selectionNode('a', 'TPA', [installed('osbase 1-1')]),
      knownNode('b', 'TPA', [pkg('z 1-1', { provides: ['virt-x', 'libx'] })]),
    ];
    expect(judge(nodes, library, ['app'])).toEqual({
      problems: [],
      left: ['Left to rpm on the node: libx, virt-x (what some installed packages provide was not read) on a.'],
    });
    // It is recommended along, so that what the library has is not forgotten.
    const upgrade = [selectionNode('a', 'TPA', [installed('app 0-1'), installed('osbase 1-1')])];
    const recommended = recommendPackages({ library, certList: undefined, nodes: upgrade });
    expect(recommended.filter((one) => one.selected).map((one) => one.name)).toEqual(['app', 'lib']);
    // A node that was never seen counts as unknown, not as empty.
    expect(judge([selectionNode('a', 'TPA')], library, ['app']).problems).toEqual([]);
  });

  it('files, conditions, accounts and unread features of rpm are left to rpm; weak ones are not asked for', () => {
    const requires = [...['/bin/sh', '(a or b)', 'user(pdb)', 'rpmlib(X) <= 4.0-1'], relation('nice', SENSE.missingOk)];
    expect(judge([knownNode('a', 'TPA', [])], [pkg('p 1-1', { requires })], ['p'])).toEqual({
      problems: [],
      left: [
        'Left to rpm on the node: /bin/sh (files of installed packages are not read).',
        'Left to rpm on the node: (a or b) (conditions are judged there).',
        'Left to rpm on the node: user(pdb) (users and groups of the node are not read).',
        'Left to rpm on the node: rpmlib(X) <= 4.0-1 (the features of its rpm were not read).',
      ],
    });
  });

  it('features of the node’s rpm are compared', () => {
    const features = [relation('rpmlib(X) = 4.0-1', SENSE.rpmlib)];
    const node = knownNode('a', 'TPA', [], { rpm: { version: '4.14.3', features } });
    expect(judge([node], [pkg('p 1-1', { requires: ['rpmlib(X) <= 4.0-1'] })], ['p'])).toEqual({
      problems: [],
      left: [],
    });
    const packages = [pkg('p 1-1', { requires: ['rpmlib(X) <= 3.0-1', 'rpmlib(Y) <= 4.0-1'] })];
    expect(judge([node], packages, ['p']).problems).toEqual([
      'p-1-1.noarch requires rpmlib(X) <= 3.0-1, which rpm 4.14.3 of the node does not have',
      'p-1-1.noarch requires rpmlib(Y) <= 4.0-1, which rpm 4.14.3 of the node does not have',
    ]);
  });

  it.each([
    ['pre', SENSE.scriptPre, false],
    ['post', SENSE.scriptPost, false],
    ['interp and post', SENSE.scriptPost | SENSE.interpreter, false],
    ['pretrans', SENSE.pretrans, false],
    ['posttrans', SENSE.posttrans, false],
    ['plain', 0, true],
    ['preun', SENSE.scriptPreun, true],
    ['postun', SENSE.scriptPostun, true],
    ['pre and postun', SENSE.scriptPre | SENSE.scriptPostun, true],
    ['verify', SENSE.scriptVerify, true],
    ['interp', SENSE.interpreter, true],
    ['meta', SENSE.meta, true],
    ['prereq', SENSE.prereq, true],
    ['missingok', SENSE.missingOk, false],
  ])('a requirement of %s of an installed package holds or not', (_, flags, holds) => {
    const user = pkg('user 1-1', { requires: [relation('libx = 1', flags)] });
    const node = knownNode('a', 'TPA', [user, pkg('libx 1-1')]);
    expect(judge([node], [pkg('libx 2-1')], ['libx']).problems).toEqual(
      holds ? ['user-1-1.noarch, which is installed, requires libx = 1'] : [],
    );
  });

  it('what is needed before the transaction comes from what is installed, not from what is selected', () => {
    const p = pkg('p 1-1', { requires: [relation('lua', SENSE.pretrans)] });
    const lua = pkg('lua 1-1');
    expect(judge([knownNode('a', 'TPA', [])], [p, lua], ['p', 'lua']).problems).toEqual([
      'p-1-1.noarch requires lua before anything is installed',
    ]);
    expect(judge([knownNode('a', 'TPA', [lua])], [p], ['p']).problems).toEqual([]);
  });

  it('an installed package obsoletes a selected one', () => {
    const node = knownNode('n', 'TPA', [pkg('b 1-1', { obsoletes: ['a < 3'] })]);
    expect(judge([node], [pkg('a 1-1')], ['a']).problems).toEqual([
      'a-1-1.noarch is replaced by b-1-1.noarch, which is installed and obsoletes a < 3',
    ]);
    expect(judge([node], [pkg('a 3-1')], ['a']).problems).toEqual([]);
    expect(judge([node], [pkg('a 1-1'), pkg('b 2-1')], ['a', 'b']).problems).toEqual([]);
  });
});

describe('identity', () => {
  it('a build for the other word size is installed beside, not an upgrade', () => {
    const [i686, x86] = [pkg('ptlib 1-1', { arch: 'i686' }), pkg('ptlib 1-1', { arch: 'x86_64' })];
    const context: SelectionContext = { library: [i686], certList: undefined, nodes: [knownNode('a', 'TPA', [x86])] };
    const [change] = planNodeChanges(context, [i686.fileName]).nodes['a'] ?? [];
    expect(change).toMatchObject({ packageName: 'ptlib', action: 'install', to: '1-1', wayBack: true });
    expect(change?.from).toBeUndefined();
    const user = pkg('user 1-1', { requires: ['only64'] });
    const both = knownNode('a', 'TPA', [pkg('ptlib 1-1', { arch: 'x86_64', provides: ['only64'] }), user]);
    expect(judge([both], [i686], [i686.fileName]).problems).toEqual([]);
  });

  it('of two builds both are upgraded where both are installed, and are told apart', () => {
    const library = [pkg('lib 2-1', { arch: 'i686' }), pkg('lib 2-1', { arch: 'x86_64' })];
    const old = [pkg('lib 1-1', { arch: 'i686' }), pkg('lib 1.5-1', { arch: 'x86_64' })];
    const context: SelectionContext = { library, certList: undefined, nodes: [knownNode('a', 'TPA', old)] };
    const selected = recommendPackages(context).filter((one) => one.selected);
    expect(selected.map((one) => one.fileName)).toEqual(['lib-2-1.i686.rpm', 'lib-2-1.x86_64.rpm']);
    const plan = planNodeChanges(
      context,
      selected.map((one) => one.fileName),
    );
    expect(plan.nodes['a']?.map((one) => `${one.action} ${one.packageName} ${one.from}`)).toEqual([
      'upgrade lib.i686 1-1',
      'upgrade lib.x86_64 1.5-1',
    ]);
    expect(
      judge(
        context.nodes,
        library,
        library.map((one) => one.fileName),
      ).problems,
    ).toEqual([]);
  });

  it('packages without programs take each other’s place whatever their architecture is', () => {
    const library = [pkg('data 2-1', { arch: 'i686', color: 0 })];
    const nodes = [knownNode('a', 'TPA', [pkg('data 1-1', { arch: 'x86_64', color: 0 })])];
    const plan = planNodeChanges({ library, certList: undefined, nodes }, ['data-2-1.i686.rpm']);
    expect(plan.nodes['a']).toMatchObject([{ action: 'upgrade', from: '1-1' }]);
  });

  it.each([
    ['kernel', []],
    ['kernel-default', ['multiversion(kernel)']],
    ['kmod-x', ['installonlypkg(kernel-module)']],
  ])('%s is installed beside what is there, older or newer', (name, provides) => {
    const library = [pkg(`${name} 2-1`, { provides }), pkg(`${name} 0-1`, { provides })];
    const nodes = [knownNode('a', 'TPA', [pkg(`${name} 1-1`, { provides })])];
    const plan = planNodeChanges({ library, certList: undefined, nodes }, [`${name}-2-1.noarch.rpm`]);
    expect(plan.nodes['a']).toMatchObject([{ action: 'install', to: '2-1', beside: true, wayBack: true }]);
    expect(judge(nodes, library, [`${name}-0-1.noarch.rpm`]).problems).toEqual([]);
    const again = planNodeChanges({ library: [pkg(`${name} 1-1`, { provides })], certList: undefined, nodes }, [
      `${name}-1-1.noarch.rpm`,
    ]);
    expect(again.nodes['a']).toMatchObject([{ action: 'keep', from: '1-1' }]);
  });

  it('two selected packages that bring one path with other content are told', () => {
    const file = (path: string, change: Partial<RpmFileEntry> = {}): RpmFileEntry => ({
      ...{ path, bytes: 1, mode: 0o100644, digest: 'd1', linkTo: '', flags: 0, user: 'root', group: 'root', color: 0 },
      ...change,
    });
    const library = [pkg('p 1-1'), pkg('q 1-1')];
    const clash = (...change: Partial<RpmFileEntry>[]): string[] =>
      judge([knownNode('a', 'TPA', [])], library, ['p', 'q'], (fileName) =>
        fileName.startsWith('p') ? [file('/x'), file('/y')] : [file('/y', change[0]), file('/z')],
      ).problems;
    expect(clash()).toEqual([]);
    for (const change of [{ digest: 'd2' }, { bytes: 2 }, { mode: 0o100755 }, { user: 'pdb' }, { group: 'pdb' }]) {
      expect(clash(change)).toEqual(['q-1-1.noarch brings /y, which p-1-1.noarch brings with other content']);
    }
    expect(clash({ digest: 'd2', flags: 64 })).toEqual([]);
  });
});
