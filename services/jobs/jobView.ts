import { meanPercent } from '../../core/model/cellCounts.ts';
import type { CellCause, CellCounts, JobReport, JobState, StepScreen } from '../../core/model/job.ts';
import {
  outlineOf,
  silentNodes,
  type AnswerOutline,
  type AttentionHead,
  type JobHead,
  type SilentNodes,
  type StepHead,
} from '../../core/model/jobParts.ts';
import { ofEachNode, withoutNodeName } from '../../core/model/nodeNames.ts';
import type { StepSpec } from '../../core/model/operationSpec.ts';
import type { StepPaces } from '../../core/model/timeLeft.ts';
import { worksOnNodes } from '../../core/model/stepKinds.ts';
import { sameDeep } from '../../core/replica/patch.ts';
import { awaitsApproval } from '../sequencer/approval.ts';
import { waitedFor } from '../sequencer/catchUp.ts';
import { cellAt, totalCounts, type CellTable } from '../sequencer/cells.ts';
import { stepBefore } from '../sequencer/requests.ts';
import { heldByWindow } from '../sequencer/runWindow.ts';
import {
  currentStep,
  isNodeOf,
  isOver,
  statusOf,
  stepsShown,
  type SequencerState,
  type Trouble,
} from '../sequencer/state.ts';
import { shownAnswers } from '../steps/openStep.ts';
import { approvalView } from './approvalView.ts';
import { answersView } from './answersView.ts';
import { nextMeans, nextOffBecause } from './nextOff.ts';
import { plannedStep } from './planOfJob.ts';
import { heldView } from './heldView.ts';
import { createTimeLeftMaker } from './timeLeftView.ts';
import { runWindowView } from './runWindowView.ts';
import { wavesView } from './wavesView.ts';
import { wayBackView } from './wayBackView.ts';
import type { JobSource } from './JobSource.ts';

const screens = new WeakMap<object, StepScreen>();

/** What the step that waits shows; the same object for the same screen. */
export function screenOf(state: SequencerState): StepScreen | undefined {
  if (state.screen === undefined) return undefined;
  const content = state.screen as object;
  const { id: stepId, use: kind } = currentStep(state);
  const known = screens.get(content);
  if (known?.stepId === stepId) return known;
  const made = { stepId, kind, content };
  screens.set(content, made);
  return made;
}

/** State of a job as people see it. */
export function jobStateOf(state: SequencerState): JobState {
  if (state.report !== undefined) return (state.report as JobReport).outcome;
  if (state.exit) return 'running';
  const { state: step } = statusOf(state, currentStep(state).id);
  if (state.gate?.state === 'held' || awaitsApproval(state) || waitedFor(state).length > 0) return 'attention';
  if (heldByWindow(state) === 'late') return 'attention';
  return step === 'input' || step === 'attention' ? step : 'running';
}

/** Number of a screen: the same for head and part, another for every other screen. */
export type ScreenVersions = (screen: object) => number;

/** Numbers screens as they come. */
export function screenVersions(): ScreenVersions {
  const known = new WeakMap<object, number>();
  let last = 0;
  return (screen) => {
    const version = known.get(screen) ?? ++last;
    known.set(screen, version);
    return version;
  };
}

/**
 * Makes heads of one job; what did not change is the same object as in the head before. Nothing in it grows with the nodes, and
 * nothing in making it walks them.
 */
