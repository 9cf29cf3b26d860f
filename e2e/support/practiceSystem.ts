import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { PutClient } from '../../core/client/PutClient.ts';
import type { TargetAddress } from '../../core/client/paths.ts';
import { dialNetwork } from '../../core/node/dial.ts';
import { deflateCompression } from '../../core/node/messageCompression.ts';
import { SERVICES_NODE_ARGUMENTS } from '../../core/node/servicesNodeArguments.ts';
import { createSystemClock } from '../../core/node/systemClock.ts';
import type { PathKind } from '../../core/protocol/handshake.ts';
import { makeSiteState } from '../../lab/siteState.ts';

const MAIN = fileURLToPath(new URL('../../services/main.ts', import.meta.url));
const READY_DEADLINE_MS = 30_000;

export interface PracticeOptions {
  readonly nodes?: number;
  /** How many times faster than real the nodes work; 'max' without waiting. */
  readonly speed?: number | 'max';
  readonly seed?: number;
  readonly faultRate?: number;
  /** An existing state folder (a restart); it is then not removed by `stop`. */
  readonly stateFolder?: string;
  readonly configFile?: string;
  /** Absent: a free block of ports; 'config': those of the Config file. */
  readonly portBase?: number | 'config';
  /** For Node, before the program. */
  readonly nodeArguments?: readonly string[];
  /** Runs it in a network namespace; a Config file with LISTEN makes it reachable from outside. */
  readonly namespace?: string;
  /** Real nodes in place of practice nodes: a nodes.yaml, and the private key that lets the master in there. */
  readonly real?: { readonly nodesFile: string; readonly keyFile: string };
  /** Address that clients dial; 127.0.0.1 unless given. */
  readonly host?: string;
}

interface ReadyLine {
  readonly ready: true;
  readonly ports: {
    readonly negotiation: number;
    readonly service: number;
    readonly chat: number;
    readonly web: number;
  };
  readonly fingerprint: string;
  readonly practice?: { readonly user: string; readonly passwordFile: string };
}

/** Who may sign in where the nodes are real. */
export const REAL_ACCOUNT = { user: 'tester', password: 'a password of tests' } as const;

/** A practice system in a process of its own, as an engineer starts it. */
export class PracticeSystem {
  readonly stateFolder: string;
  readonly process: ChildProcess;
  readonly target: TargetAddress & { readonly fingerprint: string };
  readonly user: string;
  readonly password: string;
  readonly #ownsFolder: boolean;
  readonly #options: PracticeOptions;

  private constructor(fields: {
    stateFolder: string;
    process: ChildProcess;
    target: PracticeSystem['target'];
    user: string;
    password: string;
    ownsFolder: boolean;
    options: PracticeOptions;
  }) {
    this.stateFolder = fields.stateFolder;
    this.process = fields.process;
    this.target = fields.target;
    this.user = fields.user;
    this.password = fields.password;
    this.#ownsFolder = fields.ownsFolder;
    this.#options = fields.options;
  }

