import { z } from 'zod';
import { errorOf, reportOf } from '../protocol/errors.ts';
import { errorReportSchema } from '../protocol/handshake.ts';
import type { TransferView, WorkbenchState } from './state.ts';
import type { TextFile } from './systemsStore.ts';

const MOST_UPLOADS = 10_000;

const entrySchema = z.object({
  systemId: z.string().min(1).max(64),
  path: z.string().min(1).max(4096),
  state: z.enum(['waiting', 'paused', 'failed']),
  /** Of a failed one. */
  cause: errorReportSchema.transform((report) => reportOf(errorOf(report))).optional(),
  endedAtMs: z.number().optional(),
});

/** An upload that was not done when its program ended: it goes on, stays paused, or is told with its cause. */
export type KeptUpload = z.output<typeof entrySchema>;

const fileSchema = z.object({ version: z.literal(1), uploads: z.array(z.unknown()) });

/** What an earlier run left to do, element by element. A file that cannot be read, or is of another version, has nothing: then the files are chosen again. */
export async function readKeptUploads(file: TextFile): Promise<readonly KeptUpload[]> {
  try {
    const { uploads } = fileSchema.parse(JSON.parse((await file.read()) ?? ''));
    return uploads.flatMap((raw) => {
      const result = entrySchema.safeParse(raw);
      return result.success ? [result.data] : [];
    });
  } catch {
    return [];
  }
}

function keptOf(systemId: string, { localPath, state, cause, endedAtMs }: TransferView): KeptUpload | undefined {
  if (localPath === undefined || state === 'done' || state === 'cancelled') return undefined;
  if (state === 'failed') return { systemId, path: localPath, state, cause, endedAtMs };
  return { systemId, path: localPath, state: state === 'paused' ? 'paused' : 'waiting' };
}

/** Writes what is left to do whenever it is something else; progress is none of it, since the master knows that. */
export class UploadKeeper {
  readonly #file: TextFile;
  #text: string | undefined;
  #writing = Promise.resolve();
  #closed = false;

  constructor(file: TextFile) {
    this.#file = file;
  }

  /** Looks at a state after another one. */
  follow(before: WorkbenchState, after: WorkbenchState): void {
    const changed = Object.values(after.systems).some(
      ({ saved, transfers }) => before.systems[saved.systemId]?.transfers !== transfers,
    );
    if (this.#closed || (!changed && before.systems === after.systems)) return;
    const uploads = Object.values(after.systems)
      .flatMap(({ saved, transfers }) => Object.values(transfers).map((view) => keptOf(saved.systemId, view)))
      .filter((kept) => kept !== undefined)
      .slice(0, MOST_UPLOADS);
    const text = `${JSON.stringify({ version: 1, uploads })}\n`;
    if (text === this.#text || (this.#text === undefined && uploads.length === 0)) return;
    this.#text = text;
    // One after the other, and the newest last. Where it cannot be written, files are only to be chosen again after the next start.
    this.#writing = this.#writing
      .then(() => (this.#text === text ? this.#file.write(text) : undefined))
      .catch(() => undefined);
  }

  /** From now on uploads end because the program does: what was kept stays. Settles when it is written. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#writing;
  }
}