export function createHeadMaker(
  versionOf: ScreenVersions,
  history: () => StepPaces = () => ({}),
): (source: JobSource) => JobHead {
  const timeLeft = createTimeLeftMaker(history);
  const steps = new Map<string, { readonly of: readonly unknown[]; readonly step: StepHead }>();
  let silentBefore: SilentNodes | undefined;
  const outlines = new WeakMap<object, AnswerOutline>();
  let attention: { readonly of: unknown; readonly lines: readonly AttentionHead[] } | undefined;

  const stepHead = (source: JobSource, { id: stepId, title, help, use, policy }: StepSpec): StepHead => {
    const { machine, live } = source;
    const status = statusOf(machine, stepId);
    const table = machine.cells[stepId];
    const here = table !== undefined && currentStep(machine).id === stepId;
    const percent = here ? percentOf(table, source) : undefined;
    const silent = here ? silentOf(live) : undefined;
    const of = [status, table, percent, silent];
    const before = steps.get(stepId);
    if (before && of.every((one, i) => one === before.of[i])) return before.step;
    const { stuck: _stuck, ...plain } = status;
    const step: StepHead = {
      ...{ stepId, kind: use, title, help },
      ...(worksOnNodes(use) && !policy.readOnly ? { changesNodes: true } : {}),
      ...plain,
      ...(table ? { counts: countsOf(table) } : {}),
      ...(percent === undefined ? {} : { percent }),
      ...(silent ? { silent } : {}),
    };
    steps.set(stepId, { of, step });
    return step;
  };

  /** The same object while it says the same, since what runs changes often. */
  const silentOf = (live: JobSource['live']): SilentNodes | undefined => {
    const silent = silentNodes(live);
    if (!sameDeep(silent, silentBefore)) silentBefore = silent;
    return silentBefore;
  };

  const outline = (answer: unknown): AnswerOutline => {
    if (typeof answer !== 'object' || answer === null) return {};
    const made = outlines.get(answer) ?? outlineOf(answer);
    outlines.set(answer, made);
    return made;
  };

  const attentionOf = (state: SequencerState): readonly AttentionHead[] => {
    if (isOver(state) || state.exit) return [];
    if (attention?.of === state.troubles) return attention.lines;
    const stepId = currentStep(state).id;
    const lines = Object.entries(state.troubles).map(([key, trouble]): AttentionHead => ({
      ...{ key, stepId, state: trouble.state, cause: causeOfAll(trouble, state), nodes: trouble.nodes },
      first: trouble.first.map((index) => state.nodes.ids[index] ?? ''),
    }));
    attention = { of: state.troubles, lines };
    return lines;
  };

  return (source) => {
    const { machine: state, results, journalFault } = source;
    const order = stepsShown(state);
    const planStep = plannedStep(state);
    const acceptedBy = planStep && state.answeredBy[planStep.id];
    const screen = screenOf(state);
    const off = nextOffBecause(state);
    const means = nextMeans(state);
    return {
      ...{ jobId: state.jobId, jobNumber: state.jobNumber, operationId: state.spec.id, title: state.spec.title },
      state: jobStateOf(state),
      ...{ eventNumber: state.eventNumber, startedBy: state.startedBy, driver: state.driver },
      startedAtMs: state.startedAtMs,
      ...(state.endedAtMs === undefined ? {} : { endedAtMs: state.endedAtMs }),
      currentStep: currentStep(state).id,
      stepOrder: order.map((step) => step.id),
      steps: Object.fromEntries(order.map((step) => [step.id, stepHead(source, step)])),
      ...(screen ? { screen: { stepId: screen.stepId, kind: screen.kind, version: versionOf(screen) } } : {}),
      answered: Object.fromEntries(
        Object.entries(shownAnswers(state)).map(([stepId, answer]) => [stepId, outline(answer)]),
      ),
      nodes: state.nodes.ids.length,
      packages: results.rows.length,
      planned: planStep !== undefined,
      ...(acceptedBy === undefined ? {} : { planAcceptedBy: acceptedBy }),
      attention: attentionOf(state),
      ...(off === undefined ? {} : { nextOffBecause: off }),
      ...(means === undefined ? {} : { nextMeans: means }),
      canBack: stepBefore(state) !== undefined,
      settings: state.settings,
      ...(state.paused ? { paused: state.paused } : {}),
      ...(journalFault ? { journalFault } : {}),
      ...wavesView(state),
      ...wayBackView(state),
      ...heldView(state),
      ...approvalView(state),
      ...runWindowView(state),
      ...timeLeft(state),
      ...(state.given ? { answers: answersView(state.given) } : {}),
      ...(state.report === undefined ? {} : { report: figuresOf(state.report as JobReport) }),
    };
  };
}

/** A cause as all nodes have it that are folded under it: the name of the one that told it first is none of it. */
function causeOfAll({ cause, nodes: count }: Trouble, { nodes }: SequencerState): CellCause {
  const isNode = isNodeOf(nodes);
  if (count > 1) return { ...cause, message: ofEachNode(cause.message, isNode) };
  const [named = ''] = cause.message.split(': ', 1);
  return isNode(named) ? { ...cause, message: withoutNodeName(named, cause.message) } : cause;
}

function figuresOf({ lines: _lines, warnings: _warnings, ...figures }: JobReport): JobHead['report'] {
  return figures;
}

function countsOf(table: CellTable): CellCounts {
  const { probes: _probes, ...counts } = totalCounts(table);
  return counts;
}

/** Mean progress of a step's nodes in whole percents. Undefined without nodes. */
function percentOf(table: CellTable, { live, machine }: Pick<JobSource, 'live' | 'machine'>): number | undefined {
  if (table.column.length === 0) return undefined;
  // Work that was told to stop, or is of a step before, may tell of itself still: it is not what the cell is about.
  const running = [...live].flatMap(([nodeId, { percent = 0 }]) => {
    const index = machine.nodes.indexOf[nodeId];
    return index !== undefined && cellAt(table, index).state === 'running' ? [percent] : [];
  });
  return meanPercent(countsOf(table), running);
}
