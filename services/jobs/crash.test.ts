import { describe, expect, it } from 'vitest';
import { nodesOfRow, type JobView } from '../../core/model/job.ts';
import { PutError } from '../../core/protocol/errors.ts';
import type { RunnerJournal } from './runnerPorts.ts';
import type { Journal } from './Journal.ts';
import { JobHarness, proposedInput } from './testing/jobHarness.ts';

/** When the process dies: before a write reaches the disk, or right after it, before its effect. */
type Moment = 'before' | 'after';

/** A journal whose process dies at one of its writes. */
class DyingJournal implements RunnerJournal {
  writes = 0;
  dead = false;
  readonly #journal: Journal;
  readonly #dieAt: number;
  readonly #moment: Moment;

  constructor(journal: Journal, dieAt: number, moment: Moment) {
    this.#journal = journal;
    this.#dieAt = dieAt;
    this.#moment = moment;
  }

  append(batch: Parameters<Journal['append']>[0]): void {
    this.#die('before');
    this.#journal.append(batch);
    this.#die('after');
    this.writes += 1;
  }

  appendLog(lines: Parameters<Journal['appendLog']>[0]): void {
    if (this.dead) throw new PutError('journal-unwritable', 'the process is dead');
    this.#journal.appendLog(lines);
  }

  #die(moment: Moment): void {
    if (this.writes === this.#dieAt && this.#moment === moment) this.dead = true;
    if (this.dead) throw new PutError('journal-unwritable', 'the process is dead');
  }
}

function seeded(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
}

/** One whole operation in Custom mode with two failures on the way, killed at write `dieAt`, opened again, led to its end. */
async function runWithCrash(
  dieAt: number,
  moment: Moment,
): Promise<{ died: boolean; view: JobView; harness: JobHarness }> {
  const failed = new Set<string>();
  const h = new JobHarness({
    nodes: [{ nodeId: 'n1' }, { nodeId: 'n2' }, { nodeId: 'n3' }],
    random: seeded(dieAt + 7),
    faultOf: (nodeId, stepId, mode) => {
      const key = `${stepId} ${nodeId}`;
      if (mode === 'probe' || failed.has(key)) return undefined;
      if (key !== 'package-install n2' && key !== 'spooling n1') return undefined;
      failed.add(key);
      return stepId === 'spooling' ? 'fail' : 'unknown-done';
    },
  });
  await h.service.close();
  let journal: DyingJournal | undefined;
  h.open({ wrapJournal: (real) => (journal = new DyingJournal(real, dieAt, moment)) });
  let died = false;
  const restart = async (): Promise<void> => {
    died = true;
    h.driver.crash();
    await h.service.close();
    journal = undefined;
    h.open();
  };
  const insist = async (ask: () => Promise<unknown>): Promise<void> => {
    try {
      await ask();
    } catch (error) {
      // The answer was lost with the process; whoever asked looks again and decides anew.
      if (!journal?.dead) throw error;
    }
    if (journal?.dead) await restart();
  };
  const isThere = (): boolean => Object.hasOwn((h.topic('jobs').state() as { jobs: object }).jobs, 'j1');
  for (let turn = 0; ; turn++) {
    if (turn > 2_000) throw new Error(`the job does not end: ${h.view().state} at ${h.view().currentStep}`);
    if (!isThere()) {
      await insist(() => h.start());
      continue;
    }
    const view = h.view();
    checkCounts(view);
    if (view.report) return { died, view, harness: h };
    if (view.state === 'input') {
      const proposed = proposedInput(view);
      const input = view.currentStep === 'configuration-mode' ? { ...proposed, mode: 'custom' } : proposed;
      await insist(() => h.ask('job.answer', { jobId: 'j1', input }));
    } else if (view.state === 'attention') {
      await insist(() => h.ask('job.retry', { jobId: 'j1', stepId: view.currentStep }));
    } else {
      await h.clock.advance(25);
      if (journal?.dead) await restart();
    }
  }
}

function checkCounts(view: JobView): void {
  for (const row of view.packages) {
    expect(nodesOfRow(row)).toBe(row.nodes);
  }
  for (const step of Object.values(view.steps)) {
    if (step.cells) expect(Object.keys(step.cells)).toEqual(Object.keys(view.nodes));
  }
}

describe.each<Moment>(['before', 'after'])('putservices dies %s a write of the journal', (moment) => {
  it('goes on from every single write and ends right, nothing run twice unprobed', { timeout: 300_000 }, async () => {
    let deaths = 0;
    for (let dieAt = 0; ; dieAt++) {
      const { died, view, harness } = await runWithCrash(dieAt, moment);
      try {
        expect(view, `death ${moment} write ${dieAt}`).toMatchObject({
          state: 'succeeded',
          report: { nodes: 3, packages: 3, installed: 9, failed: 0, ignored: 0 },
        });
        expect(harness.driver.violations, `death ${moment} write ${dieAt}`).toEqual([]);
        expect(Object.fromEntries(harness.driver.transactions)).toEqual({ n1: 1, n2: 1, n3: 1 });
        for (const nodeId of ['n1', 'n2', 'n3']) {
          expect(harness.driver.versionsOf(nodeId)).toEqual({ base: '2.0', gateway: '2.0', tools: '2.0' });
          expect(harness.driver.nodes.get(nodeId)?.serviceUp).toBe(true);
        }
        // Every event is told at least once; the timeline drops what it has already.
        expect(harness.told.some((entry) => entry.text.includes('succeeded'))).toBe(true);
      } finally {
        await harness.dispose();
      }
      if (!died) break;
      deaths += 1;
    }
    // Beyond the last write the process does not die any more.
    expect(deaths).toBeGreaterThan(20);
  });
});

describe('a journal that cannot be written for a while', () => {
  it('refuses requests with a clear error, keeps what nodes told, and goes on by itself', async () => {
    let broken = false;
    const h = new JobHarness({
      service: {
        wrapJournal: (real) => ({
          append: (batch) => {
            if (broken) throw new PutError('journal-unwritable', 'disk full');
            real.append(batch);
          },
          appendLog: (lines) => {
            if (broken) throw new PutError('journal-unwritable', 'disk full');
            real.appendLog(lines);
          },
        }),
      },
    });
    try {
      await h.startAccepted();
      await h.clock.advance(10);
      broken = true;
      await h.clock.advance(20_000);
      const held = h.view();
      expect(held.state).toBe('running');
      // Whoever looks on is told that it stands still, since when and why.
      expect(held.journalFault).toMatchObject({ code: 'journal-unwritable', message: 'disk full' });
      expect(held.journalFault?.sinceMs).toBeLessThan(h.clock.nowMs());
      expect(h.topic('jobs').state()).toMatchObject({ jobs: { j1: { state: 'running', journalFault: true } } });
      const refused = expect.objectContaining({ code: 'journal-unwritable' }) as object;
      await expect(h.ask('job.cancel', { jobId: 'j1', choice: 'exit' })).rejects.toThrow(refused);
      expect(h.view()).toEqual(held);
      broken = false;
      const after = await h.settle();
      expect(after.state).toBe('succeeded');
      expect(after.journalFault).toBeUndefined();
      expect(h.topic('jobs').state()).toMatchObject({ jobs: { j1: { journalFault: undefined } } });
      expect(h.driver.violations).toEqual([]);
    } finally {
      await h.dispose();
    }
  });
});
