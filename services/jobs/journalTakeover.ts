import { closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { PutError, reportOf } from '../../core/protocol/errors.ts';
import type { Log } from '../service.ts';
import type { JobEvent } from '../sequencer/events.ts';
import { UNFINISHED } from '../../core/node/replaceFile.ts';
import { storageCodeOf } from '../state/storageFault.ts';
import { firstRecord, recordAfter, type JobRecord } from './jobRecord.ts';
import { JournalValues, USES_SCHEMA, VALUES_SCHEMA } from './journalValues.ts';
import { convertOldEvents, isOldStart } from './oldEvents.ts';

/** What became of a journal of an earlier version. */
export interface TakenOver {
  readonly fromVersion: number;
  /** The file as it was before. */
  readonly copyPath: string;
  /** Jobs whose events have today's form now. */
  readonly jobs: number;
  readonly unreadable: readonly { readonly jobId: string; readonly problem: string }[];
}

/** What the tables of a version lack, by that version. */
const TABLES: Readonly<Record<number, string>> = {
  1: `${VALUES_SCHEMA} ALTER TABLE jobs ADD COLUMN problem TEXT;`,
  2: `${USES_SCHEMA} ALTER TABLE jobs ADD COLUMN problem TEXT;`,
  3: USES_SCHEMA,
};

/** From this version on events have today's form. */
const TODAYS_EVENTS = 3;

/**
 * Brings a journal of an earlier version to `toVersion`: the file as it was is kept beside it, then the events of all jobs are converted in one
 * transaction. A job that cannot be converted keeps its events as they are, with the reason; it takes no other with it.
 * @throws what SQLite and the file system say; the journal is as it was then
 */
export function takeOver(database: DatabaseSync, path: string, fromVersion: number, toVersion: number): TakenOver {
  const copyPath = `${path}.v${fromVersion}`;
  keepCopy(database, copyPath);
  const unreadable: { jobId: string; problem: string }[] = [];
  let jobs = 0;
  database.exec('BEGIN IMMEDIATE');
  try {
    database.exec(TABLES[fromVersion] ?? '');
    const values = new JournalValues(database);
    const rows = database
      .prepare('SELECT job_id AS jobId, job_number AS jobNumber FROM jobs ORDER BY job_number')
      .all();
    const old = fromVersion < TODAYS_EVENTS ? (rows as { jobId: string; jobNumber: number }[]) : [];
    for (const { jobId, jobNumber } of old) {
      database.exec('SAVEPOINT job');
      try {
        if (convertJob(database, values, jobId)) jobs += 1;
      } catch (error) {
        const storage = storageCodeOf(error);
        if (storage !== undefined && storage !== 'state-damaged') throw error;
        database.exec('ROLLBACK TO job');
        values.rolledBack();
        const { message } = reportOf(error);
        const problem = `job ${jobNumber} cannot be read: ${message}; ${basename(copyPath)} has it as it was`;
        database.prepare('UPDATE jobs SET problem = ? WHERE job_id = ?').run(problem, jobId);
        unreadable.push({ jobId, problem });
      }
      database.exec('RELEASE job');
    }
    database.exec(`PRAGMA user_version = ${toVersion}; COMMIT`);
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
  return { fromVersion, copyPath, jobs, unreadable };
}

/** Says what was done, and which jobs it could not be done to. */
export function logTakenOver({ fromVersion, copyPath, jobs, unreadable }: TakenOver, log: Log): void {
  log.info('the journal of an earlier version was taken over; a copy is kept', { fromVersion, copyPath, jobs });
  for (const { jobId, problem } of unreadable) log.error('a job could not be taken over', { jobId, problem });
}

/** Writes a whole copy, write-ahead log included, onto the disk; one of an earlier try is replaced. */
function keepCopy(database: DatabaseSync, copyPath: string): void {
  const temporary = `${copyPath}${UNFINISHED}`;
  rmSync(temporary, { force: true });
  try {
    // SQLite takes an empty file, and leaves it the rights that it has.
    closeSync(openSync(temporary, 'wx', 0o600));
    database.prepare('VACUUM INTO ?').run(temporary);
    syncPath(temporary);
    renameSync(temporary, copyPath);
    syncPath(dirname(copyPath));
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function syncPath(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Converts the events of a job and goes through them once. Answers false for a job that has today's already. */
function convertJob(database: DatabaseSync, values: JournalValues, jobId: string): boolean {
  const update = database.prepare('UPDATE events SET body = ? WHERE job_id = ? AND number = ?');
  const select = database.prepare('SELECT number, body FROM events WHERE job_id = ? ORDER BY number');
  const rows = select.all(jobId) as { number: number; body: string }[];
  const old = function* (): Generator<JobEvent> {
    for (const [i, { number, body }] of rows.entries()) {
      if (number !== i + 1) throw new PutError('state-damaged', `event ${i + 1} is missing`, { number: i + 1 });
      yield values.unpack(JSON.parse(body));
    }
  };
  const first = rows[0];
  if (first === undefined) throw new PutError('state-damaged', 'it has no events');
  if (!isOldStart(JSON.parse(first.body))) return false;
  let record: JobRecord | undefined;
  let number = 0;
  for (const event of convertOldEvents(old())) {
    number += 1;
    // Events that nothing can be made of are found here, not when the job is looked at.
    record = record ? recordAfter(record, event) : firstRecord(event);
    update.run(JSON.stringify(values.pack(jobId, event)), jobId, number);
  }
  return true;
}
