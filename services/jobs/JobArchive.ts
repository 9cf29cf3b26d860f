import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { reportOf } from '../../core/protocol/errors.ts';
import type { Log } from '../service.ts';
import { replaceFile } from '../../core/node/replaceFile.ts';
import { makeFolder } from '../../core/node/makeFolder.ts';
import { storageFault } from '../state/storageFault.ts';
import type { Journal } from './Journal.ts';

const compress = promisify(gzip);

/**
 * Moves ended jobs beyond the newest out of the journal, each into a file of its own: `job-000012.jsonl.gz`, first its row of the
 * job list, then its events, one JSON a line. A job leaves the journal after its file is on the disk, so that a kill in between
 * only writes the file again.
 */
export class JobArchive {
  readonly #folder: string;
  readonly #keepJobs: number;
  readonly #log: Log;
  #work: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: { folder: string; keepJobs: number; log: Log }) {
    this.#folder = options.folder;
    this.#keepJobs = options.keepJobs;
    this.#log = options.log;
  }

  /** Archives what is beyond the limit now; `onGone` hears of each job that left. A failure is logged and tried at the next call. */
  run(journal: Journal, onGone: (jobId: string) => void): Promise<void> {
    this.#work = this.#work.then(() => this.#archive(journal, onGone));
    return this.#work;
  }

  /** Resolves when no file is being written any more. */
  close(): Promise<void> {
    this.#closed = true;
    return this.#work;
  }

  async #archive(journal: Journal, onGone: (jobId: string) => void): Promise<void> {
    try {
      if (this.#closed) return;
      for (const { jobId, jobNumber } of journal.endedBeyond(this.#keepJobs)) {
        try {
          const last = journal.lastEvent(jobId);
          await this.#write(journal, jobId, jobNumber);
          // Nothing may be written into a journal that is about to be closed.
          if (this.#closed) return;
          // Somebody said something of it meanwhile: the file is written anew another time.
          if (journal.lastEvent(jobId) !== last) continue;
          journal.forget(jobId);
        } catch (error) {
          this.#log.error('a job could not be archived; it stays in the journal', { jobNumber, ...reportOf(error) });
          continue;
        }
        onGone(jobId);
      }
    } catch (error) {
      this.#log.error('jobs could not be archived', { ...reportOf(error) });
    }
  }

  async #write(journal: Journal, jobId: string, jobNumber: number): Promise<void> {
    const path = join(this.#folder, `job-${String(jobNumber).padStart(6, '0')}.jsonl.gz`);
    const lines = [journal.summary(jobId), ...journal.events(jobId)].map((line) => `${JSON.stringify(line)}\n`);
    try {
      await makeFolder(this.#folder, 0o700);
      await replaceFile(path, await compress(lines.join('')));
    } catch (error) {
      throw storageFault(error, path, 'state-unwritable');
    }
  }
}
