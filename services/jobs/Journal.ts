import { dirname, join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { JobSummary } from '../../core/model/job.ts';
import type { StepPaces } from '../../core/model/timeLeft.ts';
import { PutError, reportOf } from '../../core/protocol/errors.ts';
import { inTransaction, statementsOf } from '../state/statements.ts';
import { storageFault } from '../state/storageFault.ts';
import type { Log } from '../service.ts';
import type { JobEvent } from '../sequencer/events.ts';
import { JournalValues, VALUES_SCHEMA } from './journalValues.ts';
import { logTakenOver, takeOver, type TakenOver } from './journalTakeover.ts';
import { PaceHistory, PACES_SCHEMA } from './PaceHistory.ts';
import { NodeLogs, type NodeLogEntry, type NodeLogLine } from './NodeLogs.ts';
import { openDatabase } from '../state/openDatabase.ts';

/** Version of the journal's tables; a greater one was written by newer software. */
export const JOURNAL_VERSION = 4;

/** The file of the node logs, beside the journal's. */
const LOGS_NAME = 'logs.db';
/** Ended jobs whose node logs are kept; their events are kept for ever. */
const JOBS_WITH_LOGS = 50;

/** What a job leaves in the journal with each batch of events. */
export interface JournalBatch {
  readonly jobId: string;
  /** Number of the first event; the others follow without gaps. */
  readonly firstNumber: number;
  readonly events: readonly JobEvent[];
  readonly summary: JobSummary;
  /** Of a job that ends: how long its steps took. */
  readonly paces?: StepPaces | undefined;
}

const SCHEMA = `
CREATE TABLE jobs (
  job_id TEXT PRIMARY KEY,
  job_number INTEGER NOT NULL UNIQUE,
  ended INTEGER NOT NULL,
  summary TEXT NOT NULL,
  problem TEXT
) STRICT;
CREATE TABLE events (
  job_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (job_id, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE changes (total INTEGER NOT NULL) STRICT;
INSERT INTO changes VALUES (0);
${VALUES_SCHEMA}`;

/** What a job was at some event; made when it is not there, since nothing depends on it. */
const SNAPSHOTS = `
CREATE TABLE IF NOT EXISTS snapshots (
  job_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY (job_id, number)
) STRICT;
`;

/**
 * The journal of all jobs: one SQLite file, write-ahead log, full synchronisation. Calls are synchronous on purpose: an event has to be
 * on the disk before its effect, and nothing else may come between.
 */
export class Journal {
  readonly #path: string;
  readonly #log: Log | undefined;
  readonly #database: DatabaseSync;
  /** Large values of events and snapshots. */
  readonly values: JournalValues;
  readonly #sql: ReturnType<typeof statementsOf>;
  readonly #logs: NodeLogs;
  readonly #paces: PaceHistory;
  /** Set where the file was of an earlier version until now. */
  readonly takenOver: TakenOver | undefined;

  /**
   * Opens or makes the journal. One of an earlier version is taken over; a copy of it is kept beside it.
   * @throws PutError state-newer, state-locked, state-damaged, or what the file system says; nothing is changed then.
   */
  constructor(path: string, log?: Log) {
    this.#path = path;
    this.#log = log;
    let database: DatabaseSync | undefined;
    let logs: NodeLogs | undefined;
    try {
      database = openDatabase(path);
      database.exec('PRAGMA busy_timeout = 500');
      const version = Number((database.prepare('PRAGMA user_version').get() as { user_version: number }).user_version);
      if (version > JOURNAL_VERSION) {
        throw new PutError(
          'state-newer',
          `${path} has version ${version}; this putservices knows versions up to ${JOURNAL_VERSION}`,
          { path, version, known: JOURNAL_VERSION },
        );
      }
      // One process at a time: the lock is held until close, so a second putservices on the same folder is refused.
      database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
      if (version === 0) database.exec(`BEGIN IMMEDIATE; ${SCHEMA} PRAGMA user_version = ${JOURNAL_VERSION}; COMMIT`);
      // A quick look that finds a torn or foreign file before a job depends on it.
      const check = database.prepare('PRAGMA quick_check(1)').get() as { quick_check: string };
      if (check.quick_check !== 'ok') throw new Error(check.quick_check);
      if (version > 0 && version < JOURNAL_VERSION) {
        this.takenOver = takeOver(database, path, version, JOURNAL_VERSION);
        if (log) logTakenOver(this.takenOver, log);
      }
      database.exec(SNAPSHOTS);
      database.exec(PACES_SCHEMA);
      this.#database = database;
      this.#sql = statementsOf(database);
      this.#paces = new PaceHistory(this.#sql);
      this.values = new JournalValues(database);
      logs = new NodeLogs(join(dirname(path), LOGS_NAME), version > 0 && !hadLines(database), log);
      this.#logs = logs;
      this.#moveLines();
    } catch (error) {
      logs?.close();
      database?.close();
      throw storageFault(error, path);
    }
    this.#forgetOldLogs();
  }

  /**
   * Commits events of a job in one transaction, with the row of the job list.
   * @throws PutError journal-unwritable, or what the file system says; nothing of the batch is kept then.
   */
  append(batch: JournalBatch): void {
    this.#inTransaction(() => {
      const { jobId, summary } = batch;
      this.#sql(
        `INSERT INTO jobs (job_id, job_number, ended, summary) VALUES (?, ?, ?, ?)
         ON CONFLICT (job_id) DO UPDATE SET ended = excluded.ended, summary = excluded.summary`,
      ).run(jobId, summary.jobNumber, summary.endedAtMs === undefined ? 0 : 1, JSON.stringify(summary));
      batch.events.forEach((event, i) => {
        this.#sql('INSERT INTO events (job_id, number, body) VALUES (?, ?, ?)').run(
          jobId,
          batch.firstNumber + i,
          JSON.stringify(this.values.pack(jobId, event)),
        );
      });
      if (batch.paces) this.#paces.keep(batch.summary, batch.paces);
      this.#sql('UPDATE changes SET total = total + ?').run(Math.max(1, batch.events.length));
    });
    if (batch.summary.endedAtMs !== undefined) this.#forgetOldLogs();
  }

  /** How long the steps of an operation took in the last jobs; the same object until there is more. */
  pacesOf(operationId: string): StepPaces {
    return this.#paces.of(operationId);
  }

  /** Keeps log lines. @throws PutError journal-unwritable */
  appendLog(lines: readonly NodeLogEntry[]): void {
    if (lines.length > 0) this.#logs.append(lines);
  }

  /** Events of a job after a number, oldest first; empty for a job that is not there. @throws PutError state-damaged */
  events(jobId: string, after = 0): JobEvent[] {
    const { problem = null } =
      (this.#sql('SELECT problem FROM jobs WHERE job_id = ?').get(jobId) as { problem: string | null } | undefined) ??
      {};
    if (problem !== null) throw new PutError('state-damaged', problem, { jobId });
    const rows = this.#sql('SELECT number, body FROM events WHERE job_id = ? AND number > ? ORDER BY number').all(
      jobId,
      after,
    ) as {
      number: number;
      body: string;
    }[];
    return rows.map((row, i) => {
      if (row.number !== after + i + 1) {
        throw new PutError('state-damaged', `event ${after + i + 1} of job ${jobId} is missing in the journal`, {
          jobId,
        });
      }
      try {
        return this.values.unpack(JSON.parse(row.body));
      } catch (error) {
        throw new PutError(
          'state-damaged',
          `event ${row.number} of job ${jobId} cannot be read`,
          { jobId },
          { cause: error },
        );
      }
    });
  }

  /** Number of the last event of a job; 0 for a job that is not there. */
  lastEvent(jobId: string): number {
    return (
      this.#sql('SELECT coalesce(max(number), 0) AS last FROM events WHERE job_id = ?').get(jobId) as { last: number }
    ).last;
  }

  /**
   * Keeps a snapshot of a job and the newest before it, `kept` together. It may be lost with the power: the events make the same.
   * @throws PutError as `append` does
   */
  keepSnapshot(jobId: string, number: number, body: Uint8Array, kept: number): void {
    this.#database.exec('PRAGMA synchronous = NORMAL');
    try {
      this.#inTransaction(() => {
        this.#sql('INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?)').run(jobId, number, body);
        this.#sql(
          `DELETE FROM snapshots WHERE job_id = ?1 AND number NOT IN
             (SELECT number FROM snapshots WHERE job_id = ?1 ORDER BY number DESC LIMIT ?2)`,
        ).run(jobId, kept);
      });
    } finally {
      this.#database.exec('PRAGMA synchronous = FULL');
    }
  }

  /** Snapshots of a job, newest first. */
  snapshots(jobId: string): { readonly number: number; readonly body: Uint8Array }[] {
    return this.#sql('SELECT number, body FROM snapshots WHERE job_id = ? ORDER BY number DESC').all(
      jobId,
    ) as unknown as { number: number; body: Uint8Array }[];
  }

  /** Rows of the job list, newest first; one that cannot be read says so and takes no other away. */
  summaries(limit: number): JobSummary[] {
    const rows = this.#sql(
      'SELECT job_id AS jobId, job_number AS jobNumber, summary, problem FROM jobs ORDER BY job_number DESC LIMIT ?',
    ).all(limit) as unknown as SummaryRow[];
    return rows.map(parseSummary);
  }

  /** The row of a job; undefined for a job that is not there. */
  summary(jobId: string): JobSummary | undefined {
    const row = this.#sql(
      'SELECT job_id AS jobId, job_number AS jobNumber, summary, problem FROM jobs WHERE job_id = ?',
    ).get(jobId) as SummaryRow | undefined;
    return row && parseSummary(row);
  }

  /** Ended jobs that can be read, beyond so many of the newest jobs, oldest first. */
  endedBeyond(newest: number): { readonly jobId: string; readonly jobNumber: number }[] {
    return this.#sql(
      `SELECT job_id AS jobId, job_number AS jobNumber FROM jobs WHERE ended = 1 AND problem IS NULL AND job_number NOT IN
         (SELECT job_number FROM jobs ORDER BY job_number DESC LIMIT ?) ORDER BY job_number`,
    ).all(newest) as unknown as { jobId: string; jobNumber: number }[];
  }

  /** Removes a job with its events, node logs, and the values that no other job shares. @throws PutError as `append` does */
  forget(jobId: string): void {
    this.#logs.forget([jobId]);
    this.#inTransaction(() => {
      for (const table of ['snapshots', 'events', 'jobs'])
        this.#sql(`DELETE FROM ${table} WHERE job_id = ?`).run(jobId);
      this.values.forget(jobId);
    });
  }

  /** Ids of jobs that have not ended, oldest first. */
  openJobs(): string[] {
    const rows = this.#sql('SELECT job_id FROM jobs WHERE ended = 0 ORDER BY job_number').all() as { job_id: string }[];
    return rows.map((row) => row.job_id);
  }

  /** The number that the next job gets. */
  nextJobNumber(): number {
    const row = this.#sql('SELECT coalesce(max(job_number), 0) + 1 AS next FROM jobs').get() as { next: number };
    return row.next;
  }

  /** Events ever committed, of all jobs: grows for ever, survives restarts. */
  changes(): number {
    return (this.#sql('SELECT total FROM changes').get() as { total: number }).total;
  }

  /** Lines of a node's log by range, oldest first; `from` counts from 0 among the lines that are kept. */
  nodeLog(
    jobId: string,
    nodeId: string,
    stepId: string | undefined,
    from: number,
    limit: number,
  ): { total: number; lines: NodeLogLine[] } {
    return this.#logs.read(jobId, nodeId, stepId, from, limit);
  }

  /** The lines of a node that have a text: see `NodeLogs.search`. */
  searchNodeLog(...asked: Parameters<NodeLogs['search']>): ReturnType<NodeLogs['search']> {
    return this.#logs.search(...asked);
  }

  close(): void {
    this.#logs.close();
    this.#database.close();
  }

  /** A journal of a version before had the lines itself. A stop in between only does it again. */
  #moveLines(): void {
    if (!hadLines(this.#database)) return;
    const lines = this.#database
      .prepare(
        `SELECT job_id AS jobId, node_id AS nodeId, step_id AS stepId, attempt, at_ms AS atMs, text
           FROM node_log ORDER BY line`,
      )
      .iterate();
    this.#logs.takeOver(lines as unknown as Iterable<NodeLogEntry>);
    this.#inTransaction(() => this.#database.exec('DROP TABLE node_log'));
  }

  /** What cannot be forgotten now is forgotten another time. */
  #forgetOldLogs(): void {
    const rows = this.#sql(
      'SELECT job_id AS jobId FROM jobs WHERE ended = 1 ORDER BY job_number DESC LIMIT -1 OFFSET ?',
    ).all(JOBS_WITH_LOGS) as unknown as { jobId: string }[];
    try {
      this.#logs.forget(rows.map(({ jobId }) => jobId));
    } catch (error) {
      this.#log?.warn('old logs of nodes could not be removed', { ...reportOf(error) });
    }
  }

  #inTransaction(work: () => void): void {
    try {
      inTransaction(this.#database, work);
    } catch (error) {
      this.values.rolledBack();
      this.#paces.rolledBack();
      throw storageFault(error, this.#path, 'journal-unwritable');
    }
  }
}

function hadLines(database: DatabaseSync): boolean {
  const found = database.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'node_log'").get();
  return found !== undefined;
}

interface SummaryRow {
  readonly jobId: string;
  readonly jobNumber: number;
  readonly summary: string;
  /** Why its events cannot be read. */
  readonly problem: string | null;
}

function parseSummary({ jobId, jobNumber, summary, problem }: SummaryRow): JobSummary {
  if (problem !== null) return unreadableJob(jobId, jobNumber, problem);
  try {
    const parsed: unknown = JSON.parse(summary);
    if (typeof parsed === 'object' && parsed !== null) return { ...(parsed as JobSummary), jobId, jobNumber };
  } catch {
    // Told below.
  }
  return unreadableJob(jobId, jobNumber, `the row of job ${jobNumber} in the journal cannot be read`);
}

/** What the job list shows of a job whose journal cannot be read. */
export function unreadableJob(jobId: string, jobNumber: number, problem: string): JobSummary {
  const unknown = { operationId: '', driver: '', startedBy: '', startedAtMs: 0, nodes: 0 };
  return { ...unknown, jobId, jobNumber, title: problem, state: 'failed', currentStep: '', problem };
}
