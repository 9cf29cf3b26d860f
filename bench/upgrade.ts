import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TargetAddress } from '../core/client/paths.ts';
import { PutError } from '../core/protocol/errors.ts';
import { type Benchmark, type BenchmarkRun, loadNow, numberOption, percentile, rounded } from './benchmark.ts';
import { BENCH_PACKAGES, buildBenchPackages } from './support/benchPackages.ts';
import type { Lab } from '../lab/Lab.ts';
import { NamespaceWorker } from '../lab/NamespaceWorker.ts';
import { SlowLine } from '../lab/SlowLine.ts';
import { inLab } from './support/inLab.ts';
import { processorSecondsOf, type ProcessorSeconds } from './support/processorSeconds.ts';
import type { JobSeconds } from './support/upgradeJob.ts';
import type { Upgrade } from './support/upgradeWorker.ts';

/*
 * An upgrade of two packages with scriptlets on every node of a lab, from inventory to read back, files brought included: ours through the whole product, beside the same rpm
 * commands by hand, clush and ansible, in one run. Before each round the nodes are as they were. Medians of the rounds.
 */

const WORKER = fileURLToPath(new URL('support/upgradeWorker.ts', import.meta.url));
const SERVICE = 'practice-db';
/** Where the nodes keep the former packages. */
const FORMER = '/opt/put-bench-former';
/** Ours may take so many times what the same rpm commands take by hand. */
const MOST_OF_RPM_ALONE = 1.15;
const FAR_CLIENT = fileURLToPath(new URL('support/farClientWorker.ts', import.meta.url));
const LINE = { bitsPerSecond: 56_000, delayMs: 150 } as const;
/** A job that is driven over the line may take so many times as long: nothing but what two runs differ by. */
const MOST_OF_NEAR = 1.1;
const TOOLS = { ours: undefined, rpmAlone: 'ssh', clush: 'clush', ansible: 'ansible-playbook' } as const;
type Tool = keyof typeof TOOLS;

interface UpgradeResult {
  readonly nodes: number;
  readonly rounds: number;
  /** Seconds; absent: the tool is not installed. */
  readonly ours: number;
  readonly rpmAlone: number;
  readonly clush?: number;
  readonly ansible?: number;
  /** The same job driven from the far end of a slow line, with those beside it in turns; only where it was asked for. */
  readonly line?: LineResult | undefined;
  /** Seconds of a processor that a round took, which hardly depend on what else the machine does. */
  readonly processor: Readonly<Partial<Record<Tool, ProcessorSeconds>>>;
  readonly missing: readonly string[];
  readonly load: number;
}

interface Round extends ProcessorSeconds {
  readonly seconds: number;
}

/** Seconds; those of the job are by the master's clock. */
interface LineResult {
  readonly bitsPerSecond: number;
  readonly delayMs: number;
  /** Driven by a client beside the master. */
  readonly nearJob: number;
  /** Driven over the line. */
  readonly farJob: number;
  /** From the request to the end as it was seen at the far end of the line. */
  readonly farSeen: number;
  readonly ratio: number;
}

/** The upgrade from beside the master and over the line in turns, so that what else the machine does counts for both. */
async function measureLine(
  lab: Lab,
  worker: NamespaceWorker,
  upgrade: Upgrade,
  once: (drive: () => Promise<JobSeconds>) => Promise<JobSeconds>,
  rounds: number,
): Promise<LineResult> {
  const place = await worker.call<{ target: TargetAddress; user: string; password: string }>('place', upgrade);
  const line = await SlowLine.start(LINE);
  const ends: NamespaceWorker[] = [];
  try {
    const [near, far] = [line.masterNamespace, line.clientNamespace];
    for (const end of [near, far]) ends.push(await NamespaceWorker.start(end, FAR_CLIENT));
    const [relay, client] = ends;
    if (!relay || !client) throw new PutError('internal', 'the line has no ends');
    const [address, port] = [line.masterAddress, place.target.ccPort];
    await relay.call('relay', { address, port, socket: join(lab.folder, 'relay.sock') });
    const target = { ...place.target, host: address };
    const all = { near: [] as JobSeconds[], far: [] as JobSeconds[] };
    for (let i = 0; i < rounds; i++) {
      all.near.push(await once(() => worker.call('product', upgrade)));
      all.far.push(await once(() => client.call('drive', { ...place, target, files: upgrade.files })));
    }
    const middle = (of: readonly JobSeconds[], value: (one: JobSeconds) => number): number =>
      rounded(percentile(of.map(value), 0.5));
    const [nearJob, farJob] = [all.near, all.far].map((of) => middle(of, ({ job }) => job)) as [number, number];
    const farSeen = middle(all.far, ({ seen }) => seen);
    return { ...LINE, nearJob, farJob, farSeen, ratio: rounded(farJob / nearJob, 2) };
  } finally {
    for (const end of ends) await end.stop();
    await line.stop();
  }
}

