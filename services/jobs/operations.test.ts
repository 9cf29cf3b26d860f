import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NodeOutput, OutputGroup } from '../../core/model/commandOutput.ts';
import { OPERATIONS } from '../../core/model/operation.ts';
import { stepsOf } from '../../core/model/operationSpec.ts';
import { worksOnNodes } from '../../core/model/stepKinds.ts';
import type { VersionRow } from '../../core/model/versionTable.ts';
import type { MethodResult } from '../../core/protocol/methods.ts';
import { contentOf } from '../../core/steps/knownScreen.ts';
import { askShapeOf } from '../../core/steps/registry.ts';
import { readTable } from '../../core/steps/readTable.ts';
import { STEP_TABLES, type TableShape } from '../../core/steps/tables.ts';
import { PracticeJobs } from './testing/PracticeJobs.ts';

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
  let practice: PracticeJobs;
  beforeEach(async () => {
    practice = await PracticeJobs.make();
    await practice.open();
  });
  afterEach(() => practice.end());

  async function table<Row>(shape: TableShape<Row>, stepId: string, name: string): Promise<readonly Row[]> {
    const read = await readTable(shape, (from, limit) => {
      // Small parts, so that there are some.
      return practice.ask('job.table', { stepId, table: name, from, limit: Math.min(limit, 3) }) as Promise<
        MethodResult<'job.table'>
      >;
    });
    return read?.rows ?? [];
  }

  it('Run Command shows before what it will do, runs on every node, and folds equal outputs; they are there after a restart', async () => {
    const answers = { command: ['rpm', '--version-of', 'nothing'], exitOk: '0', exitWarned: '127', deadline: '1 min' };
    await practice.ask('job.start', { operationId: 'run-command', answers, acceptPlan: false });
    const waits = await practice.settled();
    expect(waits).toMatchObject({ state: 'input', currentStep: 'preview' });
    const parts = contentOf(waits.screen, 'preview')?.parts ?? [];
    expect(parts.map(({ title }) => title)).toEqual(['Nodes: 8', 'Command', 'Settings', 'What will be done']);
    expect(parts[1]?.lines).toEqual([
      'rpm --version-of nothing',
      'At most 1 min on a node; then it is stopped there and counts as failed.',
      'Exit code 0: success. 127: a warning. Any other, or a signal: failed.',
    ]);
    await practice.ask('job.answer', { input: { stepId: 'preview', accept: true } });
    expect((await practice.settled()).state).toBe('warned');
    const check = async (): Promise<void> => {
      const groups: readonly OutputGroup[] = await table(STEP_TABLES['run-command'].outputs, 'run', 'outputs');
      expect(groups.map(({ nodes, state, output }) => [nodes, state, output?.exitCode])).toEqual([[8, 'warned', 127]]);
      const nodes: readonly NodeOutput[] = await table(STEP_TABLES['run-command'].nodes, 'run', 'nodes');
      expect(nodes.map(({ nodeId }) => nodeId)).toEqual(practice.driver.entries().map(({ nodeId }) => nodeId));
      expect(nodes[0]?.output?.head).toContain('practice nodes have no such command');
    };
    await check();
    await practice.close();
    await practice.open();
    await check();
  });

  it('Run Command says of nodes that it did not come through on what that means, and nothing of versions', async () => {
    const answers = { command: ['rpm', '--version-of', 'nothing'] };
    await practice.ask('job.start', { operationId: 'run-command', answers, acceptPlan: true });
    expect((await practice.settled()).state).toBe('attention');
    const [first = '', ...others] = practice.nodeIds();
    await practice.ask('job.ignore', { stepId: 'run', nodeIds: [first, ...others], reason: 'known' });
    await practice.ask('job.continue');
    const told = (await practice.settled()).report?.lines.filter((line) => line.startsWith('Attention: ')) ?? [];
    expect(told).toEqual([
      expect.stringMatching(/^Attention: 8 nodes .* did not come through: .*putctl log 1 NODE\.$/) as string,
    ]);
  });

  it('Run Command goes in waves where they are asked for, and stops before the one that is named', async () => {
    const settings = { waves: { by: '50 %', stopBefore: [2] } };
    await practice.ask('job.start', {
      operationId: 'run-command',
      answers: { command: ['true'] },
      acceptPlan: true,
      settings,
    });
    const held = await practice.settled();
    expect(held).toMatchObject({ state: 'attention', currentStep: 'run', gate: { held: true, beforeWave: 2 } });
    const states = Object.values(held.steps['run']?.cells ?? {}).map(({ state }) => state);
    expect(states.filter((state) => state === 'waiting')).toHaveLength(4);
    await practice.ask('job.continue');
    expect((await practice.settled()).state).toBe('succeeded');
  });

  it('View Versions reads what is where, and says what differs between nodes of one type', async () => {
    const [first] = practice.driver.entries();
    await practice.ask('job.start', { operationId: 'view-versions', answers: {}, acceptPlan: true });
    expect((await practice.settled()).state).toBe('succeeded');
    const rows: readonly VersionRow[] = await table(STEP_TABLES.facts.versions, 'versions', 'versions');
    expect(rows.length).toBeGreaterThan(10);
    for (const { of, versions } of rows) expect(versions.reduce((sum, { nodes }) => sum + nodes, 0)).toBe(of);
    const differences = await table(STEP_TABLES.facts.differences, 'versions', 'differences');
    expect(differences).toEqual(rows.filter(({ differs }) => differs));
    expect(rows.some(({ type }) => type === first?.type)).toBe(true);
  });
});
