import { existsSync, renameSync, rmSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { PutError } from '../../core/protocol/errors.ts';
import type { Log } from '../service.ts';
import { openDatabase } from '../state/openDatabase.ts';
import { inTransaction, statementsOf } from '../state/statements.ts';
import { storageFault } from '../state/storageFault.ts';

/** Version of the file; a greater one was written by newer software. */
const LOGS_VERSION = 1;
/** Lines kept of one node in one job; older lines go first. */
export const MAX_LINES_PER_NODE = 20_000;
/** Characters kept of one line. */
const MAX_LINE_CHARACTERS = 4_000;

/** One line of a node's log. */
export interface NodeLogLine {
  readonly atMs: number;
  readonly stepId: string;
  readonly attempt: number;
  readonly text: string;
}

/** A line on its way into the file. */
export interface NodeLogEntry extends NodeLogLine {
  readonly jobId: string;
  readonly nodeId: string;
}

const SCHEMA = `
CREATE TABLE node_log (
  line INTEGER PRIMARY KEY,
  job_id TEXT NOT NULL,
  node_id TEXT NOT NULL,
  step_id TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  text TEXT NOT NULL
) STRICT;
CREATE INDEX node_log_by_node ON node_log (job_id, node_id, line);
`;

/**
 * What nodes said in jobs: a file of its own, so that much of it never holds up the journal. A killed process loses nothing of it, a lost power
 * may. Nothing depends on it: a file that is damaged is put aside and a new one begun.
 */
export class NodeLogs {
  readonly #path: string;
  readonly #log: Log | undefined;
  #database: DatabaseSync;
  #sql: ReturnType<typeof statementsOf>;
  readonly #lineCounts = new Map<string, number>();

  /**
   * Opens or makes the file. `expected`: there are jobs, so that a file which is gone is told.
   * @throws PutError state-newer, or what the file system says
   */
  constructor(path: string, expected: boolean, log?: Log) {
    this.#path = path;
    if (expected && !existsSync(path)) log?.warn('the logs of nodes are gone; new ones are kept from now on', { path });
    this.#log = log;
    try {
      this.#database = open(path);
    } catch (error) {
      if (!(error instanceof PutError) || error.code !== 'state-damaged') throw error;
      this.#database = this.#replaced(error);
    }
    this.#sql = statementsOf(this.#database);
  }

  /** Keeps lines. @throws PutError journal-unwritable, or what the file system says; none of them is kept then */
  append(lines: readonly NodeLogEntry[]): void {
    this.#mending(() =>
      this.#inTransaction(() => {
        for (const line of lines) this.#insert(line);
      }),
    );
  }

  /** Takes over the lines of a journal that had them itself, in place of what is here, and onto the disk. @throws as `append` does */
  takeOver(lines: Iterable<NodeLogEntry>): void {
    this.#database.exec('PRAGMA synchronous = FULL');
    this.#inTransaction(() => {
      this.#sql('DELETE FROM node_log').run();
      for (const line of lines) this.#insert(line);
    });
    this.#database.exec('PRAGMA synchronous = NORMAL');
  }

  /** Lines of a node by range, oldest first; `from` counts from 0 among the lines that are kept. */
  read(
    jobId: string,
    nodeId: string,
    stepId: string | undefined,
    from: number,
    limit: number,
  ): { total: number; lines: NodeLogLine[] } {
    const where = `job_id = ? AND node_id = ?${stepId === undefined ? '' : ' AND step_id = ?'}`;
    const keys = stepId === undefined ? [jobId, nodeId] : [jobId, nodeId, stepId];
    return this.#mending(() => {
      const { total } = this.#sql(`SELECT count(*) AS total FROM node_log WHERE ${where}`).get(...keys) as {
        total: number;
      };
      const lines = this.#sql(
        `SELECT at_ms AS atMs, step_id AS stepId, attempt, text FROM node_log WHERE ${where} ORDER BY line LIMIT ? OFFSET ?`,
      ).all(...keys, limit, from) as unknown as NodeLogLine[];
      return { total, lines: lines.map((line) => ({ ...line })) };
    });
  }

  /** How many lines of a node have the text, and the newest of them, oldest first; letters A to Z of either case are equal. */
  search(
    jobId: string,
    nodeId: string,
    stepId: string | undefined,
    text: string,
    limit: number,
  ): { matches: number; lines: NodeLogLine[] } {
    const where = `job_id = ? AND node_id = ?${stepId === undefined ? '' : ' AND step_id = ?'}`;
    const keys = stepId === undefined ? [jobId, nodeId] : [jobId, nodeId, stepId];
    const pattern = `%${text.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
    return this.#mending(() => {
      const rows = this.#sql(
        `SELECT count(*) OVER () AS matches, at_ms AS atMs, step_id AS stepId, attempt, text FROM node_log
          WHERE ${where} AND text LIKE ? ESCAPE '\\' ORDER BY line DESC LIMIT ?`,
      ).all(...keys, pattern, limit) as unknown as (NodeLogLine & { matches: number })[];
      const lines = rows.map(({ atMs, stepId: of, attempt, text: line }) => ({
        atMs,
        stepId: of,
        attempt,
        text: line,
      }));
      return { matches: rows[0]?.matches ?? 0, lines: lines.reverse() };
    });
  }

  /** Removes the lines of jobs. @throws as `append` does */
  forget(jobIds: readonly string[]): void {
    if (jobIds.length === 0) return;
    this.#mending(() =>
      this.#inTransaction(() => {
        for (const jobId of jobIds) this.#sql('DELETE FROM node_log WHERE job_id = ?').run(jobId);
      }),
    );
    this.#lineCounts.clear();
  }

  close(): void {
    this.#database.close();
  }

  /** Does it once more with a new file where this one turns out to be damaged. */
  #mending<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      const fault = storageFault(error, this.#path, 'journal-unwritable');
      if (fault.code !== 'state-damaged') throw fault;
      this.#database.close();
      this.#database = this.#replaced(fault);
      this.#sql = statementsOf(this.#database);
      return work();
    }
  }

  /** Puts the damaged file aside, over one that was before, and begins a new one. */
  #replaced(error: PutError): DatabaseSync {
    const path = this.#path;
    const asidePath = `${path}.damaged`;
    const told = { path, asidePath, reason: error.message };
    this.#log?.error('the logs of nodes are damaged; the file is put aside and a new one begun', told);
    renameSync(path, asidePath);
    for (const beside of ['-wal', '-shm']) rmSync(path + beside, { force: true });
    return open(path);
  }

  #insert(line: NodeLogEntry): void {
    this.#sql('INSERT INTO node_log (job_id, node_id, step_id, attempt, at_ms, text) VALUES (?, ?, ?, ?, ?, ?)').run(
      line.jobId,
      line.nodeId,
      line.stepId,
      line.attempt,
      Math.round(line.atMs),
      line.text.slice(0, MAX_LINE_CHARACTERS),
    );
    this.#bound(line.jobId, line.nodeId);
  }

  #bound(jobId: string, nodeId: string): void {
    const key = `${jobId}/${nodeId}`;
    let count = this.#lineCounts.get(key);
    if (count === undefined) {
      count = (
        this.#sql('SELECT count(*) AS total FROM node_log WHERE job_id = ? AND node_id = ?').get(jobId, nodeId) as {
          total: number;
        }
      ).total;
    } else count += 1;
    // A tenth at a time, so that the cost of forgetting is small.
    if (count > MAX_LINES_PER_NODE * 1.1) {
      this.#sql(
        `DELETE FROM node_log WHERE line IN (SELECT line FROM node_log WHERE job_id = ? AND node_id = ? ORDER BY line LIMIT ?)`,
      ).run(jobId, nodeId, count - MAX_LINES_PER_NODE);
      count = MAX_LINES_PER_NODE;
    }
    this.#lineCounts.set(key, count);
  }

  #inTransaction(work: () => void): void {
    try {
      inTransaction(this.#database, work);
    } catch (error) {
      this.#lineCounts.clear();
      throw storageFault(error, this.#path, 'journal-unwritable');
    }
  }
}

function open(path: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    database = openDatabase(path);
    database.exec('PRAGMA busy_timeout = 500');
    const version = Number((database.prepare('PRAGMA user_version').get() as { user_version: number }).user_version);
    if (version > LOGS_VERSION) {
      const message = `${path} has version ${version}; this putservices knows versions up to ${LOGS_VERSION}`;
      throw new PutError('state-newer', message, { path, version, known: LOGS_VERSION });
    }
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    if (version === 0) database.exec(`BEGIN IMMEDIATE; ${SCHEMA} PRAGMA user_version = ${LOGS_VERSION}; COMMIT`);
    database.prepare('SELECT line FROM node_log ORDER BY line DESC LIMIT 1').get();
    return database;
  } catch (error) {
    database?.close();
    throw storageFault(error, path);
  }
}
