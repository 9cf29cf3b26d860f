import type { Upload, UploadProgress, FileSource } from '../../core/client/FileClient.ts';
import type { SideLineView } from '../../core/client/SideLine.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { PROTOCOL_VERSIONS, type PathKind } from '../../core/protocol/handshake.ts';
import type { MethodName } from '../../core/protocol/methods.ts';
import type { JobView } from '../../core/model/job.ts';
import type { JobPartName } from '../../core/model/jobParts.ts';
import { headOf, partOf } from '../../core/testing/splitJob.ts';
import type { CommandHost, SignIn } from '../CommandHost.ts';
import type { KeptSignIn, KeptSignIns } from '../keptSignIns.ts';
import { runPutctl } from '../program.ts';
import type { LineListener, LineState, MasterSession } from '../MasterSession.ts';

type Answer = (params: never) => unknown;

/** A master in memory: topics that a test sets, requests that it answers, sessions that it counts. */
export class FakeMaster {
  readonly newPasswords: string[] = [];
  readonly requests: { method: MethodName; params: unknown }[] = [];
  readonly answers: Partial<Record<MethodName, Answer>> = {};
  readonly uploaded: string[] = [];
  uploadCapBytesPerSecond: number | undefined;
  /** What sign-ins from now on find. */
  workedPath: PathKind | undefined;
  leaseRefused: { code: string; message: string } | undefined;
  blockedSides: readonly SideLineView[] = [];
  software = 'fake';
  openSessions = 0;
  openWatches = 0;
  readonly #states = new Map<string, object>([['jobs', { jobs: {} }]]);
  readonly #logs = new Map<string, { number: number }[]>();
  readonly #listeners = new Map<string, Set<() => void>>();
  readonly #lines = new Set<LineListener>();
  #fail: (error: PutError) => void = () => {};

  /** Sets the state of a topic; watchers hear of it. */
  setState(topic: string, state: object): void {
    this.#states.set(topic, state);
    this.#tell(topic);
    // A whole job: its parts changed with it.
    for (const part of this.#listeners.keys()) if (part.startsWith(`${topic}/`)) this.#tell(part);
  }

  /** What watchers of a topic get; of a whole job its head, or the part they watch. */
  #shown(topic: string): object | undefined {
    const [jobTopic = '', ...part] = topic.split('/');
    const state = this.#states.get(jobTopic);
    if (!state || !jobTopic.startsWith('job:')) return this.#states.get(topic);
    return part.length === 0 ? headOf(state as JobView) : partOf(state as JobView, part.join('/') as JobPartName);
  }

  state<T extends object>(topic: string): T {
    return this.#states.get(topic) as T;
  }

  append(topic: string, ...entries: { number: number }[]): void {
    this.#logs.set(topic, [...(this.#logs.get(topic) ?? []), ...entries]);
    this.#tell(topic);
  }

