import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { PutClient } from '../core/client/PutClient.ts';
import { PutError } from '../core/protocol/errors.ts';
import { residentMiB, signInFrom } from '../e2e/support/floods.ts';
import { PracticeSystem } from '../e2e/support/practiceSystem.ts';
import { numberOption, rounded, type Benchmark } from './benchmark.ts';
import type { FloodKind, FloodOrder } from './support/floodWorker.ts';

/*
 * What floods of strangers do to those who may come in: from eight loopback addresses, one kind after the other, while a
 * signed-in client asks on, and engineers at other addresses sign in. Afterwards the strangers hold what they have.
 */

const SECONDS = 30;
const HOLD_SECONDS = 60;
const ASK_EVERY_MS = 100;
/** Before each flood. */
const CALM_MS = 10_000;
const SIGN_IN_EVERY_MS = 500;
const KINDS: readonly FloodKind[] = ['refused-upgrades', 'large-messages', 'wrong-passwords'];
const STRANGERS = Array.from({ length: 8 }, (_, i) => `127.0.0.${11 + i}`);
const WORKER = fileURLToPath(new URL('./support/floodWorker.ts', import.meta.url));
const BARS = { sessionWorstMs: 500, rssGrowthMiB: 150 } as const;

export interface FloodResult {
  readonly kind: FloodKind;
  /** Connections that the strangers opened, or tried to. */
  readonly opened: number;
  /** Sign-ins from addresses without strangers, and the share that worked. */
  readonly attempts: number;
  readonly othersSignedIn: number;
  /** The slowest sign-in that worked, from TCP to welcome. */
  readonly signInWorstMs: number;
  /** The slowest answer to a client that was signed in before. */
  readonly sessionWorstMs: number;
  /** The same while nobody floods: what the machine is busy with besides. */
  readonly calmWorstMs: number;
  /** Most memory of putservices during the flood beyond what it had before. */
  readonly rssGrowthMiB: number;
  /** Connections of the strangers that putservices still has after the hold. */
  readonly connectionsLeft: number;
}

export interface FloodsResult extends Omit<FloodResult, 'kind' | 'opened' | 'attempts' | 'signInWorstMs'> {
  readonly floods: readonly FloodResult[];
  readonly seconds: number;
  readonly holdSeconds: number;
  /** Load of the machine over the last minute, before and after. */
  readonly loadBefore: number;
  readonly loadAfter: number;
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function answerMs(client: PutClient): Promise<number> {
  const askedMs = performance.now();
  await client.request('nodes.refresh', {});
  return performance.now() - askedMs;
}

/** Connections from the addresses that a process of this machine still has at the ports; orphans of the kernel have no inode. */
async function connectionsOf(addresses: readonly string[], ports: readonly number[]): Promise<number> {
  const hexOf = (address: string): string =>
    address
      .split('.')
      .reverse()
      .map((part) => Number(part).toString(16).padStart(2, '0'))
      .join('')
      .toUpperCase();
  const wanted = new Set(addresses.map(hexOf));
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8').catch(() => '')),
  );
  let count = 0;
  for (const line of tables.join('\n').split('\n')) {
    const [, local = '', remote = '', , , , , , , inode] = line.trim().split(/\s+/);
    const port = parseInt(local.split(':')[1] ?? '', 16);
    if (ports.includes(port) && wanted.has((remote.split(':')[0] ?? '').slice(-8)) && inode !== '0') count++;
  }
  return count;
}

/** Signs in as a client does: told to come again, it comes again, for as long as a client does. */
async function signInPatiently(system: PracticeSystem, from: string): Promise<void> {
  const { user, password } = system;
  const untilMs = performance.now() + 60_000;
  for (;;) {
    try {
      await signInFrom(from, system.target.ccPort, { user, password });
      return;
    } catch (error) {
      if (!(error instanceof PutError) || error.code !== 'sign-in-busy' || performance.now() > untilMs) throw error;
      await wait(Number(error.details['waitMs'] ?? 1_000));
    }
  }
}

