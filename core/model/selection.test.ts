import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NodeType } from './node.ts';
import type { LibraryPackage } from './package.ts';
import { compareEvr, formatEvr } from './rpmVersion.ts';
import { checkSelection, planNodeChanges, recommendPackages, type SelectionContext } from './selection.ts';
import { archFit } from './architectures.ts';
import { nodeOperatingSystem } from './selectionRules.ts';
import { sampleCertList, sampleLibrary } from './testing/rpmTool.ts';
import { certList, installed, knownNode, pkg, selectionNode } from './testing/selectionKit.ts';

/** The eight practice nodes with what release 1 puts on each type. */
function practiceContext(...folders: string[]): SelectionContext {
  const everywhere = ['ptbase', 'ptools', 'pagent', 'pmonitor'].map((name) => installed(`${name} 17.10.04.02-1`));
  const byType: Partial<Record<NodeType, ReturnType<typeof installed>[]>> = {
    TPA: [
      installed('ppde 17.10.04.02-1', 'x86_64'),
      installed('ptdbms 1:17.10.04.02-1', 'x86_64'),
      installed('pgateway 17.10.04.02-1', 'x86_64'),
    ],
    NONTPA: [installed('pbackup 17.10.04.02-1')],
    AWS: [installed('pconsole 17.10.04.02-1')],
  };
  byType.HSN = byType.TPA ?? [];
  byType.SWS = byType.AWS ?? [];
  const types: NodeType[] = ['TPA', 'TPA', 'TPA', 'TPA', 'HSN', 'NONTPA', 'AWS', 'SWS'];
  return {
    library: sampleLibrary(...folders),
    certList: sampleCertList('release-2/put-17.20.certlist'),
    nodes: types.map((type, i) => selectionNode(`node-${i + 1}`, type, [...everywhere, ...(byType[type] ?? [])])),
  };
}

const selectedOf = (context: SelectionContext): string[] =>
  recommendPackages(context)
    .filter((choice) => choice.selected)
    .map((choice) => choice.fileName);
const codes = (context: SelectionContext, ...fileNames: string[]): string[] =>
  checkSelection(context, fileNames).map((one) => `${one.code} ${one.packageName}`);

