import { execFile } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { arch, tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { samplePaths } from '../core/node/sampleFiles.ts';
import { LICENCES } from './bundle.ts';
import { COMPLETION_SCRIPTS } from '../cli/completion/scripts.ts';
import { putctlManual } from './putctlManual.ts';
import { servicesManual } from './putservicesManual.ts';

/*
 * The packages of putservices for a master node: RPM, Debian package, and an archive with an installing script for what has neither.
 * All are made of one tree, laid out as it is installed.
 */

const run = promisify(execFile);
const root = resolve(import.meta.dirname, '..');
const here = join(root, 'build', 'putservices');
const BUILD_TIMEOUT_MS = 600_000;

export const SERVICES_FORMATS = ['rpm', 'deb', 'tar.gz'] as const;
export type ServicesFormat = (typeof SERVICES_FORMATS)[number];

/** Node as the project pins it, whatever runs this. */
export const PINNED_NODE = join(root, 'node_modules', 'node', 'bin', 'node');

/** Where the licence texts are: of the packages in each bundle, and of Node with all that it has inside. */
const LICENCE_FILES = {
  putservices: join(LICENCES, 'putservices.txt'),
  putctl: join(LICENCES, 'putctl.txt'),
  windows: join(LICENCES, 'renderer.txt'),
  node: join(root, 'node_modules', 'node', 'node_modules', `node-linux-${arch()}`, 'LICENSE'),
};

export interface ServicesPackageOptions {
  readonly formats?: readonly ServicesFormat[];
  /** Node executable that goes into it; the pinned one unless given. */
  readonly node?: string;
  /** That of the project unless given. */
  readonly version?: string;
}

/** The built windows, which the browser console serves. */
const windows = join(root, 'dist', 'renderer');

/** The sample packages, for practice. */
const SAMPLES = join('assets', 'packages');

/** Everything as it is to be installed, below `stage`. dist/putservices.js, dist/putctl.js and the windows are there already. */
async function fillStage(stage: string, node: string, version: string): Promise<void> {
  const put = (to: string, content: string | Buffer, mode = 0o644): void => {
    const file = join(stage, to);
    mkdirSync(join(file, '..'), { recursive: true, mode: 0o755 });
    writeFileSync(file, content);
    chmodSync(file, mode);
  };
  const program = 'usr/lib/putservices';
  put(`${program}/putservices.js`, readFileSync(join(root, 'dist', 'putservices.js')));
  for (const entry of readdirSync(windows, { withFileTypes: true, recursive: true }))
    if (entry.isFile()) {
      const file = join(entry.parentPath, entry.name);
      put(`${program}/windows/${relative(windows, file)}`, readFileSync(file));
    }
  // Where putctl and a practice system find them.
  for (const path of await samplePaths(join(root, SAMPLES)))
    put(`${program}/${relative(root, path)}`, readFileSync(path));
  put(`${program}/package.json`, `${JSON.stringify({ name: 'put-desktop', version, type: 'module' }, null, 2)}\n`);
  copyFileSync(node, join(stage, program, 'node'));
  chmodSync(join(stage, program, 'node'), 0o755);
  // Symbols for a debugger are a seventh of it. Where there is no strip it goes as its makers built it.
  await run('strip', [join(stage, program, 'node')]).catch(() => {});
  put('usr/bin/putservices', readFileSync(join(here, 'putservices.sh')), 0o755);
  // putctl finds its version and putservices where it is laid out so in the tree.
  for (const file of ['putctl.js', 'putctl-program.js'])
    put(`${program}/dist/${file}`, readFileSync(join(root, 'dist', file)));
  put(`${program}/dist/putservices.js`, "import '../putservices.js';\n");
  put('usr/bin/putctl', readFileSync(join(here, 'putctl.sh')), 0o755);
  put('usr/share/man/man1/putctl.1.gz', gzipSync(await putctlManual(version), { level: 9 }));
  put('usr/share/bash-completion/completions/putctl', COMPLETION_SCRIPTS.bash);
  put('usr/share/zsh/site-functions/_putctl', COMPLETION_SCRIPTS.zsh);
  put('usr/share/fish/vendor_completions.d/putctl.fish', COMPLETION_SCRIPTS.fish);
  put('usr/lib/systemd/system/putservices.service', readFileSync(join(here, 'putservices.service')));
  put('usr/share/man/man8/putservices.8.gz', gzipSync(servicesManual(version), { level: 9 }));
  for (const name of readdirSync(join(root, 'docs')).filter((one) => one.endsWith('.md')))
    put(`usr/share/doc/putservices/${name}`, readFileSync(join(root, 'docs', name)));
  for (const [name, file] of Object.entries(LICENCE_FILES)) {
    put(`usr/share/doc/putservices/licences/${name}.txt`, readFileSync(file));
    // Where the windows in a browser find them: documents are left out on many systems.
    if (name !== 'node') put(`${program}/licences/${name}.txt`, readFileSync(file));
  }
  put('etc/putservices/Config', readFileSync(join(here, 'Config')), 0o640);
}

async function buildRpm(stage: string, work: string, version: string): Promise<string> {
  const file = `putservices-${version}-1.rpm`;
  const defines = {
    _topdir: join(work, 'rpm'),
    _rpmdir: work,
    _rpmfilename: file,
    // Node is over 100 MB: fast compression, read by every rpm since 4.14.
    _binary_payload: 'w3.zstdio',
    put_version: version,
    put_stage: stage,
    put_scripts: here,
  };
  const options = Object.entries(defines).flatMap(([name, value]) => ['--define', `${name} ${value}`]);
  await run('rpmbuild', ['-bb', '--quiet', ...options, join(here, 'putservices.spec')], { timeout: BUILD_TIMEOUT_MS });
  return join(work, file);
}

const DEB_ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

async function buildDeb(stage: string, work: string, version: string): Promise<string> {
  const tree = join(work, 'deb');
  const control = join(tree, 'DEBIAN');
  mkdirSync(control, { recursive: true, mode: 0o755 });
  await run('cp', ['-a', `${stage}/.`, tree]);
  const { stdout } = await run('du', ['-sk', stage]);
  const script = (name: string, parts: readonly string[]): void => {
    writeFileSync(join(control, name), `#!/bin/sh\nset -e\n${parts.join('\n')}\nexit 0\n`, { mode: 0o755 });
    chmodSync(join(control, name), 0o755);
  };
  const state = readFileSync(join(here, 'service-state.sh'), 'utf8');
  const fields = {
    Package: 'putservices',
    Version: version,
    Architecture: DEB_ARCHITECTURES[arch()] ?? arch(),
    Maintainer: 'PUT Desktop contributors <putservices@localhost>',
    'Installed-Size': stdout.split('\t')[0] ?? '',
    Depends: 'libc6 (>= 2.28), libstdc++6, passwd',
    Section: 'admin',
    Priority: 'optional',
    Description: `services of the master node for parallel upgrades
 portmgmt, Job service, File service, Job Chat and web server of a target
 system's master node. Brings its own Node.`,
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\n`);
  writeFileSync(join(control, 'control'), lines.join(''));
  writeFileSync(join(control, 'conffiles'), '/etc/putservices/Config\n');
  script('postinst', [
    readFileSync(join(here, 'make-user.sh'), 'utf8'),
    state,
    'if [ "$1" = configure ]; then',
    '  chown root:putservices /etc/putservices /etc/putservices/Config',
    '  chmod 750 /etc/putservices',
    '  if [ -n "${2:-}" ]; then after_install upgrade; else after_install first; fi',
    'fi',
  ]);
  script('prerm', [state, 'if [ "$1" = remove ]; then before_removal; fi']);
  script('postrm', [
    'if [ -d /run/systemd/system ]; then systemctl daemon-reload || :; fi',
    `if [ "$1" = purge ]; then echo 'The state folder /var/lib/putservices and the user putservices stay; remove them by hand.'; fi`,
  ]);
  const file = join(work, `putservices_${version}_${fields.Architecture}.deb`);
  await run('dpkg-deb', ['--root-owner-group', '-Zzstd', '-z3', '--build', tree, file], { timeout: BUILD_TIMEOUT_MS });
  return file;
}

async function buildArchive(stage: string, work: string, version: string): Promise<string> {
  const name = `putservices-${version}`;
  const tree = join(work, name);
  mkdirSync(tree);
  await run('cp', ['-a', stage, join(tree, 'root')]);
  for (const script of ['install.sh', 'make-user.sh', 'service-state.sh'])
    copyFileSync(join(here, script), join(tree, script));
  const file = join(work, `${name}-linux-${arch()}.tar.gz`);
  const owner = ['--owner=root:0', '--group=root:0'];
  await run('tar', ['-C', work, ...owner, '-czf', file, name], { timeout: BUILD_TIMEOUT_MS });
  return file;
}

const BUILDERS: Readonly<
  Record<ServicesFormat, { tool: string; build(stage: string, work: string, version: string): Promise<string> }>
> = {
  rpm: { tool: 'rpmbuild', build: buildRpm },
  deb: { tool: 'dpkg-deb', build: buildDeb },
  'tar.gz': { tool: 'tar', build: buildArchive },
};

/** Why a format cannot be built here; undefined where it can. */
export function whyNoFormat(format: ServicesFormat): string | undefined {
  const { tool } = BUILDERS[format];
  return ['/usr/bin', '/bin'].some((folder) => existsSync(join(folder, tool))) ? undefined : `${tool} is not installed`;
}

/** Builds the packages into a folder; answers their paths. dist/putservices.js, dist/putctl.js and dist/renderer must be there. */
export async function buildServicesPackages(folder: string, options: ServicesPackageOptions = {}): Promise<string[]> {
  const own = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const { formats = SERVICES_FORMATS, node = PINNED_NODE, version = own.version } = options;
  const work = mkdtempSync(join(tmpdir(), 'put-package-'));
  const stage = join(work, 'stage');
  const made: string[] = [];
  try {
    await fillStage(stage, node, version);
    await mkdir(folder, { recursive: true });
    for (const format of formats) {
      const file = await BUILDERS[format].build(stage, work, version);
      const to = join(folder, file.slice(work.length + 1));
      await copyFile(file, to);
      made.push(to);
    }
    return made;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
