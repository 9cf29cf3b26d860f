import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { InstalledPackage } from '../core/model/node.ts';
import { readRpm } from '../core/model/RpmHeaderReader.ts';
import { checkSelection, planNodeChanges, type SelectionContext } from '../core/model/selection.ts';
import { hasRpmBuild, sampleLibrary, SAMPLES_FOLDER } from '../core/model/testing/rpmTool.ts';
import { selectionNode } from '../core/model/testing/selectionKit.ts';
import { buildSample, SAMPLE_RELEASES, type SampleBuild } from './samplePackages.ts';

const SEED = 20_261_122;

/** rpm with its answer; never throws for an exit code. */
function rpm(...args: string[]): { code: number | null; text: string } {
  const { status, stdout, stderr } = spawnSync('rpm', args, {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
    timeout: 60_000,
  });
  return { code: status, text: `${stdout}${stderr}` };
}

/** A spec of a package without files, written to a folder and built there. */
function buildEmpty(folder: string, name: string, lines: readonly string[], release = '1'): string {
  const path = join(folder, `${name}.spec`);
  const head = [
    `Name: ${name}`,
    'Version: 1',
    `Release: ${release}`,
    'Summary: test',
    'License: none',
    'BuildArch: noarch',
  ];
  writeFileSync(path, [...head, ...lines, '%description', 'test', '%files', ''].join('\n'));
  execFileSync('rpmbuild', ['-bb', '--quiet', '--define', `_topdir ${folder}`, path], { stdio: 'pipe' });
  return join(folder, `RPMS/noarch/${name}-1-${release}.noarch.rpm`);
}

const library = sampleLibrary('release-1', 'release-2');
const pathOf = (fileName: string): string => {
  const folder = fileName.includes('17.10') ? 'release-1' : 'release-2';
  return join(SAMPLES_FOLDER, folder, fileName);
};
const installedAtFirst = JSON.parse(
  readFileSync(join(SAMPLES_FOLDER, 'release-1/installed.json'), 'utf8'),
) as (InstalledPackage & { nodeTypes: string[] })[];
/** Files of release 1 that a node of a type has at first. */
const firstFiles = (type: string): string[] =>
  installedAtFirst
    .filter((one) => one.nodeTypes.length === 0 || one.nodeTypes.includes(type))
    .map((one) => `${one.name}-${one.version}-${one.release}.${one.arch}.rpm`);

describe('installed.json', () => {
  it('names packages of release 1', () => {
    for (const type of ['TPA', 'HSN', 'NONTPA', 'AWS', 'SWS']) {
      for (const fileName of firstFiles(type)) expect(existsSync(pathOf(fileName)), fileName).toBe(true);
    }
    for (const one of installedAtFirst)
      expect(library.find((pkg) => pkg.name === one.name && pkg.version === one.version)?.epoch).toBe(one.epoch);
  });
});

