import {
  PACKAGE_STATES,
  type Attention,
  type Cell,
  type CellCause,
  type JobNode,
  type JobPlan,
  type JobSummary,
  type JobView,
  type PackageOutcome,
  type PackageRow,
  type PackageState,
  type PlannedChange,
  type StepScreen,
  type StepView,
} from '../../core/model/job.ts';
import { attentionKey } from '../../core/model/jobParts.ts';
import { INSTALL_UPGRADE_SOFTWARE } from '../../core/model/operations/installUpgradeSoftware.ts';
import { stepsOf, type StepId } from '../../core/model/operationSpec.ts';
import type { AnswerOf, AskKindName, ScreenOf } from '../../core/steps/registry.ts';
import { asksPerson, worksOnNodes } from '../../core/model/stepKinds.ts';
import { MOCK_PACKAGES, mockChoices, plannedPackages } from './mockData.ts';

/** Trouble that the mock job makes at a step, by node id. */
export type MockFaults = Readonly<
  Record<string, { stepId: StepId; state: 'failed' | 'unreachable' | 'warned'; cause: CellCause }>
>;

const definitions = stepsOf(INSTALL_UPGRADE_SOFTWARE);
const MIB = 1024 * 1024;

export function newJob(
  jobId: string,
  jobNumber: number,
  driver: string,
  nodes: readonly JobNode[],
  nowMs: number,
): JobView {
  const steps: Record<string, StepView> = {};
  for (const { id, title, help, use, policy } of definitions) {
    const changes = worksOnNodes(use) && !policy.readOnly;
    steps[id] = {
      ...{ stepId: id, kind: use, title, help, state: 'waiting', attempt: 0 },
      ...(changes ? { changesNodes: true } : {}),
    };
  }
  const job: JobView = {
    jobId,
    jobNumber,
    operationId: INSTALL_UPGRADE_SOFTWARE.id,
    title: INSTALL_UPGRADE_SOFTWARE.title,
    state: 'running',
    eventNumber: 1,
    startedBy: driver,
    driver,
    startedAtMs: nowMs,
    currentStep: 'configuration-mode',
    stepOrder: definitions.map(({ id }) => id),
    steps,
    inputs: {},
    nodes: Object.fromEntries(nodes.map((node) => [node.nodeId, node])),
    packages: [],
    attention: [],
    canBack: false,
  };
  return enter(job, 'configuration-mode', nowMs);
}

const modeOf = (job: JobView): string | undefined =>
  (job.inputs['configuration-mode'] as AnswerOf<'configuration-mode'> | undefined)?.mode;

function planOf(job: JobView): JobPlan {
  const nodes: Record<string, PlannedChange[]> = {};
  for (const node of Object.values(job.nodes)) {
    nodes[node.nodeId] = MOCK_PACKAGES.filter(({ types }) => !types || types.includes(node.type)).map((item) => ({
      packageName: item.name,
      action: 'upgrade',
      from: item.old,
      to: item.to,
      wayBack: item.name !== 'gsctools',
    }));
  }
  const custom = modeOf(job) === 'custom';
  return {
    createdAtMs: job.startedAtMs,
    release: '17.20.03',
    mode: custom ? 'custom' : 'typical',
    spoolArea: '/var/opt/teradata',
    packages: plannedPackages,
    nodes,
    skips: custom ? [] : [{ stepId: 'switch-versions', reason: 'Typical switches to the new versions by itself.' }],
    pointOfNoReturn: 'shutdown',
    warnings: [{ name: 'no-way-back', message: 'No rollback for bteq' }],
  };
}

function contentAt(job: JobView, stepId: StepId): ScreenOf<AskKindName> | undefined {
  const nodes = Object.values(job.nodes);
  switch (stepId) {
    case 'configuration-mode':
      return { proposal: 'typical' };
    case 'select-nodes':
      return {
        nodes: nodes.map(({ nodeId, address, type, system, clique }) => ({ nodeId, address, type, system, clique })),
        proposal: nodes.map(({ nodeId }) => nodeId),
      };
    case 'group-nodes': {
      const types = [...new Set(nodes.map(({ type }) => type))];
      const groups = types.map((type) => ({
        type,
        nodeIds: nodes.filter((node) => node.type === type).map(({ nodeId }) => nodeId),
      }));
      return { systems: [{ system: 1, groupingKey: 'bynet-4f2a', groups }] };
    }
    case 'package-source':
      return {
        certLists: [
          { fileName: '17.20.03.certlist', release: '17.20.03', title: 'Release 17.20.03', missing: [] },
          {
            fileName: '17.20.05.certlist',
            release: '17.20.05',
            title: 'Release 17.20.05, candidate',
            missing: ['tdbms', 'gsctools'],
          },
        ],
        packageCount: 12,
        proposal: '17.20.03.certlist',
      };
    case 'select-packages':
      return { choices: mockChoices(nodes.length), problems: [] };
    case 'spool-area':
      return {
        areas: [
          { path: '/var/opt/teradata', leastFreeBytes: 18_000 * MIB, neededBytes: 1200 * MIB, enough: true },
          { path: '/tmp', leastFreeBytes: 800 * MIB, neededBytes: 1200 * MIB, enough: false },
        ],
        proposal: '/var/opt/teradata',
      };
    case 'plan':
      return { plan: planOf(job) };
    case 'switch-versions':
      return {
        components: MOCK_PACKAGES.map((item) => ({
          name: item.name,
          versions: [item.to, item.old],
          proposal: item.to,
        })),
      };
    default:
      return undefined;
  }
}

