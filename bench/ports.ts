import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { PortsView } from '../core/model/ports.ts';
import { createRandom } from '../core/testing/random.ts';
import { PracticeSystem } from '../e2e/support/practiceSystem.ts';
import { numberOption, rounded, type Benchmark, type BenchmarkRun } from './benchmark.ts';
import { classicRounds } from './support/classicRounds.ts';
import { noRounds, type RoundCounts } from './support/leaseRounds.ts';
import { SocketRounds } from './support/socketRounds.ts';
import { runWireRounds } from './support/wireRounds.ts';

/*
 * Connecting and cancelling without end: first with the documented behaviour of PUT (nobody watches offered ports, and ports
 * beyond the range are offered), then with ours.
 */

const ROUNDS = 100_000;
/** The rest runs in process: a TLS handshake costs both ends milliseconds. */
const SOCKET_ROUNDS = 20_000;
const CLIENTS = 24;
const PORT_COUNT = 64;
/** Sessions that were never used are kept this long, and with them their ports. */
const UNUSED_GRACE_MS = 60_000;
/** A server whose memory is flat may have grown by this between the second and the last tenth of the rounds. */
const FLAT_MIB = 32;
/** V8's young generation grows by some 100 MiB under load and is not given back; held small, so that only what is kept counts. */
const STEADY_HEAP = ['--max-semi-space-size=4'];
const TENTHS = 10;
const SAMPLE_MS = 500;

export interface PortsResult {
  readonly rounds: number;
  /** Over real TLS connections to a process of putservices, and in process over wires in memory. */
  readonly socketRounds: number;
  readonly wireRounds: number;
  readonly leasesLeft: number;
  readonly portsOutOfRange: number;
  readonly offered: number;
  readonly rangeFull: number;
  readonly handedOff: number;
  readonly byKind: RoundCounts['byKind'];
  readonly seed: number;
  /** Rounds of the documented behaviour until all eight ports of its range were gone. */
  readonly classicRoundsUntilExhausted: number;
  readonly classicCcPort: number;
  readonly classicPortsOffered: readonly number[];
  /** The first ones beyond the range, as distance from CCPORT: 10 stands for 9010. */
  readonly classicBeyondRange: readonly number[];
  readonly seconds: number;
  readonly socketRoundsPerSecond: number;
  /** Least resident memory during the second and the last tenth of the rounds: each password check takes 32 MiB for a moment. */
  readonly serverRssStartMiB: number;
  readonly serverRssEndMiB: number;
}