  setLine(state: LineState, cause?: PutError): void {
    for (const listener of this.#lines) listener(state, cause);
  }

  /** The session is over for good. */
  fail(error: PutError): void {
    this.#fail(error);
  }

  #tell(topic: string): void {
    for (const listener of [...(this.#listeners.get(topic) ?? [])]) listener();
  }

  #watch(topic: string, listener: () => void): { close(): void } {
    const listeners = this.#listeners.get(topic) ?? new Set();
    this.#listeners.set(topic, listeners);
    listeners.add(listener);
    this.openWatches++;
    queueMicrotask(() => {
      if (listeners.has(listener)) listener();
    });
    return {
      close: () => {
        if (listeners.delete(listener)) this.openWatches--;
      },
    };
  }

  open(nowMs: number): MasterSession {
    this.openSessions++;
    const over = new Promise<never>((_resolve, reject) => {
      this.#fail = reject;
    });
    over.catch(() => {});
    return {
      host: 'master',
      welcome: {
        version: PROTOCOL_VERSIONS[0],
        software: this.software,
        capabilities: [],
        sessionId: 's1',
        resumed: false,
        received: 0,
        graceMs: 0,
        user: 'anna',
        role: 'admin',
        systemName: 'lab',
        practice: true,
        serverTimeMs: nowMs,
        ...(this.leaseRefused ? { leaseRefused: this.leaseRefused } : {}),
      },
      line: { path: 'single-port', port: 9000 },
      workedPath: this.workedPath,
      onSideBlocked: (listener) => {
        for (const side of this.blockedSides) listener(side);
        return () => {};
      },
      request: async (method, params) => {
        this.requests.push({ method, params });
        const answer = this.answers[method];
        if (!answer) throw new PutError('method-unknown', `the fake master does not answer ${method}`);
        return (await answer(params as never)) as never;
      },
      changePassword: (newPassword: string) => {
        this.newPasswords.push(newPassword);
        return Promise.resolve();
      },
      watchState: <T extends object>(
        topic: string,
        listener: (state: T, number: number) => void,
        onError: (error: PutError) => void,
      ) =>
        this.#watch(topic, () => {
          const state = this.#shown(topic);
          if (state) listener(state as T, 1);
          else onError(new PutError('job-unknown', `the fake master has no ${topic}`));
        }),
      watchLog: <T extends object>(
        topic: string,
        since: number,
        listener: (entries: readonly T[], last: number, more: boolean) => void,
        _onError: (error: PutError) => void,
        last?: number,
      ) => {
        const all = this.#logs.get(topic) ?? [];
        let seen = last === undefined ? since : Math.max(since, all.length - last);
        let fresh = true;
        return this.#watch(topic, () => {
          const entries = (this.#logs.get(topic) ?? []).filter((entry) => entry.number > seen);
          if (entries.length === 0 && !fresh) return;
          fresh = false;
          seen = entries.at(-1)?.number ?? seen;
          listener(entries as unknown as T[], seen, false);
        });
      },
      capUploads: (bytesPerSecond) => {
        this.uploadCapBytesPerSecond = bytesPerSecond;
      },
      upload: (source: FileSource, onProgress: (progress: UploadProgress) => void): Upload => ({
        done: (async () => {
          const sha256 = await source.sha256(new AbortController().signal).catch(async (error: unknown) => {
            await source.close();
            throw error;
          });
          const known = this.uploaded.includes(source.name);
          if (!known) onProgress({ state: 'sending', storedBytes: 0 });
          onProgress({ state: 'done', storedBytes: source.sizeBytes });
          await source.close();
          const refuse = this.answers['file.begin'] as ((params: unknown) => void) | undefined;
          refuse?.({ name: source.name });
          this.uploaded.push(source.name);
          return { name: source.name, sha256 };
        })(),
        pause: () => {},
        resume: () => {},
        cancel: () => {},
      }),
      over,
      onLine: (listener) => {
        this.#lines.add(listener);
        return () => void this.#lines.delete(listener);
      },
      close: async () => {
        this.openSessions--;
      },
    };
  }
}

export const TEST_FINGERPRINT = Array.from({ length: 32 }, () => 'AB').join(':');

/** A host for tests: everything written is kept, timers up to a second run at once, longer ones never. */
export class FakeHost implements CommandHost {
  readonly master = new FakeMaster();
  readonly signIns: SignIn[] = [];
  out = '';
  err = '';
  questions: string[] = [];
  replies: string[] = [];
  env: Record<string, string | undefined> = { PUT_USER: 'anna', PUT_PASSWORD: 'secret' };
  saved: string | undefined;
  canAsk = false;
  /** Widths of the terminal; undefined: a pipe. */
  columns: number | undefined;
  errColumns: number | undefined;
  /** What is piped in. */
  piped = '';
  /** Why results cannot be written. */
  unwritten: string | undefined;
  /** Ctrl-C is pressed at the next question. */
  interrupts = false;
  readonly stopper = new AbortController();
  readonly stop = this.stopper.signal;
  readonly samplesFolder: string | undefined = undefined;
  readonly practiceReadyFile = '/nowhere/practice-running.json';
  readonly rendererFolder = '/nowhere';
  readonly servicesEntry = '/nowhere';
  readonly version = '0.0.0-test';
  /** Longer timers that are set: what would keep the program from its end. */
  readonly waiting = new Set<() => void>();
  readonly clock = {
    nowMs: () => 1_800_000_000_000,
    steadyMs: () => 1_000_000,
    setTimer: (delayMs: number, callback: () => void) => {
      const timer = delayMs <= 1000 ? setImmediate(callback) : undefined;
      if (!timer) this.waiting.add(callback);
      return () => {
        if (timer) clearImmediate(timer);
        this.waiting.delete(callback);
      };
    },
  };
  readonly random = Math.random;
  readonly kept = new Map<string, KeptSignIn>();
  /** Tokens of the sessions that the master keeps to sign in by. */
  readonly keptThere = new Set<string>();
  #lastKept = 0;
  readonly keptSignIns: KeptSignIns = {
    path: '/data/sign-ins.json',
    get: (systemId) => Promise.resolve(this.kept.get(systemId)),
    set: (systemId, signIn) => {
      this.kept.set(systemId, signIn);
      return Promise.resolve('file');
    },
    delete: (systemId) => Promise.resolve(this.kept.delete(systemId)),
  };
  readonly systemsFile = {
    path: '/data/systems.json',
    read: () => Promise.resolve(this.saved),
    write: (text: string) => {
      this.saved = text;
      return Promise.resolve();
    },
    update: async (change: (text: string | undefined) => string | undefined) => {
      this.saved = change(this.saved) ?? this.saved;
    },
    setAside: () => Promise.resolve(undefined),
  };

