import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { lstat, readdir, readFile, stat, statfs } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import ssh2 from 'ssh2';
import { decodeText } from '../../core/model/decodeText.ts';
import { EMPTY_INVENTORY, INVENTORY_LIMITS } from '../../core/model/inventory.ts';
import { readNodesYaml } from '../../core/model/inventory/nodesYaml.ts';
import { PutError, reportOf } from '../../core/protocol/errors.ts';
import { ERROR_CATALOGUE } from '../../core/protocol/errorCatalogue.ts';
import { parseAccounts } from '../accounts/accountFile.ts';
import type { Config } from '../config/Config.ts';
import { withConfigLine } from '../config/configPlace.ts';
import { localUsers } from '../config/localUsers.ts';
import { ConnectionGuard } from '../portmgmt/ConnectionGuard.ts';
import type { PortRole } from '../portmgmt/Portmgmt.ts';
import { PortListeners } from '../portmgmt/PortListeners.ts';
import { portsOfConfig } from '../portPlan.ts';
import type { Log } from '../service.ts';
import { builtInSqlite } from '../state/openDatabase.ts';
import { readStateVersion } from '../state/StateFolder.ts';
import { peekOwnIdentity, readGivenIdentity } from '../tls/tlsIdentity.ts';
import type { CertificateSeen } from './judgeCertificate.ts';
import type { ClockSeen, ServiceSeen } from './judgeMachine.ts';
import type { AccountsSeen, InventorySeen, MasterKeySeen } from './judgeNodes.ts';
import type { PortSeen } from './judgePorts.ts';
import type { DiskSeen, JournalSeen, StateSeen, UserSeen } from './judgeState.ts';

/*
 * What is read of a machine and a state folder. Nothing is changed or made, whoever runs it: what root made in the folder of another user
 * would keep putservices from reading it.
 */

const run = promisify(execFile);
const COMMAND_MS = 3_000;
/** The user that the package makes. */
const SERVICE_USER = 'putservices';
const quiet: Log = { info: () => {}, warn: () => {}, error: () => {} };

async function ifThere<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Marks of version.json that are told by a file that is there or not, and what it is. */
const FILES_ONCE_THERE = [
  { mark: 'tls-key', file: join('tls', 'key.pem'), what: 'the key that clients know this system by (tls/key.pem)' },
  { mark: 'accounts', file: 'accounts', what: 'the account file' },
  { mark: 'journal', file: 'journal.db', what: 'the journal (journal.db)' },
  { mark: 'timeline', file: 'timeline.db', what: 'the timeline (timeline.db)' },
] as const;

/** Whether this user's rights let it read the folder. */
export async function mayLookInto(path: string): Promise<boolean> {
  try {
    await readdir(path);
    await stat(`${path}/.`);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'EACCES';
  }
}

export async function lookAtState(path: string, holderPid: number | undefined): Promise<StateSeen> {
  const users = localUsers();
  // Those of a directory service have their numbers as names.
  const ownerOf = (uid: number): UserSeen => users.find((user) => user.uid === uid) ?? { uid, name: String(uid) };
  const found = await ifThere(stat(path));
  const serviceUser = users.find(({ name }) => name === SERVICE_USER);
  const absent = { exists: false, owner: ownerOf(0), mode: 0, foreign: [], version: undefined, gone: [] };
  if (!found) return { path, serviceUser, holderPid, ...absent };
  const foreign: string[] = [];
  const names = await readdir(path, { withFileTypes: true });
  const inside = names.flatMap((entry) => [entry.name]);
  for (const folder of ['tls', 'ssh', 'log', 'library', 'archive', 'nodes']) {
    const below = await ifThere(readdir(join(path, folder)).catch(ignoreKind));
    inside.push(...(below ?? []).map((name) => join(folder, name)));
  }
  for (const name of inside) {
    const entry = await ifThere(lstat(join(path, name)));
    if (entry && entry.uid !== found.uid) foreign.push(name);
  }
  const version = await readStateVersion(path);
  const gone: string[] = [];
  for (const { mark, file, what } of FILES_ONCE_THERE) {
    if ((version?.marks?.[mark] ?? 0) > 0 && !(await ifThere(stat(join(path, file))))) gone.push(what);
  }
  return {
    ...{ path, exists: true, owner: ownerOf(found.uid), mode: found.mode, serviceUser, foreign, version, gone },
    holderPid,
  };
}

