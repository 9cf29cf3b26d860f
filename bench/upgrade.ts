import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { PutError } from '../core/protocol/errors.ts';
import { type Benchmark, type BenchmarkRun, loadNow, numberOption, percentile, rounded } from './benchmark.ts';
import { BENCH_PACKAGES, buildBenchPackages } from './support/benchPackages.ts';
import { inLab } from './support/inLab.ts';

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
  readonly missing: readonly string[];
  readonly load: number;
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
    const median = async (name: Tool): Promise<number> => {
      const all: number[] = [];
      for (let i = 0; i < rounds; i++) {
        await reset();
        all.push(await worker.call<number>(name, upgrade));
        await onAll(`rpm -q ${BENCH_PACKAGES.map((one) => `${one}-2-1`).join(' ')}`);
      }
      const middle = rounded(percentile(all, 0.5));
      run.say(`${name.padEnd(10)} ${middle} s (${all.map((one) => rounded(one)).join(', ')})`);
      return middle;
    };
    const measured: Partial<Record<Tool, number>> = {};
    for (const name of names) {
      if (!missing.some((command) => command === TOOLS[name])) measured[name] = await median(name);
    }
    const { ours = 0, rpmAlone = 0, ...others } = measured;
    return { nodes, rounds, ours, rpmAlone, ...others, missing, load: loadNow() };
  });
}

export const benchmark: Benchmark<UpgradeResult> = {
  about: 'an upgrade of two packages on every node of a lab of real nodes, beside rpm by hand, clush and ansible',
  options: { nodes: 'nodes of the lab (32)', rounds: 'rounds of which the median counts (3)' },
  run: measure,
  lines: ({ nodes, ours, rpmAlone, clush, ansible, missing }) => [
    `${nodes} nodes, seconds: ours ${ours}, the same rpm commands by hand ${rpmAlone} (${rounded(ours / rpmAlone)} times as long)`,
    `  clush ${clush ?? '-'}, ansible ${ansible ?? '-'}`,
    ...missing.map((command) => `  ${command} is not installed`),
  ],
  passed: ({ ours, rpmAlone }) => ours <= rpmAlone * MOST_OF_RPM_ALONE,
};
