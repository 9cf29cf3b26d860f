import { judgeInSlices, planInSlices, recommendInSlices, type SelectionContext } from '../core/model/selection.ts';
import type { Slices } from '../core/model/slices.ts';
import { largeSelection } from '../core/model/testing/largeSelection.ts';
import { type Benchmark, type BenchmarkRun, loadNow, numberOption, rounded } from './benchmark.ts';

/** Bars, in time of the processor: each question under this many seconds, no slice above this many milliseconds. */
const MOST_SECONDS = 2;
const MOST_SLICE_MS = 50;

interface Question {
  readonly seconds: number;
  /** Of the processor: what it takes on a machine with nothing else to do. */
  readonly cpuSeconds: number;
  readonly longestSliceMs: number;
  readonly longestSliceCpuMs: number;
  readonly slices: number;
}

interface SelectionResult {
  readonly packages: number;
  readonly nodes: number;
  readonly kinds: number;
  readonly installedPackages: number;
  readonly problems: number;
  readonly recommended: Question;
  readonly check: Question;
  readonly plan: Question;
  /** The recommended set where no two nodes share a list, so that equal ones are first to be found. */
  readonly recommendedUnshared: Question;
  readonly load: number;
}

const cpuMs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

function measure<T>(work: Slices<T>): { question: Question; result: T } {
  const started = { ms: performance.now(), cpuMs: cpuMs() };
  const longest = { ms: 0, cpuMs: 0 };
  let last = started;
  for (let slices = 1; ; slices += 1) {
    const step = work.next();
    const now = { ms: performance.now(), cpuMs: cpuMs() };
    longest.ms = Math.max(longest.ms, now.ms - last.ms);
    longest.cpuMs = Math.max(longest.cpuMs, now.cpuMs - last.cpuMs);
    last = now;
    if (!step.done) continue;
    const question = {
      seconds: rounded((now.ms - started.ms) / 1000),
      cpuSeconds: rounded((now.cpuMs - started.cpuMs) / 1000),
      longestSliceMs: rounded(longest.ms, 1),
      longestSliceCpuMs: rounded(longest.cpuMs, 1),
      slices,
    };
    return { question, result: step.value };
  }
}

function run(options: BenchmarkRun): Promise<SelectionResult> {
  const figures = {
    packages: numberOption(options, 'packages', 2000),
    nodes: numberOption(options, 'nodes', 10_000),
    kinds: numberOption(options, 'kinds', 20),
    osPackages: numberOption(options, 'os-packages', 1000),
  };
  options.say(`${figures.packages} packages, ${figures.nodes} nodes of ${figures.kinds} kinds`);
  const context = largeSelection(figures);
  const recommended = measure(recommendInSlices(context));
  const fileNames = recommended.result.filter((one) => one.selected).map((one) => one.fileName);
  const check = measure(judgeInSlices(fresh(context), fileNames));
  const plan = measure(planInSlices(fresh(context), fileNames));
  const unshared = measure(recommendInSlices(largeSelection(figures, false)));
  const { packages, nodes, kinds } = figures;
  return Promise.resolve({
    ...{ packages, nodes, kinds, installedPackages: context.nodes[0]?.facts.packages.length ?? 0 },
    problems: check.result.problems.length,
    ...{ recommended: recommended.question, check: check.question, plan: plan.question },
    recommendedUnshared: unshared.question,
    load: loadNow(),
  });
}

/** The same context as a new one: what was made ready for the question before counts again. */
function fresh(context: SelectionContext): SelectionContext {
  return { ...context };
}

export const benchmark: Benchmark<SelectionResult> = {
  about: 'the recommended set, the check of a selection and its plan, on a large library and a large cluster',
  options: {
    packages: 'packages of the library (2000)',
    nodes: 'nodes (10000)',
    kinds: 'kinds of nodes, by what is installed (20)',
    'os-packages': 'packages of the operating system on a node (1000)',
  },
  run,
  lines: (result) => [
    `${result.packages} packages, ${result.nodes} nodes of ${result.kinds} kinds with ${result.installedPackages} packages each`,
    ...(['recommended', 'check', 'plan', 'recommendedUnshared'] as const).map(
      (name) =>
        `${name}: ${result[name].seconds} s (processor ${result[name].cpuSeconds} s), longest slice ${result[name].longestSliceMs} ms (processor ${result[name].longestSliceCpuMs} ms)`,
    ),
  ],
  passed: (result) =>
    [result.recommended, result.check, result.plan].every(
      (one) => one.cpuSeconds < MOST_SECONDS && one.longestSliceCpuMs < MOST_SLICE_MS,
    ),
};
