import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  compareEvr,
  compareVersionText,
  formatEvr,
  formatRelation,
  parseEvr,
  provideSatisfies,
  rangesOverlap,
  SENSE,
  senseOfFlags,
} from './rpmVersion.ts';
import { hasRpmBuild, hasRpmTool, runLuaInRpm } from './testing/rpmTool.ts';

const SEED = 20_261_122;

/** Texts that look like versions often enough, with every sign that rpm treats apart. */
const versionText = fc
  .array(
    fc.oneof(
      fc.constantFrom('.', '_', '+', '~', '^', '..', '~~', '^^', '~^', '^~', '', 'é'),
      fc.nat(20).map(String),
      fc.constantFrom('0', '00', '000', '01', '010', '10', '99999999999999999999', '100000000000000000000'),
      fc.constantFrom('a', 'b', 'rc', 'rc1', 'beta', 'Z', 'el8', 'git', 'fc', 'p'),
    ),
    { minLength: 0, maxLength: 6 },
  )
  .map((parts) => parts.join(''));

/** Pairs that differ little, since far-apart texts are decided by their first signs. */
const pairOfVersions = fc.oneof(
  fc.tuple(versionText, versionText),
  fc.tuple(versionText, versionText, versionText).map(([base, a, b]): [string, string] => [base + a, base + b]),
  fc
    .tuple(versionText, fc.constantFrom('~', '^', '.', '0', '.0', 'a', '~rc1', '^git1'))
    .map(([base, end]): [string, string] => [base, base + end]),
);

describe('compareVersionText', () => {
  it.each([
    ['1.0', '1.0', 0],
    ['1.0', '2.0', -1],
    ['2.0.1', '2.0.1a', -1],
    ['5.5p10', '5.5p1', 1],
    ['10xyz', '10.1xyz', -1],
    ['xyz.4', '8', -1],
    ['5.6.0', '05.06.00', 0],
    ['1.0', '1_0', 0],
    ['1.0', '1.0.', 0],
    ['1.0~rc1', '1.0', -1],
    ['1.0~rc1', '1.0~rc2', -1],
    ['1.0~rc1~git123', '1.0~rc1', -1],
    ['1.0^', '1.0', 1],
    ['1.0^git1', '1.0.1', -1],
    ['1.0^git1~pre', '1.0^git1', -1],
    ['1.0~', '1.0^', -1],
    ['2a', '2.0', -1],
    ['17.10.04.02', '17.20.03.01', -1],
    ['99999999999999999999', '100000000000000000000', -1],
    ['', '', 0],
    ['', '1', -1],
  ] as const)('%s and %s: %i', (a, b, order) => {
    expect(compareVersionText(a, b)).toBe(order);
    expect(compareVersionText(b, a)).toBe(order === 0 ? 0 : -order);
  });

  it('is the reverse of itself with the sides changed', () => {
    fc.assert(
      fc.property(pairOfVersions, ([a, b]) => compareVersionText(a, b) + compareVersionText(b, a) === 0),
      { seed: SEED, numRuns: 2000 },
    );
  });

  it.skipIf(!hasRpmTool)('orders 20,000 generated pairs as the installed rpm does', () => {
    expect(disagreements(fc.sample(pairOfVersions, { seed: SEED, numRuns: 20_000 }))).toEqual([]);
  });
});

/** Pairs that rpm.vercmp of the installed rpm orders otherwise. It refuses empty versions; those are left out. */
function disagreements(pairs: readonly (readonly [string, string])[]): string[] {
  const answers = runLuaInRpm(
    pairs.map(([a, b]) => `${a}\t${b}`),
    String.raw`local a, b = line:match("^(.-)\t(.*)$"); local ok, order = pcall(rpm.vercmp, a, b); print((ok and order or "refused") .. "\n")`,
  );
  expect(answers).toHaveLength(pairs.length);
  expect(answers.filter((answer) => answer === 'refused').length).toBeLessThan(pairs.length / 2);
  return pairs.flatMap(([a, b], i) => {
    const ours = compareEvr(parseEvr(a), parseEvr(b));
    return answers[i] === 'refused' || ours === Number(answers[i])
      ? []
      : [`${a} and ${b}: ${ours}, rpm says ${answers[i]}`];
  });
}

describe('whole versions', () => {
  it.each([
    ['1.0-1', { epoch: undefined, version: '1.0', release: '1' }],
    ['2:1.0-1', { epoch: 2, version: '1.0', release: '1' }],
    ['0:1.0', { epoch: 0, version: '1.0', release: '' }],
    [':1.0', { epoch: 0, version: '1.0', release: '' }],
    ['1.0', { epoch: undefined, version: '1.0', release: '' }],
    ['1-2-3', { epoch: undefined, version: '1-2', release: '3' }],
    ['x:1', { epoch: undefined, version: 'x:1', release: '' }],
    ['', { epoch: undefined, version: '', release: '' }],
  ])('parses %s', (text, evr) => {
    expect(parseEvr(text)).toEqual(evr);
  });

  it('formats what it parsed, epoch 0 left out', () => {
    for (const text of ['1.0-1', '2:1.0-1', '1.0', '3:1.0~rc1']) expect(formatEvr(parseEvr(text))).toBe(text);
    expect(formatEvr(parseEvr('0:1.0-1'))).toBe('1.0-1');
  });

  it.skipIf(!hasRpmTool)('orders generated versions as rpm.ver of the installed rpm does', () => {
    const word = fc.stringMatching(/^[0-2][0-2ab.~^]{0,3}$/);
    const release = fc.oneof(
      fc.constant(''),
      word.map((text) => `-${text}`),
      fc.constantFrom('-~1', '-^1', '-.'),
    );
    const evr = fc
      .tuple(fc.constantFrom('', '', '0:', '1:', '2:'), fc.constantFrom('1', '1.0', '2', '1~a'), release)
      .map((parts) => parts.join(''));
    const pairs = fc.sample(fc.tuple(evr, evr), { seed: SEED, numRuns: 5000 });
    expect(disagreements(pairs)).toEqual([]);
  });
});

