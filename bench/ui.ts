import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { chromium, type Browser, type Page } from 'playwright-core';
import type { PutClient } from '../core/client/PutClient.ts';
import { jobTopic, type JobHead } from '../core/model/jobParts.ts';
import { seenOf } from '../core/model/job.ts';
import { PutError } from '../core/protocol/errors.ts';
import { PracticeSystem } from '../e2e/support/practiceSystem.ts';
import { practiceEntries } from '../services/nodes/sim/practiceInventory.ts';
import { type Benchmark, type BenchmarkRun, loadNow, numberOption, rounded } from './benchmark.ts';
import { ENGINE_JOB, writeEngineJournal } from './support/engineJournal.ts';
import {
  clickUntil,
  frameP95,
  heapAfterCollection,
  scrollFrames,
  slope,
  watchTasks,
} from './support/windowMeasures.ts';

/*
 * What a window of a large job costs: the windows of `putctl console` in Chromium without a GPU, over a real putservices that opens a running job from its
 * journal and goes on with it on practice nodes. `npm run build` must have run.
 */

const BARS = {
  ...{ openSeconds: 1, frameP95Ms: 17, heapMb: 500, longestTaskMs: 50, idleCpuPercent: 1 },
  heapGrowthKbPerSecond: 1,
} as const;
const ROOT = resolve(import.meta.dirname, '..');
const CHROMIUM = process.env['STANDIN_CHROMIUM'] ?? '/usr/bin/chromium';
const SIZE = { width: 1920, height: 1080 };
const SCROLL_MS = 8_000;
const SAMPLE_MS = 10_000;
/** Clock ticks of the processor a second, as /proc counts (`getconf CLK_TCK`). */
const TICKS_PER_SECOND = 100;

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
  readonly heapGrowthKbPerSecond: number;
  readonly load: number;
}

interface Console {
  readonly process: ChildProcess;
  readonly address: string;
  readonly code: string;
}