describe('the practice upgrade', () => {
  const context = practiceContext('release-2');

  it('recommends the mandatory packages and none of the practice faults', () => {
    const choices = recommendPackages(context);
    expect(choices).toHaveLength(11);
    expect(choices.filter((one) => one.recommended).map((one) => one.name)).toEqual([
      'pagent',
      'pbackup',
      'pconsole',
      'pgateway',
      'ppde',
      'ptbase',
      'ptdbms',
      'ptools',
    ]);
    expect(choices.find((one) => one.name === 'ptdbms')).toMatchObject({
      ...{ mandatory: true, selected: true, nodeTypes: ['TPA', 'HSN'] },
      onNodes: [{ version: '1:17.10.04.02-1', nodes: 5 }],
    });
    expect(choices.find((one) => one.name === 'paccel')).toMatchObject({
      ...{ recommended: false, selected: false, onNodes: [{ version: 'none', nodes: 5 }] },
      refused: {
        code: 'package-wrong-arch',
        packageName: 'paccel',
        message: 'paccel-17.20.03.01-1.aarch64 is for aarch64; the nodes are x86_64',
      },
    });
  });

  it('finds nothing against the recommended set and plans it in order', () => {
    const selected = selectedOf(context);
    expect(checkSelection(context, selected)).toEqual([]);
    const plan = planNodeChanges(context, selected);
    expect(plan.packages.map((one) => one.name)).toEqual([
      'ptbase',
      'pagent',
      'ptools',
      'pbackup',
      'pconsole',
      'ppde',
      'ptdbms',
      'pgateway',
    ]);
    expect(plan.packages.every((one) => one.mandatory)).toBe(true);
    expect(plan.nodes['node-8']?.map((one) => `${one.action} ${one.packageName} ${one.from} ${one.to}`)).toEqual([
      'upgrade ptbase 17.10.04.02-1 17.20.03.01-1',
      'upgrade pagent 17.10.04.02-1 17.20.03.01-1',
      'upgrade ptools 17.10.04.02-1 17.20.03.01-1',
      'upgrade pconsole 17.10.04.02-1 17.20.03.01-1',
    ]);
    expect(plan.nodes['node-1']?.[1]).toMatchObject({ packageName: 'pagent', replaces: ['pmonitor'], wayBack: false });
    expect(plan.warnings.map(({ message }) => message)).toEqual([
      'pagent-17.20.03.01-1.noarch replaces pmonitor on 8 nodes.',
      'Without a way back: pagent, pbackup, pconsole and 5 more. The library does not have the versions that are on the nodes now.',
    ]);
  });

  it('has a way back with the old packages in the library, and still recommends the certified ones only', () => {
    const both = practiceContext('release-1', 'release-2');
    expect(selectedOf(both).sort()).toEqual(selectedOf(context).sort());
    const plan = planNodeChanges(both, selectedOf(both));
    expect(
      Object.values(plan.nodes)
        .flat()
        .every((one) => one.wayBack),
    ).toBe(true);
    expect(plan.warnings.map(({ message }) => message)).toEqual([
      'pagent-17.20.03.01-1.noarch replaces pmonitor on 8 nodes.',
    ]);
  });

  it('without a cert list recommends what is newer than on the nodes, for the types that have it', () => {
    const free = { ...practiceContext('release-1', 'release-2'), certList: undefined };
    expect(selectedOf(free).sort()).toEqual(selectedOf(context).sort());
    expect(recommendPackages(free).find((one) => one.name === 'pconsole')?.nodeTypes).toEqual(['AWS', 'SWS']);
    expect(checkSelection(free, selectedOf(free))).toEqual([]);
  });

  it('names every mandatory package that is left out, with the file that mends it', () => {
    const problems = checkSelection(context, []);
    expect(problems.map((one) => one.code)).toEqual(Array(8).fill('package-missing'));
    expect(problems.find((one) => one.packageName === 'ppde')).toMatchObject({
      code: 'package-missing',
      packageName: 'ppde',
      message: 'ppde-17.20.03.01-1.x86_64 is mandatory and not selected (on node-1, node-2, node-3 and 2 more)',
      offers: ['ppde-17.20.03.01-1.x86_64.rpm'],
    });
    const empty = { ...context, library: [] };
    expect(checkSelection(empty, [])[0]?.message).toMatch(/; the library does not have it/);
  });

  it('changes nothing on a second run', () => {
    const selected = selectedOf(context);
    const plan = planNodeChanges(context, selected);
    const after: SelectionContext = {
      ...context,
      nodes: context.nodes.map((node) =>
        selectionNode(
          node.nodeId,
          node.type,
          plan.packages.filter((one) => plan.nodes[node.nodeId]?.some((change) => change.fileName === one.fileName)),
        ),
      ),
    };
    expect(selectedOf(after)).toEqual(selected);
    expect(checkSelection(after, selected)).toEqual([]);
    expect(checkSelection(after, [])).toEqual([]);
    const again = planNodeChanges(after, selected);
    expect(
      Object.values(again.nodes)
        .flat()
        .every((one) => one.action === 'keep' && one.from === one.to),
    ).toBe(true);
    expect(again.warnings).toEqual([]);
  });

  it('takes 10,000 nodes in its stride', () => {
    const nodes = Array.from({ length: 10_000 }, (_, i) => {
      const like = context.nodes[i % 8]!;
      const others = Array.from({ length: 20 }, (__, k) => installed(`other-${k} 1-1`));
      return selectionNode(`node-${i}`, like.type, [...like.facts.packages, ...others]);
    });
    const big = { ...context, nodes };
    const selected = selectedOf(big);
    expect(selected).toHaveLength(8);
    expect(checkSelection(big, selected)).toEqual([]);
    expect(Object.keys(planNodeChanges(big, selected).nodes)).toHaveLength(10_000);
  });
});

