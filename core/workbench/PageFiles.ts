import type { FileSource } from '../client/FileClient.ts';
import { chunkBytesFor, FIRST_WINDOW, widenOrNarrow, type FileWindow } from '../client/fileWindow.ts';
import { checkLibraryFileName, libraryFileNameOf } from '../model/libraryFileName.ts';
import { PutError } from '../protocol/errors.ts';
import type { Clock } from '../session/ports.ts';
import type { ChosenFile } from './ports.ts';

/** A page that lost its line has this long to come back before uploads of its files end as failed. */
const AWAY_MS = 60_000;
/** A page that said that it goes; a page that is loaded anew in its place says sooner what became of its files. */
const LEFT_MS = 10_000;
/** Files whose page is gone are known by their names as long as not more than these came since. */
const MOST_FILES = 20_000;
const MOVED = Symbol('the page of a file is another one now');
/** Bytes of one upload that were asked for and are not sent on yet: a line of 100 Mbit/s with a round trip of 150 ms is full with it. */
const MOST_AHEAD_BYTES = 2 * 1024 * 1024;

/**
 * Reads exactly `lengthBytes` of a file that a page has. Rejects with `line-lost` when the page is out of reach, and with
 * `file-changed` or `file-unreadable` as the page says.
 */
export type ReadPageFile = (file: string, offset: number, lengthBytes: number) => Promise<Uint8Array>;

/** A file that was chosen in a page; its bytes stay there until they are asked for. */
export interface OfferedFile {
  /** What the page calls it, the same after its line was lost. */
  readonly file: string;
  readonly name: string;
  readonly sizeBytes: number;
  /** Of the whole file, lower-case hex, as the page has read it. */
  readonly sha256: string;
}

/** One page: what is asked of it at the same time shares its line. */
interface PageLine {
  readonly window: object;
  readonly read: ReadPageFile;
  room: FileWindow;
  underWayBytes: number;
}

interface Entry {
  readonly offered: OfferedFile;
  line: PageLine | undefined;
  /** Nobody is expected to come back with it; whoever does is welcome. */
  gone: boolean;
  readonly waiting: Set<() => void>;
}

interface Block {
  readonly lengthBytes: number;
  readonly bytes: Promise<Uint8Array>;
}

/**
 * Files whose bytes are with pages of a browser. A page that lost its line and offers its files again goes on where it
 * was, and so does the page that was loaded in its place where the browser kept the files. Uploads of files that nobody
 * offers any more end with `file-out-of-reach`, and what arrived is kept at the master.
 */
export class PageFiles {
  readonly #clock: Clock;
  readonly #lines = new Map<object, PageLine>();
  /** By the page's name for the file. */
  readonly #entries = new Map<string, Entry>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes files that a page has. Throws `package-name-invalid` for a name that the library has no place for. */
  offer(window: object, read: ReadPageFile, files: readonly OfferedFile[]): ChosenFile[] {
    for (const { name } of files) checkLibraryFileName(libraryFileNameOf(name));
    const line = this.#lines.get(window) ?? { window, read, room: FIRST_WINDOW, underWayBytes: 0 };
    this.#lines.set(window, line);
    return files.map((offered) => {
      const known = this.#entries.get(offered.file);
      const entry: Entry = known ?? { offered, line, gone: false, waiting: new Set() };
      if (known && known.offered.sha256 !== offered.sha256)
        throw new PutError('bridge-refused', 'a page offers another file under the name of an earlier one');
      this.#entries.set(offered.file, entry);
      this.#forgetOldest();
      entry.line = line;
      entry.gone = false;
      wake(entry);
      return {
        key: `page ${offered.file}`,
        name: offered.name,
        open: () => Promise.resolve(this.#sourceOf(entry)),
      };
    });
  }

  /** Those of the names under which a file was offered, by whichever page. */
  known(files: readonly string[]): string[] {
    return files.filter((file) => this.#entries.has(file));
  }

  /** Their page is gone and nobody has them any more: their uploads end at once. */
  withdraw(files: readonly string[]): void {
    for (const file of files) {
      const entry = this.#entries.get(file);
      if (entry) leave(entry);
    }
  }

  /** A page's line is lost; `left` when the page said that it goes, since it is closed or loaded anew. */
  windowGone(window: object, left: boolean): void {
    this.#lines.delete(window);
    for (const entry of this.#entries.values()) {
      if (entry.line?.window !== window) continue;
      entry.line = undefined;
      this.#clock.setTimer(left ? LEFT_MS : AWAY_MS, () => {
        if (!entry.line) leave(entry);
      });
    }
  }