describe.skipIf(!hasRpmBuild)('sample packages and the real rpm', () => {
  let folder = '';
  let systemPackage = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'put-sample-test-'));
    systemPackage = buildEmpty(folder, 'practice-os', ['Provides: /bin/sh']);
  }, 30_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('have sound digests', () => {
    const answer = spawnSync('rpmkeys', ['-K', '--nosignature', ...library.map((pkg) => pathOf(pkg.fileName))], {
      encoding: 'utf8',
    });
    expect(
      answer.stdout
        .trim()
        .split('\n')
        .filter((line) => !line.endsWith('digests OK')),
    ).toEqual([]);
    expect(answer.status).toBe(0);
  });

  it('come out byte for byte when built anew by the same rpmbuild', async () => {
    const builtWith = execFileSync('rpmbuild', ['--version'], { encoding: 'utf8' }).trim().split(' ').at(-1);
    const release = SAMPLE_RELEASES[1]!;
    for (const build of release.builds.filter((one) => ['ppde', 'pagent', 'paccel'].includes(one.spec))) {
      const path = await buildSample(release, build, folder);
      const bytes = new Uint8Array(readFileSync(path));
      const committed = new Uint8Array(readFileSync(pathOf(path.slice(path.lastIndexOf('/') + 1))));
      // Another rpm writes its own version into the header.
      if (readRpm(committed).builtWith === builtWith) expect(Buffer.compare(bytes, committed)).toBe(0);
      else expect(readRpm(bytes).files).toEqual(readRpm(committed).files);
    }
  }, 60_000);

  it('are read with other digests, too', async () => {
    const release = SAMPLE_RELEASES[0]!;
    const build: SampleBuild = { spec: 'ptools', arch: 'noarch', payload: 'w1.gzdio' };
    const path = await buildSample(release, build, join(folder, 'digests'), [
      '_binary_filedigest_algorithm 10',
      'source_date_epoch_from_changelog 0',
    ]);
    const header = readRpm(new Uint8Array(readFileSync(path)));
    expect(header.fileDigestAlgorithm).toBe('sha512');
    expect(header.files.find((file) => file.path.endsWith('pstate'))?.digest).toHaveLength(128);
  }, 30_000);

  it('a source package is known as one', () => {
    const spec = join(folder, 'plain.spec');
    buildEmpty(folder, 'plain', []);
    execFileSync('rpmbuild', ['-bs', '--quiet', '--define', `_topdir ${folder}`, spec], { stdio: 'pipe' });
    expect(readRpm(new Uint8Array(readFileSync(join(folder, 'SRPMS/plain-1-1.src.rpm'))))).toMatchObject({
      kind: 'source',
      name: 'plain',
    });
  });

  it('a selection has problems exactly where rpm -U --test finds some', () => {
    for (const type of ['TPA', 'AWS'] as const) {
      const db = ['--dbpath', join(folder, `db-${type}`), '--force-debian', '--ignorearch'];
      const first = firstFiles(type);
      expect(rpm(...db, '-i', '--justdb', '--noscripts', systemPackage, ...first.map(pathOf)).code).toBe(0);
      const node = selectionNode(
        'n',
        type,
        library.filter((pkg) => first.includes(pkg.fileName)),
      );
      const context: SelectionContext = { library, certList: undefined, nodes: [node] };
      // One version of a name at most: of two, rpm silently takes the newer. pmonitor is left out for the same reason.
      const names = [
        ...new Set(library.filter((pkg) => pkg.arch !== 'aarch64' && pkg.name !== 'pmonitor').map((pkg) => pkg.name)),
      ];
      const pick = fc.tuple(
        ...names.map((name) =>
          fc.constantFrom(
            undefined,
            undefined,
            ...library.filter((pkg) => pkg.name === name).map((pkg) => pkg.fileName),
          ),
        ),
      );
      const outcomes = { sound: 0, refused: 0 };
      const selections = fc
        .sample(pick, { seed: SEED, numRuns: 30 })
        .map((one) => one.filter((fileName) => fileName !== undefined));
      selections.push(
        library
          .filter(
            (pkg) => pkg.version === '17.20.03.01' && first.some((fileName) => fileName.startsWith(`${pkg.name}-`)),
          )
          .map((pkg) => pkg.fileName),
      );
      for (const selection of selections) {
        const problems = checkSelection(context, selection);
        const changes = planNodeChanges(context, selection).nodes['n'] ?? [];
        const older = problems.some((one) => one.code === 'package-older');
        const files = changes.filter((change) => change.action !== 'keep').flatMap((change) => change.fileName ?? []);
        // The plan keeps what is newer already, so rpm is asked about the rest only.
        const answer =
          files.length === 0
            ? { code: 0, text: '' }
            : rpm(...db, '-U', '--test', '--nosignature', ...files.map(pathOf));
        const others = problems.filter((one) => one.code !== 'package-older');
        if (older && others.length === 0) continue;
        outcomes[answer.code === 0 ? 'sound' : 'refused'] += 1;
        expect({ selection, refused: others.map((one) => one.message), rpm: answer.text }).toSatisfy(
          () => (others.length === 0) === (answer.code === 0),
        );
      }
      expect(outcomes.sound).toBeGreaterThan(0);
      expect(outcomes.refused).toBeGreaterThan(3);
    }
  }, 60_000);
});

