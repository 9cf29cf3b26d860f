import { createWriteStream, existsSync, mkdirSync, renameSync, rmSync, statSync, type WriteStream } from 'node:fs';
import path from 'node:path';
import { pino } from 'pino';
import type { Log } from './service.ts';

/** One log file; with the kept ones a log of at most 60 MB. */
const FILE_BYTES = 10 * 1024 * 1024;
const FILES_KEPT = 5;
/** Lines waiting for a slow disk; more are dropped and counted, since the log must not hold up the work. */
const WAITING_BYTES = 4 * 1024 * 1024;

/** Members of details that are never written, wherever they stand (two levels deep). */
const SECRETS = ['password', 'token', 'sessionToken', 'leaseToken', 'key', 'passphrase', 'secret', 'authorization'];

/** Appends lines to a file and moves it aside when it is full: file, file.1, ... file.5. */
class RotatingFile {
  readonly #file: string;
  #stream: WriteStream | undefined;
  #bytes = 0;
  #dropped = 0;

  constructor(file: string) {
    this.#file = file;
    this.#open();
  }

  write(line: string): void {
    if (this.#bytes > FILE_BYTES) this.#rotate();
    const stream = this.#stream;
    if (!stream || stream.writableLength > WAITING_BYTES) {
      this.#dropped++;
      return;
    }
    if (this.#dropped > 0) {
      stream.write(`{"level":40,"time":${Date.now()},"msg":"${this.#dropped} lines could not be written"}\n`);
      this.#dropped = 0;
    }
    this.#bytes += Buffer.byteLength(line);
    stream.write(line);
  }

  async close(): Promise<void> {
    const stream = this.#stream;
    this.#stream = undefined;
    if (stream) await new Promise<void>((resolve) => stream.end(() => resolve()));
  }

  #open(): void {
    this.#bytes = existsSync(this.#file) ? statSync(this.#file).size : 0;
    const stream = createWriteStream(this.#file, { flags: 'a', mode: 0o600 });
    // A full disk loses log lines, nothing else.
    stream.on('error', () => {
      this.#dropped++;
    });
    this.#stream = stream;
  }

  #rotate(): void {
    this.#stream?.end();
    try {
      rmSync(`${this.#file}.${FILES_KEPT}`, { force: true });
      for (let i = FILES_KEPT - 1; i >= 0; i--) {
        const from = i === 0 ? this.#file : `${this.#file}.${i}`;
        if (existsSync(from)) renameSync(from, `${this.#file}.${i + 1}`);
      }
    } catch {
      // Cannot be moved: go on in the same file rather than lose lines.
    }
    this.#open();
  }
}

/** A log that keeps lines until it has a file, since the state folder is checked before anything is written into it. */
export interface ServicesLog extends Log {
  /** Writes to `putservices.log` in the folder from now on, what was kept first. Throws when the folder cannot be made. */
  openFile(folder: string): void;
  close(): Promise<void>;
}

/** The log of putservices: JSON lines, secrets masked. */
export function createServicesLog(): ServicesLog {
  let kept: string[] = [];
  let file: RotatingFile | undefined;
  const logger = pino(
    {
      base: null,
      redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '***' },
    },
    {
      write: (line: string) => {
        if (file) file.write(line);
        else if (kept.length < 1000) kept.push(line);
      },
    },
  );
  return {
    info: (message, details) => logger.info(details ?? {}, message),
    warn: (message, details) => logger.warn(details ?? {}, message),
    error: (message, details) => logger.error(details ?? {}, message),
    openFile(folder) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      file = new RotatingFile(path.join(folder, 'putservices.log'));
      for (const line of kept) file.write(line);
      kept = [];
    },
    close: async () => file?.close(),
  };
}
