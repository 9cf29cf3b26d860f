import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatEvr } from '../../core/model/rpmVersion.ts';
import { PracticeJobs } from './testing/PracticeJobs.ts';

let practice: PracticeJobs;
beforeEach(async () => {
  practice = await PracticeJobs.make();
  await practice.open();
});
afterEach(() => practice.end());

describe('Install/Upgrade Software on the practice system', { timeout: 60_000 }, () => {
  it('brings the sample packages onto every node, over a failure, a dead node and a restart', async () => {
    await practice.ask('practice.setFault', {
      nodeId: practice.driver.entries()[0]?.nodeId,
      stepId: 'spooling',
      kind: 'disk-full',
      times: 1,
    });
    await practice.ask('practice.setFault', {
      nodeId: practice.driver.entries()[1]?.nodeId,
      stepId: 'spooling',
      kind: 'unreachable',
      times: 1,
    });
    await practice.ask('practice.setFault', {
      nodeId: practice.driver.entries()[2]?.nodeId,
      stepId: 'package-install',
      kind: 'power-loss',
      times: 1,
    });
    await practice.ask('job.start', { operationId: 'install-upgrade-software' });
    let view = await practice.untilTrouble();
    const stops: string[] = [];
    while (view.state === 'attention') {
      stops.push(view.currentStep);
      expect(stops.length).toBeLessThan(20);
      if (stops.length === 2) {
        await practice.close();
        await practice.open();
      }
      await practice.ask('job.retry', { stepId: view.currentStep });
      view = await practice.untilTrouble();
    }
    expect(new Set(stops)).toEqual(new Set(['spooling', 'package-install']));
    expect(view.report?.lines.join('\n')).toBeTypeOf('string');
    expect(['succeeded', 'warned']).toContain(view.state);
    for (const node of Object.values(view.nodes)) {
      for (const change of view.plan?.nodes[node.nodeId] ?? []) {
        const found = practice.driver.rows()[node.nodeId]?.packages.filter((one) => one.name === change.packageName);
        expect(found?.map(formatEvr)).toContain(change.to);
      }
    }
    expect(view.report?.failed).toBe(0);
  });
});