  #forgetOldest(): void {
    for (const [file, { gone }] of this.#entries) {
      if (this.#entries.size <= MOST_FILES) return;
      if (gone) this.#entries.delete(file);
    }
  }

  #sourceOf(entry: Entry): FileSource {
    const { name, sizeBytes, sha256 } = entry.offered;
    let blocks: Block[] = [];
    let rest: Uint8Array = new Uint8Array(0);
    /** Where the next byte to hand on stands, and the next one to ask for. */
    let at = 0;
    let askedTo = 0;
    let over = false;
    const startAt = (offset: number): void => {
      blocks = [];
      rest = new Uint8Array(0);
      at = offset;
      askedTo = offset;
    };
    /** Asks ahead as far as the line has room, so that a long line is never idle between two blocks. */
    const askAhead = (line: PageLine): void => {
      while (!over && entry.line === line && askedTo < sizeBytes) {
        const chunk = Math.min(chunkBytesFor(line.room.windowBytes), sizeBytes - askedTo);
        const held = askedTo - at;
        if (blocks.length > 0 && held + chunk > MOST_AHEAD_BYTES) return;
        if (blocks.length > 0 && line.underWayBytes + chunk > line.room.windowBytes) return;
        const bytes = this.#ask(line, entry.offered.file, askedTo, chunk);
        bytes.then(
          () => askAhead(line),
          () => {},
        );
        blocks.push({ lengthBytes: chunk, bytes });
        askedTo += chunk;
      }
    };
    const nextBytes = async (): Promise<Uint8Array> => {
      for (;;) {
        const line = await this.#lineOf(entry);
        askAhead(line);
        const block = blocks.shift();
        // It was lost just now.
        if (!block && entry.line !== line) continue;
        if (!block) throw new PutError('file-changed', `${name} ends before its announced size`);
        try {
          const bytes = await untilMoved(entry, line, block.bytes);
          if (bytes !== MOVED) return bytes;
        } catch (error) {
          if (!(error instanceof PutError) || error.code !== 'line-lost') throw error;
        }
        startAt(at);
      }
    };
    return {
      name: libraryFileNameOf(name),
      sizeBytes,
      sha256: () => Promise.resolve(sha256),
      async read(offset, lengthBytes) {
        if (offset !== at) startAt(offset);
        const bytes = new Uint8Array(lengthBytes);
        for (let filled = 0; filled < lengthBytes;) {
          if (rest.length === 0) rest = await nextBytes();
          const part = rest.subarray(0, lengthBytes - filled);
          bytes.set(part, filled);
          filled += part.length;
          at += part.length;
          rest = rest.subarray(part.length);
        }
        return bytes;
      },
      close() {
        over = true;
        blocks = [];
        return Promise.resolve();
      },
    };
  }

  async #ask(line: PageLine, file: string, offset: number, lengthBytes: number): Promise<Uint8Array> {
    const sentAtMs = this.#clock.steadyMs();
    line.underWayBytes += lengthBytes;
    const underWayBytes = line.underWayBytes;
    try {
      const bytes = await line.read(file, offset, lengthBytes);
      const nowMs = this.#clock.steadyMs();
      // Both times are of this end's clock: what grows between them is what queues on the page's line.
      line.room = widenOrNarrow(line.room, { sentAtMs, arrivedAtMs: nowMs, nowMs, bytes: lengthBytes, underWayBytes });
      return bytes;
    } finally {
      line.underWayBytes -= lengthBytes;
    }
  }

  async #lineOf(entry: Entry): Promise<PageLine> {
    while (!entry.line) {
      if (entry.gone) {
        const { name } = entry.offered;
        throw new PutError('file-out-of-reach', `the browser page that ${name} was chosen in is gone`, { name });
      }
      await new Promise<void>((resolve) => entry.waiting.add(resolve));
    }
    return entry.line;
  }
}

function leave(entry: Entry): void {
  entry.line = undefined;
  entry.gone = true;
  wake(entry);
}

/** What a page answers, or `MOVED` when it is not the file's page any more: its line may be dead without anybody's knowing. */
async function untilMoved(
  entry: Entry,
  line: PageLine,
  bytes: Promise<Uint8Array>,
): Promise<Uint8Array | typeof MOVED> {
  while (entry.line === line) {
    let resume = (): void => {};
    const woken = new Promise<typeof MOVED>((resolve) => (resume = () => resolve(MOVED)));
    entry.waiting.add(resume);
    const first = await Promise.race([bytes, woken]).finally(() => entry.waiting.delete(resume));
    if (first !== MOVED) return first;
  }
  return MOVED;
}

function wake(entry: Entry): void {
  for (const resume of [...entry.waiting]) resume();
  entry.waiting.clear();
}