async function measure(run: BenchmarkRun): Promise<UpgradeResult> {
  const nodes = numberOption(run, 'nodes', 32);
  const rounds = Math.max(1, numberOption(run, 'rounds', 3));
  const names = Object.keys(TOOLS) as Tool[];
  const missing = names.flatMap((name) => {
    const command = TOOLS[name];
    return command !== undefined && spawnSync(command, ['-V']).error ? [command] : [];
  });
  return inLab(run, nodes, WORKER, async (lab, worker) => {
    const [former, files] = [buildBenchPackages(lab.folder, 1), buildBenchPackages(lab.folder, 2)];
    const onAll = (text: string): Promise<unknown> =>
      Promise.all(
        lab.nodes.map(async ({ nodeId }) => {
          const { status, output } = await lab.run(nodeId, text);
          if (status !== 0) throw new PutError('internal', `${nodeId}: ${text} ended with ${status}: ${output}`);
        }),
      );
    const upgrade = { folder: lab.folder, files, service: SERVICE };
    /** The nodes as they were before: the former packages, nothing brought. */
    const reset = (): Promise<unknown> =>
      onAll(
        `rm -rf /tmp/put-bench; find / -xdev -name 'put-bench-*-2-1.noarch.rpm' -delete; ` +
          `rpm -U --oldpackage --replacepkgs ${FORMER}/*.rpm && systemctl is-active ${SERVICE}`,
      );
    await worker.call('openMasters', upgrade);
    await worker.call('bring', { ...upgrade, files: former, to: FORMER });
    /** One round from the nodes as they were, with what is on them afterwards. */
    const once = async <T>(work: () => Promise<T>): Promise<T> => {
      await reset();
      const answer = await work();
      await onAll(`rpm -q ${BENCH_PACKAGES.map((one) => `${one}-2-1`).join(' ')}`);
      return answer;
    };
    const all = new Map<Tool, Round[]>();
    /** One more round of a tool. */
    const round = async (name: Tool): Promise<void> => {
      const one = await once(async (): Promise<Round> => {
        const before = processorSecondsOf(lab.pid);
        const seconds = await worker.call<number>(name, upgrade);
        const after = processorSecondsOf(lab.pid);
        return { seconds, nodes: after.nodes - before.nodes, beside: after.beside - before.beside };
      });
      all.set(name, [...(all.get(name) ?? []), one]);
      const [nodesText, besideText] = [one.nodes, one.beside].map((value) => value.toFixed(2));
      run.say(
        `${name.padEnd(10)} ${one.seconds.toFixed(2)} s; processor: nodes ${nodesText} s, beside them ${besideText} s`,
      );
    };
    const line = run.options['line'] === undefined ? undefined : await measureLine(lab, worker, upgrade, once, rounds);
    if (line) run.say(lineText(line));
    // With the line, what is asked is the job's own time; the other tools have their run without it.
    const asked = line || run.options['bar'] !== undefined ? (['ours', 'rpmAlone'] as const) : names;
    const there = asked.filter((name) => !missing.some((command) => command === TOOLS[name]));
    // In turns, so that what else the machine does counts for all of them. What the first time alone costs is no part of it.
    if (there.includes('ours')) await once(() => worker.call('ours', upgrade));
    for (let i = 0; i < rounds; i++) for (const name of there) await round(name);
    const middle = (name: Tool, value: (one: Round) => number): number =>
      rounded(percentile((all.get(name) ?? []).map(value), 0.5));
    const measured = Object.fromEntries(there.map((name) => [name, middle(name, ({ seconds }) => seconds)]));
    const processor = Object.fromEntries(
      there.map((name) => [
        name,
        { nodes: middle(name, (one) => one.nodes), beside: middle(name, (one) => one.beside) },
      ]),
    );
    const { ours = 0, rpmAlone = 0, ...others } = measured as Partial<Record<Tool, number>>;
    return { nodes, rounds, ours, rpmAlone, ...others, ...(line ? { line } : {}), processor, missing, load: loadNow() };
  });
}

const lineText = ({ bitsPerSecond, delayMs, nearJob, farJob, farSeen, ratio }: LineResult): string =>
  `the job driven over a line of ${bitsPerSecond} bit/s and ${delayMs} ms: ${farJob} s, beside the master ${nearJob} s (${ratio} times as long); ` +
  `its end was seen there ${farSeen} s after the request`;

export const benchmark: Benchmark<UpgradeResult> = {
  about: 'an upgrade of two packages on every node of a lab of real nodes, beside rpm by hand, clush and ansible',
  options: {
    nodes: 'nodes of the lab (32)',
    rounds: 'rounds of which the median counts (3)',
    bar: 'ours and rpm by hand alone',
    line: 'drive it over a line of 56 kbit/s and 150 ms too',
  },
  run: measure,
  lines: ({ nodes, ours, rpmAlone, clush, ansible, line, processor, missing }) => [
    `${nodes} nodes, seconds: ours ${ours}, the same rpm commands by hand ${rpmAlone} (${rounded(ours / rpmAlone)} times as long)`,
    `  clush ${clush ?? '-'}, ansible ${ansible ?? '-'}`,
    ...Object.entries(processor).map(
      ([name, { nodes: on, beside }]) =>
        `  processor of ${name}: ${on} s on the nodes, ${beside} s beside them, ${rounded(on + beside)} s in all`,
    ),
    ...(line ? [lineText(line)] : []),
    ...missing.map((command) => `  ${command} is not installed`),
  ],
  passed: ({ ours, rpmAlone, line }) =>
    ours <= rpmAlone * MOST_OF_RPM_ALONE && (line === undefined || line.ratio <= MOST_OF_NEAR),
};