function screenOf(job: JobView, stepId: StepId): StepScreen {
  return { stepId, kind: stepId, content: contentAt(job, stepId) };
}

function withStep(job: JobView, stepId: StepId, part: Partial<StepView>): JobView {
  const step = job.steps[stepId];
  if (!step) return job;
  return { ...job, eventNumber: job.eventNumber + 1, steps: { ...job.steps, [stepId]: { ...step, ...part } } };
}

function enter(job: JobView, stepId: StepId, nowMs: number): JobView {
  const definition = definitions.find((item) => item.id === stepId);
  if (!definition) return job;
  const attempt = (job.steps[stepId]?.attempt ?? 0) + 1;
  if (stepId === 'switch-versions' && modeOf(job) === 'typical') {
    const skipped = withStep(job, stepId, {
      state: 'skipped',
      note: 'Typical switches to the new versions by itself.',
    });
    return enter(skipped, 'start', nowMs);
  }
  if (asksPerson(definition.use)) {
    const begun =
      definitions.findIndex((item) => item.id === stepId) > definitions.findIndex((item) => item.id === 'plan');
    return {
      ...withStep(job, stepId, { state: 'input', attempt, startedAtMs: nowMs }),
      state: 'input',
      currentStep: stepId,
      screen: screenOf(job, stepId),
      canBack: stepId !== 'configuration-mode' && !begun,
      nextOffBecause: undefined,
    };
  }
  if (stepId === 'finished') return finish(job, nowMs);
  const cells: Record<string, Cell> = {};
  for (const nodeId of Object.keys(job.nodes)) cells[nodeId] = { state: 'waiting', attempt: 0 };
  return {
    ...withStep(job, stepId, { state: 'running', attempt, startedAtMs: nowMs, cells }),
    state: 'running',
    currentStep: stepId,
    screen: undefined,
    canBack: false,
    nextOffBecause: waitingWords(Object.keys(cells).length),
  };
}

const waitingWords = (open: number): string =>
  `Next is waiting for ${open} ${open === 1 ? 'node' : 'nodes'} to finish or be ignored.`;

function finish(job: JobView, nowMs: number): JobView {
  const ignored = job.packages.reduce((sum, row) => sum + row.ignored, 0);
  const outcome = ignored > 0 ? 'warned' : 'succeeded';
  return {
    ...withStep(job, 'finished', {
      state: ignored > 0 ? 'warned' : 'ok',
      attempt: 1,
      startedAtMs: nowMs,
      endedAtMs: nowMs,
    }),
    state: outcome,
    currentStep: 'finished',
    screen: undefined,
    canBack: false,
    nextOffBecause: undefined,
    endedAtMs: nowMs,
    report: {
      outcome,
      nodes: Object.keys(job.nodes).length,
      packages: job.packages.length,
      installed: job.packages.reduce((sum, row) => sum + row.successful + row.warned, 0),
      failed: 0,
      ignored,
      seconds: Math.round((nowMs - job.startedAtMs) / 1000),
      lines: ['Release 17.20.03 on 1 system', 'Every node was validated against the plan'],
    },
  };
}

function nextStep(job: JobView, stepId: StepId): StepId {
  return job.stepOrder[job.stepOrder.indexOf(stepId) + 1] ?? 'finished';
}

/** Answers the input step and enters the next. */
export function answer(job: JobView, input: object, nowMs: number): JobView {
  const stepId = job.currentStep;
  let next: JobView = { ...job, inputs: { ...job.inputs, [stepId]: input } };
  if (stepId === 'select-nodes') {
    const { nodeIds } = input as AnswerOf<'select-nodes'>;
    next = {
      ...next,
      nodes: Object.fromEntries(Object.entries(job.nodes).filter(([id]) => nodeIds.includes(id))),
    };
  }
  if (stepId === 'plan') next = { ...next, plan: planOf(next), packages: rowsOf(next) };
  next = withStep(next, stepId, { state: 'ok', endedAtMs: nowMs });
  return enter(next, nextStep(job, stepId), nowMs);
}

