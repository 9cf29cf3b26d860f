import { setTimeout as wait } from 'node:timers/promises';
import { createRandom } from '../core/testing/random.ts';
import { PracticeSystem } from '../e2e/support/practiceSystem.ts';
import { numberOption, percentile, rounded, type Benchmark } from './benchmark.ts';
import { CuttingProxy } from './support/CuttingProxy.ts';
import { VirtualLine } from './support/virtualLine.ts';

/*
 * What a cut costs: time until the session is back once the line is, and numbered messages lost or doubled in both directions.
 * Most cuts are in process, over wires in memory and a clock that is moved; some go through a TCP proxy to a real putservices.
 */

const CUTS = 1000;
const SOCKET_CUTS = 20;
const BAR_S = 2;
/** Cuts fall within this many bytes, both directions counted together: greetings, replays and messages alike. */
const WITHIN_BYTES = 3000;
const OUTAGES_S = [1, 30, 600] as const;
const LATEST_S = 120;

interface ResumeCase {
  readonly name: string;
  /** The client hears that the network is back, as a laptop does. */
  readonly backSeconds: number;
  /** By its own waits alone; they grow to 30 s. */
  readonly backByItselfSeconds?: number;
  readonly lost: number;
  readonly doubled: number;
}

export interface ResumeResult {
  readonly cuts: number;
  readonly virtualCuts: number;
  readonly socketCuts: number;
  readonly lost: number;
  readonly doubled: number;
  /** After a cut of a line that is up again at once. */
  readonly backSecondsP95: number;
  readonly socketBackSecondsP95: number;
  readonly cases: readonly ResumeCase[];
  readonly seed: number;
}

async function cutAtRandomBytes(
  cuts: number,
  seed: number,
): Promise<{ back: number[]; lost: number; doubled: number }> {
  const random = createRandom(seed);
  const line = new VirtualLine(random);
  await line.signIn();
  const back: number[] = [];
  for (let cut = 0; cut < cuts; cut++) {
    const wire = line.wire;
    wire?.cutAfterBytes(1 + Math.floor(random() * WITHIN_BYTES));
    while (wire && !wire.isCut) {
      if (random() < 0.5) line.say();
      await line.advance(Math.floor(random() * 120));
    }
    // Both ends hear of it with the next turn of the clock.
    await line.advance(1);
    back.push(await line.untilOnline(LATEST_S));
  }
  await line.advance(60_000);
  return { back, ...line.losses() };
}

async function outage(
  seconds: number,
  told: boolean,
  seed: number,
): Promise<{ back: number; lost: number; doubled: number }> {
  const line = new VirtualLine(createRandom(seed));
  await line.signIn();
  line.say();
  await line.advance(500);
  line.up = false;
  line.wire?.cut();
  line.say();
  await line.advance(seconds * 1000);
  line.up = true;
  if (told) line.client.retryNow();
  const back = await line.untilOnline(LATEST_S);
  line.say();
  await line.advance(30_000);
  return { back, ...line.losses() };
}

/** The old line just goes silent: the laptop got another address. It hears of that and asks whether its line lives. */
async function addressChanged(seed: number): Promise<ResumeCase> {
  const line = new VirtualLine(createRandom(seed));
  await line.signIn();
  line.say();
  line.wire?.cut({ silent: true });
  line.say();
  const fromMs = line.rig.clock.nowMs();
  line.client.retryNow();
  while (line.client.state.kind === 'online' && line.rig.clock.nowMs() - fromMs < LATEST_S * 1000)
    await line.advance(10);
  await line.untilOnline(LATEST_S);
  const backSeconds = (line.rig.clock.nowMs() - fromMs) / 1000;
  await line.advance(30_000);
  return { name: 'address changed, the old line silent', backSeconds: rounded(backSeconds), ...line.losses() };
}

async function processReplaced(seed: number): Promise<ResumeCase> {
  const line = new VirtualLine(createRandom(seed));
  await line.signIn();
  for (let at = 0; at < 5; at++) line.say();
  await line.advance(2_000);
  const token = line.client.sessionToken ?? '';
  const last = line.seen.length;
  const next = line.createClient();
  const fromMs = line.rig.clock.nowMs();
  // The process before is gone without a word to the master.
  line.wire?.cut();
  await line.client.close({ endSession: false });
  let backMs = Infinity;
  void next.takeOver(token).then(() => (backMs = line.rig.clock.nowMs()));
  next.watchLog<{ number: number }>('timeline', last, (entries) => {
    for (const { number } of entries) line.seen.push(number);
  });
  line.client = next;
  line.say();
  await line.advance(5_000);
  return {
    name: 'process replaced, session taken over by its token',
    backSeconds: rounded((backMs - fromMs) / 1000),
    ...line.losses(),
  };
}

