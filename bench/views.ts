import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import type { PutClient } from '../core/client/PutClient.ts';
import { seenOf } from '../core/model/job.ts';
import { jobTopic, type JobHead, type StepPart } from '../core/model/jobParts.ts';
import { PutError } from '../core/protocol/errors.ts';
import { askedIn, givenAnswer, type JobAnswers } from '../core/steps/givenAnswers.ts';
import { readNow, startInstall } from '../e2e/support/installDriver.ts';
import { PracticeSystem } from '../e2e/support/practiceSystem.ts';
import { uploadSamples } from '../e2e/support/samples.ts';
import { type Benchmark, type BenchmarkRun, loadNow, numberOption, rounded, textOption } from './benchmark.ts';
import { needsBuiltWindows, openMeasuredWindow, press, type MeasuredWindow } from './support/measuredWindow.ts';
import { clickUntil, frameP95, scrollFrames } from './support/windowMeasures.ts';
import { pictureFailure, windowProfile } from './support/windowProfile.ts';

/*
 * Every screen of an Install/Upgrade Software on many practice nodes, and every view of the nodes while it works: how long each takes to open, what it puts on
 * the page, and whether it blocks. `npm run build` must have run.
 */

const BARS = { openSeconds: 1, elements: 5_000, frameP95Ms: 17, longestTaskMs: 50 } as const;
const SCROLL_MS = 3_000;
const SETTLE_MS = 1_500;
/** Rows that the practice library's packages, twenty systems and the page around them are: far from a row a node. */
const SCREEN = '.step-main :is(.data-table, .panel, form, fieldset)';
/** By its button; what stands there once it is open. */
const NODE_VIEWS = [
  ['Map', '.canvas-map canvas, .map-groups'],
  ['Table', '.table-scroll[aria-label="Nodes"]'],
  ['Packages', '.step-main .table-section'],
  ['Waves', '.table-scroll[aria-label="Waves"]'],
  ['Timeline', '.table-scroll[aria-label="Steps with their times"]'],
  ['Logs', '.step-main form[role=search]'],
] as const;

interface ViewFigures {
  readonly view: string;
  /** From the click until it stands in a frame. */
  readonly openSeconds: number;
  readonly elements: number;
  /** While it opened and was scrolled; 0: none above 50 ms. */
  readonly longestTaskMs: number;
  /** Absent where nothing is to be scrolled. */
  readonly frameP95Ms?: number | undefined;
}

interface ViewsResult {
  readonly nodes: number;
  readonly views: readonly ViewFigures[];
  readonly load: number;
}

/** The job as it is now. */
interface Followed {
  head(): JobHead;
  until(what: string, is: (head: JobHead) => boolean): Promise<JobHead>;
}

const DEADLINE_MS = 120_000;

async function follow(client: PutClient, jobId: string): Promise<Followed> {
  let head = await readNow<JobHead>(client, jobTopic(jobId));
  client.watchState<JobHead>(
    jobTopic(jobId),
    (state) => void (head = state),
    () => undefined,
  );
  return {
    head: () => head,
    async until(what, is) {
      for (const from = performance.now(); performance.now() - from < DEADLINE_MS; await wait(50))
        if (is(head)) return head;
      throw new PutError('internal', `${what}: the job is ${head.state} at ${head.currentStep}`);
    },
  };
}

const asks = ({ state, screen, currentStep }: JobHead): boolean =>
  state === 'input' && screen !== undefined && screen.stepId === currentStep;

/** Answers the screen that waits with what it proposes: Custom, so that waves are asked for, those by system, and the plan as it is. */
async function answer(client: PutClient, jobId: string, head: JobHead): Promise<void> {
  const { screen } = await readNow<StepPart>(client, jobTopic(jobId, `step:${head.currentStep}`));
  if (!screen) return;
  const waves = head.steps[head.currentStep]?.kind === 'waves';
  const given: JobAnswers = waves
    ? { answers: { [head.currentStep]: { by: 'system', stopBefore: [] } } }
    : { mode: 'custom' };
  const input = givenAnswer(given, askedIn({ screen, nodes: {}, currentStep: head.currentStep, steps: head.steps }));
  await client.request('job.answer', { jobId, seen: seenOf(head), input: input as Record<string, unknown> });
}

/** What can be scrolled most, of what is marked for it. */
const FIND_SCROLLER = `(() => {
  const taller = (one) => one.scrollHeight - one.clientHeight;
  const found = [...document.querySelectorAll('.table-scroll, .canvas-map, .step-main, .answer-list')]
    .filter((one) => taller(one) > 200).sort((a, b) => taller(b) - taller(a))[0];
  for (const one of document.querySelectorAll('[data-scrolled]')) one.removeAttribute('data-scrolled');
  found?.setAttribute('data-scrolled', '');
  return found !== undefined;
})()`;

