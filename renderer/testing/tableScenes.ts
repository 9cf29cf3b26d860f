import { shellCommand } from '../../core/model/command.ts';
import { foldOutputs, type CommandOutput, type NodeOutput } from '../../core/model/commandOutput.ts';
import type { Cell, JobView, StepScreen, StepView } from '../../core/model/job.ts';
import type { InstalledPackage } from '../../core/model/node.ts';
import { stepsOf, type OperationSpec } from '../../core/model/operationSpec.ts';
import { RUN_COMMAND } from '../../core/model/operations/runCommand.ts';
import { VIEW_VERSIONS } from '../../core/model/operations/viewVersions.ts';
import { versionRows } from '../../core/model/versionTable.ts';
import type { BridgeAnswer } from '../../electron/contract/bridge.ts';
import { MockWorkbench } from './mockBridge.ts';
import { mockNodes, MOCK_NOW_MS } from './mockData.ts';

const NODES = mockNodes(12);
const LINE = 'uname -r\n  df -h /  | tail -1';
const COMMAND = { argv: shellCommand(LINE), deadlineMs: 600_000, okCodes: [0], warnedCodes: [1] };

function saying(head: string, exitCode = 0): CommandOutput {
  const lines = head.split('\n').length - 1;
  return { exitCode, sha256: `digest of ${head}`, bytes: head.length, lines, head, cut: false };
}
const USUAL = saying('5.14.21-150400.24.100-default\n/dev/sda2  60G  18G  42G  31% /\n');
const OLDER = saying('5.14.21-150400.24.63-default\n/dev/sda2  60G  18G  42G  31% /\n');
const FULL = saying('5.14.21-150400.24.100-default\ndf: /: Input/output error\n', 2);

function outputOf(nodeId: string, at: number): NodeOutput {
  if (at === 4) return { nodeId, state: 'ok', attempt: 1, output: OLDER };
  if (at === 7) return { nodeId, state: 'failed', attempt: 1, output: FULL };
  return at === 11 ? { nodeId, state: 'unreachable', attempt: 1 } : { nodeId, state: 'ok', attempt: 1, output: USUAL };
}
const OUTPUTS = NODES.map(({ nodeId }, at) => outputOf(nodeId, at));

const kernel = (version: string): InstalledPackage => ({
  ...{ name: 'kernel-default', epoch: 0, version, release: '150400.24.100', arch: 'x86_64' },
});
const VERSIONS = versionRows(
  NODES.map(({ nodeId, type, before }, at) => ({
    ...{ nodeId, type },
    packages: [...before, kernel(at === 4 ? '5.14.20' : '5.14.21')],
  })),
);

/** A job of an operation at one of its steps: what is before it was done. */
function jobAt(
  spec: OperationSpec,
  stepId: string,
  cells: Readonly<Record<string, Cell>>,
  at: Partial<JobView>,
): JobView {
  const steps = stepsOf(spec);
  const now = steps.findIndex(({ id }) => id === stepId);
  const viewOf = ({ id, title, help, use }: (typeof steps)[number], place: number): StepView => ({
    ...{ stepId: id, kind: use, title, help, attempt: place > now ? 0 : 1 },
    state: place < now ? 'ok' : place > now ? 'waiting' : (at.steps?.[id]?.state ?? 'input'),
    ...(place <= now && (use === 'facts' || use === 'run-command') ? { cells } : {}),
  });
  return {
    ...{ jobId: 'job-7', jobNumber: 7, operationId: spec.id, title: spec.title, state: 'input', eventNumber: 40 },
    ...{ startedBy: 'engineer', driver: 'engineer', startedAtMs: MOCK_NOW_MS - 40_000, currentStep: stepId },
    ...{ stepOrder: steps.map(({ id }) => id), inputs: {}, packages: [], attention: [], canBack: true },
    nodes: Object.fromEntries(NODES.map((node) => [node.nodeId, node])),
    ...at,
    steps: Object.fromEntries(steps.map((step, place) => [step.id, viewOf(step, place)])),
  };
}

/** A workbench with a job of Run Command or View Versions; it answers tables of steps. */
function withJob(job: JobView): MockWorkbench {
  const mock = new MockWorkbench({
    nodes: NODES.length,
    override: (method, params): BridgeAnswer | undefined => {
      if (method !== 'master.request' || params['method'] !== 'job.table') return undefined;
      const { table, from, limit } = params['params'] as { table: string; from: number; limit: number };
      const all = tableRows(table);
      const rows = all.slice(from, from + limit);
      const next = from + rows.length;
      const more = next < all.length ? { next } : {};
      return { ok: true, value: { total: all.length, rows, notes: [], eventNumber: 40, ...more } };
    },
  });
  mock.setJob(job);
  return mock;
}

function tableRows(table: string): readonly object[] {
  if (table === 'outputs') return foldOutputs(OUTPUTS);
  if (table === 'nodes') return OUTPUTS;
  return table === 'differences' ? VERSIONS.filter(({ differs }) => differs) : VERSIONS;
}

const screenAt = (stepId: string, content: unknown): StepScreen => ({ stepId, kind: stepId, content });
const cellsOf = (states: readonly NodeOutput[]): Record<string, Cell> =>
  Object.fromEntries(states.map(({ nodeId, state, attempt }) => [nodeId, { state, attempt }]));

export const commandJob = (): MockWorkbench =>
  withJob(jobAt(RUN_COMMAND, 'command', {}, { screen: screenAt('command', { deadlineMs: 600_000 }) }));

export const previewJob = (): MockWorkbench =>
  withJob(
    jobAt(
      RUN_COMMAND,
      'preview',
      {},
      {
        inputs: { command: COMMAND },
        screen: screenAt('preview', {
          parts: [
            { title: 'Nodes: 12', lines: ['9 TPA: tpa-[1-9]', '2 Hot standby: hsn-[1-2]', '1 AWS: aws-1'] },
            {
              title: 'Command',
              lines: [
                LINE,
                'At most 10 min on a node; then it is stopped there and counts as failed.',
                'Exit code 0: success. 1: a warning. Any other, or a signal: failed.',
              ],
            },
            { title: 'Settings', lines: ['Nodes that are worked on at the same time: 64'] },
            { title: 'What will be done', lines: ['Run: Runs the command on each node, detached.'] },
          ],
        }),
      },
    ),
  );

export const outputsJob = (): MockWorkbench => {
  const job = jobAt(RUN_COMMAND, 'run', cellsOf(OUTPUTS), { state: 'attention', canBack: false });
  const run = job.steps['run'] as StepView;
  return withJob({
    ...job,
    inputs: { command: COMMAND },
    steps: { ...job.steps, run: { ...run, state: 'attention' } },
  });
};

export const versionsJob = (): MockWorkbench => {
  const cells = Object.fromEntries(NODES.map(({ nodeId }): [string, Cell] => [nodeId, { state: 'ok', attempt: 1 }]));
  const job = jobAt(VIEW_VERSIONS, 'finished', cells, { state: 'succeeded', canBack: false });
  const finished = job.steps['finished'] as StepView;
  return withJob({
    ...job,
    endedAtMs: MOCK_NOW_MS,
    steps: { ...job.steps, finished: { ...finished, state: 'ok' } },
    report: {
      ...{ outcome: 'succeeded', nodes: 12, packages: 0, installed: 0, failed: 0, ignored: 0, seconds: 4 },
      lines: ['View Versions, job 7, succeeded after 4 s.', 'Versions: 12 ok.'],
    },
  });
};
