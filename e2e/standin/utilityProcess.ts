import { fork, type ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import type { Readable } from 'node:stream';

interface ForkOptions {
  stdio?: 'pipe' | 'ignore' | 'inherit';
  env?: NodeJS.ProcessEnv;
  cwd?: string;
}

/** As in Electron, a utility process does not outlive its app, however that ended. */
const END_WITH_APP = 'data:text/javascript,process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));';

/** A utility process: a child under Node. */
class UtilityProcess extends EventEmitter {
  readonly #child: ChildProcess;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;

  constructor(file: string, args: readonly string[], options: ForkOptions) {
    super();
    const { stdio = 'inherit', env = process.env, cwd } = options;
    this.#child = fork(file, args, {
      stdio: ['ignore', stdio, stdio, 'ipc'],
      env,
      cwd,
      execArgv: ['--import', END_WITH_APP],
    });
    this.stdout = this.#child.stdout;
    this.stderr = this.#child.stderr;
    this.#child.once('spawn', () => this.emit('spawn'));
    this.#child.once('exit', (code) => this.emit('exit', code ?? 1));
  }

  get pid(): number | undefined {
    return this.#child.exitCode === null ? this.#child.pid : undefined;
  }

  kill = (): boolean => this.#child.kill('SIGTERM');
}

/** The `utilityProcess` module. */
export const utilityProcess = {
  fork: (file: string, args: readonly string[] = [], options: ForkOptions = {}): UtilityProcess =>
    new UtilityProcess(file, args, options),
};
