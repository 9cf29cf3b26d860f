import { readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { PutError } from '../protocol/errors.ts';
import type { PracticeHost, PracticeTarget } from '../workbench/ports.ts';
import { practiceTarget, readReadyLine, type PracticeReady } from './practiceReady.ts';
import { makeFolder } from './makeFolder.ts';

const READY_WITHIN_MS = 30_000;
const END_WITHIN_MS = 12_000;
const PROBE_WITHIN_MS = 1_000;
/** Exit code of putservices when a port or the state folder is in use. */
const EXIT_IN_USE = 3;
const PRACTICE_NODES = 8;

/** A child that runs putservices: a process, or Electron's utility process. */
export interface ServicesChild {
  readonly stdout: NodeJS.ReadableStream | null;
  readonly stderr: NodeJS.ReadableStream | null;
  once(event: 'exit', listener: (code: number) => void): unknown;
  kill(): boolean;
}

export interface PracticeProcessOptions {
  /** Starts putservices with these arguments, standard output and error piped. */
  readonly fork: (args: readonly string[]) => ServicesChild;
  readonly stateFolder: string;
  /** Holds the ready line of the practice system that runs, so that another program of the same user finds it. */
  readonly readyFile: string;
  /** Gets what putservices says on its standard error. */
  readonly tell: (message: string) => void;
}

/**
 * The practice system of this client system: putservices with eight simulated nodes, as a child. One that runs already (its
 * ready line is in the file and its port answers) is used instead, and is left running by `stop`.
 */
export class PracticeProcess implements PracticeHost {
  readonly #options: PracticeProcessOptions;
  #child: ServicesChild | undefined;
  #starting: Promise<PracticeTarget> | undefined;

  constructor(options: PracticeProcessOptions) {
    this.#options = options;
  }

  /** Rejects with `internal`, quoting the last words of putservices, when it is not up in time. */
  async start(): Promise<PracticeTarget> {
    this.#starting ??= this.#findOrStart().catch((error: unknown) => {
      this.#starting = undefined;
      throw error;
    });
    const target = await this.#starting;
    if (this.#child ?? (await answers(target.host, target.ccPort))) return target;
    // Somebody else's practice system went away meanwhile.
    this.#starting = undefined;
    return await this.start();
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#starting = undefined;
    if (!child) return;
    const ended = new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
      setTimeout(resolve, END_WITHIN_MS).unref();
    });
    child.kill();
    await ended;
    await rm(this.#options.readyFile, { force: true });
  }

  async #findOrStart(): Promise<PracticeTarget> {
    const known = readReadyLine(await readFile(this.#options.readyFile, 'utf8').catch(() => ''));
    if (known && (await answers(known.addresses[0] ?? '', known.ports.negotiation))) return await practiceTarget(known);
    // The documented ports first, for they are what a person learns here; a free block where they are taken.
    const ready = (await this.#startChild([])) ?? (await this.#startChild(['--port-base', 'auto']));
    if (!ready) throw new PutError('internal', 'the practice system found no ports to listen on');
    await makeFolder(dirname(this.#options.readyFile));
    await writeFile(this.#options.readyFile, `${JSON.stringify(ready)}\n`, { mode: 0o600 });
    return await practiceTarget(ready);
  }

  /** Undefined when a port is in use and other ports are worth a try. */
  #startChild(portArguments: readonly string[]): Promise<PracticeReady | undefined> {
    const { fork, stateFolder, tell } = this.#options;
    const fixed = ['--practice', String(PRACTICE_NODES), '--state', stateFolder, '--json-ready'];
    const child = fork([...fixed, ...portArguments]);
    this.#child = child;
    let lastSaid = 'it said nothing';
    child.stderr?.on('data', (chunk: Buffer) => {
      const text = chunk.toString().trim();
      if (text === '') return;
      lastSaid = text.slice(-500);
      tell(`practice system: ${text}`);
    });
    return new Promise((resolve, reject) => {
      const fail = (what: string): void => reject(new PutError('internal', `the practice system ${what}: ${lastSaid}`));
      const timer = setTimeout(() => {
        child.kill();
        fail(`was not up within ${READY_WITHIN_MS / 1000} s`);
      }, READY_WITHIN_MS);
      child.once('exit', (code) => {
        clearTimeout(timer);
        if (this.#child === child) {
          this.#child = undefined;
          this.#starting = undefined;
        }
        if (code === EXIT_IN_USE && portArguments.length === 0) resolve(undefined);
        else fail(`ended with ${code}`);
      });
      if (!child.stdout) return;
      createInterface({ input: child.stdout }).on('line', (line) => {
        const ready = readReadyLine(line);
        if (!ready) return;
        clearTimeout(timer);
        resolve(ready);
      });
    });
  }
}

/** Whether something takes connections there. */
function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: PROBE_WITHIN_MS });
    const end = (works: boolean): void => {
      socket.destroy();
      resolve(works);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
}
