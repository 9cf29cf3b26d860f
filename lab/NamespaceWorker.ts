import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { errorOf, PutError, reportOf, type ErrorReport } from '../core/protocol/errors.ts';

/** What a worker can do, by name; parameters and answers travel as JSON. */
export type WorkerTasks = Readonly<Record<string, (params: never) => Promise<unknown>>>;

interface Call {
  readonly id: number;
  readonly task: string;
  readonly params: unknown;
}

type Answer = { readonly id: number; readonly value: unknown } | { readonly id: number; readonly report: ErrorReport };

/** A process of ours inside a network namespace that works on request. */
export class NamespaceWorker {
  readonly #process: ChildProcess;
  readonly #open = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  #lastId = 0;

  private constructor(process: ChildProcess) {
    this.#process = process;
    process.on('message', (answer: Answer) => {
      const call = this.#open.get(answer.id);
      this.#open.delete(answer.id);
      if ('report' in answer) call?.reject(errorOf(answer.report));
      else call?.resolve(answer.value);
    });
    process.on('exit', (code, signal) => {
      const error = new PutError('internal', `a measuring process ended with ${code ?? signal ?? 'nothing'}`);
      for (const call of this.#open.values()) call.reject(error);
      this.#open.clear();
    });
  }

  /**
   * Starts a module that calls `serveTasks`: inside a network namespace of this name, beside this process without a name, or by words that
   * make namespaces and run what follows them, such as `unshare`.
   */
  static async start(namespace: string | readonly string[] | undefined, file: string): Promise<NamespaceWorker> {
    const [execPath, ...words] = typeof namespace === 'string' ? ['ip', 'netns', 'exec', namespace] : (namespace ?? []);
    const inside = execPath === undefined ? {} : { execPath, execArgv: [...words, process.execPath] };
    const worker = new NamespaceWorker(fork(file, [], { ...inside, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }));
    await worker.call('ready', {});
    return worker;
  }

  call<T>(task: string, params: object): Promise<T> {
    const id = ++this.#lastId;
    return new Promise<T>((resolve, reject) => {
      this.#open.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.#process.send({ id, task, params } satisfies Call);
    });
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    // `unshare` hears no signal while it waits; the end of the line ends what it waits for.
    if (this.#process.connected) this.#process.disconnect();
    await gone;
  }
}

/** The worker's own side. */
export function serveTasks(tasks: WorkerTasks): void {
  const all: Readonly<Record<string, (params: unknown) => Promise<unknown>>> = {
    ...(tasks as Readonly<Record<string, (params: unknown) => Promise<unknown>>>),
    ready: () => Promise.resolve(true),
  };
  process.on('message', ({ id, task, params }: Call) => {
    const work = all[task];
    // A task that throws at once is answered as well: the end of this process would be the end of everything in it.
    const done = (async () => {
      if (!work) throw new PutError('usage', `there is no task ${task}`);
      return work(params);
    })();
    done.then(
      (value) => process.send?.({ id, value: value ?? null } satisfies Answer),
      (error: unknown) => process.send?.({ id, report: reportOf(error) } satisfies Answer),
    );
  });
  process.on('disconnect', () => process.exit(0));
}
