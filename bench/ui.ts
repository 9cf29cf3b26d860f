import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Browser } from 'playwright-core';
import type { PutClient } from '../core/client/PutClient.ts';
import { jobTopic, type JobHead } from '../core/model/jobParts.ts';
import { seenOf } from '../core/model/job.ts';
import { PutError } from '../core/protocol/errors.ts';
import { PracticeSystem } from '../e2e/support/practiceSystem.ts';
import { practiceEntries } from '../services/nodes/sim/practiceInventory.ts';
import { type Benchmark, type BenchmarkRun, loadNow, numberOption, rounded, textOption } from './benchmark.ts';
import { ENGINE_JOB, writeEngineJournal } from './support/engineJournal.ts';
import {
  needsBuiltWindows,
  openMeasuredWindow,
  press,
  startBrowser,
  type MeasuredWindow,
} from './support/measuredWindow.ts';
import { residentMb } from './support/processorSeconds.ts';
import { leaveAlone, sumOf, watchProcessor, type WindowProcessor } from './support/windowAlone.ts';
import { pictureFailure, windowProfile } from './support/windowProfile.ts';
import { clickUntil, frameP95, scrollFrames } from './support/windowMeasures.ts';

/*
 * What a window of a large job costs: the windows of `putctl console` in Chromium without a GPU, over a real putservices that opens a running job from its
 * journal and goes on with it on practice nodes. `npm run build` must have run.
 */

const BARS = {
  ...{ openSeconds: 1, frameP95Ms: 17, heapMb: 500, longestTaskMs: 50, idleCpuPercent: 1 },
  heapGrowthKbPerSecond: 1,
} as const;
/** Of the nodes of a step, and of those of the system. */
const NODES_TABLE = '.table-scroll[aria-label="Nodes"]';
const SCROLL_MS = 8_000;
/** A heap that is in use goes up and down with the steps, and is looked at more often: a slope of few looks says nothing. */
const BUSY_LOOK_SECONDS = 10;
const MOST_LOOKS = 120;
/** A heap that goes up and down by 3 MB tells growth of 1 kB/s apart from none in no shorter time. */
const BUSY_JUDGED_SECONDS = 1_200;

interface UiResult {
  readonly nodes: number;
  readonly steps: number;
  /** From the start of `putctl console` with its browser until its window can be used. */
  readonly startSeconds: number;
  /** From the click on the job until all its nodes stand on the map. */
  readonly openSeconds: number;
  /** Longest task while it opened. */
  readonly openTaskMs: number;
  /** Cells of the current step that changed in the window, while it was scrolled. */
  readonly changesPerSecond: number;
  readonly frameP95Ms: number;
  readonly mapFrameP95Ms: number;
  readonly nodesFrameP95Ms: number;
  /** Elements of the page that shows the nodes of the system. */
  readonly nodesElements: number;
  /** Longest task while the job went on: scrolling, sorting, grouping, searching, changing the view; 0: none above 50 ms. */
  readonly longestTaskMs: number;
  readonly longestInputMs: number;
  /** Most that was in use of the page's heap. */
  readonly heapMb: number;
  readonly idleSeconds: number;
  /** Of one core: the window's processes and that of `putctl console`, while nothing happens. */
  readonly idleCpuPercent: number;
  readonly idleCpuPercentByProcess: WindowProcessor;
  /** Of one core: a browser of its own that shows an empty page, in the same time. */
  readonly idleBlankCpuPercent: number;
  readonly heapGrowthKbPerSecond: number;
  /** How long the job went on in a window left alone before the heap was looked at. */
  readonly warmSeconds: number;
  /** How long the window was left alone while the job went on, its steps one after another. */
  readonly busySeconds: number;
  readonly busyCpuPercent: number;
  readonly busyHeapGrowthKbPerSecond: number;
  /** Clients that watched what a window watches, beside the window. */
  readonly watchers: number;
  /** Of putservices: memory, and of one core while the job went on. */
  readonly servicesMb: number;
  readonly servicesCpuPercent: number;
  readonly load: number;
}

