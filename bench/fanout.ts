import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Benchmark, type BenchmarkRun, loadNow, numberOption, percentile, rounded } from './benchmark.ts';
import { inLab } from './support/inLab.ts';

/*
 * A no-op on every node of a lab: ours, through the whole product and by the bare driver, beside what an engineer would use instead, in one run. `cold` is
 * without open connections, `warm` with them. Medians of the rounds.
 */

const WORKER = fileURLToPath(new URL('support/fanoutWorker.ts', import.meta.url));
const BARS = { timesFasterThanAnsible: 20, timesFasterThanClushCold: 3 } as const;
const OTHERS = ['ssh', 'clush', 'clushWarm', 'pdsh', 'ansible'] as const;
const COMMAND_OF = { ssh: 'ssh', clush: 'clush', clushWarm: 'clush', pdsh: 'pdsh', ansible: 'ansible' } as const;

interface FanoutResult {
  readonly nodes: number;
  readonly rounds: number;
  /** Run Command through putservices as a client sees it, the whole job; seconds. */
  readonly oursCold: number;
  readonly oursWarm: number;
  /** Its work step alone. */
  readonly oursWarmStep: number;
  readonly driverWarm: number;
  /** Absent: the tool is not installed. */
  readonly ssh?: number;
  readonly clush?: number;
  readonly clushWarm?: number;
  readonly pdsh?: number;
  readonly ansible?: number;
  readonly missing: readonly string[];
  readonly load: number;
}

async function measure(run: BenchmarkRun): Promise<FanoutResult> {
  const nodes = numberOption(run, 'nodes', 32);
  const rounds = Math.max(1, numberOption(run, 'rounds', 3));
  const missing = [...new Set(OTHERS.map((name) => COMMAND_OF[name]))].filter(
    (command) => spawnSync(command, ['--version']).error,
  );
  return inLab(run, nodes, WORKER, async (lab, worker) => {
    const place = { folder: lab.folder, nodes: lab.nodes.map(({ nodeId }) => nodeId) };
    const median = async <T>(name: string, once: () => Promise<T>, value: (one: T) => number): Promise<number> => {
      const all: number[] = [];
      for (let i = 0; i < rounds; i++) all.push(value(await once()));
      const middle = rounded(percentile(all, 0.5));
      run.say(`${name.padEnd(12)} ${middle} s`);
      return middle;
    };
    const product = (): Promise<{ job: number; step: number }> => worker.call('product', place);
    const seconds = (one: number): number => one;
    await product();
    const steps: number[] = [];
    const oursWarm = await median('oursWarm', product, ({ job, step }) => {
      steps.push(step);
      return job;
    });
    const oursCold = await median(
      'oursCold',
      async () => {
        // As after a long pause: every connection is gone, and both ends know it.
        await Promise.all(place.nodes.map((nodeId) => lab.run(nodeId, 'pkill -f "^sshd: root"; true')));
        await new Promise((resolve) => setTimeout(resolve, 300));
        return product();
      },
      ({ job }) => job,
    );
    await worker.call('driver', place);
    const driverWarm = await median('driverWarm', () => worker.call<number>('driver', place), seconds);
    const others: Partial<Record<(typeof OTHERS)[number], number>> = {};
    for (const name of OTHERS) {
      if (missing.includes(COMMAND_OF[name])) continue;
      // Opens the masters that are then used.
      if (name === 'clushWarm' || name === 'ansible') await worker.call(name, place);
      others[name] = await median(name, () => worker.call<number>(name, place), seconds);
    }
    const oursWarmStep = rounded(percentile(steps, 0.5));
    return { nodes, rounds, oursCold, oursWarm, oursWarmStep, driverWarm, ...others, missing, load: loadNow() };
  });
}

const factor = (theirs: number | undefined, ours: number): string =>
  theirs === undefined ? 'not measured' : `${rounded(theirs / ours, 1)} times as long`;

export const benchmark: Benchmark<FanoutResult> = {
  about: 'a no-op on every node of a lab of real nodes, beside ssh, clush, pdsh and ansible',
  options: { nodes: 'nodes of the lab (32)', rounds: 'rounds of which the median counts (3)' },
  run: measure,
  lines: (result) => [
    `${result.nodes} nodes, seconds: through the product ${result.oursWarm} (cold ${result.oursCold}), the driver alone ${result.driverWarm}`,
    ...OTHERS.map(
      (name) =>
        `  ${name.padEnd(10)} ${result[name] ?? '-'} s, ${factor(result[name], name === 'clush' || name === 'ssh' || name === 'pdsh' ? result.oursCold : result.oursWarm)}`,
    ),
    ...result.missing.map((command) => `  ${command} is not installed`),
  ],
  passed: ({ oursCold, oursWarm, clush, clushWarm, ansible }) =>
    (ansible === undefined || oursWarm * BARS.timesFasterThanAnsible <= ansible) &&
    (clushWarm === undefined || oursWarm <= clushWarm) &&
    (clush === undefined || oursCold * BARS.timesFasterThanClushCold <= clush),
};
