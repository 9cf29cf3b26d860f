import { createWriteStream, existsSync, renameSync, rmSync, statSync, type WriteStream } from 'node:fs';
import path from 'node:path';
import { pino } from 'pino';
import { printableJson } from '../core/model/strangerText.ts';
import { makeFolderSync } from '../core/node/makeFolder.ts';
import type { Log } from './service.ts';

/** One log file; with the kept ones a log of at most 60 MB. */
const FILE_BYTES = 10 * 1024 * 1024;
const FILES_KEPT = 5;
/** Lines waiting for a slow disk; more are dropped and counted, since the log must not hold up the work. */
const WAITING_BYTES = 4 * 1024 * 1024;
/** After a failure (a full disk) the file is opened again with the first line after this. */
const RETRY_MS = 5_000;

/** Members of details that are never written, wherever they stand (two levels deep). */
const SECRETS = ['password', 'token', 'sessionToken', 'leaseToken', 'key', 'passphrase', 'secret', 'authorization'];

export interface LogOptions {
  readonly retryMs?: number;
  /** Hears each time that the file cannot be written any more. */
  onFault?(message: string): void;
}

/** Appends lines to a file and moves it aside when it is full: file, file.1, ... file.5. */
class RotatingFile {
  readonly #file: string;
  #stream: WriteStream | undefined;
  #bytes = 0;
  #dropped = 0;
  readonly #options: LogOptions;
  /** Steady time before which it is not opened again. */
  #retryAtMs = 0;
  #closed = false;
  #fault = '';

  constructor(file: string, options: LogOptions) {
    this.#file = file;
    this.#options = options;
    this.#open();
  }

  write(line: string): void {
    if (!this.#stream && !this.#closed && performance.now() >= this.#retryAtMs) this.#open();
    if (this.#bytes > FILE_BYTES) this.#rotate();
    const stream = this.#stream;
    if (!stream || stream.writableLength > WAITING_BYTES) {
      this.#dropped++;
      return;
    }
    if (this.#dropped > 0) {
      const msg = `${this.#dropped} lines could not be written${this.#fault === '' ? '' : ` (${this.#fault})`}`;
      // What failed may have ended within a line.
      stream.write(`${this.#fault === '' ? '' : '\n'}${JSON.stringify({ level: 40, time: Date.now(), msg })}\n`);
      this.#fault = '';
      this.#dropped = 0;
    }
    this.#bytes += Buffer.byteLength(line);
    stream.write(line, (error) => {
      if (error) this.#dropped++;
    });
  }

  async close(): Promise<void> {
    const stream = this.#stream;
    this.#closed = true;
    this.#stream = undefined;
    if (stream) await new Promise<void>((resolve) => stream.end(() => resolve()));
  }

  #open(): void {
    this.#bytes = statSync(this.#file, { throwIfNoEntry: false })?.size ?? 0;
    const stream = createWriteStream(this.#file, { flags: 'a', mode: 0o600 });
    // A full disk loses log lines, nothing else. A stream is over after its first failure, so the next one begins anew.
    stream.on('error', (error: NodeJS.ErrnoException) => {
      this.#fault = error.code ?? error.message;
      if (this.#stream !== stream) return;
      this.#stream = undefined;
      this.#retryAtMs = performance.now() + (this.#options.retryMs ?? RETRY_MS);
      this.#options.onFault?.(`${this.#file} cannot be written (${this.#fault}); tried again in a while`);
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
export function createServicesLog(options: LogOptions = {}): ServicesLog {
  let kept: string[] = [];
  let file: RotatingFile | undefined;
  const logger = pino(
    {
      base: null,
      redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '***' },
    },
    {
      write: (raw: string) => {
        const line = printableJson(raw);
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
      makeFolderSync(folder, 0o700);
      file = new RotatingFile(path.join(folder, 'putservices.log'), options);
      for (const line of kept) file.write(line);
      kept = [];
    },
    close: async () => file?.close(),
  };
}
