import { createInterface } from 'node:readline';
import { z } from 'zod';
import { PutError } from '../../core/protocol/errors.ts';
import type { PracticeHost, PracticeTarget } from '../../core/workbench/ports.ts';
import type { Tell } from './logFile.ts';

const READY_WITHIN_MS = 30_000;
const END_WITHIN_MS = 5_000;
const port = z.number().int().min(1).max(65_535);

/** What putservices says of itself on one line of its standard output when it is up. */
const readySchema = z.object({
  ready: z.literal(true),
  host: z.string(),
  ccPort: port,
  sslPort: port,
  servicePort: port,
  chatPort: port,
  fingerprint: z.string(),
  user: z.string(),
  password: z.string(),
});

/** The target in a ready line; undefined for any other line. */
export function readReadyLine(line: string): PracticeTarget | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const { ready: _ready, ...target } = readySchema.parse(JSON.parse(line));
    return target;
  } catch {
    return undefined;
  }
}

/** A child that runs putservices: Electron's utility process. */
export interface ServicesChild {
  readonly stdout: NodeJS.ReadableStream | null;
  readonly stderr: NodeJS.ReadableStream | null;
  once(event: 'exit', listener: (code: number) => void): unknown;
  kill(): boolean;
}

/**
 * The practice system of the desktop: putservices with eight simulated nodes as a child of the app. A system that the
 * starter of the app brought up already is used instead, and left running at the end.
 */
export class PracticeProcess implements PracticeHost {
  readonly #fork: () => ServicesChild;
  readonly #running: PracticeTarget | undefined;
  readonly #tell: Tell;
  #child: ServicesChild | undefined;
  #target: Promise<PracticeTarget> | undefined;

  constructor(fork: () => ServicesChild, running: PracticeTarget | undefined, tell: Tell) {
    this.#fork = fork;
    this.#running = running;
    this.#tell = tell;
  }

  /** Rejects with `internal`, naming the last line that putservices said, when it ends before it is up. */
  async start(): Promise<PracticeTarget> {
    if (this.#running) return this.#running;
    this.#target ??= this.#startChild().catch((error: unknown) => {
      this.#target = undefined;
      throw error;
    });
    return await this.#target;
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (!child) return;
    const ended = new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
      setTimeout(resolve, END_WITHIN_MS).unref();
    });
    child.kill();
    await ended;
  }

  #startChild(): Promise<PracticeTarget> {
    const child = this.#fork();
    this.#child = child;
    let lastSaid = 'it said nothing';
    child.stderr?.on('data', (chunk: Buffer) => {
      const text = chunk.toString().trim();
      if (text === '') return;
      lastSaid = text.slice(-500);
      this.#tell(`practice system: ${text}`);
    });
    return new Promise((resolve, reject) => {
      const fail = (what: string): void => {
        child.kill();
        reject(new PutError('internal', `the practice system ${what}: ${lastSaid}`));
      };
      const timer = setTimeout(() => fail(`was not up within ${READY_WITHIN_MS / 1000} s`), READY_WITHIN_MS);
      child.once('exit', (code) => {
        clearTimeout(timer);
        this.#child = undefined;
        this.#target = undefined;
        fail(`ended with ${code}`);
      });
      if (!child.stdout) return;
      createInterface({ input: child.stdout }).on('line', (line) => {
        const target = readReadyLine(line);
        if (!target) return;
        clearTimeout(timer);
        resolve(target);
      });
    });
  }
}