  /** Starts putservices and waits until it is ready; rejects with what it printed when it ends before. */
  static async start(options: PracticeOptions = {}): Promise<PracticeSystem> {
    const stateFolder = options.stateFolder ?? (await mkdtemp(join(tmpdir(), 'put-practice-')));
    if (options.real && options.stateFolder === undefined) {
      makeSiteState({ ...options.real, state: stateFolder, ...REAL_ACCOUNT });
    }
    const configFile = options.configFile ?? (options.real ? join(stateFolder, 'Config') : undefined);
    const practice = [
      ...['--practice', String(options.nodes ?? 8)],
      ...['--speed', String(options.speed ?? 'max'), '--seed', String(options.seed ?? 1)],
      ...(options.faultRate === undefined ? [] : ['--fault-rate', String(options.faultRate)]),
    ];
    const args = [
      ...SERVICES_NODE_ARGUMENTS,
      ...(options.nodeArguments ?? []),
      MAIN,
      ...['--state', stateFolder, '--json-ready'],
      ...(options.real ? [] : practice),
      ...(options.portBase === 'config' ? [] : ['--port-base', String(options.portBase ?? 'auto')]),
      ...(configFile === undefined ? [] : ['--config', configFile]),
    ];
    const command = options.namespace === undefined ? process.execPath : 'ip';
    const prefix = options.namespace === undefined ? [] : ['netns', 'exec', options.namespace, process.execPath];
    const child = spawn(command, [...prefix, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    const printed: string[] = [];
    child.stderr.setEncoding('utf8').on('data', (text: string) => printed.push(text));
    const ready = await new Promise<ReadyLine>((resolve, reject) => {
      const timer = setTimeout(() => {
        child.kill('SIGKILL');
        reject(new Error(`putservices was not ready in time: ${printed.join('')}`));
      }, READY_DEADLINE_MS);
      child.once('exit', (code, signal) => {
        clearTimeout(timer);
        reject(new Error(`putservices ended with ${code ?? signal ?? 'nothing'}: ${printed.join('')}`));
      });
      createInterface({ input: child.stdout }).on('line', (line) => {
        if (!line.startsWith('{')) return;
        clearTimeout(timer);
        child.removeAllListeners('exit');
        resolve(JSON.parse(line) as ReadyLine);
      });
    }).catch(async (error: unknown) => {
      if (options.stateFolder === undefined) await rm(stateFolder, { recursive: true, force: true });
      throw error;
    });
    const { negotiation: ccPort, web: sslPort, service: servicePort, chat: chatPort } = ready.ports;
    const { password } = ready.practice
      ? (JSON.parse(await readFile(ready.practice.passwordFile, 'utf8')) as { password: string })
      : REAL_ACCOUNT;
    return new PracticeSystem({
      stateFolder,
      process: child,
      target: {
        host: options.host ?? '127.0.0.1',
        ccPort,
        sslPort,
        servicePort,
        chatPort,
        fingerprint: ready.fingerprint,
      },
      user: ready.practice?.user ?? REAL_ACCOUNT.user,
      password,
      ownsFolder: options.stateFolder === undefined,
      options,
    });
  }

  /** Ends the process at once, as a crash does, and starts it again on the same state and ports. */
  async killAndRestart(): Promise<PracticeSystem> {
    await this.kill();
    const next = await PracticeSystem.start({
      ...this.#options,
      stateFolder: this.stateFolder,
      portBase: this.#options.portBase === 'config' ? 'config' : this.target.ccPort,
    });
    return new PracticeSystem({ ...next, ownsFolder: this.#ownsFolder, options: this.#options });
  }

  async kill(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const gone = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await gone;
  }

  /** Stops it as an engineer does and removes its folder; answers the exit code. */
  async stop(): Promise<number | null> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      const gone = once(this.process, 'exit');
      this.process.kill('SIGTERM');
      await gone;
    }
    if (this.#ownsFolder) await rm(this.stateFolder, { recursive: true, force: true });
    return this.process.exitCode;
  }

  /** A client of this system that is not signed in yet; `port`: of something in front of CCPORT. */
  createClient(options: { pathOrder?: readonly PathKind[]; clientSystem?: string; port?: number } = {}): PutClient {
    return new PutClient({
      target: options.port === undefined ? this.target : { ...this.target, ccPort: options.port },
      pathOrder: options.pathOrder ?? ['single-port'],
      dial: dialNetwork,
      clock: createSystemClock(),
      random: Math.random,
      software: 'tests',
      clientSystem: options.clientSystem ?? hostname(),
      compression: deflateCompression,
      onChange: () => {},
    });
  }

  /** A client that is signed in. */
  async signIn(options: { pathOrder?: readonly PathKind[]; clientSystem?: string } = {}): Promise<PutClient> {
    const client = this.createClient(options);
    await client.signIn({ user: this.user, password: this.password });
    return client;
  }
}
