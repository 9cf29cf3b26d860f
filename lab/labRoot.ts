import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NODE_TYPES, type NodeType } from '../core/model/node.ts';
import { PutError } from '../core/protocol/errors.ts';
import { BUILT_IN_SEEDS } from '../services/nodes/sim/installedSeeds.ts';
import { PRACTICE_SERVICE } from '../services/nodes/sim/practiceInventory.ts';

/*
 * The root file systems that lab nodes share, made once and kept outside the tree: a light one from programs of this machine (about 40 MB, a second or
 * two), and one with systemd by debootstrap (about a minute). Above each lies a layer a node type, with the packages that such a node begins with.
 */

const HERE = dirname(fileURLToPath(import.meta.url));
const PACKAGES = join(HERE, '../assets/packages/release-1');
const DEBOOTSTRAP_MS = 15 * 60_000;
const COMMAND_MS = 120_000;

/**
 * What a light node has; the node of the driver needs no more than a POSIX shell, coreutils, sshd and rpm, a person who looks around a little more. `openssl` is
 * there as on most systems: large files have their digest by it.
 */
const PROGRAMS = [
  ...[
    'sh',
    'bash',
    'tcsh',
    'env',
    'rpm',
    'rpmkeys',
    'sshd',
    'ssh-keygen',
    'setsid',
    'ps',
    'pgrep',
    'pkill',
    'hostname',
    'mount',
    'umount',
    'ip',
  ],
  ...[
    'openssl',
    'awk',
    'sed',
    'grep',
    'find',
    'xargs',
    'tar',
    'gzip',
    'flock',
    'free',
    'kill',
    'uptime',
    'rsync',
    'getconf',
  ],
  ...[
    '[',
    'base64',
    'basename',
    'cat',
    'chmod',
    'chown',
    'cp',
    'cut',
    'date',
    'dd',
    'df',
    'dirname',
    'du',
    'echo',
    'expr',
    'false',
    'head',
  ],
  ...[
    'id',
    'ln',
    'ls',
    'md5sum',
    'mkdir',
    'mkfifo',
    'mktemp',
    'mv',
    'nice',
    'nohup',
    'od',
    'printf',
    'pwd',
    'readlink',
    'realpath',
    'rm',
    'rmdir',
  ],
  ...[
    'seq',
    'sha256sum',
    'sleep',
    'sort',
    'split',
    'stat',
    'sync',
    'tail',
    'tee',
    'test',
    'timeout',
    'touch',
    'tr',
    'true',
    'truncate',
  ],
  ...['uname', 'uniq', 'wc', 'who', 'whoami', 'yes', 'fallocate', 'tty', 'stty'],
];
const SEARCHED = ['/usr/bin', '/usr/sbin', '/bin', '/sbin'];

const DEBIAN_PACKAGES = 'systemd,systemd-sysv,dbus,openssh-server,rpm,iproute2,procps,sudo';

const SSHD_CONFIG = `HostKey /etc/ssh/ssh_host_ed25519_key
PermitRootLogin prohibit-password
PasswordAuthentication no
UsePAM no
UseDNS no
PrintMotd no
MaxStartups 100:30:200
Subsystem sftp internal-sftp
`;

/** Folder of what is made once. */
export function labCache(): string {
  return process.env['PUT_LAB_CACHE'] ?? join(homedir(), '.cache', 'put-desktop', 'lab');
}

function run(command: string, args: readonly string[], timeoutMs = COMMAND_MS): string {
  const done = spawnSync(command, args, { encoding: 'utf8', timeout: timeoutMs, maxBuffer: 64 * 1024 * 1024 });
  if (done.status === 0) return done.stdout;
  const said = done.error?.message ?? done.stderr.trim().split('\n').slice(-3).join('; ');
  throw new PutError('internal', `${command} ${args.slice(0, 4).join(' ')}: ${said}`);
}

const find = (program: string): string | undefined =>
  SEARCHED.map((folder) => join(folder, program)).find((path) => existsSync(path));

/** Why no light nodes can be made here; undefined where they can. */
export function whyNoLightRoot(): string | undefined {
  const missing = ['rpm', 'rpmbuild', 'sshd', 'ssh-keygen', 'setsid', 'unshare', 'nsenter', 'chroot'].find(
    (program) => !find(program),
  );
  return missing === undefined ? undefined : `${missing} is not installed`;
}

/** Why light nodes are without a program that they could have; undefined where they have it. */
export function whyNoLightProgram(program: string): string | undefined {
  return find(program) === undefined ? `${program} is not installed` : undefined;
}

