import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NODE_TYPES } from '../core/model/node.ts';
import { PutError } from '../core/protocol/errors.ts';
import { formatPlan, parsePlan, planDigest, requireUnchanged, type PlanFile } from './planFile.ts';

function faultOf(text: string): PutError {
  try {
    parsePlan(text, 'plan.yaml');
  } catch (error) {
    if (error instanceof PutError) return error;
    throw error;
  }
  throw new Error('the plan was taken');
}

const word = fc.stringMatching(/^[a-zA-Z0-9][a-zA-Z0-9._+~-]{0,30}$/);
const plans: fc.Arbitrary<PlanFile> = fc
  .record(
    {
      mode: fc.constantFrom('typical' as const, 'custom' as const),
      nodes: fc.uniqueArray(word, { minLength: 1, maxLength: 20 }),
      nodeTypes: fc.uniqueArray(fc.constantFrom(...NODE_TYPES), { minLength: 1 }),
      types: fc.dictionary(word, fc.constantFrom(...NODE_TYPES)),
      certList: word,
      release: word,
      packages: fc.uniqueArray(word, { minLength: 1, maxLength: 20 }),
      spoolArea: fc
        .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
        .filter((text) => text.trim() === text && text !== ''),
      versions: fc.dictionary(word, word),
    },
    { requiredKeys: [] },
  )
  .map((given) => {
    const { nodeTypes, release, versions, ...plan } = given;
    return {
      version: 1 as const,
      operation: 'install-upgrade-software' as const,
      ...plan,
      ...(plan.nodes || !nodeTypes ? {} : { nodeTypes }),
      ...(plan.certList !== undefined || release === undefined ? {} : { release }),
      ...(plan.mode === 'custom' && versions ? { versions } : {}),
    };
  });

describe('plan file', () => {
  it('reads back every plan that it writes, as YAML and as JSON', () => {
    fc.assert(
      fc.property(plans, fc.constantFrom('plan.yaml', 'plan.json'), (plan, path) => {
        const { __proto__: _types, ...types } = (plan.types ?? {}) as Record<string, never>;
        fc.pre(Object.keys(types).length === Object.keys(plan.types ?? {}).length);
        expect(parsePlan(formatPlan(plan, path), path)).toEqual(plan);
      }),
      { seed: 11, numRuns: 60 },
    );
  });

  it('answers any text with a plan or with plan-invalid, never with another error', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary', maxLength: 200 }),
          fc.json(),
          fc.string({ maxLength: 60 }).map((text) => `version: 1\n${text}`),
        ),
        (text) => {
          try {
            parsePlan(text, 'p');
          } catch (error) {
            expect(error).toBeInstanceOf(PutError);
            expect((error as PutError).code).toBe('plan-invalid');
          }
        },
      ),
      { seed: 12, numRuns: 150 },
    );
  });

  it.each([
    ['version: 2', 'plan.yaml, line 1: version: 2 is not known; this putctl reads plans of version 1'],
    ['mode: typical', 'plan.yaml, line 1: version: is missing; a plan begins with `version: 1`'],
    ['version: 1\nnode: [a]', 'plan.yaml, line 2: node: is not known here; there are mode, nodes, '],
    ['version: 1\nnodes: [a, 5]', 'plan.yaml, line 2: nodes[1]: a text is needed: write it in quotes'],
    ['version: 1\nnodes: 5', 'plan.yaml, line 2: nodes: a list is needed'],
    ['version: 1\nnodes: tpa-[9-1]', 'plan.yaml, line 2: nodes: these are more than 100000 nodes, or a range runs'],
    ['version: 1\nnodes: tpa-[1-999999]', 'plan.yaml, line 2: nodes: these are more than 100000 nodes, or a range'],
    ['version: 1\nnodes: [a, a]', 'plan.yaml, line 2: nodes: a is named twice'],
    ['version: 1\nnodes: [a]\nnodeTypes: [TPA]', 'plan.yaml, line 3: nodeTypes: give nodes or nodeTypes'],
    ['version: 1\nmode: fast', 'plan.yaml, line 2: mode: one of typical, custom is needed'],
    ['version: 1\nrelease: "1"\ncertList: x', 'plan.yaml, line 2: release: give certList or release'],
    ['version: 1\nversions: {a: "1"}', 'plan.yaml, line 2: versions: versions are asked for in custom mode only'],
    ['version: 1\ntypes: {a: BIG}', 'plan.yaml, line 2: types.a: one of TPA, '],
    ['version: 1\nmode: "typ', 'plan.yaml, line 2: '],
    ['version: 1\nmode: typical\nmode: custom', 'plan.yaml, line 3: mode stands here twice, first in line 2'],
    [
      'version: 1\nsettings:\n  waves: type\n  nodesAtOnce: 9999',
      'plan.yaml, line 4: settings.nodesAtOnce: a whole number from 1 to 1024 is needed',
    ],
    ['version: 1\nsettings: {colour: red}', 'plan.yaml, line 2: settings.colour: there is no such setting; '],
    ['- 1', 'plan.yaml: is not a plan'],
    ['', 'plan.yaml: is not a plan'],
  ])('names the line and the place of what is wrong in %j, and what would be right', (text, start) => {
    const fault = faultOf(text);
    expect(fault.code).toBe('plan-invalid');
    expect(fault.message.slice(0, start.length)).toBe(start);
    expect(fault.details['path']).toBe('plan.yaml');
  });

  it('refuses a small text that would grow without end', () => {
    const bomb = [
      'version: 1',
      'a: &a [x,x,x,x,x,x,x,x,x]',
      ...[...'bcdefgh'].map(
        (name, at) => `${name}: &${name} [${Array.from({ length: 9 }, () => `*${'abcdefg'[at]}`).join(',')}]`,
      ),
    ].join('\n');
    expect(faultOf(bomb).code).toBe('plan-invalid');
  });
});