  get terminal(): CommandHost['terminal'] {
    const reply = (question: string): Promise<string> => {
      this.questions.push(question);
      if (this.interrupts) {
        return Promise.reject(new PutError('cancelled', 'stopped by Ctrl-C', { interrupted: true }));
      }
      return Promise.resolve(this.replies.shift() ?? '');
    };
    return {
      style: { colour: false, unicode: false },
      columns: this.columns,
      errColumns: this.errColumns,
      outIsTerminal: this.columns !== undefined,
      errIsTerminal: this.errColumns !== undefined,
      unwritten: () => Promise.resolve(this.unwritten),
      canAsk: this.canAsk,
      out: (text) => void (this.out += text.endsWith('\n') ? text : `${text}\n`),
      err: (text) => void (this.err += text.endsWith('\n') ? text : `${text}\n`),
      errRaw: (text) => void (this.err += text),
      ask: reply,
      askHidden: reply,
      readLine: () => Promise.resolve(this.piped),
    };
  }

  async signIn(how: SignIn): Promise<MasterSession> {
    this.signIns.push(how);
    const { fingerprint } = how.target;
    if (fingerprint === undefined) {
      throw new PutError('certificate-unknown', 'lab:9000 shows a certificate that was not accepted here yet', {
        fingerprint: TEST_FINGERPRINT,
      });
    }
    if (fingerprint !== TEST_FINGERPRINT) {
      throw new PutError('certificate-changed', 'lab:9000 shows another certificate', {
        fingerprint: TEST_FINGERPRINT,
        pinned: fingerprint,
      });
    }
    const { kept } = how;
    if (kept && !this.keptThere.has(kept.sessionToken)) throw new PutError('session-unknown', 'not kept (any more)');
    if (!kept && how.password !== 'secret')
      throw new PutError('sign-in-refused', `user or password of ${how.user} is wrong`);
    this.master.answers['session.keep'] ??= () => {
      const sessionToken = `kept-${++this.#lastKept}`;
      this.keptThere.add(sessionToken);
      return { sessionToken, keptMs: 12 * 3_600_000 };
    };
    const session = this.master.open(this.clock.nowMs());
    if (kept?.as !== 'itself') return session;
    return {
      ...session,
      close: () => {
        this.keptThere.delete(kept.sessionToken);
        return session.close();
      },
    };
  }

  /** Runs a command line against the fake master and answers the exit code. */
  run(...args: string[]): Promise<number> {
    this.out = '';
    this.err = '';
    return runPutctl(this, args);
  }

  /** The same on a system given by host, with JSON; answers exit code and document. */
  async runJson(...args: string[]): Promise<{ code: number; document: Record<string, unknown> }> {
    const code = await this.run(...args, '--host', 'lab', '--fingerprint', TEST_FINGERPRINT, '--json');
    return { code, document: JSON.parse(this.out) as Record<string, unknown> };
  }
}
