import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LibraryPackage } from './package.ts';
import type { RpmFileEntry } from './rpmHeader.ts';
import { readRpm } from './RpmHeaderReader.ts';
import { formatNevra, SENSE } from './rpmVersion.ts';
import { judgeInSlices, planNodeChanges, type SelectionContext } from './selection.ts';
import { runAtOnce } from './slices.ts';
import { type CraftedFile, craftInstallable } from './testing/craftInstallable.ts';
import { hasRpmTool } from './testing/rpmTool.ts';
import { knownNode, pkg, relation } from './testing/selectionKit.ts';

/** Small databases to compare; each is asked about a few selections. */
const DATABASES = 20;

const name = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const version = fc.constantFrom('1-1', '2-1', '2-2', '1:1-1', '2~rc1-1');
const range = fc.constantFrom('', ' >= 2', ' = 1', ' < 2', ' = 2-1', ' <= 1:1');
const asked = fc.oneof(name, fc.constantFrom('cap', 'lib(x)'));
const need = fc.tuple(asked, range).map(([one, of]) => one + of);
const sense = fc.constantFrom(
  ...[0, 0, 0, SENSE.scriptPre, SENSE.scriptPost, SENSE.scriptPreun, SENSE.scriptPostun, SENSE.scriptVerify],
  ...[SENSE.pretrans, SENSE.posttrans, SENSE.interpreter, SENSE.interpreter | SENSE.scriptPost, SENSE.meta],
  ...[SENSE.prereq, SENSE.missingOk, SENSE.scriptPre | SENSE.scriptPostun],
);
const requirement = fc.tuple(need, sense).map(([words, flags]) => relation(words, flags));

interface Case {
  readonly pkg: LibraryPackage;
  readonly files: readonly CraftedFile[];
}

const anyPackage = fc
  .record({
    name,
    version,
    machine: fc.constantFrom(['noarch', 0], ['x86_64', 2], ['i686', 1], ['x86_64', 0], ['i686', 0] as const),
    requires: fc.oneof(
      { weight: 2, arbitrary: fc.constant([]) },
      { weight: 3, arbitrary: fc.array(requirement, { minLength: 1, maxLength: 2 }) },
    ),
    provides: fc.array(fc.constantFrom('cap', 'cap = 1', 'cap = 2-1', 'lib(x)'), { maxLength: 2 }),
    conflicts: fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, fc.array(need, { minLength: 1, maxLength: 1 })),
    obsoletes: fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, fc.array(need, { minLength: 1, maxLength: 1 })),
    file: fc.constantFrom('', '', '/usr/share/one', '/usr/share/two'),
    content: fc.constantFrom('1', '2'),
  })
  .map(({ name: n, version: v, machine: [arch, color], file, content, ...words }): Case => {
    const programs = { mode: 0o100755, digest: content.repeat(64), path: `/usr/lib${color === 2 ? '64' : ''}/${n}` };
    return {
      pkg: pkg(`${n} ${v}`, { ...words, arch: String(arch), color: Number(color) }),
      files: [
        ...(color === 0 ? [] : [{ ...programs, color: Number(color) }]),
        ...(file === '' ? [] : [{ path: file, mode: 0o100644, digest: content.repeat(64), color: 0 }]),
      ],
    };
  });

const situation = fc.record({
  // What a distribution has is one version of a name for a word size.
  installed: fc
    .uniqueArray(anyPackage, { maxLength: 5, selector: (one) => `${one.pkg.name} ${one.pkg.color}` })
    // Files of what is installed are not known to a selection: only rpm can say whether they are in the way.
    .map((list) => list.filter((one, i) => list.findIndex((other) => isOneBuild(one.pkg, other.pkg)) === i))
    .map((list) => list.map((one) => ({ ...one, files: one.files.filter((file) => file.color !== 0) }))),
  library: fc.uniqueArray(anyPackage, { minLength: 4, maxLength: 8, selector: (one) => one.pkg.fileName }),
  picks: fc.array(fc.uniqueArray(fc.nat(7), { minLength: 1, maxLength: 4 }), { minLength: 5, maxLength: 5 }),
});

function isOneBuild(a: LibraryPackage, b: LibraryPackage): boolean {
  return a.name === b.name && a.arch === b.arch;
}

