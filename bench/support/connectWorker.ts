import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { PutClient } from '../../core/client/PutClient.ts';
import type { TargetAddress } from '../../core/client/paths.ts';
import { createDial } from '../../core/node/dial.ts';
import { deflateCompression } from '../../core/node/messageCompression.ts';
import { createSystemClock } from '../../core/node/systemClock.ts';
import { serveTasks } from '../../lab/NamespaceWorker.ts';

/* Runs inside the client's namespace: opens sessions and runs programs, and says how long each took. */

interface SignInTask {
  readonly target: TargetAddress;
  readonly user: string;
  readonly password: string;
}

let dial = createDial();
let client: PutClient | undefined;

const tasks = {
  /** A signed-in session; `known`: the dialler keeps what an earlier one left it (a TLS session). */
  async signIn({ target, user, password, known }: SignInTask & { known: boolean }): Promise<number> {
    if (!known) dial = createDial();
    client = new PutClient({
      target,
      pathOrder: ['single-port'],
      dial,
      clock: createSystemClock(),
      random: Math.random,
      software: 'PUT Desktop/0.1.0',
      clientSystem: 'laptop',
      compression: deflateCompression,
      onChange: () => {},
    });
    const fromMs = performance.now();
    await client.signIn({ user, password });
    return (performance.now() - fromMs) / 1000;
  },

  async signOut(): Promise<void> {
    await client?.close();
    client = undefined;
  },

  /** From start to end of a program. */
  async run({ command, args }: { command: string; args: readonly string[] }): Promise<number> {
    const fromMs = performance.now();
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    const printed: string[] = [];
    child.stderr.setEncoding('utf8').on('data', (text: string) => printed.push(text));
    const [code] = (await once(child, 'exit')) as [number | null];
    if (code !== 0) throw new Error(`${command} ended with ${code ?? 'a signal'}: ${printed.join('').trim()}`);
    return (performance.now() - fromMs) / 1000;
  },
};
serveTasks(tasks);