/** Why no nodes can be booted here; undefined where they can. */
export function whyNoBootedRoot(): string | undefined {
  const missing = ['systemd-nspawn', 'debootstrap'].find((program) => !find(program));
  return missing === undefined ? undefined : `${missing} is not installed`;
}

/** Whether the root of booted nodes is there already: it takes a mirror of Debian and a minute or two to make. */
export function isBootedRootMade(): boolean {
  return existsSync(join(labCache(), debianName()));
}

function debianName(): string {
  return `debian-${createHash('sha256').update(DEBIAN_PACKAGES).digest('hex').slice(0, 12)}`;
}

function copyInto(root: string, path: string): void {
  const real = realpathSync(path);
  const target = join(root, real);
  if (!existsSync(target)) {
    mkdirSync(dirname(target), { recursive: true });
    cpSync(real, target, { recursive: true, verbatimSymlinks: true });
  }
  // Reached by the name that was asked for as well, as `awk` and `libz.so.1` are.
  const named = join(root, realpathSync(dirname(path)), path.slice(path.lastIndexOf('/') + 1));
  if (!existsSync(named)) {
    mkdirSync(dirname(named), { recursive: true });
    symlinkSync(real, named);
  }
}

function copyLibraries(root: string, path: string): void {
  for (const [, library] of spawnSync('ldd', [path], { encoding: 'utf8' }).stdout.matchAll(/(\/\S+) \(0x/g)) {
    if (library !== undefined) copyInto(root, library);
  }
}

function copyProgram(root: string, program: string): void {
  const path = find(program);
  if (path === undefined) return;
  copyInto(root, path);
  copyLibraries(root, path);
}

/** What both kinds of root have of ours: rpm's place, the practice service, users for what goes wrong. */
function furnish(root: string): void {
  const put = (path: string, text: string, mode = 0o644): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text, { mode });
  };
  // Debian's rpm keeps its database in the home folder and warns of itself: here it is the package manager.
  put('/etc/rpm/macros', '%_dbpath /var/lib/rpm\n%_build_id_links none\n');
  put('/etc/ssh/sshd_config', SSHD_CONFIG);
  put('/opt/lab/practice-db', readFileSync(join(HERE, 'root/practice-db.sh'), 'utf8'), 0o755);
  put('/etc/lab/node', 'A node of the lab: nothing on it matters.\n');
  // A login script that talks, and an account without a shell.
  put('/home/noisy/.bashrc', 'echo "Welcome to this node."\necho "Unauthorised use is forbidden." >&2\n');
  // A login shell with other words than the POSIX shell's, which talks as well.
  put('/home/tcsh/.tcshrc', 'echo "Welcome to this node."\nalias rm rm -i\nset noclobber\n');
  mkdirSync(join(root, 'var/lib/rpm'), { recursive: true });
}

function makeLightRoot(root: string): void {
  for (const folder of [
    'usr/bin',
    'usr/sbin',
    'usr/lib',
    'usr/lib64',
    'etc',
    'proc',
    'sys',
    'dev',
    'tmp',
    'run',
    'root',
    'home',
    'var/log',
    'var/tmp',
  ]) {
    mkdirSync(join(root, folder), { recursive: true });
  }
  for (const folder of ['bin', 'sbin', 'lib', 'lib64']) symlinkSync(`usr/${folder}`, join(root, folder));
  for (const program of PROGRAMS) copyProgram(root, program);
  for (const path of [
    '/usr/lib/rpm',
    '/etc/os-release',
    '/usr/lib/os-release',
    '/usr/lib/locale/C.utf8',
    '/usr/share/zoneinfo/UTC',
  ]) {
    if (existsSync(path)) copyInto(root, path);
  }
  symlinkSync('../proc/self/mounts', join(root, 'etc/mtab'));
  const put = (path: string, text: string, mode = 0o644): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text, { mode });
  };
  put(
    '/etc/passwd',
    [
      'root:x:0:0:root:/root:/bin/bash',
      'sshd:x:102:65534::/run/sshd:/usr/sbin/nologin',
      'nobody:x:65534:65534::/nonexistent:/usr/sbin/nologin',
      'noisy:x:1000:1000::/home/noisy:/bin/bash',
      'closed:x:1001:1000::/home/closed:/usr/sbin/nologin',
      'tcsh:x:1002:1000::/home/tcsh:/usr/bin/tcsh',
      '',
    ].join('\n'),
  );
  put('/etc/group', 'root:x:0:\nnogroup:x:65534:\nusers:x:1000:\n');
  put(
    '/etc/shadow',
    ['root', 'sshd', 'nobody', 'noisy', 'closed', 'tcsh'].map((user) => `${user}:*:19000::::::\n`).join(''),
    0o600,
  );
  put('/etc/nsswitch.conf', 'passwd: files\ngroup: files\nhosts: files\n');
  put('/etc/hosts', '127.0.0.1 localhost\n');
  put('/usr/sbin/nologin', '#!/bin/sh\necho "This account is currently not available."\nexit 1\n', 0o755);
  put('/usr/bin/systemctl', readFileSync(join(HERE, 'root/systemctl.sh'), 'utf8'), 0o755);
  put('/usr/sbin/reboot', '#!/bin/sh\nexec systemctl reboot\n', 0o755);
  put('/opt/lab/init', readFileSync(join(HERE, 'root/init.sh'), 'utf8'), 0o755);
  furnish(root);
  put(`/etc/lab/units/${PRACTICE_SERVICE}`, '#!/bin/sh\nexec /opt/lab/practice-db\n', 0o755);
}

