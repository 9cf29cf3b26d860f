/**
 * Builds the sample packages of the practice database with rpmbuild: `node build/samplePackages.ts [FOLDER]`.
 * The same specs and rpmbuild give the same bytes; the packages below assets/packages were made by it.
 */
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** 2026-01-01T00:00:00Z: the build time of every sample, so that a rebuild gives the same bytes. */
const SOURCE_DATE_EPOCH = '1767225600';
const BUILD_TIMEOUT_MS = 120_000;

/** One file to build: spec, target architecture, payload compression by rpm's name (level and io module). */
export interface SampleBuild {
  readonly spec: string;
  readonly arch: 'noarch' | 'x86_64' | 'aarch64';
  readonly payload: string;
}

export interface SampleRelease {
  readonly folder: string;
  readonly version: string;
  /** Version line that packages of the release demand of each other. */
  readonly line: string;
  /** Version of the capability practice-engine-api. */
  readonly engineApi: number;
  readonly builds: readonly SampleBuild[];
}

const GZIP = 'w9.gzdio';
const noarch = (spec: string, payload = GZIP): SampleBuild => ({ spec, arch: 'noarch', payload });
const x86 = (spec: string, payload = GZIP): SampleBuild => ({ spec, arch: 'x86_64', payload });

/** Several compressions on purpose: the header reader is tested against each. */
const COMMON: readonly SampleBuild[] = [
  noarch('ptbase', 'w.ufdio'),
  x86('ppde'),
  x86('ptdbms', 'w19.zstdio'),
  x86('pgateway', 'w6.xzdio'),
  noarch('ptools'),
  noarch('pagent'),
  noarch('pconsole'),
  noarch('pbackup', 'w9.bzdio'),
  noarch('pdiskcheck'),
];

export const SAMPLE_RELEASES: readonly SampleRelease[] = [
  {
    folder: 'release-1',
    version: '17.10.04.02',
    line: '17.10',
    engineApi: 4,
    builds: [...COMMON, noarch('pmonitor'), noarch('ptlegacy')],
  },
  {
    folder: 'release-2',
    version: '17.20.03.01',
    line: '17.20',
    engineApi: 5,
    builds: [...COMMON, noarch('plicense'), { spec: 'paccel', arch: 'aarch64', payload: GZIP }],
  },
];

export const SPECS_FOLDER = resolve(dirname(fileURLToPath(import.meta.url)), '../assets/packages/specs');

/**
 * Builds one package and gives its path.
 * @param extraMacros further `--define` values, for example to ask rpmbuild for other digests.
 * @throws when rpmbuild is missing or ends with an error; its output is in the message.
 */
export async function buildSample(
  release: SampleRelease,
  build: SampleBuild,
  topFolder: string,
  extraMacros: readonly string[] = [],
): Promise<string> {
  const rpmFolder = join(topFolder, `${release.folder}-${build.spec}`);
  const macros = [
    `_topdir ${rpmFolder}`,
    `_rpmdir ${join(rpmFolder, 'out')}`,
    `_rpmfilename %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm`,
    `sample_version ${release.version}`,
    `sample_line ${release.line}`,
    `engine_api ${release.engineApi}`,
    `_binary_payload ${build.payload}`,
    '_buildhost practice.invalid',
    'use_source_date_epoch_as_buildtime 1',
    'clamp_mtime_to_source_date_epoch 1',
    'debug_package %{nil}',
    '_build_id_links none',
    '__os_install_post %{nil}',
    ...extraMacros,
  ];
  await mkdir(rpmFolder, { recursive: true });
  await run(
    'rpmbuild',
    [
      '-bb',
      '--target',
      `${build.arch}-linux`,
      ...macros.flatMap((macro) => ['--define', macro]),
      join(SPECS_FOLDER, `${build.spec}.spec`),
    ],
    { env: { ...process.env, SOURCE_DATE_EPOCH, LC_ALL: 'C', TZ: 'UTC' }, timeout: BUILD_TIMEOUT_MS },
  );
  const [fileName] = await readdir(join(rpmFolder, 'out'));
  if (fileName === undefined) throw new Error(`rpmbuild made no package of ${build.spec}.spec`);
  return join(rpmFolder, 'out', fileName);
}

/** Builds both releases into `target/release-1` and `target/release-2`; older .rpm files there are removed first. */
async function buildAll(target: string): Promise<void> {
  const topFolder = await mkdtemp(join(tmpdir(), 'put-samples-'));
  try {
    for (const release of SAMPLE_RELEASES) {
      const folder = join(target, release.folder);
      await mkdir(folder, { recursive: true });
      for (const old of await readdir(folder)) if (old.endsWith('.rpm')) await rm(join(folder, old));
      for (const build of release.builds) {
        const built = await buildSample(release, build, topFolder);
        const fileName = built.slice(built.lastIndexOf('/') + 1);
        await copyFile(built, join(folder, fileName));
        console.log(`${release.folder}/${fileName}`);
      }
    }
  } finally {
    await rm(topFolder, { recursive: true, force: true });
  }
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await buildAll(resolve(process.argv[2] ?? join(SPECS_FOLDER, '..')));
}