describe('refusals', () => {
  const nodes = [selectionNode('a', 'TPA', [installed('p 2-1')]), selectionNode('b', 'TPA', [installed('p 1-1')])];

  it('an older version than on any node it goes to', () => {
    const context: SelectionContext = {
      library: [pkg('p 1.5-1'), pkg('p 2-1'), pkg('p 3-1')],
      certList: undefined,
      nodes,
    };
    const choices = recommendPackages(context);
    expect(choices.map((one) => [one.version, one.selected, one.refused?.code])).toEqual([
      ['3', true, undefined],
      ['2', false, undefined],
      ['1.5', false, 'package-older'],
    ]);
    expect(choices[2]?.refused?.message).toBe('p-1.5-1.noarch is older than what a of 2 nodes have: 2-1');
    expect(choices[0]?.onNodes).toEqual([
      { version: '1-1', nodes: 1 },
      { version: '2-1', nodes: 1 },
    ]);
    expect(checkSelection(context, ['p-1.5-1.noarch.rpm'])).toMatchObject([
      { code: 'package-older', offers: ['p-3-1.noarch.rpm', 'p-2-1.noarch.rpm'] },
    ]);
  });

  it('another operating system', () => {
    const context: SelectionContext = { library: [pkg('p 3-1', { os: 'aix' })], certList: undefined, nodes };
    expect(recommendPackages(context)[0]?.refused).toMatchObject({
      code: 'package-wrong-os',
      message: 'p-3-1.noarch is for aix; the nodes run SLES 15 SP5',
    });
    expect(
      ['AIX 7.2', 'SunOS 5.11', 'Windows Server 2022', 'Red Hat Enterprise Linux 8'].map((os) =>
        nodeOperatingSystem({ os }),
      ),
    ).toEqual(['aix', 'solaris', 'windows', 'linux']);
  });

  it('architectures as rpm has them', () => {
    expect(archFit('i686', 'x86_64')).toBeGreaterThan(archFit('noarch', 'x86_64')!);
    expect([
      archFit('x86_64', 'i686'),
      archFit('aarch64', 'x86_64'),
      archFit('x86_64', 'aarch64'),
      archFit('ppc64le', 'x86_64'),
    ]).toEqual([undefined, undefined, undefined, undefined]);
  });

  it('a file that the library does not have', () => {
    const context: SelectionContext = { library: [], certList: undefined, nodes };
    expect(codes(context, 'x.rpm')).toEqual(['package-unknown x.rpm']);
    expect(() => planNodeChanges(context, ['x.rpm'])).toThrow(
      expect.objectContaining({ code: 'package-unknown', details: { fileName: 'x.rpm' } }),
    );
  });
});