/** A file where a folder is expected has nothing in it. */
function ignoreKind(error: NodeJS.ErrnoException): string[] {
  if (error.code === 'ENOTDIR' || error.code === 'ENOENT') return [];
  throw error;
}

/** Room at the folder, or where it will be. */
export async function lookAtDisk(path: string): Promise<DiskSeen> {
  let place = path;
  while (!(await ifThere(stat(place))) && dirname(place) !== place) place = dirname(place);
  const { bavail, bsize, files, ffree } = await statfs(place);
  return { path: place, freeBytes: bavail * bsize, freeFiles: files > 0 ? ffree : undefined };
}

export async function lookAtJournal(state: string, holderPid: number | undefined): Promise<JournalSeen> {
  const file = join(state, 'journal.db');
  if (!(await ifThere(stat(file)))) return { kind: 'absent' };
  if (holderPid !== undefined) return { kind: 'in-use', holderPid };
  const { DatabaseSync } = builtInSqlite();
  const waiting = await ifThere(stat(`${file}-wal`));
  const pending = waiting !== undefined && waiting.size > 0;
  // Immutable: SQLite makes no files beside it.
  const url = pathToFileURL(file);
  url.searchParams.set('immutable', '1');
  let version = 0;
  let jobs = 0;
  try {
    const database = new DatabaseSync(url, { readOnly: true });
    try {
      version = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
      if (pending) return { kind: 'read', version, jobs, pending, damage: '' };
      const said = String(database.prepare('PRAGMA quick_check(1)').get()?.['quick_check']);
      if (said !== 'ok') return { kind: 'read', version, jobs, pending, damage: said };
      jobs = Number(database.prepare('SELECT count(*) AS jobs FROM jobs').get()?.['jobs']);
    } finally {
      database.close();
    }
  } catch (error) {
    return { kind: 'read', version, jobs, pending, damage: reportOf(error).message };
  }
  return { kind: 'read', version, jobs, pending, damage: '' };
}

/** Tries every port of the Config file the way that a start does. */
export async function lookAtPorts(config: Config, file: string | undefined, practice: boolean): Promise<PortSeen[]> {
  const ports = portsOfConfig(config);
  const addresses = config.listen.length > 0 || !practice ? config.listen : ['127.0.0.1'];
  const listeners = new PortListeners({
    ...{ addresses, tlsOptions: {}, guard: new ConnectionGuard(), log: quiet },
    nowMs: () => performance.now(),
  });
  const tried: readonly [PortRole, number][] = [
    ['negotiation', ports.negotiation],
    ['watch', ports.watch],
    ...ports.gui.map((port): [PortRole, number] => ['gui', port]),
    ['service', ports.service],
    ['chat', ports.chat],
    ['web', ports.web],
  ];
  const seen: PortSeen[] = [];
  const forAllFrom = Number(await readFile('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8').catch(() => '0'));
  for (const [role, port] of tried) {
    const fault = await listeners.tryPort(role, port);
    if (fault === undefined) {
      seen.push({ port, state: 'free', rootOnly: process.getuid?.() === 0 && port < forAllFrom });
      continue;
    }
    const error = await withConfigLine(fault, { file, portBase: undefined });
    const { code, message } = reportOf(error);
    const owner = error instanceof PutError ? /^(.*) \(pid (\d+)\)$/.exec(String(error.details['owner'] ?? '')) : null;
    seen.push({
      ...{ port, state: code === 'port-in-use' ? 'in-use' : 'refused', why: message },
      next: ERROR_CATALOGUE[code].nextStep,
      owner: owner ? { name: owner[1] ?? '', pid: Number(owner[2]) } : undefined,
    });
  }
  await listeners.close();
  return seen;
}