/** Memory of a process in MiB; NaN where the system does not tell. */
async function rssMiB(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid ?? 0}/status`, 'utf8').catch(() => '');
  return rounded(Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024, 1);
}

/** Leases in the ports table once it is empty, or when there was time enough for it to become empty. */
async function leasesAtTheEnd(system: PracticeSystem, deadlineMs: number): Promise<number> {
  const client = await system.signIn({ clientSystem: 'bench-reader' });
  let leases = NaN;
  const watch = client.watchState<PortsView>('ports', (view) => {
    leases = Object.values(view.ports).filter(({ lease }) => lease !== undefined).length;
  });
  const untilMs = performance.now() + deadlineMs;
  while (leases !== 0 && performance.now() < untilMs) await wait(200);
  watch.close();
  await client.close();
  return leases;
}

async function socketPart(
  rounds: number,
  seed: number,
  counts: RoundCounts,
  run: BenchmarkRun,
): Promise<{ leasesLeft: number; startMiB: number; endMiB: number; perSecond: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'put-ports-'));
  const configFile = join(folder, 'Config');
  await writeFile(configFile, `CCPORTCOUNT=${PORT_COUNT}\n`);
  let system: PracticeSystem | undefined;
  try {
    system = await PracticeSystem.start({ nodes: 8, configFile, nodeArguments: STEADY_HEAP });
    const { ccPort } = system.target;
    const ports = { first: ccPort + 2, last: ccPort + PORT_COUNT - 1 };
    const clients = new SocketRounds({ system, ports, random: createRandom(seed), counts });
    const fromMs = performance.now();
    const portion = Math.max(1, Math.ceil(rounds / TENTHS));
    let tenth = 0;
    const leastMiB: number[] = [];
    const sample = async (): Promise<void> => {
      const at = tenth;
      leastMiB[at] = Math.min(leastMiB[at] ?? Infinity, await rssMiB(system?.process.pid));
    };
    const sampling = setInterval(() => void sample(), SAMPLE_MS);
    try {
      await clients.run(rounds, CLIENTS, (begun) => {
        if (begun % portion !== 0) return;
        tenth = begun / portion;
        void sample();
        run.say(`${begun} rounds over sockets`);
      });
    } finally {
      clearInterval(sampling);
    }
    const perSecond = rounds / ((performance.now() - fromMs) / 1000);
    clients.close();
    const leasesLeft = await leasesAtTheEnd(system, UNUSED_GRACE_MS + 30_000);
    return { leasesLeft, startMiB: leastMiB[1] ?? NaN, endMiB: leastMiB[TENTHS - 1] ?? NaN, perSecond };
  } finally {
    await system?.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

export const benchmark: Benchmark<PortsResult> = {
  about: 'connecting and cancelling without end: ports leaked by the documented behaviour, and by ours',
  options: {
    rounds: `how many rounds in all (${ROUNDS})`,
    'socket-rounds': `how many of them over real connections (at most ${SOCKET_ROUNDS})`,
    seed: 'what chance draws from (1)',
  },

  async run(run) {
    const fromMs = performance.now();
    const rounds = numberOption(run, 'rounds', ROUNDS);
    const socketRounds = Math.min(rounds, numberOption(run, 'socket-rounds', SOCKET_ROUNDS));
    const seed = numberOption(run, 'seed', 1);
    const classic = await classicRounds();
    run.say(
      `documented behaviour: after ${classic.roundsUntilExhausted} rounds the range is gone; then ${classic.beyondRange.map((at) => `CCPORT+${at}`).join(', ')} are offered`,
    );
    const counts = noRounds();
    const sockets = await socketPart(socketRounds, seed, counts, run);
    const wires = await runWireRounds(rounds - socketRounds, createRandom(seed + 1), counts);
    return {
      rounds: counts.rounds,
      socketRounds,
      wireRounds: rounds - socketRounds,
      leasesLeft: sockets.leasesLeft + wires.leasesLeft,
      portsOutOfRange: counts.outOfRange,
      offered: counts.offered,
      rangeFull: counts.rangeFull,
      handedOff: counts.handedOff,
      byKind: counts.byKind,
      seed,
      classicRoundsUntilExhausted: classic.roundsUntilExhausted,
      classicCcPort: classic.ccPort,
      classicPortsOffered: classic.portsOffered,
      classicBeyondRange: classic.beyondRange,
      seconds: rounded((performance.now() - fromMs) / 1000, 1),
      socketRoundsPerSecond: rounded(sockets.perSecond, 1),
      serverRssStartMiB: sockets.startMiB,
      serverRssEndMiB: sockets.endMiB,
    };
  },

  lines: (result) => [
    `Documented behaviour: ${result.classicRoundsUntilExhausted} rounds and the range is gone; ports offered ${result.classicPortsOffered.join(', ')} (CCPORT ${result.classicCcPort}).`,
    `Ours: ${result.rounds} rounds (${result.socketRounds} over real connections, ${result.wireRounds} in process), seed ${result.seed}: ` +
      `${result.leasesLeft} leases left, ${result.portsOutOfRange} ports out of range; ${result.offered} offers, ${result.rangeFull} answers that the range is full, ${result.handedOff} hand-offs.`,
    `Memory of putservices ${result.serverRssStartMiB} MiB in the second tenth of the rounds, ${result.serverRssEndMiB} MiB in the last; ${result.seconds} s.`,
  ],

  passed: (result) =>
    result.leasesLeft === 0 &&
    result.portsOutOfRange === 0 &&
    result.offered > 0 &&
    !(result.serverRssEndMiB - result.serverRssStartMiB > FLAT_MIB),
};