describe('requirements', () => {
  const node = knownNode('a', 'TPA', [pkg('libx 1-1'), pkg('glibc 2.31-1', { arch: 'x86_64' })]);
  const check = (library: LibraryPackage[], selected: string[], nodes = [node]): string[] =>
    checkSelection(
      { library, certList: undefined, nodes },
      selected.map((name) => library.find((one) => one.name === name)!.fileName),
    ).map((one) => `${one.message}; ${one.offers.join(' ')}`);

  it('are met by what is on the node, by what is selected, and by the package itself', () => {
    const library = [
      pkg('p 1-1', { requires: ['libx >= 1', 'glibc >= 2.17', 'cap = 3', 'own'], provides: ['own'] }),
      pkg('q 1-1', { provides: ['cap = 3'] }),
    ];
    expect(check(library, ['p', 'q'])).toEqual([]);
    expect(check(library, ['p'])).toEqual(['p-1-1.noarch requires cap = 3; q-1-1.noarch.rpm']);
  });

  it('of an installed package that the selection would break', () => {
    const library = [
      pkg('user 1-1', { requires: ['libx = 1'] }),
      pkg('libx 2-1'),
      pkg('user 2-1', { requires: ['libx = 2'] }),
    ];
    const nodes = [selectionNode('a', 'TPA', [installed('libx 1-1'), installed('user 1-1')])];
    expect(check(library, ['libx'], nodes)).toEqual(['user-1-1.noarch, which is installed, requires libx = 1; ']);
    expect(
      checkSelection({ library, certList: undefined, nodes }, ['libx-2-1.noarch.rpm', 'user-2-1.noarch.rpm']),
    ).toEqual([]);
  });

  it('lacking on some nodes only are told with those nodes', () => {
    const library = [pkg('p 1-1', { requires: ['libx'] })];
    const nodes = [node, knownNode('b', 'AWS', []), knownNode('c', 'AWS', [])];
    expect(check(library, ['p'], nodes)).toEqual(['p-1-1.noarch requires libx (on b, c); ']);
  });

  it('are recommended along without a cert list, and with one when certified', () => {
    const library = [
      pkg('libx 2-1', { requires: ['new >= 2'] }),
      pkg('new 1-1'),
      pkg('new 2-1', { requires: ['newer'] }),
      pkg('newer 1-1'),
      pkg('other 1-1'),
    ];
    const free: SelectionContext = { library, certList: undefined, nodes: [node] };
    expect(selectedOf(free)).toEqual(['libx-2-1.noarch.rpm', 'new-2-1.noarch.rpm', 'newer-1-1.noarch.rpm']);
    const listed = { ...free, certList: certList('libx 2-1 noarch mandatory', 'new 2-1 noarch optional') };
    expect(selectedOf(listed)).toEqual(['libx-2-1.noarch.rpm', 'new-2-1.noarch.rpm']);
    expect(codes(listed, ...selectedOf(listed))).toEqual(['package-requires new']);
  });
});

describe('conflicts', () => {
  const nodes = [knownNode('a', 'TPA', [pkg('old 1-1')])];
  const context = (...library: LibraryPackage[]): SelectionContext => ({ library, certList: undefined, nodes });

  it('between two selected packages, and with an installed one in both directions', () => {
    expect(
      codes(context(pkg('p 1-1', { conflicts: ['q >= 1'] }), pkg('q 1-1')), 'p-1-1.noarch.rpm', 'q-1-1.noarch.rpm'),
    ).toEqual(['package-conflicts p']);
    expect(
      codes(context(pkg('p 1-1', { conflicts: ['q >= 2'] }), pkg('q 1-1')), 'p-1-1.noarch.rpm', 'q-1-1.noarch.rpm'),
    ).toEqual([]);
    expect(codes(context(pkg('p 1-1', { conflicts: ['old'] })), 'p-1-1.noarch.rpm')).toEqual(['package-conflicts p']);
    const guarded = [knownNode('a', 'TPA', [pkg('old 1-1', { conflicts: ['p'] })])];
    expect(codes({ ...context(pkg('p 1-1')), nodes: guarded }, 'p-1-1.noarch.rpm')).toEqual(['package-conflicts old']);
    expect(codes(context(pkg('p 1-1', { conflicts: ['p', 'cap'], provides: ['cap'] })), 'p-1-1.noarch.rpm')).toEqual(
      [],
    );
  });

  it('two versions of one package; two builds of one version are no conflict, the better one goes', () => {
    expect(codes(context(pkg('p 1-1'), pkg('p 2-1')), 'p-1-1.noarch.rpm', 'p-2-1.noarch.rpm')).toEqual([
      'package-conflicts p',
    ]);
    const builds = context(pkg('p 1-1', { arch: 'i686' }), pkg('p 1-1', { arch: 'x86_64' }));
    const files = ['p-1-1.i686.rpm', 'p-1-1.x86_64.rpm'];
    expect(codes(builds, ...files)).toEqual([]);
    const plan = planNodeChanges(builds, files);
    expect(plan.packages.map((one) => one.fileName)).toEqual(['p-1-1.x86_64.rpm']);
    expect(plan.warnings.map(({ message }) => message)).toEqual(['p-1-1.i686 goes to none of the selected nodes.']);
  });

  it('a node with both versions of a package, as a cut transaction leaves it, is gone through once more', () => {
    const nodes = [
      selectionNode('cut', 'TPA', [installed('p 1-1'), installed('p 2-1')]),
      selectionNode('whole', 'TPA', [installed('p 2-1')]),
    ];
    const plan = planNodeChanges({ ...context(pkg('p 2-1')), nodes }, ['p-2-1.noarch.rpm']);
    expect(plan.nodes['cut']).toMatchObject([{ action: 'upgrade', from: '1-1', to: '2-1' }]);
    expect(plan.nodes['whole']).toMatchObject([{ action: 'keep', to: '2-1' }]);
  });

  it('a package that replaces another selected one; replacing an installed one is fine', () => {
    const new_ = pkg('new 1-1', { obsoletes: ['old < 2'] });
    expect(codes(context(new_, pkg('old 1.5-1')), 'new-1-1.noarch.rpm', 'old-1.5-1.noarch.rpm')).toEqual([
      'package-conflicts old',
    ]);
    expect(codes(context(new_), 'new-1-1.noarch.rpm')).toEqual([]);
    expect(planNodeChanges(context(new_), ['new-1-1.noarch.rpm']).nodes['a']).toEqual([
      {
        packageName: 'new',
        fileName: 'new-1-1.noarch.rpm',
        action: 'install',
        to: '1-1',
        wayBack: false,
        replaces: ['old'],
      },
    ]);
    expect(
      codes(context(new_, pkg('user 1-1', { requires: ['old'] })), 'new-1-1.noarch.rpm', 'user-1-1.noarch.rpm'),
    ).toEqual(['package-requires user']);
  });
});

