import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { whyNoSshd, SshServer } from '../e2e/support/sshServer.ts';
import { PutError } from '../core/protocol/errors.ts';
import type { LineProperties } from '../lab/lineModel.ts';
import { numberOption, percentile, rounded, type Benchmark, type BenchmarkRun } from './benchmark.ts';
import { startLineSystem, type LineSystem } from '../e2e/support/lineSystem.ts';
import { NamespaceWorker } from '../lab/NamespaceWorker.ts';

/*
 * Time to a usable, signed-in session, beside `ssh host true` (OpenSSH, a key, default settings, known host) on the same line
 * in the same run. The lines are emulated at the IP layer, so TCP is the kernel's own on both.
 */

const LINES: readonly { readonly name: string; readonly properties: Partial<LineProperties> }[] = [
  { name: '25 ms, 10 Mbit/s', properties: { delayMs: 25, bitsPerSecond: 10_000_000 } },
  { name: '150 ms, 56 kbit/s', properties: { delayMs: 150, bitsPerSecond: 56_000 } },
  { name: '300 ms, 9600 bit/s', properties: { delayMs: 300, bitsPerSecond: 9_600 } },
  { name: '150 ms, 56 kbit/s, 1 % loss', properties: { delayMs: 150, bitsPerSecond: 56_000, lossPercent: 1 } },
];
/** A lost packet costs a second or more, on either side: a median of a few would be chance. */
const TIMES_AS_OFTEN_WITH_LOSS = 3;
/** No line is measured longer, whatever the repetitions, unless it has not been measured three times. */
const LONGEST_MS = 15 * 60_000;
const LEAST_REPETITIONS = 3;
/** Ours at most this share of ssh's time. */
const BAR = 0.5;
const PUTCTL = fileURLToPath(new URL('../dist/putctl.js', import.meta.url));
const WORKER = fileURLToPath(new URL('./support/connectWorker.ts', import.meta.url));

export interface ConnectLine {
  readonly name: string;
  /** How often each was measured, in turns. */
  readonly repetitions: number;
  /** Medians. Ours: TCP, TLS and sign-in from a process that runs; no TLS session is remembered. */
  readonly oursSeconds: number;
  readonly sshSeconds: number;
  readonly ratio: number;
  /** Both directions, IP headers and the end of the connection included. */
  readonly bytes: number;
  readonly sshBytes: number;
  /** The same with a TLS session remembered from before. */
  readonly oursAgainSeconds: number;
  readonly bytesAgain: number;
  /** Until the session was usable, without what follows. */
  readonly bytesUntilUsable: number;
  /** `putctl ports`, from the start of its process to its end; absent where it is not built. */
  readonly putctlSeconds?: number;
  readonly oursWorstSeconds: number;
  readonly sshWorstSeconds: number;
}

export interface ConnectResult {
  readonly repetitions: number;
  readonly lines: readonly ConnectLine[];
}

const median = (numbers: readonly number[]): number => percentile(numbers, 0.5);
const both = ({ line }: LineSystem): number => line.counts.bytes[0] + line.counts.bytes[1];

/** Waits until nothing more crosses the line. */
async function untilQuiet(place: LineSystem): Promise<void> {
  const { delayMs } = place.line.properties;
  for (let before = -1; before !== both(place);) {
    before = both(place);
    await wait(4 * delayMs + 300);
  }
}