export async function lookAtCertificate(config: Config, state: string): Promise<CertificateSeen | undefined> {
  const given = config.tlsCert !== undefined && config.tlsKey !== undefined;
  const identity = given ? readGivenIdentity(config.tlsCert, config.tlsKey) : peekOwnIdentity(join(state, 'tls'));
  if (!identity) return undefined;
  const keyFile = given ? config.tlsKey : join(state, 'tls', 'key.pem');
  const certificate = new X509Certificate(identity.certificatePem);
  const hostName = hostname();
  return {
    ...{ own: identity.own, fingerprint: identity.fingerprint, validToMs: identity.validToMs, keyFile, hostName },
    validFromMs: Date.parse(certificate.validFrom),
    namesHost: certificate.checkHost(hostName) !== undefined,
    keyMode: (await stat(keyFile)).mode,
  };
}

export async function lookAtAccounts(state: string): Promise<AccountsSeen> {
  const bytes = await ifThere(readFile(join(state, 'accounts')));
  if (!bytes) return { rows: [], faults: [] };
  const decoded = decodeText(bytes);
  if ('problem' in decoded) return { rows: [], faults: [{ line: 1, message: decoded.problem }] };
  const { accounts, faults } = parseAccounts(decoded.text);
  return { rows: accounts, faults };
}

export async function lookAtMasterKey(state: string): Promise<MasterKeySeen | undefined> {
  const file = join(state, 'ssh', 'id_ed25519');
  const text = await ifThere(readFile(file, 'utf8'));
  if (text === undefined) return undefined;
  const key = ssh2.utils.parseKey(text);
  return { file, mode: (await stat(file)).mode, usable: !(key instanceof Error) && key.isPrivateKey() };
}

export async function lookAtInventory(state: string): Promise<InventorySeen | undefined> {
  const file = join(state, 'nodes.yaml');
  const fault = (message: string): InventorySeen => ({
    inventory: EMPTY_INVENTORY,
    problems: [{ kind: 'fault', file, line: 1, message }],
  });
  const found = await ifThere(stat(file));
  if (!found) return undefined;
  if (found.size > INVENTORY_LIMITS.bytes) return fault(`larger than ${INVENTORY_LIMITS.bytes} bytes`);
  const decoded = decodeText(await readFile(file));
  return 'problem' in decoded ? fault(decoded.problem) : readNodesYaml(decoded.text, file);
}

export async function lookAtClock(state: string, nowMs: number): Promise<ClockSeen> {
  let lastWrittenMs = 0;
  for (const name of ['version.json', 'journal.db', 'timeline.db', join('log', 'putservices.log')]) {
    const found = await ifThere(stat(join(state, name)));
    lastWrittenMs = Math.max(lastWrittenMs, found?.mtimeMs ?? 0);
  }
  const said = await run('timedatectl', ['show', '--property=NTPSynchronized', '--value'], {
    timeout: COMMAND_MS,
  }).then(
    ({ stdout }) => stdout.trim(),
    () => '',
  );
  return { nowMs, lastWrittenMs, synchronised: said === 'yes' ? true : said === 'no' ? false : undefined };
}

/** The unit of the package; undefined where there is none, or no systemd. */
export async function lookAtService(): Promise<ServiceSeen | undefined> {
  const asked = ['LoadState', 'UnitFileState', 'ActiveState', 'Result'];
  const said = await run('systemctl', ['show', 'putservices.service', `--property=${asked.join(',')}`], {
    timeout: COMMAND_MS,
  }).then(
    ({ stdout }) => stdout,
    () => '',
  );
  const value = (name: string): string => new RegExp(`^${name}=(.*)$`, 'm').exec(said)?.[1] ?? '';
  const loadState = value('LoadState');
  if (loadState === '' || loadState === 'not-found') return undefined;
  const unitFileState = loadState === 'masked' ? 'masked' : value('UnitFileState');
  return { unitFileState, activeState: value('ActiveState'), result: value('Result') };
}

/** Soft limit of open files of a process; undefined where it cannot be seen. */
export async function openFilesOf(pid: number | 'self'): Promise<number | undefined> {
  const text = await readFile(`/proc/${pid}/limits`, 'utf8').catch(() => '');
  const limit = /^Max open files\s+(\d+|unlimited)/m.exec(text)?.[1];
  return limit === undefined ? undefined : limit === 'unlimited' ? Infinity : Number(limit);
}

/** Whether the folder is that of a practice system. */
export async function isPractice(state: string, signInName: string): Promise<boolean> {
  return (await ifThere(stat(join(state, signInName)))) !== undefined;
}