async function cutSockets(cuts: number, seed: number): Promise<{ back: number[]; lost: number; doubled: number }> {
  if (cuts === 0) return { back: [], lost: 0, doubled: 0 };
  const random = createRandom(seed);
  const system = await PracticeSystem.start({ nodes: 8 });
  let proxy: CuttingProxy | undefined;
  try {
    proxy = await CuttingProxy.start({ host: system.target.host, port: system.target.ccPort });
    const client = system.createClient({ port: proxy.port });
    await client.signIn({ user: system.user, password: system.password });
    const seen: string[] = [];
    client.watchLog<{ text: string }>('timeline', 0, (entries) => {
      for (const { text } of entries) if (text.startsWith('cut ')) seen.push(text);
    });
    const back: number[] = [];
    const said: Promise<unknown>[] = [];
    for (let cut = 1; cut <= cuts; cut++) {
      let cutAtMs: number | undefined;
      proxy.cutAfterBytes(1 + Math.floor(random() * 700), () => (cutAtMs = performance.now()));
      said.push(client.request('chat.say', { messageId: `cut-${cut}`, text: `cut ${cut}` }));
      const before = client.welcome;
      while (cutAtMs === undefined) {
        client.request('nodes.refresh', {}).catch(() => {});
        await wait(5);
      }
      const deadlineMs = cutAtMs + LATEST_S * 1000;
      while ((client.line === undefined || client.welcome === before) && performance.now() < deadlineMs) await wait(1);
      back.push((performance.now() - cutAtMs) / 1000);
    }
    await Promise.all(said);
    const untilMs = performance.now() + 10_000;
    while (seen.length < cuts && performance.now() < untilMs) await wait(20);
    await client.close();
    const told = new Set(seen).size;
    return { back, lost: cuts - told, doubled: seen.length - told };
  } finally {
    await proxy?.stop();
    await system.stop();
  }
}

export const benchmark: Benchmark<ResumeResult> = {
  about: 'cuts at random bytes, outages, another address, another process: back within 2 s, nothing lost or doubled',
  options: {
    cuts: `cuts in all (${CUTS})`,
    'socket-cuts': `how many of them over real connections (${SOCKET_CUTS}; at most 28, Job Chat takes 30 messages a minute)`,
    seed: 'what chance draws from (1)',
  },

  async run(run) {
    const cuts = numberOption(run, 'cuts', CUTS);
    const socketCuts = Math.min(28, cuts, numberOption(run, 'socket-cuts', SOCKET_CUTS));
    const seed = numberOption(run, 'seed', 1);
    run.say(`seed ${seed}`);
    const virtual = await cutAtRandomBytes(cuts - socketCuts, seed);
    run.say(`${virtual.back.length} cuts in process: ${virtual.lost} lost, ${virtual.doubled} doubled`);
    const cases: ResumeCase[] = [];
    for (const seconds of OUTAGES_S) {
      const told = await outage(seconds, true, seed);
      const alone = await outage(seconds, false, seed);
      cases.push({
        name: `line down for ${seconds} s`,
        backSeconds: rounded(told.back),
        backByItselfSeconds: rounded(alone.back),
        lost: told.lost + alone.lost,
        doubled: told.doubled + alone.doubled,
      });
    }
    cases.push(await addressChanged(seed), await processReplaced(seed));
    const sockets = await cutSockets(socketCuts, seed);
    const sum = (key: 'lost' | 'doubled'): number =>
      virtual[key] + sockets[key] + cases.reduce((all, one) => all + one[key], 0);
    return {
      cuts: virtual.back.length + sockets.back.length,
      virtualCuts: virtual.back.length,
      socketCuts: sockets.back.length,
      lost: sum('lost'),
      doubled: sum('doubled'),
      backSecondsP95: rounded(percentile([...virtual.back, ...sockets.back], 0.95)),
      socketBackSecondsP95: rounded(sockets.back.length === 0 ? 0 : percentile(sockets.back, 0.95)),
      cases,
      seed,
    };
  },

  lines: (result) => [
    `${result.cuts} cuts (${result.virtualCuts} in process, ${result.socketCuts} over sockets), seed ${result.seed}: ` +
      `${result.lost} lost, ${result.doubled} doubled, back after ${result.backSecondsP95} s (p95; sockets ${result.socketBackSecondsP95} s)`,
    ...result.cases.map(
      (one) =>
        `${one.name}: back after ${one.backSeconds} s${one.backByItselfSeconds === undefined ? '' : `, ${one.backByItselfSeconds} s when nobody says that the network is back`}; ` +
        `${one.lost} lost, ${one.doubled} doubled`,
    ),
  ],

  passed: (result) =>
    result.lost === 0 &&
    result.doubled === 0 &&
    result.backSecondsP95 <= BAR_S &&
    result.cases.every(({ backSeconds }) => backSeconds <= BAR_S),
};