export function back(job: JobView, nowMs: number): JobView {
  const before = definitions
    .slice(
      0,
      definitions.findIndex((item) => item.id === job.currentStep),
    )
    .reverse();
  const to = before.find((item) => asksPerson(item.use));
  if (!to) return job;
  return enter(withStep(job, job.currentStep, { state: 'waiting' }), to.id, nowMs);
}

export function restart(job: JobView, nowMs: number): JobView {
  return enter(job, job.currentStep, nowMs);
}

export function exit(job: JobView, nowMs: number): JobView {
  return { ...job, state: 'exited', endedAtMs: nowMs, screen: undefined, nextOffBecause: undefined };
}

function rowsOf(job: JobView): PackageRow[] {
  return MOCK_PACKAGES.map((item) => {
    const nodes = Object.values(job.nodes).filter((node) => !item.types || item.types.includes(node.type));
    const count = (wanted: PackageOutcome): number =>
      nodes.filter((node) => (node.outcomes[item.name] ?? 'waiting') === wanted).length;
    return {
      packageName: item.name,
      version: item.to,
      nodes: nodes.length,
      ...(Object.fromEntries(PACKAGE_STATES.map((state) => [state, count(state)])) as Record<PackageState, number>),
    };
  });
}

/** What the packages of a node are at, from the state of its install. */
function outcomesOf(node: JobNode, cell: Cell): Record<string, PackageOutcome> {
  const names = MOCK_PACKAGES.filter(({ types }) => !types || types.includes(node.type)).map(({ name }) => name);
  const done = Math.floor(((cell.percent ?? 0) / 100) * names.length);
  return Object.fromEntries(
    names.map((name, i): [string, PackageOutcome] => {
      if (cell.state === 'ok' || cell.state === 'warned') return [name, 'successful'];
      if (cell.state === 'running') return [name, i < done ? 'successful' : i === done ? 'running' : 'waiting'];
      if (cell.state === 'failed') return [name, name === (cell.cause?.packageName ?? 'ppde') ? 'fail' : 'successful'];
      if (cell.state === 'ignored')
        return [name, name === (cell.cause?.packageName ?? 'ppde') ? 'ignored' : 'successful'];
      if (cell.state === 'unreachable' || cell.state === 'unknown' || cell.state === 'skipped')
        return [name, cell.state];
      return [name, 'waiting'];
    }),
  );
}

function foldAttention(stepId: StepId, cells: Readonly<Record<string, Cell>>): Attention[] {
  const lines = new Map<string, Attention & { nodeIds: string[] }>();
  for (const [nodeId, cell] of Object.entries(cells)) {
    if ((cell.state !== 'failed' && cell.state !== 'unreachable') || !cell.cause) continue;
    const key = attentionKey(cell);
    const line = lines.get(key);
    if (line) line.nodeIds.push(nodeId);
    else lines.set(key, { key, stepId, state: cell.state, cause: cell.cause, nodeIds: [nodeId] });
  }
  return [...lines.values()];
}

/** One turn of the automatic step: waiting nodes begin, running ones come further, faults happen. */
export function tick(job: JobView, nowMs: number, random: () => number, faults: MockFaults, parallel: number): JobView {
  const stepId = job.currentStep;
  const step = job.steps[stepId];
  if (!step?.cells || (job.state !== 'running' && job.state !== 'attention')) return job;
  const cells: Record<string, Cell> = { ...step.cells };
  let running = Object.values(cells).filter((cell) => cell.state === 'running').length;
  for (const [nodeId, cell] of Object.entries(cells)) {
    if (cell.state === 'running') {
      const percent = Math.min(100, (cell.percent ?? 0) + 6 + random() * 24);
      const fault = cell.attempt === 1 ? faults[nodeId] : undefined;
      if (fault?.stepId === stepId && (percent > 80 || fault.state === 'unreachable')) {
        cells[nodeId] = {
          state: fault.state,
          attempt: cell.attempt,
          startedAtMs: cell.startedAtMs,
          endedAtMs: nowMs,
          cause: fault.cause,
          ...(fault.state === 'failed' && fault.cause.packageName !== undefined
            ? { failedItems: [fault.cause.packageName] }
            : {}),
        };
      } else if (percent >= 100) {
        cells[nodeId] = { state: 'ok', attempt: cell.attempt, startedAtMs: cell.startedAtMs, endedAtMs: nowMs };
      } else cells[nodeId] = { ...cell, percent: Math.round(percent) };
    } else if (cell.state === 'waiting' && running < parallel) {
      running += 1;
      cells[nodeId] = { state: 'running', attempt: cell.attempt + 1, percent: 0, startedAtMs: nowMs };
    }
  }
  return settle(job, stepId, cells, nowMs);
}

