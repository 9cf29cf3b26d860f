import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { join } from 'node:path';
import type { NodeOutput, OutputGroup } from '../../core/model/commandOutput.ts';
import type { JobView } from '../../core/model/job.ts';
import { OPERATIONS } from '../../core/model/operation.ts';
import { stepsOf } from '../../core/model/operationSpec.ts';
import { worksOnNodes } from '../../core/model/stepKinds.ts';
import type { VersionRow } from '../../core/model/versionTable.ts';
import type { MethodName, MethodResult } from '../../core/protocol/methods.ts';
import { contentOf } from '../../core/steps/knownScreen.ts';
import { askShapeOf } from '../../core/steps/registry.ts';
import { readTable } from '../../core/steps/readTable.ts';
import { STEP_TABLES, type TableShape } from '../../core/steps/tables.ts';
import { SimTestSystem, quietLog } from '../nodes/sim/simTestKit.ts';
import type { SimNodePort } from '../nodes/sim/SimNodePort.ts';
import type { Clock } from '../../core/session/ports.ts';
import { JobService } from './JobService.ts';
import { PRACTICE_SETTINGS } from '../nodes/sim/practiceDeadlines.ts';
import { askService, callerNamed, wholeJobOf } from './testing/askService.ts';

const clock: Clock = {
  nowMs: () => Date.now(),
  steadyMs: () => performance.now(),
  setTimer: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

it('an operation that changes nodes asks for Next on a plan or preview before the first change', () => {
  for (const spec of OPERATIONS) {
    const steps = stepsOf(spec);
    const change = steps.findIndex(({ use, policy }) => worksOnNodes(use) && !policy.readOnly);
    if (change < 0) continue;
    expect(
      steps.slice(0, change).some(({ use }) => askShapeOf(use)?.accepting !== undefined),
      spec.id,
    ).toBe(true);
  }
});

describe('on the practice system', () => {
  let system: SimTestSystem;
  let driver: SimNodePort;
  let service: JobService;

  async function open(): Promise<void> {
    driver = await system.open();
    service = new JobService({
      settings: PRACTICE_SETTINGS,
      ...{ journalPath: join(system.folder, 'journal.db'), driver, library: system.library, clock, log: quietLog },
      ...{ tell: () => undefined, wasTold: () => false },
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

  /** The view once the job waits for a person or is over. */
  function settled(): Promise<JobView> {
    const topic = service.topic('job:j1', callerNamed('ada'));
    if (topic?.kind !== 'state') throw new Error('no topic');
    return new Promise((resolve) => {
      let stop: () => void = () => undefined;
      const look = (): void => {
        const view = wholeJobOf(service, 'j1');
        if (view.state === 'running') return;
        stop();
        resolve(view);
      };
      stop = topic.onChange(look);
      look();
    });
  }

  async function table<Row>(shape: TableShape<Row>, stepId: string, name: string): Promise<readonly Row[]> {
    const read = await readTable(shape, (from, limit) => {
      // Small parts, so that there are some.
      return ask('job.table', { jobId: 'j1', stepId, table: name, from, limit: Math.min(limit, 3) }) as Promise<
        MethodResult<'job.table'>
      >;
    });
    return read?.rows ?? [];
  }

  it('Run Command shows before what it will do, runs on every node, and folds equal outputs; they are there after a restart', async () => {
    const answers = { command: ['rpm', '--version-of', 'nothing'], exitOk: '0', exitWarned: '127', deadline: '1 min' };
    await ask('job.start', { jobId: 'j1', operationId: 'run-command', answers, acceptPlan: false });
    const waits = await settled();
    expect(waits).toMatchObject({ state: 'input', currentStep: 'preview' });
    const parts = contentOf(waits.screen, 'preview')?.parts ?? [];
    expect(parts.map(({ title }) => title)).toEqual(['Nodes: 8', 'Command', 'Settings', 'What will be done']);
    expect(parts[1]?.lines).toEqual([
      'rpm --version-of nothing',
      'At most 1 min on a node; then it is stopped there and counts as failed.',
      'Exit code 0: success. 127: a warning. Any other, or a signal: failed.',
    ]);
    await ask('job.answer', { jobId: 'j1', input: { stepId: 'preview', accept: true } });
    expect((await settled()).state).toBe('warned');
    const check = async (): Promise<void> => {
      const groups: readonly OutputGroup[] = await table(STEP_TABLES['run-command'].outputs, 'run', 'outputs');
      expect(groups.map(({ nodes, state, output }) => [nodes, state, output?.exitCode])).toEqual([[8, 'warned', 127]]);
      const nodes: readonly NodeOutput[] = await table(STEP_TABLES['run-command'].nodes, 'run', 'nodes');
      expect(nodes.map(({ nodeId }) => nodeId)).toEqual(driver.entries().map(({ nodeId }) => nodeId));
      expect(nodes[0]?.output?.head).toContain('practice nodes have no such command');
    };
    await check();
    await service.close();
    await driver.close();
    await open();
    await check();
  });

  it('Run Command goes in waves where they are asked for, and stops before the one that is named', async () => {
    const settings = { waves: { by: '50 %', stopBefore: [2] } };
    await ask('job.start', {
      jobId: 'j1',
      operationId: 'run-command',
      answers: { command: ['true'] },
      acceptPlan: true,
      settings,
    });
    const held = await settled();
    expect(held).toMatchObject({ state: 'attention', currentStep: 'run', gate: { held: true, beforeWave: 2 } });
    const states = Object.values(held.steps['run']?.cells ?? {}).map(({ state }) => state);
    expect(states.filter((state) => state === 'waiting')).toHaveLength(4);
    await ask('job.continue', { jobId: 'j1' });
    expect((await settled()).state).toBe('succeeded');
  });

  it('View Versions reads what is where, and says what differs between nodes of one type', async () => {
    const [first] = driver.entries();
    await ask('job.start', { jobId: 'j1', operationId: 'view-versions', answers: {}, acceptPlan: true });
    expect((await settled()).state).toBe('succeeded');
    const rows: readonly VersionRow[] = await table(STEP_TABLES.facts.versions, 'versions', 'versions');
    expect(rows.length).toBeGreaterThan(10);
    for (const { of, versions } of rows) expect(versions.reduce((sum, { nodes }) => sum + nodes, 0)).toBe(of);
    const differences = await table(STEP_TABLES.facts.differences, 'versions', 'differences');
    expect(differences).toEqual(rows.filter(({ differs }) => differs));
    expect(rows.some(({ type }) => type === first?.type)).toBe(true);
  });
});
