import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { InstalledPackage } from '../core/model/node.ts';
import { diffTrees } from '../core/replica/patch.ts';
import { PutError } from '../core/protocol/errors.ts';
import { Journal } from '../services/jobs/Journal.ts';
import { firstRecord, summaryOf } from '../services/jobs/jobRecord.ts';
import { openRecord, recordOf } from '../services/jobs/snapshots.ts';
import type { JobEvent } from '../services/sequencer/events.ts';
import { type Benchmark, type BenchmarkRun, loadNow, numberOption, percentile, rounded } from './benchmark.ts';
import { writeEngineJournal } from './support/engineJournal.ts';
import { requestTimesMs, viewBytes } from './support/engineView.ts';
import { EngineJob, engineFacts, engineNodes, enginePackages, engineSpec } from './support/engineJob.ts';

/*
 * What the job engine costs. Times are processor time of this process, so that a shared machine falsifies them less; `openSeconds` is given by the clock as
 * well. The journal is a real one with full synchronisation.
 */

const BARS = { eventRatio: 3, openSeconds: 1, kibPerNode: 64, journalMb: 100, viewKb: 300, requestP95Ms: 50 } as const;
/** Ends of work that are measured, and views. */
const MEASURED_ENDS = 2_000;
const MEASURED_VIEWS = 500;
const NODES_AT_ONCE = 8;

interface EngineResult {
  readonly nodes: number;
  readonly steps: number;
  /** Events of the journal that was opened. */
  readonly events: number;
  /** One cell event: the end of one node's work, what follows from it, its commit and the row of the job list. */
  readonly eventMs10: number;
  readonly eventMs10000: number;
  readonly eventRatio: number;
  readonly viewMs10: number;
  readonly viewMs10000: number;
  readonly openSeconds: number;
  readonly openCpuSeconds: number;
  readonly kibPerNode: number;
  readonly journalMb1500: number;
  /** On the line, compressed, until a window that opens the running job shows its step. */
  readonly viewKb: number;
  /** A small request while a putservices of its own works on the nodes; by the clock. */
  readonly requestP95Ms: number;
  readonly load: number;
}

const cpuMs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

/** Bytes in use after everything that can go is gone. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

async function inFolder<T>(work: (folder: string) => Promise<T> | T): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'put-bench-engine-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Milliseconds of the processor a cell event, each committed alone: the same work at every size of the job. `after` is done after each and measured
 * instead, with what it answered the time before.
 */
function eventMs<T>(
  figures: { nodes: number; steps: number; ends: number },
  after?: (job: EngineJob, before: T | undefined) => T,
): Promise<number> {
  const { nodes, steps, ends } = figures;
  return inFolder(async (folder) => {
    const journal = new Journal(join(folder, 'jobs.sqlite'));
    try {
      let spent = 0;
      let measured = 0;
      let ended = 0;
      // A small job ends soon; others like it follow.
      for (let part = 0; measured < ends; part += 1) {
        const job = new EngineJob(journal, { nodes, steps, nodesAtOnce: NODES_AT_ONCE, part });
        await job.begun();
        let made: T | undefined;
        for (let left = nodes * steps; left > 0 && measured < ends; left -= 1) {
          const number = job.runner.state.eventNumber;
          const before = cpuMs();
          await job.endOne();
          const took = cpuMs() - before;
          if (job.runner.state.eventNumber === number) throw new PutError('internal', 'the end of work made no event');
          made = after?.(job, made);
          const tookAfter = cpuMs() - before - took;
          ended += 1;
          // Warming up is left out, and what it costs to open a step, which is no event of a node.
          if (ended <= ends / 10 || left % nodes === 1) continue;
          spent += after ? tookAfter : took;
          measured += 1;
        }
      }
      return spent / measured;
    } finally {
      journal.close();
    }
  });
}

/** What a window shows of a step, made anew after an event, and what changed in it, as for somebody who watches; that happens some four times a second at most. */
function viewMs(nodes: number, steps: number): Promise<number> {
  return eventMs<readonly object[]>({ nodes, steps, ends: MEASURED_VIEWS }, (job, before) => {
    const { parts } = job.runner;
    const head = parts.head();
    const shown = [head, parts.read('nodes'), parts.read(`cells:${head.currentStep}`)];
    for (const [i, part] of shown.entries()) if (before?.[i]) diffTrees(before[i], part);
    return shown;
  });
}

interface Opened {
  readonly events: number;
  readonly openSeconds: number;
  readonly openCpuSeconds: number;
  readonly kibPerNode: number;
  readonly viewKb: number;
}

/** Opens a running job from its journal, and what it holds then. */
function opening(nodes: number, steps: number): Promise<Opened> {
  return inFolder(async (folder) => {
    const path = join(folder, 'jobs.sqlite');
    writeEngineJournal(path, { nodes, steps, together: 64 });
    const idle = heapBytes();
    const started = { ms: performance.now(), cpuMs: cpuMs() };
    const journal = new Journal(path);
    const found = openRecord(journal, 'measured');
    if (!found) throw new Error('the job is not in its journal');
    const opened = recordOf(found);
    const openSeconds = (performance.now() - started.ms) / 1000;
    const openCpuSeconds = (cpuMs() - started.cpuMs) / 1000;
    const kibPerNode = (heapBytes() - idle) / 1024 / nodes;
    const events = opened.machine.eventNumber;
    const viewKb = (await viewBytes(opened)) / 1000;
    journal.close();
    return { events, viewKb, openSeconds, openCpuSeconds, kibPerNode };
  });
}

