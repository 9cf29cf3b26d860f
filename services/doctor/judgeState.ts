import { type Finding, findingsOf, someOf } from './findings.ts';

/** A user of this machine. */
export interface UserSeen {
  readonly uid: number;
  /** Name, or the number where there is none. */
  readonly name: string;
}

/** What was seen of the state folder. */
export interface StateSeen {
  readonly path: string;
  readonly exists: boolean;
  readonly owner: UserSeen;
  readonly mode: number;
  /** The user of the service unit, where the package made it. */
  readonly serviceUser: UserSeen | undefined;
  /** Names in it that belong to somebody else. */
  readonly foreign: readonly string[];
  readonly version: { readonly format: number; readonly software: string } | undefined;
  /** Parts that were there once and are gone, in words. */
  readonly gone: readonly string[];
  readonly holderPid: number | undefined;
}

const state = findingsOf('state');

/** Whether putservices can use the folder; `format` is the highest that this version reads. */
export function judgeState(seen: StateSeen, format: number): Finding[] {
  const { path, owner, mode, serviceUser, foreign, version, gone, holderPid } = seen;
  if (!seen.exists) return [state.notice(`${path} is not there yet`, 'The first start makes it.')];
  const findings: Finding[] = [];
  const give = (user: string): string => `chown -R ${user}: ${path}`;
  if (serviceUser && owner.uid === 0 && serviceUser.uid !== 0) {
    const next = `The service unit runs as ${serviceUser.name}; where it is to use this folder: ${give(serviceUser.name)}`;
    findings.push(state.notice(`${path} belongs to root`, next));
  }
  if (foreign.length > 0) {
    const next = `putservices cannot read what somebody else made there: ${give(owner.name)}`;
    findings.push(state.failed(`not of its owner ${owner.name}: ${someOf(foreign)}`, next));
  }
  if ((mode & 0o077) !== 0) {
    const text = `others than ${owner.name} have rights to ${path} (${(mode & 0o777).toString(8)})`;
    findings.push(state.notice(text, `The next start takes them away; at once: chmod 700 ${path}`));
  }
  if (version && version.format > format) {
    findings.push(
      state.failed(
        `${path} has format ${version.format}, written by ${version.software}; this version reads ${format}`,
        'Install that version again, or restore a backup of the time before it.',
      ),
    );
  }
  if (gone.length > 0) {
    const next = `Restore a backup; or go on with what is there: putservices accept-loss --state ${path}`;
    findings.push(state.failed(`gone since the last start: ${gone.join(', ')}`, next));
  }
  const user = holderPid === undefined ? 'no putservices uses it' : `putservices uses it, process ${holderPid}`;
  if (findings.length === 0)
    findings.push(state.ok(`${path} of ${owner.name}, ${version?.software ?? 'unused'}; ${user}`));
  return findings;
}

/** Room where the state folder is. */
export interface DiskSeen {
  readonly path: string;
  readonly freeBytes: number;
  /** Undefined where the file system does not count them. */
  readonly freeFiles: number | undefined;
}

const disk = findingsOf('disk');
const MIB = 1024 * 1024;
/** A package set and its delta: below it an upload is likely to be refused. */
const SCARCE_BYTES = 2048 * MIB;
/** The journal of a job of many nodes, its node logs and the log of putservices. */
const FULL_BYTES = 200 * MIB;
const SCARCE_FILES = 1000;

/** Whether there is room for packages and for the journal. */
export function judgeDisk({ path, freeBytes, freeFiles }: DiskSeen): Finding[] {
  const free = `${Math.floor(freeBytes / MIB)} MiB free at ${path}`;
  const room =
    'Make room: remove old packages (putctl packages remove), archived jobs in archive/, or enlarge the file system.';
  if (freeBytes < FULL_BYTES) return [disk.failed(free, room)];
  if (freeFiles !== undefined && freeFiles < SCARCE_FILES)
    return [disk.failed(`the file system of ${path} takes ${freeFiles} more files`, room)];
  return [freeBytes < SCARCE_BYTES ? disk.notice(free, room) : disk.ok(free)];
}

/** What was seen of the journal of jobs, without changing it. */
export type JournalSeen =
  | { readonly kind: 'absent' }
  | { readonly kind: 'in-use'; readonly holderPid: number }
  /** `pending`: there are writes that only the next start takes over, so that the rest was not checked. */
  | {
      readonly kind: 'read';
      readonly version: number;
      readonly jobs: number;
      readonly pending: boolean;
      readonly damage: string;
    };

const journal = findingsOf('journal');

/** Whether the jobs can be read; `version` is the highest that this version knows. */
export function judgeJournal(seen: JournalSeen, version: number): Finding[] {
  if (seen.kind === 'absent') return [journal.ok('none yet; the first start makes it')];
  if (seen.kind === 'in-use')
    return [journal.ok(`in use by putservices, process ${seen.holderPid}; not looked into while it runs`)];
  if (seen.version > version) {
    const text = `journal.db has version ${seen.version}; this version knows ${version}`;
    return [journal.failed(text, 'Install the version that wrote it, or restore a backup of the time before it.')];
  }
  if (seen.damage !== '') {
    const next = 'Restore a backup of the state folder; keep the damaged one until that is done.';
    return [journal.failed(`journal.db is damaged: ${seen.damage}`, next)];
  }
  if (seen.pending)
    return [
      journal.notice(
        'putservices ended without closing it; its last writes were not looked at',
        'The next start takes them over; jobs go on.',
      ),
    ];
  const older = seen.version < version ? '; of an earlier version, taken over at the next start' : '';
  return [journal.ok(`${seen.jobs} jobs${older}`)];
}