describe('what a plan file binds', () => {
  const bound = {
    madeAt: '2026-11-26T03:00:00.000Z',
    system: 'lab',
    release: '17.20.03',
    files: [{ file: 'a-2-1.noarch.rpm', sha256: 'a'.repeat(64) }],
    nodes: [
      { nodes: ['tpa-1', 'tpa-2'], changes: [{ package: 'a', action: 'upgrade' as const, from: '1-1', to: '2-1' }] },
    ],
    digest: 'none',
  };
  const made = (plan: PlanFile): PlanFile => ({ ...plan, bound: { ...bound, digest: planDigest(plan) } });

  it('is the same in YAML and JSON, whatever the order, and told when anything in it was changed', () => {
    const plan = made({ version: 1, operation: 'install-upgrade-software', mode: 'typical', nodes: ['tpa-1'], bound });
    for (const path of ['p.yaml', 'p.json']) {
      const read = parsePlan(formatPlan(plan, path), path);
      expect(read).toEqual(plan);
      expect(() => requireUnchanged(read, path)).not.toThrow();
      const turned = Object.fromEntries(Object.entries(read).reverse()) as PlanFile;
      expect(() => requireUnchanged(turned, path)).not.toThrow();
    }
    const changes: PlanFile[] = [
      { ...plan, mode: 'custom' },
      { ...plan, nodes: ['tpa-1', 'tpa-2'] },
      { ...plan, spoolArea: '/' },
      { ...plan, bound: { ...bound, release: '99.0', digest: plan.bound?.digest ?? '' } },
      { ...plan, bound: { ...bound, files: [], digest: plan.bound?.digest ?? '' } },
    ];
    for (const changed of changes) {
      expect(() => requireUnchanged(changed, 'p.yaml')).toThrow(expect.objectContaining({ code: 'plan-stale' }));
    }
    expect(() => requireUnchanged({ version: 1, operation: 'install-upgrade-software' }, 'p.yaml')).not.toThrow();
  });

  const tpa = (from: number, to: number): string[] =>
    Array.from({ length: to - from + 1 }, (_, at) => `tpa-${String(from + at).padStart(5, '0')}`);
  const groups = [
    { nodes: tpa(1, 9_000), changes: bound.nodes[0]?.changes ?? [] },
    { nodes: ['aws-1', ...tpa(9_001, 9_990)], changes: [] },
  ];
  const nodes = groups.flatMap((group) => group.nodes);
  const large = {
    version: 1 as const,
    operation: 'install-upgrade-software',
    nodes,
    bound: { ...bound, nodes: groups },
  };
  const plan: PlanFile = { ...large, bound: { ...bound, nodes: groups, digest: planDigest(large) } };

  it('names each node once, as ranges: a plan of ten thousand nodes is a page', () => {
    for (const path of ['p.yaml', 'p.json']) {
      const text = formatPlan(plan, path);
      expect(text.match(/tpa-/g)).toHaveLength(2);
      expect(text).toContain('tpa-[00001-09000]');
      expect(text.length).toBeLessThan(1_000);
      const read = parsePlan(text, path);
      expect(read).toEqual(plan);
      expect(() => requireUnchanged(read, path)).not.toThrow();
    }
  });

  it('is read from files of earlier versions, that list every node twice, with the same digest', () => {
    const { version, operation, bound: binding } = plan;
    const { digest, ...rest } = binding ?? bound;
    const old = parsePlan(JSON.stringify({ version, digest, operation, nodes, bound: rest }), 'old.json');
    expect(old).toEqual(plan);
    expect(() => requireUnchanged(old, 'old.json')).not.toThrow();
  });

  it('other nodes than those bound stand beside them, and are another plan', () => {
    const fewer = { ...plan, nodes: ['tpa-00002', 'tpa-00001'] };
    const read = parsePlan(formatPlan(fewer, 'p.yaml'), 'p.yaml');
    expect(read.nodes).toEqual(['tpa-00002', 'tpa-00001']);
    expect(() => requireUnchanged(read, 'p.yaml')).toThrow(expect.objectContaining({ code: 'plan-stale' }));
  });

  it('nodes are written by hand as they are printed', () => {
    for (const words of ['tpa-[08-10] sws-1', "['tpa-[08-10]', sws-1]", "\n  - 'tpa-[08-10]'\n  - sws-1"])
      expect(parsePlan(`version: 1\nnodes: ${words}`, 'p.yaml').nodes).toEqual(['tpa-08', 'tpa-09', 'tpa-10', 'sws-1']);
  });
});
