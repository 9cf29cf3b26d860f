import { describe, expect, it } from 'vitest';
import { headOf, partOf } from '../../../core/testing/splitJob.ts';
import { openJob } from '../../stores/openJob.ts';
import { MockWorkbench } from '../../testing/mockBridge.ts';
import { initialDraft, nodesWereChanged, startsWork, whyNextOff, whyScreenOff } from './nextRule.ts';

function at(stepId: Parameters<MockWorkbench['advanceTo']>[0]): MockWorkbench {
  const mock = new MockWorkbench({ nodes: 8 });
  mock.advanceTo(stepId);
  return mock;
}
function reason(mock: MockWorkbench): string | undefined {
  const { system, job } = mock;
  const step = partOf(job, `step:${job.currentStep}`);
  return whyNextOff(
    system,
    openJob(headOf(job), { [job.currentStep]: step }),
    job.screen ? initialDraft(job.screen, job.inputs) : undefined,
    undefined,
  );
}

describe('a screen that has not come', () => {
  it('is not answered, and neither is one of another version', () => {
    const { system, job } = at('spool-area');
    const step = partOf(job, 'step:spool-area');
    for (const part of [undefined, { ...step, version: 0 }]) {
      const open = openJob(headOf(job), { 'spool-area': part });
      expect(open).toMatchObject({ screenComes: true });
      expect(open.screen).toBeUndefined();
      expect(whyNextOff(system, open, undefined, undefined)).toBe('Next is off until the step is read.');
    }
    expect(openJob(headOf(job), { 'spool-area': step })).toMatchObject({ screenComes: false, screen: job.screen });
  });
});

describe('back at the plan after packages were copied', () => {
  it('does not say that no node was changed, and Next begins the work anew', () => {
    const head = headOf(at('plan').job);
    const spooling = head.steps['spooling']!;
    const job = openJob(
      { ...head, steps: { ...head.steps, spooling: { ...spooling, state: 'waiting', attempt: 1 } } },
      {},
    );
    expect([nodesWereChanged(openJob(head, {})), nodesWereChanged(job), startsWork(job)]).toEqual([false, true, true]);
  });
});

describe('why Next is off', () => {
  it('is on with the proposal of every screen but the plan, which has to be read', () => {
    for (const stepId of [
      'configuration-mode',
      'select-nodes',
      'group-nodes',
      'package-source',
      'select-packages',
      'spool-area',
    ] as const) {
      expect(reason(at(stepId)), stepId).toBeUndefined();
    }
    expect(reason(at('plan'))).toContain('read the plan');
  });

  it('names the first problem of a selection and counts the rest', () => {
    const { job } = at('select-packages');
    const problem = { code: 'package-missing', message: 'ppde is mandatory.', packageName: 'ppde', offers: [] };
    const draft = { fileNames: ['a.rpm'] };
    if (!job.screen) throw new Error('no screen');
    expect(whyScreenOff(job.screen, draft, { pending: false, problems: [problem, problem] })).toBe(
      'Next is off: ppde is mandatory. And 1 more problem.',
    );
    expect(whyScreenOff(job.screen, draft, { pending: true, problems: [] })).toContain('checked');
    expect(whyScreenOff(job.screen, { ...draft, fileNames: [] }, undefined)).toContain('no package');
  });

  it('says who drives, that nothing is heard, that an observer may not', () => {
    const mock = at('select-nodes');
    mock.setJob({ ...mock.job, driver: 'miriam' });
    expect(reason(mock)).toBe('Next is off: miriam drives this job.');
    const { session } = mock.system;
    if (session.kind !== 'online') throw new Error('not online');
    mock.setSystem({ session: { ...session, role: 'observer' } });
    expect(reason(mock)).toContain('observer');
    mock.setSystem({ session: { kind: 'signed-out' } });
    expect(reason(mock)).toBe('Next is off while nothing is heard from the master node.');
  });

  it('waits for nodes at work in the words of the master, and lets go on when all were ignored', () => {
    const mock = at('package-install');
    expect(reason(mock)).toContain('waiting for 8 nodes');
    mock.setJob({ ...mock.job, state: 'attention', nextOffBecause: undefined });
    expect(reason(mock)).toBeUndefined();
  });
});