/** The shell of this machine and its libraries, so that scriptlets run inside a root folder. */
function putShell(root: string): void {
  const libraries = execFileSync('ldd', ['/bin/sh'], { encoding: 'utf8' }).match(/\/\S+(?= \()/g) ?? [];
  for (const tool of ['/bin/sh', '/bin/mkdir', '/bin/rm']) {
    const needs =
      tool === '/bin/sh' ? libraries : (execFileSync('ldd', [tool], { encoding: 'utf8' }).match(/\/\S+(?= \()/g) ?? []);
    for (const path of [tool, ...needs]) {
      mkdirSync(join(root, dirname(path)), { recursive: true });
      copyFileSync(path, join(root, path));
    }
  }
}

/** Installing with --root needs the right to change the root folder. */
const isRoot = process.getuid?.() === 0;
/** The x86_64 packages install on such a machine only. */
const isX64 = process.platform === 'linux' && process.arch === 'x64';

describe.skipIf(!hasRpmBuild || !isRoot || !isX64)('installed into a root folder of its own', () => {
  let root = '';
  let work = '';
  let base: string[] = [];
  beforeAll(() => {
    work = mkdtempSync(join(tmpdir(), 'put-sample-root-'));
    root = resolve(work, 'root');
    mkdirSync(root);
    putShell(root);
    base = ['--root', root, '--dbpath', '/var/lib/rpm', '--force-debian'];
    const system = buildEmpty(work, 'practice-os', ['Provides: /bin/sh']);
    expect(rpm(...base, '-i', system, ...firstFiles('TPA').map(pathOf))).toMatchObject({ code: 0 });
  }, 30_000);
  afterAll(() => rmSync(work, { recursive: true, force: true }));

  const versionOf = (name: string): string => rpm(...base, '-q', '--qf', '%{VERSION} ', name).text.trim();

  it('a failing %pre: rpm ends with an error and the version before stays', () => {
    expect(rpm(...base, '-U', pathOf('pdiskcheck-17.10.04.02-1.noarch.rpm')).code).toBe(0);
    const answer = rpm(...base, '-U', pathOf('pdiskcheck-17.20.03.01-1.noarch.rpm'));
    expect(answer.code).toBe(1);
    expect(answer.text).toContain('array 2 has a failed disk');
    expect(versionOf('pdiskcheck')).toBe('17.10.04.02');
  });

  it('a failing %post: rpm ends with 0, tells of it, and the package is there', () => {
    const answer = rpm(...base, '-U', pathOf('plicense-17.20.03.01-1.noarch.rpm'));
    expect(answer.code).toBe(0);
    expect(answer.text).toMatch(/%post\(plicense-17\.20\.03\.01-1\.noarch\) scriptlet failed, exit status 1/);
    expect(versionOf('plicense')).toBe('17.20.03.01');
  });

  it('the upgrade to release 2 of a TPA node goes through; pagent takes pmonitor away', () => {
    const files = ['ptbase', 'ptools', 'pagent', 'ppde', 'ptdbms', 'pgateway'].map(
      (name) => library.find((pkg) => pkg.name === name && pkg.version === '17.20.03.01')!.fileName,
    );
    expect(rpm(...base, '-U', ...files.map(pathOf))).toMatchObject({
      code: 0,
      text: expect.not.stringContaining('failed'),
    });
    expect(versionOf('ptdbms')).toBe('17.20.03.01');
    expect(versionOf('pmonitor')).toContain('not installed');
    expect(readFileSync(join(root, 'var/opt/practice/ppde.version'), 'utf8').trim()).toBe('17.20.03.01');
    expect(rpm(...base, '-V', 'ptdbms', 'ppde', 'ptbase', 'pgateway')).toMatchObject({ code: 0 });
    expect(rpm(...base, '-U', pathOf('ptlegacy-17.10.04.02-2.noarch.rpm')).code).not.toBe(0);
  });

  it('the package for another architecture is refused', () => {
    const answer = rpm(...base, '-U', '--nodeps', pathOf('paccel-17.20.03.01-1.aarch64.rpm'));
    expect(answer.code).not.toBe(0);
    expect(answer.text).toContain('intended for a different architecture');
  });
});