async function measureLine(
  name: string,
  properties: Partial<LineProperties>,
  repetitions: number,
  say: (line: string) => void,
): Promise<ConnectLine> {
  const place = await startLineSystem(properties);
  const { line, system } = place;
  let ssh: SshServer | undefined;
  let worker: NamespaceWorker | undefined;
  try {
    ssh = await SshServer.start({ namespace: line.masterNamespace, address: line.masterAddress });
    worker = await NamespaceWorker.start(line.clientNamespace, WORKER);
    const { target, user, password } = system;
    const measured = async (task: string, params: object): Promise<{ seconds: number; bytes: number }> => {
      const before = both(place);
      const seconds = await (worker as NamespaceWorker).call<number>(task, params);
      return { seconds, bytes: both(place) - before };
    };
    const session = async (known: boolean): Promise<{ seconds: number; usable: number; bytes: number }> => {
      await untilQuiet(place);
      const before = both(place);
      const { seconds, bytes } = await measured('signIn', { target, user, password, known });
      // A TLS session for the next time comes with the first answer; it belongs to the price.
      await untilQuiet(place);
      await (worker as NamespaceWorker).call('signOut', {});
      await untilQuiet(place);
      return { seconds, usable: bytes, bytes: both(place) - before };
    };
    const sshArgs = [
      ...['-i', ssh.keyFile, '-o', `UserKnownHostsFile=${ssh.knownHostsFile}`, '-o', 'BatchMode=yes', '-F', 'none'],
      ...['-p', String(ssh.port), `${ssh.user}@${ssh.address}`, 'true'],
    ];
    const program = async (command: string, args: readonly string[]): Promise<{ seconds: number; bytes: number }> => {
      await untilQuiet(place);
      const before = both(place);
      const { seconds } = await measured('run', { command, args });
      await untilQuiet(place);
      return { seconds, bytes: both(place) - before };
    };
    const putctlArgs = [
      ...[PUTCTL, 'ports', '--json', '--host', target.host, '--user', user, '--fingerprint', target.fingerprint],
      ...['--password-file', join(place.folder, 'password')],
    ];

    // The first of each warms code and caches of both ends and is not counted.
    line.set({ delayMs: 0, bitsPerSecond: 0, lossPercent: 0 });
    await session(false);
    await program('ssh', sshArgs);
    line.set(properties);

    const cold: Awaited<ReturnType<typeof session>>[] = [];
    const again: Awaited<ReturnType<typeof session>>[] = [];
    const others: { seconds: number; bytes: number }[] = [];
    const putctl: number[] = [];
    const often = repetitions * ((properties.lossPercent ?? 0) > 0 ? TIMES_AS_OFTEN_WITH_LOSS : 1);
    const untilMs = performance.now() + LONGEST_MS;
    for (let at = 0; at < often && (at < LEAST_REPETITIONS || performance.now() < untilMs); at++) {
      cold.push(await session(false));
      others.push(await program('ssh', sshArgs));
      again.push(await session(true));
      if (at < 3 && existsSync(PUTCTL)) putctl.push((await program(process.execPath, putctlArgs)).seconds);
    }
    const oursSeconds = median(cold.map(({ seconds }) => seconds));
    const sshSeconds = median(others.map(({ seconds }) => seconds));
    say(`${name}: ours ${oursSeconds.toFixed(2)} s, ssh ${sshSeconds.toFixed(2)} s`);
    return {
      name,
      repetitions: cold.length,
      oursSeconds: rounded(oursSeconds),
      sshSeconds: rounded(sshSeconds),
      ratio: rounded(oursSeconds / sshSeconds),
      bytes: median(cold.map(({ bytes }) => bytes)),
      sshBytes: median(others.map(({ bytes }) => bytes)),
      oursAgainSeconds: rounded(median(again.map(({ seconds }) => seconds))),
      bytesAgain: median(again.map(({ bytes }) => bytes)),
      bytesUntilUsable: median(cold.map(({ usable }) => usable)),
      ...(putctl.length === 0 ? {} : { putctlSeconds: rounded(median(putctl)) }),
      oursWorstSeconds: rounded(Math.max(...cold.map(({ seconds }) => seconds))),
      sshWorstSeconds: rounded(Math.max(...others.map(({ seconds }) => seconds))),
    };
  } finally {
    await worker?.stop();
    await ssh?.stop();
    await place.stop();
  }
}

function chosenLines(run: BenchmarkRun): typeof LINES {
  const asked = run.options['lines'];
  if (asked === undefined) return LINES;
  return String(asked)
    .split(',')
    .map((number) => {
      const line = LINES[Number(number) - 1];
      if (!line) throw new PutError('usage', `--lines takes numbers from 1 to ${LINES.length}, not ${number}`);
      return line;
    });
}

export const benchmark: Benchmark<ConnectResult> = {
  about: 'time to a signed-in session on emulated lines, beside `ssh host true`; bar: less than half on each',
  options: {
    repetitions: `how often on each line (7), ${TIMES_AS_OFTEN_WITH_LOSS} times as often on one that loses packets`,
    lines: 'which lines by number, like 1 or 2,4 (all)',
  },

  async run(run: BenchmarkRun) {
    const noSshd = whyNoSshd();
    if (noSshd !== undefined) throw new PutError('usage', `nothing to compare with: ${noSshd}`);
    const repetitions = Math.max(1, numberOption(run, 'repetitions', 7));
    const lines: ConnectLine[] = [];
    for (const { name, properties } of chosenLines(run))
      lines.push(await measureLine(name, properties, repetitions, (line) => run.say(line)));
    return { repetitions, lines };
  },

  lines: ({ lines }) => [
    `Medians of ${lines.map(({ repetitions }) => repetitions).join(', ')}; bytes in both directions, to the end of the connection.`,
    ...lines.map(
      (line) =>
        `${line.name.padEnd(28)} ours ${line.oursSeconds.toFixed(2)} s, ${line.bytes} bytes (known ${line.oursAgainSeconds.toFixed(2)} s, ${line.bytesAgain}); ` +
        `ssh ${line.sshSeconds.toFixed(2)} s, ${line.sshBytes} bytes; ratio ${line.ratio.toFixed(2)}${line.ratio < BAR ? '' : ' MISSED'}`,
    ),
  ],

  passed: ({ lines }) => lines.length > 0 && lines.every(({ ratio }) => ratio < BAR),
};