describe.skipIf(!hasRpmTool)('a selection and rpm -U --test, on small databases with everything known', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'put-selection-rpm-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Exit status and words of rpm on the database. A transaction of both word sizes is what every 64-bit Linux has. */
  const rpm = (database: string, ...args: string[]): { ok: boolean; words: string } => {
    const common = ['--dbpath', database, '--define', '_transaction_color 3', '--ignorearch', '--nosignature'];
    const { status, stderr } = spawnSync('rpm', [...common, ...args], { encoding: 'utf8' });
    return { ok: status === 0, words: stderr.replace(/^rpm: .*\n/gm, '') };
  };
  const write = (place: string, { pkg: one, files }: Case): string => {
    const path = join(place, one.fileName);
    writeFileSync(path, craftInstallable(one, files));
    return path;
  };

  it('have one opinion', { timeout: 120_000 }, () => {
    let number = 0;
    const seen = { sound: 0, refused: 0 };
    fc.assert(
      fc.property(situation, ({ installed, library, picks }) => {
        number += 1;
        const places = ['db', 'installed', 'library'].map((one) => join(folder, `${number}`, one));
        const [database = '', before = '', offered = ''] = places;
        for (const place of places) mkdirSync(place, { recursive: true });
        const paths = installed.map((one) => write(before, one));
        // Of packages that obsolete one another rpm takes only one in a transaction.
        const together = installed.some((one) => one.pkg.obsoletes.length > 0) ? paths.map((path) => [path]) : [paths];
        for (const some of together.filter((one) => one.length > 0)) {
          const { ok, words } = rpm(database, '-i', '--justdb', '--nodeps', '--force', '--noscripts', ...some);
          expect(ok, words).toBe(true);
        }
        const pathOf = new Map(library.map((one) => [one.pkg.fileName, write(offered, one)]));
        const files = new Map<string, readonly RpmFileEntry[]>(
          library.map((one) => [one.pkg.fileName, readRpm(craftInstallable(one.pkg, one.files)).files]),
        );
        const context: SelectionContext = {
          library: library.map((one) => one.pkg),
          certList: undefined,
          nodes: [
            knownNode(
              'n',
              'TPA',
              installed.map((one) => one.pkg),
            ),
          ],
          filesOf: (fileName) => files.get(fileName),
        };
        for (const pick of picks) {
          const fileNames = pick.flatMap((i) => library[i]?.pkg.fileName ?? []);
          const { problems } = runAtOnce(judgeInSlices(context, fileNames));
          // rpm passes these over without a word, so that something else would be installed than was selected.
          if (problems.some(({ message }) => /two versions of|leave .* out/.test(message))) continue;
          const changes = planNodeChanges(context, fileNames).nodes['n'] ?? [];
          // What is there in this version is not installed again; what is there in a newer one is, to see it refused.
          const there = new Set(installed.map((one) => formatNevra(one.pkg)));
          const isThere = (fileName: string): boolean =>
            library.some((one) => one.pkg.fileName === fileName && there.has(formatNevra(one.pkg)));
          const going = changes.flatMap((one) => one.fileName ?? []).filter((fileName) => !isThere(fileName));
          if (going.length === 0) continue;
          const told = rpm(database, '-U', '--test', ...going.map((fileName) => pathOf.get(fileName) ?? ''));
          const words = [
            ...installed.map((one) => `installed ${describePackage(one)}`),
            ...library
              .filter((one) => going.includes(one.pkg.fileName))
              .map((one) => `selected ${describePackage(one)}`),
            ...problems.map((one) => `ours: ${one.message}`),
            `rpm: ${told.words}`,
          ].join('\n');
          expect(problems.length === 0, words).toBe(told.ok);
          seen[told.ok ? 'sound' : 'refused'] += 1;
        }
        rmSync(join(folder, `${number}`), { recursive: true });
      }),
      { seed: 418, numRuns: DATABASES, endOnFailure: true },
    );
    expect(Math.min(seen.sound, seen.refused)).toBeGreaterThan(DATABASES / 2);
  });
});

function describePackage({ pkg: one, files }: Case): string {
  const list = (relations: LibraryPackage['requires']): string =>
    relations.map((r) => `${r.name}${r.sense}${r.version}${r.flags === 0 ? '' : `#${r.flags}`}`).join(' ');
  return `${formatNevra(one)} colour ${one.color} P[${list(one.provides)}] R[${list(one.requires)}] C[${list(one.conflicts)}] O[${list(one.obsoletes)}] F[${files.map((f) => f.path + f.digest[0]).join(' ')}]`;
}