describe('a system of two architectures', () => {
  const library = [pkg('p 2-1', { arch: 'x86_64' }), pkg('p 2-1', { arch: 'aarch64' })];
  const list = certList('p 2-1 x86_64 mandatory', 'p 2-1 aarch64 mandatory');
  const nodes = [selectionNode('a', 'TPA'), selectionNode('b', 'TPA', [], { arch: 'aarch64' })];

  it('gets the right build on each node', () => {
    const context: SelectionContext = { library, certList: list, nodes };
    const selected = selectedOf(context);
    expect(selected).toHaveLength(2);
    expect(checkSelection(context, selected)).toEqual([]);
    const plan = planNodeChanges(context, selected);
    expect([plan.nodes['a']?.[0]?.fileName, plan.nodes['b']?.[0]?.fileName]).toEqual([
      'p-2-1.x86_64.rpm',
      'p-2-1.aarch64.rpm',
    ]);
    expect(codes(context, 'p-2-1.x86_64.rpm')).toEqual(['package-missing p']);
  });

  it('that the cert list does not cover is told', () => {
    const context: SelectionContext = { library, certList: certList('p 2-1 x86_64 mandatory'), nodes };
    expect(checkSelection(context, selectedOf(context))).toMatchObject([
      { code: 'package-wrong-arch', message: 'p is mandatory but certified for x86_64 only, not for aarch64 (on b)' },
    ]);
  });

  it('a mandatory package that is newer on the node is no problem', () => {
    const context: SelectionContext = {
      library,
      certList: list,
      nodes: [selectionNode('a', 'TPA', [installed('p 3-1', 'x86_64')])],
    };
    expect(recommendPackages(context).map((one) => one.refused?.code)).toEqual(['package-wrong-arch', 'package-older']);
    expect(checkSelection(context, selectedOf(context))).toEqual([]);
  });
});