/** Watches what a window of the job watches. */
async function watchAsWindow(system: PracticeSystem, stepId: string, number: number): Promise<PutClient> {
  const client = await system.signIn({ clientSystem: `watcher-${number}` });
  const topics = [
    'jobs',
    'library',
    'sessions',
    ...([undefined, 'nodes', `cells:${stepId}`] as const).map((part) => jobTopic(ENGINE_JOB, part)),
  ];
  for (const topic of topics)
    client.watchState(
      topic,
      () => undefined,
      (error) => {
        throw error;
      },
    );
  return client;
}

interface DrivenJob {
  /** Cells of the job that changed so far: each node that begins its work is one, and each that ends it. */
  changes(): number;
  stepId(): string;
  pause(): Promise<void>;
  resume(): Promise<void>;
}

/** Takes the job over, so that it works while it is measured and not before. */
async function driveJob(client: PutClient): Promise<DrivenJob> {
  let head: JobHead | undefined;
  const came = new Promise<void>((done, failed) => {
    client.watchState<JobHead>(
      jobTopic(ENGINE_JOB),
      (state) => {
        head = state;
        done();
      },
      failed,
    );
  });
  await came;
  const seen = () => {
    if (!head) throw new PutError('internal', 'the job was not seen');
    return { jobId: ENGINE_JOB, seen: seenOf(head) };
  };
  await client.request('job.takeBaton', { ...seen(), reason: 'measured' });
  return {
    stepId: () => head?.currentStep ?? '',
    changes: () =>
      Object.values(head?.steps ?? {}).reduce((sum, { counts }) => {
        if (!counts) return sum;
        const ended = counts.ok + counts.failed + counts.warned + counts.unreachable + counts.unknown;
        return sum + 2 * ended + counts.running;
      }, 0),
    pause: async () => void (await client.request('job.pause', { ...seen(), reason: 'measured' })),
    resume: async () => void (await client.request('job.resume', seen())),
  };
}