const elementsOf = (page: Page): Promise<number> => page.evaluate<number>(`document.querySelectorAll('*').length`);

async function run(options: BenchmarkRun): Promise<ViewsResult> {
  const nodes = numberOption(options, 'nodes', 10_000);
  needsBuiltWindows();
  const views: ViewFigures[] = [];
  let system: PracticeSystem | undefined;
  let window: MeasuredWindow | undefined;
  const clients: PutClient[] = [];
  try {
    // So slow that the work on the nodes goes on while their views are looked at, one after another.
    system = await PracticeSystem.start({ nodes, speed: numberOption(options, 'speed', 4) });
    const client = await system.signIn({ clientSystem: 'bench' });
    clients.push(client);
    await uploadSamples(client);
    const jobId = await startInstall(client);
    const job = await follow(client, jobId);
    window = await openMeasuredWindow(system);
    const { page, tasks } = window;
    const folder = textOption(options, 'profile');
    const profile = windowProfile(window, {
      folder,
      functions: options.options['functions'] !== undefined,
    });
    /** Opens it by the button, scrolls what is long, and takes the figures. */
    const look = async (view: string, button: string, selector: string): Promise<void> => {
      await tasks.read();
      await profile.start();
      const openMs = await clickUntil(page, button, selector);
      await page.waitForTimeout(SETTLE_MS);
      const elements = await elementsOf(page);
      const scrolls = await page.evaluate<boolean>(FIND_SCROLLER);
      const frames = scrolls ? await scrollFrames(page, '[data-scrolled]', 60, SCROLL_MS) : undefined;
      const name = view.replaceAll(/\W+/g, '-');
      await profile.end(name);
      if (folder !== undefined) await page.screenshot({ path: join(folder, `${name}.png`) });
      const { longestTaskMs } = await tasks.read();
      const figures: ViewFigures = {
        ...{ view, elements, openSeconds: rounded(openMs / 1000, 2), longestTaskMs: rounded(longestTaskMs, 0) },
        ...(frames ? { frameP95Ms: rounded(frameP95(frames), 1) } : {}),
      };
      views.push(figures);
      options.say(JSON.stringify(figures));
    };

    for (let kind = ''; kind !== 'plan';) {
      const head = await job.until('a screen', asks);
      const step = head.steps[head.currentStep];
      kind = step?.kind ?? '';
      await press(page, 'Operations');
      await look(step?.title ?? head.currentStep, 'Continue', SCREEN);
      if (kind === 'group-nodes') {
        await look('Modify Group', 'Modify Group…', '[role=dialog] :is(.table-scroll, select)');
        await press(page, 'Done');
      }
      await answer(client, jobId, head);
      await job.until('the next step', ({ currentStep }) => currentStep !== head.currentStep);
    }
    await job.until('work on nodes', (one) => one.steps[one.currentStep]?.counts !== undefined);
    await page.waitForTimeout(SETTLE_MS);
    for (const [view, selector] of NODE_VIEWS)
      if (view !== 'Waves' || (job.head().waves?.length ?? 0) > 1) await look(view, view, selector);
    // What was answered, looked at again.
    await look('answered: Select Nodes', 'Select Nodes', '.answer-list');
    await look('tab: Nodes', 'Nodes', '.table-scroll[aria-label="Nodes"]');
    return { nodes, views, load: loadNow() };
  } catch (error) {
    await pictureFailure(window?.page, textOption(options, 'profile'));
    throw error;
  } finally {
    for (const client of clients) await client.close().catch(() => undefined);
    await window?.close();
    await system?.stop();
  }
}

export const benchmark: Benchmark<ViewsResult> = {
  about:
    'every screen of an install on many nodes and every view of them: opening it, elements on the page, frames, blocked input',
  options: {
    nodes: 'nodes (10000)',
    speed: 'how many times faster than real the nodes work (4)',
    profile: 'folder that gets what the window did at each, as bench ui has it, and a picture of it',
    functions: 'with --profile: also which functions of the scripts ran, which costs as much again',
  },
  run,
  lines: ({ views, load }) => [
    ...views.map(
      ({ view, openSeconds, elements, longestTaskMs, frameP95Ms }) =>
        `${view}: open after ${openSeconds} s, ${elements} elements, longest task ${longestTaskMs} ms${frameP95Ms === undefined ? '' : `, frames at p95 ${frameP95Ms} ms`}`,
    ),
    `bars: ${BARS.openSeconds} s, ${BARS.elements} elements, ${BARS.longestTaskMs} ms, ${BARS.frameP95Ms} ms; load ${load}`,
  ],
  passed: ({ views }) =>
    views.every(
      ({ openSeconds, elements, longestTaskMs, frameP95Ms = 0 }) =>
        openSeconds < BARS.openSeconds &&
        elements < BARS.elements &&
        longestTaskMs <= BARS.longestTaskMs &&
        frameP95Ms <= BARS.frameP95Ms,
    ),
};