describe('any library and any nodes', () => {
  const name = fc.constantFrom('a', 'b', 'c', 'd', 'e');
  const version = fc.constantFrom('1-1', '2-1', '2-2', '1:1-1', '2~rc1-1');
  const arch = fc.constantFrom('noarch', 'x86_64', 'aarch64');
  const need = fc.tuple(name, fc.constantFrom('', ' >= 2', ' = 1', ' < 2')).map(([n, range]) => n + range);
  const anyPackage = fc
    .record({
      name,
      version,
      arch,
      requires: fc.array(need, { maxLength: 2 }),
      conflicts: fc.array(need, { maxLength: 1 }),
      obsoletes: fc.array(need, { maxLength: 1 }),
    })
    .map(({ name: n, version: v, ...words }) => pkg(`${n} ${v}`, words));
  const library = fc.uniqueArray(anyPackage, { maxLength: 8, selector: (one) => one.fileName });
  const anyNode = fc.record({
    type: fc.constantFrom<NodeType>('TPA', 'HSN', 'AWS'),
    arch: fc.constantFrom('x86_64', 'aarch64'),
    packages: fc.uniqueArray(fc.tuple(name, version, arch), { maxLength: 4, selector: ([n]) => n }),
  });
  const nodes = fc.array(anyNode, { minLength: 1, maxLength: 5 }).map((list) =>
    list.map((one, i) =>
      selectionNode(
        `n${i}`,
        one.type,
        one.packages.map(([n, v, a]) => installed(`${n} ${v}`, a)),
        one,
      ),
    ),
  );
  const list = fc.option(
    fc
      .uniqueArray(fc.tuple(name, version, arch, fc.boolean(), fc.constantFrom('*', 'TPA', 'AWS,HSN')), {
        minLength: 1,
        maxLength: 5,
        selector: ([n, , a]) => n + a,
      })
      .map((rows) =>
        certList(
          ...rows.map(
            ([n, v, a, mandatory, types]) => `${n} ${v} ${a} ${mandatory ? 'mandatory' : 'optional'} ${types}`,
          ),
        ),
      ),
    { nil: undefined },
  );
  const situation = fc.record({ library, certList: list, nodes });

  it('nothing refused is proposed, and every choice is there once', () => {
    fc.assert(
      fc.property(situation, (context) => {
        const choices = recommendPackages(context);
        expect(choices.map((one) => one.fileName).sort()).toEqual(context.library.map((one) => one.fileName).sort());
        for (const choice of choices) {
          expect(choice.selected && choice.refused !== undefined).toBe(false);
          expect(choice.selected && !choice.recommended).toBe(false);
        }
      }),
      { seed: 5, numRuns: 300 },
    );
  });

  it('a sound selection leaves every node with a newer or equal version, requirements met, nothing twice', () => {
    let sound = 0;
    fc.assert(
      fc.property(situation, fc.array(fc.nat(7), { maxLength: 5 }), (context, picks) => {
        const files = [...new Set(picks.flatMap((i) => context.library[i]?.fileName ?? []))];
        const problems = checkSelection(context, files);
        for (const problem of problems) {
          for (const offer of problem.offers) {
            expect(files).not.toContain(offer);
            expect(context.library.map((one) => one.fileName)).toContain(offer);
          }
        }
        if (problems.length > 0) return;
        sound += 1;
        const plan = planNodeChanges(context, files);
        const order = plan.packages.map((one) => one.fileName);
        for (const node of context.nodes) {
          const changes = plan.nodes[node.nodeId] ?? [];
          expect(new Set(changes.map((one) => one.packageName)).size).toBe(changes.length);
          const places = changes.map((one) => order.indexOf(one.fileName ?? ''));
          expect(places).toEqual([...places].sort((a, b) => a - b));
          for (const change of changes) {
            const file = context.library.find((one) => one.fileName === change.fileName)!;
            const before = node.facts.packages.find((one) => one.name === change.packageName);
            expect(archFit(file.arch, node.facts.arch)).toBeDefined();
            expect(change.from).toBe(before && formatEvr(before));
            if (before) expect(compareEvr(file, before)).toBeGreaterThanOrEqual(0);
            expect(change.action === 'install').toBe(before === undefined);
          }
        }
      }),
      { seed: 6, numRuns: 600 },
    );
    expect(sound).toBeGreaterThan(50);
  });
});