async function startConsole(dataFolder: string): Promise<Console> {
  const child = spawn(process.execPath, [join(ROOT, 'cli', 'main.ts'), 'console', '--no-open', '--json'], {
    env: { ...process.env, PUT_DATA_DIR: dataFolder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const told: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => told.push(text));
  const lines = createInterface({ input: child.stdout });
  const line = await new Promise<string>((done, failed) => {
    lines.once('line', done);
    child.once('exit', () => failed(new PutError('internal', `putctl console ended: ${told.join('')}`)));
  });
  const { address, code } = JSON.parse(line) as { address: string; code: string };
  return { process: child, address, code };
}

const press = (page: Page, name: string): Promise<void> =>
  page.getByRole('button', { name, exact: true }).first().click();

async function signIn(page: Page, system: PracticeSystem): Promise<void> {
  await press(page, 'Add a system…');
  await page.getByRole('textbox', { name: /^Name/ }).fill('measured');
  await page.getByRole('textbox', { name: /^Host name/ }).fill(system.target.host);
  await page.getByLabel(/^CCPORT/).fill(String(system.target.ccPort));
  await press(page, 'Save');
  await press(page, 'Sign in');
  await page.getByRole('textbox', { name: /^User/ }).fill(system.user);
  await page.getByLabel(/^Password/).fill(system.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).last().click();
  await press(page, 'It is the same: accept');
  await page.getByRole('heading', { name: 'Operations' }).waitFor();
}

/** Processor time that a process of this machine has used, in s. */
function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Processor time of the browser's processes, in s. */
async function browserSeconds(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  return processInfo.reduce((sum, { id }) => sum + (existsSync(`/proc/${id}/stat`) ? cpuSeconds(id) : 0), 0);
}

/** Counts how many cells of the job's current step changed: each node that ends is one, and each that begins. */
function countChanges(client: PutClient): { readonly read: () => number; readonly head: () => JobHead | undefined } {
  let head: JobHead | undefined;
  client.watchState<JobHead>(
    jobTopic(ENGINE_JOB),
    (state) => (head = state),
    () => undefined,
  );
  const read = (): number =>
    Object.values(head?.steps ?? {}).reduce((sum, { counts }) => {
      if (!counts) return sum;
      const ended = counts.ok + counts.failed + counts.warned + counts.unreachable + counts.unknown;
      return sum + 2 * ended + counts.running;
    }, 0);
  return { read, head: () => head };
}

async function run(options: BenchmarkRun): Promise<UiResult> {
  const nodes = numberOption(options, 'nodes', 10_000);
  const steps = numberOption(options, 'steps', 40);
  const together = numberOption(options, 'together', 64);
  const speed = numberOption(options, 'speed', 8);
  const idleSeconds = numberOption(options, 'idle', 120);
  if (!existsSync(join(ROOT, 'dist', 'renderer', 'index.html'))) {
    throw new PutError('usage', 'the windows are not built: npm run build first');
  }
  const stateFolder = await mkdtemp(join(tmpdir(), 'put-bench-ui-'));
  const dataFolder = await mkdtemp(join(tmpdir(), 'put-bench-ui-data-'));
  let system: PracticeSystem | undefined;
  let served: Console | undefined;
  let browser: Browser | undefined;
  let client: PutClient | undefined;
  try {
    options.say(`a journal of ${nodes} nodes by ${steps} steps is written`);
    // A state folder is made by a first start; its journal is then that of the large job.
    await (await PracticeSystem.start({ nodes, speed, stateFolder })).stop();
    for (const file of ['journal.db', 'journal.db-wal', 'journal.db-shm'])
      await rm(join(stateFolder, file), { force: true });
    writeEngineJournal(join(stateFolder, 'journal.db'), { nodes, steps, together, inventory: practiceEntries(nodes) });
    system = await PracticeSystem.start({ nodes, speed, stateFolder });
    client = await system.signIn({ clientSystem: 'bench' });
    const changes = countChanges(client);

    const started = performance.now();
    served = await startConsole(dataFolder);
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
    });
    const page = await (await browser.newContext({ viewport: SIZE })).newPage();
    page.setDefaultTimeout(60_000);
    await page.goto(served.address);
    await page.locator('input[name=code]').fill(served.code);
    await page.getByRole('button', { name: 'Open' }).click();
    await page.getByRole('button', { name: 'Add a system…' }).waitFor();
    const startSeconds = (performance.now() - started) / 1000;
    await signIn(page, system);
    const session = await page.context().newCDPSession(page);
    const tasks = await watchTasks(page);

    const shown = nodes.toLocaleString('en');
    await page.getByRole('button', { name: 'Continue' }).waitFor();
    await tasks.read();
    options.say('the job is opened');
    const openMs = await clickUntil(page, 'Continue', '.marked-line', `${shown} shown`);
    await page.waitForTimeout(500);
    const opened = await tasks.read();
    let heapBytes = 0;
    const noteHeap = async (): Promise<void> => {
      const { usedSize } = await session.send('Runtime.getHeapUsage');
      heapBytes = Math.max(heapBytes, usedSize);
    };
    await noteHeap();

    options.say(`open after ${rounded(openMs / 1000, 2)} s; map, table and search while the job goes on`);
    const before = { changes: changes.read(), ms: performance.now() };
    const mapFrames = await scrollFrames(page, '.canvas-map', 0, SCROLL_MS / 2);
    await press(page, 'Table');
    await page.locator('.table-scroll').waitFor();
    const frames = await scrollFrames(page, '.table-scroll', 60, SCROLL_MS);
    await noteHeap();
    const after = { changes: changes.read(), ms: performance.now() };
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

    options.say(
      `frames at p95: table ${rounded(frameP95(frames), 1)} ms, map ${rounded(frameP95(mapFrames), 1)} ms; longest task ${busy.longestTaskMs} ms, ${opened.longestTaskMs} ms while opening; load ${loadNow()}`,
    );
    await press(page, 'Nodes');
    await page.locator('.table-scroll').waitFor();
    const nodesFrames = await scrollFrames(page, '.table-scroll', 60, SCROLL_MS / 2);
    const nodesElements = await page.evaluate<number>(`document.querySelectorAll('*').length`);
    await noteHeap();
    const listed = await tasks.read();

    options.say(`idle for ${idleSeconds} s`);
    await press(page, 'Operations');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.locator('.canvas-map').waitFor();
    const head = changes.head();
    if (!head) throw new PutError('internal', 'the job was not seen');
    await client.request('job.takeBaton', { jobId: ENGINE_JOB, seen: seenOf(head), reason: 'measured' });
    await client.request('job.pause', { jobId: ENGINE_JOB, seen: seenOf(changes.head() ?? head) });
    await page.getByText('Paused by').first().waitFor();
    // What was made ready for later, once, is no growth.
    await wait(20_000);
    const points: { seconds: number; bytes: number }[] = [];
    const pid = served.process.pid ?? 0;
    const spent = { browser: 0, console: 0 };
    const idleFrom = performance.now();
    for (let left = idleSeconds * 1000; left > 0; left -= SAMPLE_MS) {
      // Collecting is the benchmark's own work, so it is not counted.
      points.push({ seconds: (performance.now() - idleFrom) / 1000, bytes: await heapAfterCollection(session) });
      const before = { browser: await browserSeconds(browser), console: cpuSeconds(pid) };
      await wait(Math.min(SAMPLE_MS, left));
      spent.browser += (await browserSeconds(browser)) - before.browser;
      spent.console += cpuSeconds(pid) - before.console;
    }
    points.push({ seconds: (performance.now() - idleFrom) / 1000, bytes: await heapAfterCollection(session) });
    options.say(`of it ${rounded((spent.console / idleSeconds) * 100, 2)} % for putctl console`);
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
      idleCpuPercent: rounded(((spent.browser + spent.console) / idleSeconds) * 100, 2),
      heapGrowthKbPerSecond: rounded(slope(points.slice(1)) / 1000, 2),
      load: loadNow(),
    };
  } finally {
    await client?.close().catch(() => undefined);
    await browser?.close();
    served?.process.kill();
    await system?.stop();
    await rm(stateFolder, { recursive: true, force: true });
    await rm(dataFolder, { recursive: true, force: true });
  }
}