function settle(job: JobView, stepId: StepId, cells: Record<string, Cell>, nowMs: number): JobView {
  let next = withStep(job, stepId, { cells });
  if (stepId === 'package-install') {
    const nodes = Object.fromEntries(
      Object.entries(job.nodes).map(([nodeId, node]) => {
        const cell = cells[nodeId];
        return [nodeId, cell ? { ...node, outcomes: outcomesOf(node, cell) } : node];
      }),
    );
    next = { ...next, nodes };
    next = { ...next, packages: rowsOf(next) };
  }
  const states = Object.values(cells).map((cell) => cell.state);
  const open = states.filter((state) => state === 'waiting' || state === 'running').length;
  const attention = foldAttention(stepId, cells);
  const bad = states.filter((state) => state === 'failed' || state === 'unreachable').length;
  next = { ...next, attention, nextOffBecause: waitingWords(open + bad) };
  if (bad > 0) {
    return {
      ...withStep(next, stepId, { state: open > 0 ? 'running' : 'attention' }),
      state: open > 0 ? 'running' : 'attention',
    };
  }
  if (open > 0) return next;
  const warned = states.some((state) => state === 'ignored' || state === 'warned');
  if (states.includes('ignored') && job.state === 'attention') {
    return { ...withStep(next, stepId, { state: 'attention' }), state: 'attention', nextOffBecause: undefined };
  }
  return enter(
    withStep(next, stepId, { state: warned ? 'warned' : 'ok', endedAtMs: nowMs }),
    nextStep(job, stepId),
    nowMs,
  );
}

export function proceed(job: JobView, nowMs: number): JobView {
  return enter(
    withStep(job, job.currentStep, { state: 'warned', endedAtMs: nowMs }),
    nextStep(job, job.currentStep),
    nowMs,
  );
}

export function retry(job: JobView, stepId: StepId, nodeIds: readonly string[], nowMs: number): JobView {
  const cells: Record<string, Cell> = { ...job.steps[stepId]?.cells };
  for (const nodeId of nodeIds) {
    const cell = cells[nodeId];
    if (cell?.state === 'failed' || cell?.state === 'unreachable') {
      cells[nodeId] = { state: 'running', attempt: cell.attempt + 1, percent: 0, startedAtMs: nowMs };
    }
  }
  return settle({ ...withStep(job, stepId, { state: 'running' }), state: 'running' }, stepId, cells, nowMs);
}

export function accept(job: JobView, stepId: StepId, nodeIds: readonly string[], user: string): JobView {
  const cells: Record<string, Cell> = { ...job.steps[stepId]?.cells };
  for (const nodeId of nodeIds) {
    const cell = cells[nodeId];
    if (cell?.state === 'warned') cells[nodeId] = { ...cell, acceptedBy: user };
  }
  return withStep(job, stepId, { cells });
}

export function ignore(
  job: JobView,
  stepId: StepId,
  nodeIds: readonly string[],
  reason: string,
  nowMs: number,
): JobView {
  const cells: Record<string, Cell> = { ...job.steps[stepId]?.cells };
  for (const nodeId of nodeIds) {
    const cell = cells[nodeId];
    if (cell) cells[nodeId] = { ...cell, state: 'ignored', ignoreReason: reason };
  }
  return settle(job, stepId, cells, nowMs);
}

export const summaryOf = (job: JobView): JobSummary => ({
  jobId: job.jobId,
  jobNumber: job.jobNumber,
  operationId: job.operationId,
  title: job.title,
  state: job.state,
  driver: job.driver,
  startedBy: job.startedBy,
  startedAtMs: job.startedAtMs,
  endedAtMs: job.endedAtMs,
  currentStep: job.currentStep,
  currentStepTitle: job.steps[job.currentStep]?.title,
  stepPercent: endedPercent(Object.values(job.steps[job.currentStep]?.cells ?? {})),
  nodes: Object.keys(job.nodes).length,
});

function endedPercent(cells: readonly Cell[]): number | undefined {
  const ended = cells.filter(({ state }) => state !== 'waiting' && state !== 'running').length;
  return cells.length === 0 ? undefined : Math.floor((ended * 100) / cells.length);
}