/** What debootstrap makes, kept apart from what is ours, since it takes a minute or two. */
function makeDebian(root: string, say: (line: string) => void): void {
  say('Making the root of booted nodes with debootstrap; this takes a minute or two, once.');
  run('debootstrap', ['--variant=minbase', `--include=${DEBIAN_PACKAGES}`, 'bookworm', root], DEBOOTSTRAP_MS);
  rmSync(join(root, 'var/cache/apt'), { recursive: true, force: true });
  rmSync(join(root, 'var/lib/apt/lists'), { recursive: true, force: true });
}

/** What booted nodes have above Debian: the practice service as a unit, a user whom sudo asks for a password and one whom it does not. */
function makeBootedLayer(debian: string, layer: string): void {
  furnish(layer);
  const units = join(layer, 'etc/systemd/system');
  mkdirSync(join(units, 'multi-user.target.wants'), { recursive: true });
  const unit = `[Unit]\nDescription=Practice database\n[Service]\nExecStart=/opt/lab/practice-db\n[Install]\nWantedBy=multi-user.target\n`;
  writeFileSync(join(units, `${PRACTICE_SERVICE}.service`), unit);
  symlinkSync(`../${PRACTICE_SERVICE}.service`, join(units, 'multi-user.target.wants', `${PRACTICE_SERVICE}.service`));
  const users = `useradd -m -s /bin/bash engineer
useradd -m -p '*' -s /bin/bash trusted
useradd -p '*' -d /home/noisy -s /bin/bash noisy
useradd -m -p '*' -s /usr/sbin/nologin closed
echo engineer:only-for-the-lab | chpasswd
echo 'engineer ALL=(ALL) ALL' >/etc/sudoers.d/engineer
echo 'trusted ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/trusted`;
  fillLayer(debian, layer, users);
}

/** What stands for the operating system in rpm's database of a node, and packages that make trouble on request. */
const SPECS: Readonly<Record<string, string>> = {
  'lab-os': `Provides: /bin/sh
%description
Stands for the operating system.
%files
`,
  // The transaction holds rpm's lock for as long as the file is there.
  'lab-hold': `%description
Holds the transaction while /run/lab/hold is there.
%pre
while [ -e /run/lab/hold ]; do sleep 0.2; done
%files
`,
};

/** Builds the packages of the lab itself. */
function buildPackages(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, body] of Object.entries(SPECS)) {
    const spec = join(folder, `${name}.spec`);
    writeFileSync(
      spec,
      `Name: ${name}\nVersion: 1\nRelease: 1\nSummary: Part of the lab\nLicense: Apache-2.0\nBuildArch: noarch\n${body}`,
    );
    run('rpmbuild', ['-bb', '--define', `_topdir ${folder}/build`, '--define', `_rpmdir ${folder}`, spec]);
    cpSync(join(folder, 'noarch', `${name}-1-1.noarch.rpm`), join(folder, `${name}.rpm`));
  }
  for (const made of ['build', 'noarch']) rmSync(join(folder, made), { recursive: true, force: true });
}

/** Changes a layer by a script that runs in the root which it makes together with what lies below. */
function fillLayer(lower: string, layer: string, script: string): void {
  const work = `${layer}.work`;
  const merged = `${layer}.merged`;
  for (const folder of [layer, work, merged]) mkdirSync(folder, { recursive: true });
  // In a mount namespace of its own, so that nothing stays mounted whatever happens.
  const inside = `set -e
mount -t overlay overlay -o "lowerdir=${lower},upperdir=${layer},workdir=${work}" "${merged}"
mount --bind /dev "${merged}/dev"
mount -t proc proc "${merged}/proc"
mount -t tmpfs tmpfs "${merged}/run"
mkdir "${merged}/run/packages"
mount --bind "${PACKAGES}" "${merged}/run/packages"
chroot "${merged}" sh -ec "$1"`;
  run('unshare', ['--mount', 'sh', '-c', inside, 'sh', script]);
  rmSync(work, { recursive: true, force: true });
  rmSync(merged, { recursive: true, force: true });
}