export const benchmark: Benchmark<UiResult> = {
  about:
    'a window of a large running job: opening it, frames while it changes, memory, blocked input, and what it costs when nothing happens',
  options: {
    nodes: 'nodes of the job (10000)',
    steps: 'steps of work (40)',
    together: 'nodes that work at once (64)',
    speed: 'how many times faster than real the nodes work (8)',
    idle: 'seconds of doing nothing (120)',
  },
  run,
  lines: (result) => [
    `${result.nodes} nodes by ${result.steps} steps: usable ${result.startSeconds} s after the start, job open after ${result.openSeconds} s (bar ${BARS.openSeconds})`,
    `${result.changesPerSecond} cells changed a second; frames at p95: table ${result.frameP95Ms} ms, map ${result.mapFrameP95Ms} ms, nodes ${result.nodesFrameP95Ms} ms with ${result.nodesElements} elements (bar ${BARS.frameP95Ms})`,
    `longest task ${result.longestTaskMs} ms, ${result.openTaskMs} ms while opening (bar ${BARS.longestTaskMs}); longest input ${result.longestInputMs} ms; heap ${result.heapMb} MB (bar ${BARS.heapMb})`,
    `idle for ${result.idleSeconds} s: ${result.idleCpuPercent} % of a core (bar ${BARS.idleCpuPercent}), heap grows by ${result.heapGrowthKbPerSecond} kB/s (bar ${BARS.heapGrowthKbPerSecond})`,
  ],
  passed: (result) =>
    result.openSeconds < BARS.openSeconds &&
    result.frameP95Ms <= BARS.frameP95Ms &&
    result.heapMb < BARS.heapMb &&
    result.longestTaskMs <= BARS.longestTaskMs &&
    result.idleCpuPercent < BARS.idleCpuPercent &&
    result.heapGrowthKbPerSecond < BARS.heapGrowthKbPerSecond,
};
