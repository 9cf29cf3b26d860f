import type { JobEvent } from '../services/sequencer/events.ts';
import { simulateJob } from '../services/sequencer/testing/simulateJob.ts';
import { shortestActs, type Shortest } from '../services/sequencer/testing/shortest.ts';
import { simulateSystem } from '../services/jobs/testing/simulateSystem.ts';
import { PutError, reportOf } from '../core/protocol/errors.ts';
import { numberOption } from './benchmark.ts';
import { readBenchCommand } from './support/commandLine.ts';

/*
 * `npm run simulate -- [--jobs N] [--systems N] [--seed S] [--json]`: jobs that chance drives, in virtual time, with the invariants checked after each event.
 * `jobs` go through the sequencer alone; `systems` are whole practice systems (requests, journal, runner, step kinds, nodes), with a few jobs each, in which
 * putservices is killed at its writes. One that breaks an invariant is printed with its seed and the fewest acts of chance that break it; `--seed S --jobs 1`
 * or `--seed S --systems 1` plays it again. The last line says how many `jobs` and `events` there were and how many are `broken`; with --json it is one JSON
 * object. Exit code 1: some are.
 */

const USAGE = `Usage: npm run simulate -- [--jobs N] [--systems N] [--seed S] [--json]

  --jobs N     jobs that go through the sequencer alone (1000); each has a seed of its own, counted from S
  --systems N  whole practice systems with a few jobs each (a twentieth of the jobs)
  --seed S     seed of the first (1)
  --json       the last line, and each that broke, as JSON`;
/** Time between two lines that tell how far it is, in ms. */
const TELL_MS = 10_000;
/** Of so many that broke the fewest acts are looked for, which takes hundreds of runs; of the others all acts are told. */
const MOST_SHORTENED = 3;

interface Broken {
  readonly seed: number;
  /** Whether a job or a system has the seed. */
  readonly of: 'job' | 'system';
  readonly broken: string;
  /** The fewest acts of chance that break it, in words where there are some. */
  readonly acts: readonly string[];
  /** Up to the event after which it did not hold. */
  readonly events?: readonly JobEvent[] | undefined;
}

const lacking = (acts: readonly number[]): { acts: number; without: ReadonlySet<number> } => {
  const kept = new Set(acts);
  const length = (acts.at(-1) ?? -1) + 1;
  return { acts: length, without: new Set(Array.from({ length }, (_, act) => act).filter((act) => !kept.has(act))) };
};

async function brokenJob(seed: number, first: Shortest, shorten: boolean): Promise<Broken> {
  const shortest = shorten ? await shortestActs(first, (kept) => simulateJob(seed, lacking(kept)).broken) : first;
  const { events } = simulateJob(seed, lacking(shortest.acts));
  return { seed, of: 'job', broken: shortest.broken, acts: shortest.acts.map((act) => `act ${act}`), events };
}

async function brokenSystem(seed: number, first: Shortest, shorten: boolean): Promise<Broken> {
  const run = (kept: readonly number[]): ReturnType<typeof simulateSystem> => simulateSystem(seed, lacking(kept));
  const shortest = shorten ? await shortestActs(first, async (kept) => (await run(kept)).broken) : first;
  const told = (await run(shortest.acts)).acts.map(({ act, text }) => `act ${act}: ${text}`);
  return { seed, of: 'system', broken: shortest.broken, acts: told };
}

function tellBroken(broken: Broken, json: boolean): void {
  if (json) return console.log(JSON.stringify(broken));
  console.log(`seed ${broken.seed} of a ${broken.of}: ${broken.broken}, with ${broken.acts.length} acts:`);
  for (const act of broken.acts) console.log(`  ${act}`);
  for (const event of broken.events ?? []) console.log(`  ${JSON.stringify(event)}`);
}

const args = process.argv.slice(2);
const json = args.includes('--json');
try {
  const { name, help, options } = readBenchCommand(args);
  if (help) console.log(USAGE);
  else {
    const stranger = name ?? Object.keys(options).find((option) => !['jobs', 'systems', 'seed'].includes(option));
    if (stranger !== undefined) throw new PutError('usage', `simulate takes no ${stranger}; see --help`);
    const take = (option: string, otherwise: number): number =>
      Math.floor(numberOption({ options, say: () => undefined }, option, otherwise));
    // Whoever names one of them means that one.
    const jobs = take('jobs', options['systems'] === undefined ? 1000 : 0);
    const systems = take('systems', options['jobs'] === undefined ? Math.floor(jobs / 20) : 0);
    const seed = take('seed', 1);
    const sum = { jobs: 0, systemJobs: 0, events: 0, broken: 0 };
    const startedAt = performance.now();
    const seconds = (): number => Math.round((performance.now() - startedAt) / 100) / 10;
    let toldAt = startedAt;
    const tellSometimes = (what: string): void => {
      if (performance.now() - toldAt < TELL_MS) return;
      toldAt = performance.now();
      console.error(`${what}, ${sum.broken} broken, ${seconds()} s`);
    };
    for (let at = 0; at < jobs; at += 1) {
      const { events, broken, acts } = simulateJob(seed + at);
      sum.jobs += 1;
      sum.events += events.length;
      if (broken !== undefined) {
        sum.broken += 1;
        tellBroken(await brokenJob(seed + at, { broken, acts }, sum.broken <= MOST_SHORTENED), json);
      }
      tellSometimes(`${at + 1} of ${jobs} jobs`);
    }
    for (let at = 0; at < systems; at += 1) {
      const { jobs: ofSystem, events, broken, acts } = await simulateSystem(seed + at);
      sum.jobs += ofSystem;
      sum.systemJobs += ofSystem;
      sum.events += events;
      if (broken !== undefined) {
        sum.broken += 1;
        const chosen = acts.map(({ act }) => act);
        tellBroken(await brokenSystem(seed + at, { broken, acts: chosen }, sum.broken <= MOST_SHORTENED), json);
      }
      tellSometimes(`${at + 1} of ${systems} systems`);
    }
    const result = { ...sum, systems, seed, seconds: seconds() };
    console.log(
      json
        ? JSON.stringify(result)
        : `jobs ${sum.jobs} (${sum.systemJobs} of them in ${systems} systems), events ${sum.events}, broken ${sum.broken} (${seconds()} s)`,
    );
    process.exitCode = sum.broken === 0 ? 0 : 1;
  }
} catch (error) {
  const report = reportOf(error);
  console.error(report.code === 'internal' && error instanceof Error ? error.stack : report.message);
  if (json) console.log(JSON.stringify({ error: report }));
  process.exitCode = 2;
}
