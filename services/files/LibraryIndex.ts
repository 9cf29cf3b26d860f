import type { Stats } from 'node:fs';
import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { reportOf } from '../../core/protocol/errors.ts';
import type { Log } from '../service.ts';

const recordSchema = z.object({
  sha256: z.string(),
  fileBytes: z.number(),
  modifiedMs: z.number(),
  uploadedBy: z.string(),
  uploadedAtMs: z.number(),
  /** Time of the last change of the file's own entry (ctime), and its number; absent in an index of an older version. */
  changedMs: z.number().optional(),
  inode: z.number().optional(),
});

/** What is known of a file of the library without reading it. */
export type FileRecord = z.infer<typeof recordSchema>;

/** Name of the index in the library's folder. */
export const INDEX_NAME = 'index.json';

/** Whether a file is the one of which the record speaks. Where the record says too little to know, it is not. */
export function isUnchanged(record: FileRecord, facts: Stats): boolean {
  return (
    record.fileBytes === facts.size &&
    record.modifiedMs === facts.mtimeMs &&
    record.changedMs === facts.ctimeMs &&
    record.inode === facts.ino
  );
}

/**
 * The library's index on disk: digests, and who sent each file. Only a shortcut: a file that it does not tell of truly is read and hashed
 * again.
 */
export class LibraryIndex {
  readonly #path: string;
  readonly #log: Log;

  constructor(folder: string, log: Log) {
    this.#path = join(folder, INDEX_NAME);
    this.#log = log;
  }

  /** The records that can be used; one that cannot takes nothing from the others. */
  async read(): Promise<ReadonlyMap<string, FileRecord>> {
    let entries: unknown;
    try {
      entries = JSON.parse(await readFile(this.#path, 'utf8'));
    } catch {
      entries = undefined;
    }
    const records = new Map<string, FileRecord>();
    if (typeof entries !== 'object' || entries === null) return records;
    for (const [fileName, entry] of Object.entries(entries)) {
      const { success, data } = recordSchema.safeParse(entry);
      if (success) records.set(fileName, data);
    }
    return records;
  }

  /** Writes the index beside and renames it. A failure is told in the log; the next start then reads every file. */
  async write(records: ReadonlyMap<string, FileRecord>): Promise<void> {
    try {
      const handle = await open(`${this.#path}.new`, 'w', 0o600);
      try {
        await handle.writeFile(JSON.stringify(Object.fromEntries(records)));
      } finally {
        await handle.close();
      }
      await rename(`${this.#path}.new`, this.#path);
    } catch (error) {
      this.#log.warn('the index of the package library was not written; the next start reads every file', {
        message: reportOf(error).message,
      });
    }
  }
}
