import { seededRandom } from '../services/nodes/sim/seededRandom.ts';
import type { JobEvent } from '../services/sequencer/events.ts';
import { simulateJob } from '../services/sequencer/testing/simulateJob.ts';
import { PutError, reportOf } from '../core/protocol/errors.ts';
import { numberOption } from './benchmark.ts';
import { readBenchCommand } from './support/commandLine.ts';

/*
 * `npm run simulate -- [--jobs N] [--seed S] [--json]`: jobs that chance drives through the sequencer, in virtual time, with the invariants checked after
 * each event. A job that breaks one is printed with its seed and the shortest prefix of its events that breaks; `--seed S --jobs 1` plays it again. The
 * last line says how many `jobs` and `events` there were and how many jobs are `broken`; with --json it is one JSON object. Exit code 1: some are.
 */

const USAGE = `Usage: npm run simulate -- [--jobs N] [--seed S] [--json]

  --jobs N   jobs to simulate (1000); each has a seed of its own, counted from S
  --seed S   seed of the first job (1)
  --json     the last line, and each job that broke, as JSON`;
/** Jobs between two lines that tell how far it is. */
const TELL_EVERY = 5_000;

interface Broken {
  readonly seed: number;
  readonly broken: string;
  /** Up to the event after which it did not hold: with fewer everything held. */
  readonly events: readonly JobEvent[];
}

function tellBroken({ seed, broken, events }: Broken, json: boolean): void {
  if (json) return console.log(JSON.stringify({ seed, broken, events }));
  console.log(`seed ${seed}: ${broken}, after ${events.length} events:`);
  for (const event of events) console.log(`  ${JSON.stringify(event)}`);
}

const args = process.argv.slice(2);
const json = args.includes('--json');
try {
  const { name, help, options } = readBenchCommand(args);
  if (help) console.log(USAGE);
  else {
    const stranger = name ?? Object.keys(options).find((option) => option !== 'jobs' && option !== 'seed');
    if (stranger !== undefined) throw new PutError('usage', `simulate takes no ${stranger}; see --help`);
    const take = (option: string, otherwise: number): number =>
      Math.floor(numberOption({ options, say: () => undefined }, option, otherwise));
    const jobs = take('jobs', 1000);
    const seed = take('seed', 1);
    let events = 0;
    let broken = 0;
    const startedAt = performance.now();
    const seconds = (): number => Math.round((performance.now() - startedAt) / 100) / 10;
    for (let at = 0; at < jobs; at += 1) {
      const job = simulateJob(seededRandom(seed + at, 'job'));
      events += job.events.length;
      if (job.broken !== undefined) {
        broken += 1;
        tellBroken({ seed: seed + at, broken: job.broken, events: job.events }, json);
      }
      if ((at + 1) % TELL_EVERY === 0) console.error(`${at + 1} of ${jobs} jobs, ${broken} broken, ${seconds()} s`);
    }
    const result = { jobs, seed, events, broken, seconds: seconds() };
    console.log(json ? JSON.stringify(result) : `jobs ${jobs}, events ${events}, broken ${broken} (${seconds()} s)`);
    process.exitCode = broken === 0 ? 0 : 1;
  }
} catch (error) {
  const report = reportOf(error);
  console.error(report.code === 'internal' && error instanceof Error ? error.stack : report.message);
  if (json) console.log(JSON.stringify({ error: report }));
  process.exitCode = 2;
}
