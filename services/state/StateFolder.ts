import { randomUUID } from 'node:crypto';
import { chmod, link, open, readdir, readFile, rm, stat, unlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { PutError } from '../../core/protocol/errors.ts';
import type { Log } from '../service.ts';
import { checkOwner } from './folderOwner.ts';
import { makeFolder } from '../../core/node/makeFolder.ts';
import { replaceFile, UNFINISHED } from '../../core/node/replaceFile.ts';
import { storageFault } from './storageFault.ts';
import { isAlive, ownIdentity, type ProcessIdentity } from './processIdentity.ts';
import { openDatabase } from './openDatabase.ts';

/** Format of the state folder. A folder of a higher one is not touched. */
export const STATE_FORMAT = 1;

const VERSION_NAME = 'version.json';
const LOCK_NAME = 'lock';
const GUARD_NAME = 'lock.guard';
/** What may lie in a folder that was never used: put there by a person, by an installer, or by a first start that was cut. */
const ALLOWED_BEFORE: ReadonlySet<string> = new Set([
  'Config',
  'AllowedCiphers',
  'accounts',
  'tls',
  'library',
  'nodes.yaml',
  'ssh',
  'lost+found',
  LOCK_NAME,
  VERSION_NAME,
]);

/** What version.json says of a folder. */
export type StateVersion = z.output<typeof versionSchema>;

const versionSchema = z.object({
  format: z.number().int().min(1),
  software: z.string(),
  /** By part of the folder: how much of it there was, so that a part which vanished is noticed. */
  marks: z.record(z.string().max(60), z.number().min(0)).optional(),
});
const lockSchema = z.object({ pid: z.number().int().positive(), startTicks: z.string(), bootId: z.string() });

export interface StateFolderOptions {
  readonly path: string;
  /** Version of this software, written beside the format for people. */
  readonly software: string;
  readonly log: Log;
}

/**
 * The folder that holds everything putservices must not forget: journal, timeline, library, accounts, certificate, practice
 * nodes. One putservices uses it at a time; only its user may read it.
 */
export class StateFolder {
  readonly path: string;
  readonly #lockText: string;
  readonly #software: string;
  readonly #marks: Map<string, number>;
  readonly #parts = new Map<string, () => number>();
  #writing: Promise<void> = Promise.resolve();

  private constructor(path: string, lockText: string, software: string, marks: Readonly<Record<string, number>>) {
    this.path = path;
    this.#lockText = lockText;
    this.#software = software;
    this.#marks = new Map(Object.entries(marks));
  }

  /**
   * Opens or makes the folder and takes its lock; the lock of a process that is gone is taken over.
   * Throws `state-newer`, `state-locked`, `state-damaged`, `state-denied` for a folder of another user, and what the file
   * system says; nothing is changed then. A first start that was cut anywhere is made good by the next.
   */
  static async open(options: StateFolderOptions): Promise<StateFolder> {
    const path = resolve(options.path);
    const version = await readStateVersion(path);
    if (version && version.format > STATE_FORMAT) {
      throw new PutError(
        'state-newer',
        `${path} has format ${version.format}, written by putservices ${version.software}; this version reads ${STATE_FORMAT}`,
        { path, format: version.format, software: version.software },
      );
    }
    await checkOwner(path);
    if (!version) await prepareFresh(path);
    const lockText = await takeLock(path, options.log);
    const folder = new StateFolder(path, lockText, options.software, version?.marks ?? {});
    try {
      await restrictRights(path, options.log);
      await removeUnfinished(path);
      if (version?.software !== options.software || version.format !== STATE_FORMAT) await folder.#writeVersion();
    } catch (error) {
      await folder.release();
      throw storageFault(error, path);
    }
    return folder;
  }

  /** Path of a file or folder inside. */
  file(...names: readonly string[]): string {
    return join(this.path, ...names);
  }

  /**
   * Says how much of a part there is: events, entries, or 1 for what is there or not. It only grows; `now` is asked for it again
   * by `mark`. Throws `state-damaged` where there was more of it at an earlier time.
   */
  checkPart(name: string, what: string, now: () => number): void {
    const before = this.#marks.get(name) ?? 0;
    const found = now();
    if (found < before) {
      throw new PutError(
        'state-damaged',
        `${this.path}: ${what} ${before === 1 ? 'is gone' : `had ${before} entries, now ${found}`}; \`putservices accept-loss --state ${this.path}\` goes on with what is there`,
        { path: this.path, part: name, before, found },
      );
    }
    this.#parts.set(name, now);
  }

  /** Writes down how much there is of each part where that grew. Throws what the file system says. */
  mark(): Promise<void> {
    const write = this.#writing.then(async () => {
      const before = new Map(this.#marks);
      for (const [name, now] of this.#parts) this.#marks.set(name, Math.max(before.get(name) ?? 0, now()));
      if ([...this.#marks].every(([name, value]) => before.get(name) === value)) return;
      try {
        await this.#writeVersion();
      } catch (error) {
        this.#marks.clear();
        for (const [name, value] of before) this.#marks.set(name, value);
        throw storageFault(error, this.path);
      }
    });
    this.#writing = write.catch(() => {});
    return write;
  }

  /** What there is now counts as all there ever was; a person decided that. */
  async acceptLoss(): Promise<void> {
    this.#marks.clear();
    await this.#writeVersion();
  }

  #writeVersion(): Promise<void> {
    const marks = Object.fromEntries(this.#marks);
    const text = JSON.stringify({ format: STATE_FORMAT, software: this.#software, marks });
    return replaceFile(this.file(VERSION_NAME), text);
  }

  /** Gives the lock back; the next putservices can start at once. */
  async release(): Promise<void> {
    const lockPath = join(this.path, LOCK_NAME);
    const text = await readFile(lockPath, 'utf8').catch(() => '');
    if (text === this.#lockText) await unlink(lockPath);
  }
}

/** What version.json says; undefined where it is not there. Throws `state-damaged` and what the file system says. */
export async function readStateVersion(path: string): Promise<StateVersion | undefined> {
  const file = join(path, VERSION_NAME);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw storageFault(error, path);
  }
  try {
    return versionSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new PutError('state-damaged', `${file} does not say a format`, { path, file }, { cause: error });
  }
}

/** A name with the ending of a file that was being written. */
const UNFINISHED_NAME = new RegExp(`(\\.\\d+)?\\${UNFINISHED}$`);

/** Removes what a killed start left half-written; only `account` works in the folder beside a putservices. */
async function removeUnfinished(path: string): Promise<void> {
  for (const name of await readdir(path)) {
    if (UNFINISHED_NAME.test(name) && !name.startsWith('accounts.')) await rm(join(path, name), { force: true });
  }
}

/** Makes the folder, or makes sure that an existing one is not somebody's folder of other things. */
async function prepareFresh(path: string): Promise<void> {
  try {
    await makeFolder(path, 0o700).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      throw new PutError(
        'state-denied',
        `${path}: its file system lets no folder be made there; name another with --state`,
        { path },
        { cause: error },
      );
    });
    const foreign = (await readdir(path)).find(
      (name) => !ALLOWED_BEFORE.has(name.replace(UNFINISHED_NAME, '')) && !name.startsWith(`${LOCK_NAME}.`),
    );
    if (foreign !== undefined) {
      throw new PutError(
        'state-damaged',
        `${path} holds "${foreign}" but no ${VERSION_NAME}; it is not a state folder`,
        { path },
      );
    }
  } catch (error) {
    throw storageFault(error, path);
  }
}

async function restrictRights(path: string, log: Log): Promise<void> {
  if (process.platform === 'win32') return;
  const { mode } = await stat(path);
  if ((mode & 0o077) === 0) return;
  await chmod(path, 0o700);
  log.warn('the state folder could be read by others; now it cannot', { path });
}

/**
 * Puts the lock file in place by a hard link, which fails where there is one, so that it is never seen half-written.
 * Answers its text.
 */
async function takeLock(path: string, log: Log): Promise<string> {
  const lockPath = join(path, LOCK_NAME);
  const own = await ownIdentity();
  // The random part tells this lock from another of the same process.
  const text = JSON.stringify({ ...own, token: randomUUID() });
  const temporary = `${lockPath}.${own.pid}.${randomUUID()}`;
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(text);
    } finally {
      await handle.close();
    }
    for (let attempt = 0; attempt < 5; attempt++) {
      try {
        await link(temporary, lockPath);
        return text;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      await removeIfStale(path, lockPath, log);
    }
    throw new PutError('state-locked', `${path}: several putservices start at once`, { path });
  } catch (error) {
    throw storageFault(error, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

/**
 * Takes the lock of a process that is gone out of the way; throws `state-locked` where it lives. Looking and removing are one
 * under a guard: between the two another starter could have put a living lock there.
 */
async function removeIfStale(path: string, lockPath: string, log: Log): Promise<void> {
  const guard = takeGuard(path);
  try {
    const text = await readFile(lockPath, 'utf8').catch(() => undefined);
    if (text === undefined) return;
    const holder = readHolder(text);
    if (holder && (await isAlive(holder))) {
      throw new PutError('state-locked', `${path} is used by putservices, process ${holder.pid}`, {
        path,
        pid: holder.pid,
      });
    }
    await unlink(lockPath);
    log.info('took over the lock of a process that is gone', { path, pid: holder?.pid ?? 0 });
  } finally {
    guard.close();
  }
}

/**
 * A lock of the operating system, held through SQLite since Node has no file locks: it goes with the process, so it can never be
 * stale itself. Its file stays, since removing it would let two starters lock two files.
 */
function takeGuard(path: string): DatabaseSync {
  const guard = openDatabase(join(path, GUARD_NAME), { timeout: 0 });
  try {
    guard.exec('BEGIN EXCLUSIVE');
    return guard;
  } catch (error) {
    guard.close();
    throw new PutError('state-locked', `${path}: several putservices start at once`, { path }, { cause: error });
  }
}

/** The living process that holds the lock of a state folder; changes nothing. */
export async function lockHolder(path: string): Promise<ProcessIdentity | undefined> {
  const text = await readFile(join(path, LOCK_NAME), 'utf8').catch(() => '');
  const holder = readHolder(text);
  return holder && (await isAlive(holder)) ? holder : undefined;
}

function readHolder(text: string): ProcessIdentity | undefined {
  try {
    return lockSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