const relation = (text: string): { name: string; sense: '' | '<' | '<=' | '=' | '>=' | '>'; version: string } => {
  const [name = '', sense = '', version = ''] = text.split(' ');
  return { name, sense: sense as '=', version };
};

describe('relations', () => {
  it.each([
    ['a = 1.0-1', 'a', true],
    ['a', 'a >= 5', true],
    ['a = 1.0-1', 'b', false],
    ['a = 1.0-1', 'a = 1.0', true],
    ['a = 1.0', 'a = 1.0-7', true],
    ['a = 1.0-1', 'a >= 1.0', true],
    ['a = 1.0-1', 'a > 1.0', false],
    ['a = 1.0-1', 'a < 1.0', false],
    ['a = 1.0-1', 'a <= 1.0', true],
    ['a = 1:1.0-1', 'a >= 2.0', true],
    ['a = 1:1.0-1', 'a < 2.0', false],
    ['a = 2.0-1', 'a >= 1:1.0', false],
    ['a = 0:1.0-1', 'a = 1.0-1', true],
    ['a = 1.0-1', 'a = 1.0-2', false],
    ['a >= 2', 'a <= 3', true],
    ['a < 2', 'a > 2', false],
    ['a < 2', 'a < 1', true],
    ['a = 1.0~rc1-1', 'a >= 1.0', false],
  ])('%s meets %s: %s', (provide, requirement, answer) => {
    expect(provideSatisfies(relation(provide), relation(requirement))).toBe(answer);
    expect(provideSatisfies(relation(requirement), relation(provide))).toBe(answer);
  });

  it('reads the sign from the flags and prints relations as rpm does', () => {
    expect([2, 10, 8, 12, 4, 0, 6].map(senseOfFlags)).toEqual(['<', '<=', '=', '>=', '>', '', '']);
    expect(senseOfFlags(SENSE.rpmlib | SENSE.less | SENSE.equal)).toBe('<=');
    expect(formatRelation(relation('a >= 1:2-3'))).toBe('a >= 1:2-3');
    expect(formatRelation(relation('a'))).toBe('a');
  });
});

describe.skipIf(!hasRpmBuild)('rangesOverlap against a real transaction', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'put-overlap-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** One package provides capability i with one version, another requires it with a range; rpm lists what is not met. */
  it('agrees for 400 generated pairs', () => {
    const part = fc.constantFrom('1', '1.0', '1.0.1', '2', '1.0~rc1', '1.0^git2', '1a', '01');
    const release = fc.constantFrom('', '-1', '-2', '-1~a', '-1.1');
    const epoch = fc.constantFrom('', '', '', '0:', '1:', '2:');
    const version = fc.tuple(epoch, part, release).map((parts) => parts.join(''));
    const pairs = fc.sample(fc.tuple(version, fc.constantFrom('<', '<=', '=', '>=', '>'), version), {
      seed: SEED,
      numRuns: 400,
    });
    const spec = (name: string, lines: readonly string[]): string => {
      const path = join(folder, `${name}.spec`);
      const head = [`Name: ${name}`, 'Version: 1', 'Release: 1', 'Summary: test', 'License: none', 'BuildArch: noarch'];
      writeFileSync(path, [...head, ...lines, '%description', 'test', '%files', ''].join('\n'));
      return path;
    };
    const specs = [
      spec(
        'provider',
        pairs.map(([have], i) => `Provides: capability${i} = ${have}`),
      ),
      spec(
        'consumer',
        pairs.map(([, sense, want], i) => `Requires: capability${i} ${sense} ${want}`),
      ),
    ];
    execFileSync('rpmbuild', ['-bb', '--quiet', '--define', `_topdir ${folder}`, ...specs], { stdio: 'pipe' });
    const packages = ['provider', 'consumer'].map((name) => join(folder, `RPMS/noarch/${name}-1-1.noarch.rpm`));
    let output = '';
    try {
      execFileSync('rpm', ['--dbpath', join(folder, 'db'), '--force-debian', '-U', '--test', ...packages], {
        stdio: 'pipe',
      });
    } catch (error) {
      output = String((error as { stderr: Buffer }).stderr);
    }
    const unmet = new Set([...output.matchAll(/\bcapability(\d+) /g)].map((match) => Number(match[1])));
    expect(unmet.size).toBeGreaterThan(50);
    const different = pairs.flatMap(([have, sense, want], i) =>
      rangesOverlap({ sense: '=', version: have }, { sense: sense, version: want }) === !unmet.has(i)
        ? []
        : [`= ${have} for ${sense} ${want}: rpm says ${!unmet.has(i)}`],
    );
    expect(different).toEqual([]);
  });
});