/** Installs what a node of a type begins with. */
function installScript(type: NodeType): string {
  const names = BUILT_IN_SEEDS.filter(({ nodeTypes }) => nodeTypes.length === 0 || nodeTypes.includes(type)).map(
    ({ name, version }) => `${name}-${version}-`,
  );
  const files = readdirSync(PACKAGES).filter((file) => names.some((name) => file.startsWith(name)));
  return `rpm -U --force-debian /opt/lab/packages/lab-os.rpm ${files.map((file) => `/run/packages/${file}`).join(' ')}`;
}

/** A shared root with its layers: `lower(type)` is what an overlay of such a node lies upon. */
export interface LabRoot {
  lower(type: NodeType): string;
}

/** What nobody used for this long is made anew when it is needed. */
const FORGET_DAYS = 14;

/** Removes what earlier versions of the lab made. */
function forgetOld(): void {
  mkdirSync(labCache(), { recursive: true });
  for (const name of readdirSync(labCache())) {
    const folder = join(labCache(), name);
    const days = (Date.now() - statSync(folder).mtimeMs) / 86_400_000;
    if (days > (name.endsWith('.new') ? 1 : FORGET_DAYS)) rmSync(folder, { recursive: true, force: true });
  }
}

/** Makes a folder of the cache where it is not there: whole, or not at all. */
function cached(name: string, make: (folder: string) => void): string {
  const folder = join(labCache(), name);
  if (existsSync(folder)) {
    const now = new Date();
    utimesSync(folder, now, now);
    return folder;
  }
  forgetOld();
  const making = `${folder}.${process.pid}.new`;
  rmSync(making, { recursive: true, force: true });
  mkdirSync(making, { recursive: true });
  make(making);
  try {
    renameSync(making, folder);
  } catch (error) {
    // Another process was faster.
    rmSync(making, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

/** Python as this machine has it, for what other tools need on a node; undefined where it has none. */
function pythonLayer(): string | undefined {
  const program = find('python3');
  if (program === undefined) return undefined;
  const real = realpathSync(program);
  const version = real.slice(real.lastIndexOf('/') + 1);
  const library = `/usr/lib/${version}`;
  if (!existsSync(library)) return undefined;
  return cached(`${version}-1`, (layer) => {
    for (const folder of ['usr/bin', 'usr/lib']) mkdirSync(join(layer, folder), { recursive: true });
    const place = `${library}/lib-dynload`;
    for (const file of [real, ...readdirSync(place).map((name) => join(place, name))]) copyLibraries(layer, file);
    copyInto(layer, program);
    cpSync(library, join(layer, library), {
      recursive: true,
      filter: (source) => !/\/(dist-packages|test|__pycache__|idlelib|ensurepip)$/.test(source),
    });
  });
}

/**
 * The shared root of light or booted nodes, made where it is not there yet.
 * @throws PutError usage where this machine cannot make it
 */
export function labRoot(
  kind: 'light' | 'booted',
  say: (line: string) => void,
  { python = false }: { readonly python?: boolean } = {},
): LabRoot {
  const why = whyNoLightRoot() ?? (kind === 'booted' ? whyNoBootedRoot() : undefined);
  if (why !== undefined) throw new PutError('usage', `the lab cannot be made here: ${why}`);
  const recipe = createHash('sha256').update(run('rpm', ['--version']));
  for (const file of ['labRoot.ts', 'root/init.sh', 'root/systemctl.sh', 'root/practice-db.sh']) {
    recipe.update(readFileSync(join(HERE, file)));
  }
  const debian = kind === 'booted' ? cached(debianName(), (folder) => makeDebian(folder, say)) : undefined;
  const folder = cached(`${kind}-${recipe.digest('hex').slice(0, 12)}`, (making) => {
    const ours = join(making, 'root');
    if (debian === undefined) makeLightRoot(ours);
    else makeBootedLayer(debian, ours);
    buildPackages(join(ours, 'opt/lab/packages'));
    const lower = debian === undefined ? ours : `${ours}:${debian}`;
    for (const type of NODE_TYPES) fillLayer(lower, join(making, type), installScript(type));
  });
  const layers = [python ? pythonLayer() : undefined, join(folder, 'root'), debian];
  const below = layers.filter((layer) => layer !== undefined).join(':');
  return { lower: (type) => `${join(folder, type)}:${below}` };
}