async function run(options: BenchmarkRun): Promise<UiResult> {
  const nodes = numberOption(options, 'nodes', 10_000);
  const steps = numberOption(options, 'steps', 40);
  const left = numberOption(options, 'left', Math.floor(steps / 2));
  const together = numberOption(options, 'together', 26);
  const speed = numberOption(options, 'speed', 8);
  const idleSeconds = numberOption(options, 'idle', 120);
  const busySeconds = numberOption(options, 'busy', 30);
  const warmSeconds = numberOption(options, 'warm', 0);
  const watchers = numberOption(options, 'watchers', 0);
  needsBuiltWindows();
  const stateFolder = await mkdtemp(join(tmpdir(), 'put-bench-ui-'));
  let system: PracticeSystem | undefined;
  let window: MeasuredWindow | undefined;
  let blank: Browser | undefined;
  const clients: PutClient[] = [];
  try {
    options.say(`a journal of ${nodes} nodes by ${steps} steps is written`);
    // A state folder is made by a first start; its journal is then that of the large job.
    await (await PracticeSystem.start({ nodes, speed, stateFolder })).stop();
    for (const file of ['journal.db', 'journal.db-wal', 'journal.db-shm'])
      await rm(join(stateFolder, file), { force: true });
    writeEngineJournal(join(stateFolder, 'journal.db'), {
      ...{ nodes, steps, together, inventory: practiceEntries(nodes) },
      // So much is left that the job neither ends nor leaves its step while the window is measured.
      ...{ stepsAfter: left, nodesDone: Math.min(nodes, together) },
    });
    system = await PracticeSystem.start({ nodes, speed, stateFolder });
    const client = await system.signIn({ clientSystem: 'bench' });
    clients.push(client);
    const job = await driveJob(client);
    await job.pause();
    for (let i = 1; i <= watchers; i += 1) clients.push(await watchAsWindow(system, job.stepId(), i));

    window = await openMeasuredWindow(system);
    const { browser, page, session, tasks, startSeconds } = window;
    const profile = windowProfile(
      { browser, page, session },
      { folder: textOption(options, 'profile'), functions: options.options['functions'] !== undefined },
    );

    await page.getByRole('button', { name: 'Continue' }).waitFor();
    await tasks.read();
    await job.resume();
    // Until it is at its full speed.
    await wait(2_000);
    options.say('the job is opened');
    await profile.start();
    const openMs = await clickUntil(page, 'Continue', `canvas[data-drawn="${nodes}"]`);
    await page.waitForTimeout(500);
    const opened = await tasks.read();
    await profile.end('opening');
    let heapBytes = 0;
    const noteHeap = async (): Promise<void> => {
      const { usedSize } = await session.send('Runtime.getHeapUsage');
      heapBytes = Math.max(heapBytes, usedSize);
    };
    await noteHeap();

    options.say(`open after ${rounded(openMs / 1000, 2)} s; map, table and search while the job goes on`);
    await profile.start();
    const before = { changes: job.changes(), ms: performance.now() };
    const mapFrames = await scrollFrames(page, '.canvas-map', 0, SCROLL_MS / 2);
    await press(page, 'Table');
    await page.locator(NODES_TABLE).waitFor();
    const frames = await scrollFrames(page, NODES_TABLE, 60, SCROLL_MS);
    await noteHeap();
    const after = { changes: job.changes(), ms: performance.now() };
    await page.getByRole('button', { name: 'Node', exact: true }).click();
    await page.waitForTimeout(500);
    for (const group of ['Type', 'State', 'System', 'Clique']) {
      await page.getByRole('group', { name: 'Group by' }).getByRole('button', { name: group, exact: true }).click();
      await page.waitForTimeout(300);
    }
    await page.getByRole('searchbox').pressSequentially('tpa-00', { delay: 60 });
    await page.waitForTimeout(300);
    await press(page, 'Map');
    await page.waitForTimeout(500);
    await page.getByRole('searchbox').fill('');
    await page.waitForTimeout(1_000);
    await noteHeap();
    const busy = await tasks.read();
    await profile.end('busy');

    options.say(
      `frames at p95: table ${rounded(frameP95(frames), 1)} ms, map ${rounded(frameP95(mapFrames), 1)} ms; longest task ${busy.longestTaskMs} ms, ${opened.longestTaskMs} ms while opening; load ${loadNow()}`,
    );
    await profile.start();
    await press(page, 'Nodes');
    await page.locator(NODES_TABLE).waitFor();
    const nodesFrames = await scrollFrames(page, NODES_TABLE, 60, SCROLL_MS / 2);
    const nodesElements = await page.evaluate<number>(`document.querySelectorAll('*').length`);
    await noteHeap();
    const listed = await tasks.read();
    await profile.end('nodes');

    const servicesPid = system.process.pid ?? 0;
    const alone = { browser, session, consolePid: window.consolePid, servicesPid };
    await press(page, 'Operations');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.locator('.canvas-map').waitFor();
    await wait(warmSeconds * 1000);
    options.say(`the job goes on for ${busySeconds} s`);
    const worked = await leaveAlone(busySeconds, Math.max(BUSY_LOOK_SECONDS, busySeconds / MOST_LOOKS), alone);
    const servicesMb = residentMb(servicesPid);
    options.say(`putservices: ${rounded(servicesMb, 0)} MB, ${worked.servicesCpuPercent} % of a core`);
    await job.pause();
    await page.getByText('Paused by').first().waitFor();
    options.say(`idle for ${idleSeconds} s`);
    // What was made ready for later, once, is no growth.
    await wait(20_000);
    await profile.start();
    blank = await startBrowser();
    await blank.newPage();
    await wait(10_000);
    const used = await watchProcessor(blank);
    const idle = await leaveAlone(idleSeconds, idleSeconds, alone);
    const blankUsed = used();
    await profile.end('idle');
    return {
      ...{ nodes, steps, startSeconds: rounded(startSeconds, 2), openSeconds: rounded(openMs / 1000, 2) },
      openTaskMs: rounded(opened.longestTaskMs, 0),
      changesPerSecond: rounded(((after.changes - before.changes) / (after.ms - before.ms)) * 1000, 0),
      frameP95Ms: rounded(frameP95(frames), 1),
      mapFrameP95Ms: rounded(frameP95(mapFrames), 1),
      nodesFrameP95Ms: rounded(frameP95(nodesFrames), 1),
      nodesElements,
      longestTaskMs: rounded(Math.max(busy.longestTaskMs, listed.longestTaskMs), 0),
      longestInputMs: rounded(Math.max(busy.longestInputMs, listed.longestInputMs), 0),
      heapMb: rounded(heapBytes / 1e6, 1),
      idleSeconds,
      idleCpuPercent: idle.cpuPercent,
      idleCpuPercentByProcess: idle.cpuPercentByProcess,
      idleBlankCpuPercent: sumOf(blankUsed),
      heapGrowthKbPerSecond: idle.heapGrowthKbPerSecond,
      ...{
        warmSeconds,
        busySeconds,
        busyCpuPercent: worked.cpuPercent,
        busyHeapGrowthKbPerSecond: worked.heapGrowthKbPerSecond,
      },
      ...{ watchers, servicesMb: rounded(servicesMb, 0), servicesCpuPercent: worked.servicesCpuPercent },
      load: loadNow(),
    };
  } catch (error) {
    await pictureFailure(window?.page, textOption(options, 'profile'));
    throw error;
  } finally {
    for (const client of clients) await client.close().catch(() => undefined);
    await window?.close();
    await blank?.close();
    await system?.stop();
    await rm(stateFolder, { recursive: true, force: true });
  }
}

