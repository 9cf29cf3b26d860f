import { PutError } from '../protocol/errors.ts';
import type { Random } from '../session/ports.ts';
import { newId } from '../session/newId.ts';
import type { ChosenFile } from './ports.ts';

/** Files that a person chose in one run; the oldest are forgotten beyond it. */
const HANDLES_KEPT = 20_000;

/**
 * Names for files that a person chose. A window gets and gives back only these, never a path: a page that went wrong
 * can so have no file sent that nobody chose.
 */
export class FileHandles {
  readonly #random: Random;
  readonly #fileOf = new Map<string, ChosenFile>();
  readonly #handleOf = new Map<string, string>();

  constructor(random: Random) {
    this.#random = random;
  }

  /** The handle of a file that was chosen; the same one each time. */
  give(file: ChosenFile): string {
    const known = this.#handleOf.get(file.key);
    if (known !== undefined) return known;
    const handle = newId(this.#random);
    this.#fileOf.set(handle, file);
    this.#handleOf.set(file.key, handle);
    for (const [oldest, itsFile] of this.#fileOf) {
      if (this.#fileOf.size <= HANDLES_KEPT) break;
      this.#fileOf.delete(oldest);
      this.#handleOf.delete(itsFile.key);
    }
    return handle;
  }

  /** Throws `bridge-refused` for what was given to nobody. */
  fileOf(handle: string): ChosenFile {
    const file = this.#fileOf.get(handle);
    if (file === undefined)
      throw new PutError('bridge-refused', 'a window named a file that was not chosen in this run; choose it again');
    return file;
  }
}
