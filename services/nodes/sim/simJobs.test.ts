import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodesOfRow, CELL_STATES, type JobView } from '../../../core/model/job.ts';
import { WORK_DEADLINES } from '../../jobs/ports.ts';
import { callerNamed, wholeJobOf } from '../../jobs/testing/askService.ts';
import { proposedInput } from '../../jobs/testing/jobHarness.ts';
import { PracticeJobs } from '../../jobs/testing/PracticeJobs.ts';
import { formatNevra } from '../../../core/model/rpmVersion.ts';
import { PRACTICE_OS_HEADERS } from './practiceOs.ts';
import { type PracticeFiles, practiceFiles } from './PracticeNodeStore.ts';
import { seededRandom } from './seededRandom.ts';
import type { SimNodePortOptions } from './SimNodePort.ts';

let practice: PracticeJobs;
beforeEach(async () => {
  practice = await PracticeJobs.make();
});
afterEach(() => practice.end());

/** Work that lasts longer than `byKind` says is given up. */
function start(nodes: Partial<SimNodePortOptions> = {}, byKind?: Record<string, number>): Promise<void> {
  return practice.open(nodes, { deadlines: { ...WORK_DEADLINES, byKind } });
}

/** Every node of the selection is in exactly one state of each step, at every moment. */
function expectCountsAddUp(view: JobView): void {
  const nodes = Object.keys(view.nodes).sort();
  for (const step of Object.values(view.steps)) {
    if (!step.cells || Object.keys(step.cells).length === 0) continue;
    expect(Object.keys(step.cells).sort()).toEqual(nodes);
    for (const cell of Object.values(step.cells)) expect(CELL_STATES).toContain(cell.state);
  }
  for (const row of view.packages) {
    expect(nodesOfRow(row)).toBe(row.nodes);
  }
}

/** Resolves when the view fits; checks the counts at every change on the way. */
function until(fits: (view: JobView) => boolean): Promise<JobView> {
  const { promise, resolve, reject } = Promise.withResolvers<JobView>();
  const look = (): void => {
    try {
      const view = wholeJobOf(practice.service, 'j1');
      expectCountsAddUp(view);
      if (fits(view)) resolve(view);
    } catch (error) {
      reject(error);
    }
  };
  const topic = practice.service.topic('job:j1', callerNamed('ada'));
  if (topic?.kind !== 'state') throw new Error('no topic');
  const remove = topic.onChange(look);
  look();
  return promise.finally(remove);
}

const isWaiting = (view: JobView): boolean => view.state !== 'running';

/** Answers with what is proposed, retries what failed, until the job is over. Answers how often it retried. */
async function goToTheEnd(): Promise<{ view: JobView; retries: number }> {
  for (let retries = 0; ;) {
    const view = await until(isWaiting);
    if (view.state === 'input') {
      await practice.ask('job.answer', { input: proposedInput(view) });
    } else if (view.state === 'attention') {
      expect(++retries).toBeLessThan(40);
      await practice.ask('job.retry', { stepId: view.currentStep });
    } else return { view, retries };
  }
}

/** Actions that began again although the one before had neither failed in a known way nor been probed. */
async function ranTwiceUnprobed(): Promise<string[]> {
  const found: string[] = [];
  const folder = join(practice.system.folder, 'nodes');
  for (const name of await readdir(folder)) {
    if (!name.endsWith('.journal.jsonl')) continue;
    const open = new Map<string, string>();
    for (const text of (await readFile(join(folder, name), 'utf8')).trimEnd().split('\n')) {
      const line = JSON.parse(text) as { event: string; action?: string; stepId: string; state?: string };
      const key = `${name} ${line.stepId}`;
      if (line.event === 'probed') open.delete(key);
      else if (line.event === 'started') {
        const before = open.get(key);
        const reading = line.action === 'facts' || line.action === 'validate' || line.stepId === 'test';
        if (before !== undefined && before !== 'failed' && !reading) found.push(`${key} after ${before}`);
        open.set(key, 'started');
      } else if (line.event === 'ended') open.set(key, line.state ?? '');
    }
  }
  return found;
}

function expectUpgraded(view: JobView): void {
  expect(['succeeded', 'warned']).toContain(view.state);
  for (const row of Object.values(practice.driver.rows())) {
    const own = row.packages.filter((installed) => !PRACTICE_OS_HEADERS.has(formatNevra(installed)));
    expect(
      own.filter(({ version }) => !version.startsWith('17.20.')),
      row.nodeId,
    ).toEqual([]);
    expect(new Set(own.map((installed) => installed.name)).size).toBe(own.length);
    expect(row.service?.state).toBe('up');
  }
}