const busyIsJudged = ({ busySeconds }: UiResult): boolean => busySeconds >= BUSY_JUDGED_SECONDS;

export const benchmark: Benchmark<UiResult> = {
  about:
    'a window of a large running job: opening it, frames while it changes, memory, blocked input, and what it costs when nothing happens',
  options: {
    nodes: 'nodes of the job (10000)',
    steps: 'steps of work (40)',
    left: 'steps that are still to come (half of them); 10,000 nodes take some 50 s each',
    together: 'nodes that work at once (26: about 500 cell changes a second on a quiet machine of two cores)',
    speed: 'how many times faster than real the nodes work (8)',
    idle: 'seconds of doing nothing (120)',
    busy: `seconds in which the window is left alone while the job goes on (30); growth of the heap is judged from ${BUSY_JUDGED_SECONDS} on`,
    warm: 'seconds in which the job goes on before the heap is looked at: scripts that the browser compiles in its first two minutes are no growth (0)',
    watchers: 'clients that watch the job beside the window (0)',
    profile:
      'folder that gets what the window did: traces for the tools of the browser, lists of the long tasks and of its messages; measuring costs time itself',
    functions: 'with --profile: also which functions of the scripts ran, which costs as much again',
  },
  run,
  lines: (result) => [
    `${result.nodes} nodes by ${result.steps} steps: usable ${result.startSeconds} s after the start, job open after ${result.openSeconds} s (bar ${BARS.openSeconds})`,
    `${result.changesPerSecond} cells changed a second; frames at p95: table ${result.frameP95Ms} ms, map ${result.mapFrameP95Ms} ms, nodes ${result.nodesFrameP95Ms} ms with ${result.nodesElements} elements (bar ${BARS.frameP95Ms})`,
    `longest task ${result.longestTaskMs} ms, ${result.openTaskMs} ms while opening (bar ${BARS.longestTaskMs}); longest input ${result.longestInputMs} ms; heap ${result.heapMb} MB (bar ${BARS.heapMb})`,
    `idle for ${result.idleSeconds} s: ${result.idleCpuPercent} % of a core (bar ${BARS.idleCpuPercent}; an empty page ${result.idleBlankCpuPercent} %), heap grows by ${result.heapGrowthKbPerSecond} kB/s (bar ${BARS.heapGrowthKbPerSecond})`,
    `the job goes on for ${result.busySeconds} s: ${result.busyCpuPercent} % of a core, heap grows by ${result.busyHeapGrowthKbPerSecond} kB/s (${busyIsJudged(result) ? `bar ${BARS.heapGrowthKbPerSecond}` : 'too short to be judged'}); putservices with ${result.watchers + 1} that watch: ${result.servicesMb} MB, ${result.servicesCpuPercent} % of a core`,
  ],
  passed: (result) =>
    result.openSeconds < BARS.openSeconds &&
    result.frameP95Ms <= BARS.frameP95Ms &&
    result.heapMb < BARS.heapMb &&
    result.longestTaskMs <= BARS.longestTaskMs &&
    result.idleCpuPercent < BARS.idleCpuPercent &&
    result.heapGrowthKbPerSecond < BARS.heapGrowthKbPerSecond &&
    (!busyIsJudged(result) || result.busyHeapGrowthKbPerSecond < BARS.heapGrowthKbPerSecond),
};