async function runFlood(
  kind: FloodKind,
  system: PracticeSystem,
  client: PutClient,
  times: { seconds: number; holdSeconds: number },
  untouched: () => string,
): Promise<FloodResult> {
  const { ccPort, sslPort } = system.target;
  const pid = system.process.pid ?? 0;
  const before = await residentMiB(pid);
  const worker: ChildProcess = fork(WORKER, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  try {
    let calmWorstMs = 0;
    const calmEndMs = performance.now() + CALM_MS;
    while (performance.now() < calmEndMs) {
      calmWorstMs = Math.max(calmWorstMs, await answerMs(client));
      await wait(ASK_EVERY_MS);
    }
    const order: FloodOrder = { kind, addresses: STRANGERS, ccPort, sslPort, user: system.user };
    worker.send(order);
    let over = false;
    let sessionWorstMs = 0;
    let mostMiB = before;
    const asking = (async () => {
      while (!over) {
        sessionWorstMs = Math.max(sessionWorstMs, await answerMs(client));
        mostMiB = Math.max(mostMiB, await residentMiB(pid));
        await wait(ASK_EVERY_MS);
      }
    })();
    const outcomes: Promise<number>[] = [];
    const endMs = performance.now() + times.seconds * 1000;
    while (performance.now() < endMs) {
      const fromMs = performance.now();
      outcomes.push(
        signInPatiently(system, untouched()).then(
          () => performance.now() - fromMs,
          () => -1,
        ),
      );
      await wait(SIGN_IN_EVERY_MS);
    }
    const told = once(worker, 'message') as Promise<[{ opened: number }]>;
    worker.send('quiet');
    const [{ opened }] = await told;
    over = true;
    await asking;
    const signIns = await Promise.all(outcomes);
    const worked = signIns.filter((ms) => ms >= 0);
    await wait(times.holdSeconds * 1000);
    return {
      kind,
      opened,
      attempts: signIns.length,
      othersSignedIn: worked.length / signIns.length,
      signInWorstMs: Math.round(Math.max(0, ...worked)),
      sessionWorstMs: Math.round(sessionWorstMs),
      calmWorstMs: Math.round(calmWorstMs),
      rssGrowthMiB: Math.round(mostMiB - before),
      connectionsLeft: await connectionsOf(STRANGERS, [ccPort, sslPort]),
    };
  } finally {
    worker.disconnect();
    if (worker.exitCode === null) await once(worker, 'exit');
  }
}

export const benchmark: Benchmark<FloodsResult> = {
  about: 'floods of strangers from eight addresses, with honest clients beside',
  options: {
    seconds: `how long each flood goes on (${SECONDS})`,
    hold: `how long its connections are held afterwards, in seconds (${HOLD_SECONDS})`,
  },

  async run(run) {
    const times = {
      seconds: numberOption(run, 'seconds', SECONDS),
      holdSeconds: numberOption(run, 'hold', HOLD_SECONDS),
    };
    const loadBefore = rounded(loadavg()[0] ?? NaN, 2);
    const system = await PracticeSystem.start({ nodes: 8 });
    try {
      const client = await system.signIn({ clientSystem: 'honest' });
      for (let i = 0; i < 20; i++) await client.request('nodes.refresh', {});
      let next = 0;
      const untouched = (): string => `127.0.1.${1 + (next++ % 250)}`;
      const floods: FloodResult[] = [];
      for (const kind of KINDS) {
        const flood = await runFlood(kind, system, client, times, untouched);
        run.say(lineOf(flood));
        floods.push(flood);
      }
      await client.close();
      return {
        othersSignedIn: rounded(Math.min(...floods.map((flood) => flood.othersSignedIn))),
        sessionWorstMs: Math.max(...floods.map((flood) => flood.sessionWorstMs)),
        calmWorstMs: Math.max(...floods.map((flood) => flood.calmWorstMs)),
        rssGrowthMiB: Math.max(...floods.map((flood) => flood.rssGrowthMiB)),
        connectionsLeft: floods.reduce((sum, flood) => sum + flood.connectionsLeft, 0),
        floods,
        ...times,
        loadBefore,
        loadAfter: rounded(loadavg()[0] ?? NaN, 2),
      };
    } finally {
      await system.stop();
    }
  },

  lines: (result) => [
    ...result.floods.map(lineOf),
    `in all: ${result.othersSignedIn} of the others signed in, session ${result.sessionWorstMs} ms at worst, ${result.rssGrowthMiB} MiB more memory, ${result.connectionsLeft} connections left`,
  ],

  passed: (result) =>
    result.othersSignedIn === 1 &&
    result.sessionWorstMs < BARS.sessionWorstMs &&
    result.rssGrowthMiB < BARS.rssGrowthMiB &&
    result.connectionsLeft === 0,
};

function lineOf(flood: FloodResult): string {
  return (
    `${flood.kind}: ${flood.opened} opened; ${flood.attempts} sign-ins of others, share ${rounded(flood.othersSignedIn)} in at most ${flood.signInWorstMs} ms; ` +
    `session ${flood.sessionWorstMs} ms at worst (calm ${flood.calmWorstMs} ms); ${flood.rssGrowthMiB} MiB more; ${flood.connectionsLeft} connections left`
  );
}
