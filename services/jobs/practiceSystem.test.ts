import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { join } from 'node:path';
import type { JobView } from '../../core/model/job.ts';
import { formatEvr } from '../../core/model/rpmVersion.ts';
import type { MethodName } from '../../core/protocol/methods.ts';
import type { Clock } from '../../core/session/ports.ts';
import { SimTestSystem, quietLog } from '../nodes/sim/simTestKit.ts';
import type { SimNodePort } from '../nodes/sim/SimNodePort.ts';
import { JobService } from './JobService.ts';
import { askService, callerNamed, wholeJobOf } from './testing/askService.ts';
import { PRACTICE_SETTINGS } from '../nodes/sim/practiceDeadlines.ts';
import { proposedInput } from './testing/jobHarness.ts';

const clock: Clock = {
  nowMs: () => Date.now(),
  steadyMs: () => performance.now(),
  setTimer: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

let system: SimTestSystem;
let driver: SimNodePort;
let service: JobService;

async function open(): Promise<void> {
  driver = await system.open();
  service = new JobService({
    settings: PRACTICE_SETTINGS,
    journalPath: join(system.folder, 'journal.db'),
    driver,
    library: system.library,
    tell: () => undefined,
    wasTold: () => false,
    clock,
    log: quietLog,
  });
}
beforeEach(async () => {
  system = await SimTestSystem.make();
  await open();
});
afterEach(async () => {
  await service.close();
  await driver.close();
  await system.end();
});

const ask = (method: MethodName, params: object): Promise<unknown> => askService(service, method, params, 'ada');

function topicOf(): { state(): JobView; onChange(listener: () => void): () => void } {
  const topic = service.topic('job:j1', callerNamed('ada'));
  if (topic?.kind !== 'state') throw new Error('no topic');
  return { state: () => wholeJobOf(service, 'j1'), onChange: (listener) => topic.onChange(listener) };
}

/** The view once the job waits for a person or is over. */
function settled(): Promise<JobView> {
  const topic = topicOf();
  return new Promise((resolve) => {
    let stop: () => void = () => undefined;
    const look = (): void => {
      if (topic.state().state === 'running') return;
      stop();
      resolve(topic.state());
    };
    stop = topic.onChange(look);
    look();
  });
}

async function driveToEnd(): Promise<JobView> {
  for (;;) {
    const view = await settled();
    if (view.state !== 'input') return view;
    await ask('job.answer', { jobId: 'j1', input: proposedInput(view) });
  }
}

describe('Install/Upgrade Software on the practice system', { timeout: 60_000 }, () => {
  it('brings the sample packages onto every node, over a failure, a dead node and a restart', async () => {
    await ask('practice.setFault', {
      nodeId: driver.entries()[0]?.nodeId,
      stepId: 'spooling',
      kind: 'disk-full',
      times: 1,
    });
    await ask('practice.setFault', {
      nodeId: driver.entries()[1]?.nodeId,
      stepId: 'spooling',
      kind: 'unreachable',
      times: 1,
    });
    await ask('practice.setFault', {
      nodeId: driver.entries()[2]?.nodeId,
      stepId: 'package-install',
      kind: 'power-loss',
      times: 1,
    });
    await ask('job.start', { jobId: 'j1', operationId: 'install-upgrade-software' });
    let view = await driveToEnd();
    const stops: string[] = [];
    while (view.state === 'attention') {
      stops.push(view.currentStep);
      expect(stops.length).toBeLessThan(20);
      if (stops.length === 2) {
        await service.close();
        await driver.close();
        await open();
      }
      await ask('job.retry', { jobId: 'j1', stepId: view.currentStep });
      view = await driveToEnd();
    }
    expect(new Set(stops)).toEqual(new Set(['spooling', 'package-install']));
    expect(view.report?.lines.join('\n')).toBeTypeOf('string');
    expect(['succeeded', 'warned']).toContain(view.state);
    for (const node of Object.values(view.nodes)) {
      for (const change of view.plan?.nodes[node.nodeId] ?? []) {
        const found = driver.rows()[node.nodeId]?.packages.filter((one) => one.name === change.packageName);
        expect(found?.map(formatEvr)).toContain(change.to);
      }
    }
    expect(view.report?.failed).toBe(0);
  });
});