/** Size of the journal after lists were read from every node before and after. */
function journalMb(nodes: number, kinds: number, packages: number): Promise<number> {
  return inFolder((folder) => {
    const path = join(folder, 'jobs.sqlite');
    const journal = new Journal(path);
    const inventory = engineNodes(nodes);
    const atMs = 1_700_000_000_000;
    const started: JobEvent = {
      ...{ kind: 'job-started', atMs, jobId: 'measured', jobNumber: 1, user: 'ada', settings: {}, inventory },
      spec: engineSpec(2),
    };
    const summary = summaryOf(firstRecord(started));
    let firstNumber = 1;
    const keep = (events: readonly JobEvent[]): void => {
      journal.append({ jobId: 'measured', firstNumber, events, summary });
      firstNumber += events.length;
    };
    keep([started]);
    for (const [round, stepId] of ['work-1', 'work-2'].entries()) {
      const lists = Array.from({ length: kinds }, (_, kind) => enginePackages(kind + round * kinds, packages));
      for (let from = 0; from < nodes; from += 64) {
        keep(
          inventory.slice(from, from + 64).map(({ nodeId }, at): JobEvent => {
            const list = lists[(from + at) % kinds] as readonly InstalledPackage[];
            const facts = engineFacts(nodeId, list);
            return { kind: 'cell-ended', atMs, stepId, nodeId, attempt: 1, outcome: { state: 'ok', facts } };
          }),
        );
      }
    }
    journal.close();
    return readdirSync(folder).reduce((sum, file) => sum + statSync(join(folder, file)).size, 0) / 1e6;
  });
}

async function run(options: BenchmarkRun): Promise<EngineResult> {
  const nodes = numberOption(options, 'nodes', 10_000);
  const steps = numberOption(options, 'steps', 40);
  const packages = numberOption(options, 'packages', 1500);
  options.say('one cell event at 10 nodes, then at many');
  const few = { eventMs: await eventMs({ nodes: 10, steps, ends: MEASURED_ENDS }), viewMs: await viewMs(10, steps) };
  const many = { eventMs: await eventMs({ nodes, steps, ends: MEASURED_ENDS }), viewMs: await viewMs(nodes, steps) };
  options.say(`${rounded(few.eventMs)} ms, ${rounded(many.eventMs)} ms; a job is opened from its journal`);
  const opened = await opening(nodes, steps);
  options.say(`${rounded(opened.openSeconds, 2)} s; package lists go into a journal`);
  const journalMb1500 = await journalMb(nodes, 20, packages);
  options.say(`${rounded(journalMb1500, 1)} MB; requests while ${nodes} practice nodes work`);
  const requestsMs = await requestTimesMs(nodes);
  return {
    ...{ nodes, steps, events: opened.events },
    ...{ eventMs10: rounded(few.eventMs), eventMs10000: rounded(many.eventMs) },
    eventRatio: rounded(many.eventMs / few.eventMs, 2),
    ...{ viewMs10: rounded(few.viewMs), viewMs10000: rounded(many.viewMs) },
    ...{ openSeconds: rounded(opened.openSeconds, 2), openCpuSeconds: rounded(opened.openCpuSeconds, 2) },
    kibPerNode: rounded(opened.kibPerNode, 1),
    journalMb1500: rounded(journalMb1500, 1),
    viewKb: rounded(opened.viewKb, 1),
    requestP95Ms: rounded(percentile(requestsMs, 0.95), 1),
    load: loadNow(),
  };
}

export const benchmark: Benchmark<EngineResult> = {
  about:
    'the job engine: cost of one event, opening a job from its journal, memory, size of the journal, what opening it takes on the line, requests meanwhile',
  options: {
    nodes: 'nodes of the large job (10000)',
    steps: 'steps of work (40)',
    packages: 'packages on each node for the size of the journal (1500)',
  },
  run,
  lines: (result) => [
    `one cell event: ${result.eventMs10} ms at 10 nodes, ${result.eventMs10000} ms at ${result.nodes} (ratio ${result.eventRatio}; bar ${BARS.eventRatio})`,
    `a view after it and its difference: ${result.viewMs10} ms, ${result.viewMs10000} ms`,
    `${result.nodes} nodes by ${result.steps} steps, ${result.events} events: open after ${result.openSeconds} s (bar ${BARS.openSeconds}), ${result.kibPerNode} KiB a node (bar ${BARS.kibPerNode})`,
    `journal with the packages of every node, before and after: ${result.journalMb1500} MB (bar ${BARS.journalMb})`,
    `opening it takes ${result.viewKb} kB on the line (bar ${BARS.viewKb}); a request while the nodes work takes ${result.requestP95Ms} ms at p95 (bar ${BARS.requestP95Ms})`,
  ],
  passed: (result) =>
    result.eventRatio <= BARS.eventRatio &&
    result.openSeconds < BARS.openSeconds &&
    result.kibPerNode < BARS.kibPerNode &&
    result.journalMb1500 < BARS.journalMb &&
    result.viewKb < BARS.viewKb &&
    result.requestP95Ms < BARS.requestP95Ms,
};
