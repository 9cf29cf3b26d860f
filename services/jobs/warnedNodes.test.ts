import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JobView } from '../../core/model/job.ts';
import { PracticeJobs } from './testing/PracticeJobs.ts';

const NODE = 'tpa-001';
let practice: PracticeJobs;
beforeEach(async () => {
  practice = await PracticeJobs.make();
  await practice.open({ nodes: 2 });
});
afterEach(() => practice.end());

const cellAt = (view: JobView, stepId: string) => view.steps[stepId]?.cells?.[NODE];
const logOf = async (): Promise<string> => {
  const { lines } = (await practice.ask('job.nodeLog', { nodeId: NODE, from: 0, limit: 500 })) as {
    lines: { text: string }[];
  };
  return lines.map(({ text }) => text).join('\n');
};

/** The %post of a package fails once on a node; another node fails at a later step, so that the job stands there. */
async function untilStart(warnings = 1): Promise<JobView> {
  await practice.driver.practice.setFault(NODE, 'package-install', 'post-script', warnings);
  await practice.driver.practice.setFault('tpa-002', 'start', 'fail', 1);
  await practice.ask('job.start', { operationId: 'install-upgrade-software' });
  const view = await practice.untilTrouble();
  expect(view).toMatchObject({ state: 'attention', currentStep: 'start' });
  expect(cellAt(view, 'package-install')).toMatchObject({ state: 'warned', cause: { code: 'script-post-failed' } });
  return view;
}

describe('a node that came through with a warning', { timeout: 60_000 }, () => {
  it('is retried though the job is further on: it catches up, and the package is installed once more, with its scripts', async () => {
    await untilStart();
    expect(await practice.ask('job.retry', { stepId: 'package-install', nodeIds: [NODE] })).toEqual({ retried: 1 });
    await practice.ask('job.retry', { stepId: 'start', nodeIds: ['tpa-002'] });
    const view = await practice.untilTrouble();
    expect(view.state).toBe('succeeded');
    expect(cellAt(view, 'package-install')).toMatchObject({ state: 'ok', attempt: 2 });
    expect(cellAt(view, 'start')).toMatchObject({ state: 'ok' });
    expect(await logOf()).toMatch(/rpm -Uv --percent --replacepkgs/);
    expect((await practice.onNodes())[NODE]).toContain('service up');
  });

  it('that warns again is warned again, and nothing is called done by doing nothing', async () => {
    await untilStart(2);
    await practice.ask('job.retry', { stepId: 'package-install', nodeIds: [NODE] });
    await practice.ask('job.retry', { stepId: 'start', nodeIds: ['tpa-002'] });
    const view = await practice.untilTrouble();
    expect(view.state).toBe('warned');
    expect(cellAt(view, 'package-install')).toMatchObject({ state: 'warned', attempt: 2 });
  });

  it('is accepted while the job runs and after its end, once, by name', async () => {
    await untilStart();
    await practice.ask('job.retry', { stepId: 'start', nodeIds: ['tpa-002'] });
    const ended = await practice.untilTrouble();
    expect(ended.state).toBe('warned');
    await practice.close();
    await practice.open({ nodes: 2 });
    await expect(practice.ask('job.retry', { stepId: 'package-install', nodeIds: [NODE] })).rejects.toMatchObject({
      code: 'job-over',
    });
    expect(await practice.ask('job.accept', { stepId: 'package-install' })).toEqual({ accepted: 1 });
    const view = await practice.settled();
    expect(cellAt(view, 'package-install')).toMatchObject({ state: 'warned', acceptedBy: 'ada' });
    expect(view.report?.lines.at(-1)).toMatch(
      /^tpa-001: the warning of Package Install was accepted by ada at .*UTC\)?, after the end of the job\.$/,
    );
    await expect(practice.ask('job.accept', { stepId: 'package-install' })).rejects.toMatchObject({
      code: 'nothing-to-accept',
    });
  });

  it('that was accepted before the end stands so in the report', async () => {
    await untilStart();
    expect(await practice.ask('job.accept', { stepId: 'package-install', nodeIds: [NODE] })).toEqual({ accepted: 1 });
    await practice.ask('job.retry', { stepId: 'start', nodeIds: ['tpa-002'] });
    const view = await practice.untilTrouble();
    expect(view.report?.lines.join('\n')).toMatch(/tpa-001: warning at Package Install: .* \(accepted by ada\)/);
  });
});
