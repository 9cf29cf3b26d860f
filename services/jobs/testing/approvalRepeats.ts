import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { instantOf } from '../../../core/model/instant.ts';
import { seenOf } from '../../../core/model/job.ts';
import { PlanApprovals } from '../PlanApprovals.ts';
import { JobHarness } from './jobHarness.ts';

interface Place {
  readonly folder: string;
  readonly closers: (() => unknown)[];
}

type Method =
  | 'job.approve'
  | 'job.withdrawApproval'
  | 'plan.approve'
  | 'plan.withdrawApproval'
  | 'job.beginNow'
  | 'job.setWindow'
  | 'job.confirm';

const DIGEST = `sha256:${'a'.repeat(64)}`;

/** What lets a job begin to change nodes, asked for twice with a restart in between: approvals, and the time for it. */
export function approvalRepeats(placeOf: () => Place): Readonly<Record<Method, () => Promise<void>>> {
  const filePath = (): string => join(placeOf().folder, 'plan-approvals.json');
  const harness = async (): Promise<JobHarness> => {
    const planFiles = await PlanApprovals.open(filePath());
    const h = new JobHarness({ service: { approval: { needed: true, planFiles } } });
    placeOf().closers.push(() => h.dispose());
    return h;
  };
  /** Asks twice; the timeline has one line for it. */
  const twice = async (h: JobHarness, ask: () => Promise<unknown>, line: string): Promise<void> => {
    for (let repeat = 0; repeat < 2; repeat++) {
      await ask();
      // The timeline is told once the nodes that begin by it have begun.
      await h.clock.advance(0);
      const lines = h.told.filter(({ text }) => text.startsWith(line));
      expect(new Set(lines.map(({ eventId }) => eventId)).size).toBe(1);
      await h.service.close();
      h.open();
    }
  };
  const approvable = async (): Promise<{ h: JobHarness; approve: () => Promise<unknown> }> => {
    const h = await harness();
    await h.startAccepted();
    await h.until(() => h.head().currentStep === 'spooling');
    const { digest } = h.head().approval ?? {};
    return { h, approve: () => h.ask('job.approve', { jobId: 'j1', digest }, 'bert') };
  };
  const planFileTwice = async (method: 'plan.approve' | 'plan.withdrawApproval'): Promise<string> => {
    const written: string[] = [];
    for (let repeat = 0; repeat < 2; repeat++) {
      const h = await harness();
      await h.ask(method, { digest: DIGEST }, 'bert');
      await h.service.close();
      written.push(await readFile(filePath(), 'utf8'));
    }
    expect(written[1]).toBe(written[0]);
    return written[0] ?? '';
  };
  const waitsForItsTime = async (): Promise<JobHarness> => {
    const h = new JobHarness();
    placeOf().closers.push(() => h.dispose());
    const notBefore = instantOf(h.clock.nowMs() + 3_600_000);
    await h.ask('job.start', { jobId: 'j1', operationId: 'install-upgrade-software', settings: { notBefore } });
    await h.driveTo('plan');
    await h.answer();
    await h.until(() => h.head().runWindow?.waits === 'early');
    return h;
  };
  return {
    'job.approve': async () => {
      const { h, approve } = await approvable();
      await twice(h, approve, 'approved');
    },
    'job.withdrawApproval': async () => {
      const { h, approve } = await approvable();
      await approve();
      await twice(h, () => h.ask('job.withdrawApproval', { jobId: 'j1' }, 'bert'), 'took back');
    },
    'plan.approve': async () => void (await planFileTwice('plan.approve')),
    'plan.withdrawApproval': async () => {
      await planFileTwice('plan.approve');
      expect(await planFileTwice('plan.withdrawApproval')).not.toContain(DIGEST);
    },
    'job.confirm': async () => {
      // The script on the node says the same again; what is not armed is refused, and nothing is done.
      const h = new JobHarness();
      placeOf().closers.push(() => h.dispose());
      await h.startAccepted();
      for (let repeat = 0; repeat < 2; repeat++) {
        await expect(h.ask('job.confirm', { jobId: 'j1' })).rejects.toThrow(/no node of job 1 goes back by itself/);
      }
    },
    'job.beginNow': async () => {
      const h = await waitsForItsTime();
      const params = { jobId: 'j1', seen: seenOf(h.view()) };
      await twice(h, () => h.ask('job.beginNow', params), 'lets');
    },
    'job.setWindow': async () => {
      const h = await waitsForItsTime();
      const notBefore = instantOf(h.clock.nowMs() + 7_200_000);
      const params = { jobId: 'j1', seen: seenOf(h.view()), notBefore };
      await twice(h, () => h.ask('job.setWindow', params), 'set when');
    },
  };
}