/** Files of a process that is killed after some writes: from then on nothing is written and nothing answered. */
class DyingFiles implements PracticeFiles {
  readonly #real = practiceFiles(false);
  readonly #grave = Promise.withResolvers<never>();
  readonly #death = Promise.withResolvers<undefined>();
  #writesLeft: number;

  constructor(writesLeft: number) {
    this.#writesLeft = writesLeft;
    this.#grave.promise.catch(() => undefined);
  }

  get died(): Promise<undefined> {
    return this.#death.promise;
  }

  /** Lets go of what waits for an answer. */
  bury(): void {
    this.#grave.reject(new Error('killed'));
  }

  list = (folder: string): Promise<readonly string[]> => this.#real.list(folder);
  read = (path: string): Promise<string> => this.#real.read(path);
  rename = (from: string, to: string): Promise<void> => this.#real.rename(from, to);
  remove = (path: string): Promise<void> => this.#real.remove(path);

  replace(path: string, text: string): Promise<void> {
    return this.#write(() => this.#real.replace(path, text));
  }

  append(path: string, text: string): Promise<void> {
    return this.#write(() => this.#real.append(path, text));
  }

  #write(work: () => Promise<void>): Promise<void> {
    if (this.#writesLeft-- > 0) return work();
    this.#death.resolve(undefined);
    return this.#grave.promise;
  }
}

describe('Install/Upgrade Software on practice nodes', { timeout: 60_000 }, () => {
  it('brings every node to the new release', async () => {
    await start();
    await practice.ask('job.start', { operationId: 'install-upgrade-software' });
    const { view, retries } = await goToTheEnd();
    expect(retries).toBe(0);
    expectUpgraded(view);
    expect(Object.keys(view.nodes)).toHaveLength(8);
    expect(await ranTwiceUnprobed()).toEqual([]);
  });

  it('ends right under every kind of trouble, and runs nothing twice unprobed', async () => {
    // Short, so that hanging work does not hold the test up; work that a busy machine ends late is retried.
    await start({}, { 'rpm-install': 300, 'put-files': 300, service: 300 });
    const faults = [
      ['tpa-001', 'find-systems', 'fail'],
      ['tpa-002', 'find-systems', 'unreachable'],
      ['tpa-003', 'spooling', 'disk-full'],
      ['tpa-004', 'spooling', 'power-loss'],
      ['hsn-001', 'spooling', 'hang'],
      ['aws-001', 'shutdown', 'fail'],
      ['sws-001', 'shutdown', 'hang'],
      ['tpa-001', 'package-install', 'power-loss'],
      ['tpa-002', 'package-install', 'fail'],
      ['tpa-003', 'package-install', 'pre-script'],
      ['tpa-004', 'package-install', 'hang'],
      ['hsn-001', 'package-install', 'disk-full'],
      ['nontpa-001', 'package-install', 'slow'],
      ['aws-001', 'package-install', 'unreachable'],
      ['sws-001', 'package-install', 'post-script'],
      ['tpa-001', 'start', 'fail'],
      ['tpa-002', 'validation', 'fail'],
    ] as const;
    for (const [nodeId, stepId, kind] of faults)
      await practice.ask('practice.setFault', { nodeId, stepId, kind, times: 1 });
    await practice.ask('job.start', { operationId: 'install-upgrade-software' });
    const { view, retries } = await goToTheEnd();
    expect(retries).toBeGreaterThanOrEqual(6);
    expectUpgraded(view);
    expect(await ranTwiceUnprobed()).toEqual([]);
    for (const row of Object.values(practice.driver.rows())) expect(row.faults).toBeUndefined();
  });

  it('killed at random writes of the nodes, it goes on and ends right', async () => {
    const random = seededRandom(2026, 'kills');
    await start();
    await practice.ask('job.start', { operationId: 'install-upgrade-software' });
    let kills = 0;
    for (let over = false; !over;) {
      await practice.close();
      const dying = new DyingFiles(kills < 12 ? 5 + Math.floor(random() * 60) : Number.POSITIVE_INFINITY);
      await start({ files: dying });
      const outcome = await Promise.race([goToTheEnd(), dying.died]);
      if (outcome === undefined) {
        kills++;
        await practice.service.close();
        dying.bury();
      } else {
        over = true;
        expectUpgraded(outcome.view);
      }
    }
    expect(kills).toBeGreaterThan(6);
    expect(await ranTwiceUnprobed()).toEqual([]);
  });
});
