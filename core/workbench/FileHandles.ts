import { PutError } from '../protocol/errors.ts';
import type { Random } from '../session/ports.ts';
import { newId } from '../session/newId.ts';

/** Files that a person chose in one run; the oldest are forgotten beyond it. */
const HANDLES_KEPT = 20_000;

/**
 * Names for local files that a person chose. A window gets and gives back only these, never a path: a page that went wrong
 * can so have no file sent that nobody chose.
 */
export class FileHandles {
  readonly #random: Random;
  readonly #pathOf = new Map<string, string>();
  readonly #handleOf = new Map<string, string>();

  constructor(random: Random) {
    this.#random = random;
  }

  /** The handle of a path that was chosen; the same one each time. */
  give(path: string): string {
    const known = this.#handleOf.get(path);
    if (known !== undefined) return known;
    const handle = newId(this.#random);
    this.#pathOf.set(handle, path);
    this.#handleOf.set(path, handle);
    for (const [oldest, itsPath] of this.#pathOf) {
      if (this.#pathOf.size <= HANDLES_KEPT) break;
      this.#pathOf.delete(oldest);
      this.#handleOf.delete(itsPath);
    }
    return handle;
  }

  /** Throws `bridge-refused` for what was given to nobody. */
  pathOf(handle: string): string {
    const path = this.#pathOf.get(handle);
    if (path === undefined)
      throw new PutError('bridge-refused', 'a window named a file that was not chosen in this run; choose it again');
    return path;
  }
}
