import type { Attention, Cell, JobNode, JobState, JobView, StepScreen, StepView } from '../../core/model/job.ts';
import { stepsOf, type StepSpec } from '../../core/model/operationSpec.ts';
import { worksOnNodes } from '../../core/model/stepKinds.ts';
import type { NodeEntry } from '../../core/model/node.ts';
import { answersView } from './answersView.ts';
import { nextMeans, nextOffBecause } from './nextOff.ts';
import type { PackageResults } from './packageResults.ts';
import { cellAt, needsDecision, type CellTable } from '../sequencer/cells.ts';
import { changedPlaces, entriesOf, valueAt } from '../sequencer/column.ts';
import { stepBefore } from '../sequencer/requests.ts';
import {
  currentStep,
  isOver,
  statusOf,
  type KnownNode,
  type NodeTable,
  type SequencerState,
} from '../sequencer/state.ts';
import { shownAnswers } from '../steps/openStep.ts';
import { acceptedPlan } from '../steps/plan.ts';
import { jobSoFar } from '../steps/JobSoFar.ts';
import { wavesView } from './wavesView.ts';
import { wayBackView } from './wayBackView.ts';
import type { JobReport } from '../../core/model/job.ts';

const screens = new WeakMap<object, StepScreen>();

/** What the step that waits shows; the same object for the same screen. */
function screenOf(state: SequencerState): StepScreen {
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
  if (state.gate?.state === 'held') return 'attention';
  return step === 'input' || step === 'attention' ? step : 'running';
}

interface Remembered {
  readonly entry: NodeEntry;
  readonly known: KnownNode | undefined;
  readonly outcomes: unknown;
  readonly node: JobNode;
}

/**
 * Makes views of one job; what did not change is the same object as in the view before. `percents`: progress of running work by node id, that stands
 * in no journal.
 */
export function createJobViewer(): (
  state: SequencerState,
  results: PackageResults,
  percents: ReadonlyMap<string, number>,
) => JobView {
  let nodesBefore: NodeTable['ids'] | undefined;
  let remembered: Remembered[] = [];
  let nodes: Readonly<Record<string, JobNode>> = {};
  let madeFrom:
    | {
        readonly entries: NodeTable['entries'];
        readonly known: SequencerState['known'];
        readonly outcomes: PackageResults['outcomes'];
      }
    | undefined;
  const cellsOf = new WeakMap<CellTable, Readonly<Record<string, Cell>>>();
  const steps = new Map<string, { readonly of: readonly unknown[]; readonly view: StepView }>();
  let attention: { readonly of: unknown; readonly lines: readonly Attention[] } | undefined;

  const nodesOf = (state: SequencerState, results: PackageResults): Readonly<Record<string, JobNode>> => {
    const { ids, entries } = state.nodes;
    if (nodesBefore !== ids) {
      remembered = [];
      nodesBefore = ids;
      madeFrom = undefined;
      nodes = {};
    }
    const { known: knownNow } = state;
    const before = madeFrom;
    madeFrom = { entries, known: knownNow, outcomes: results.outcomes };
    // Where other entries came every node is looked at, otherwise those of the shards that changed.
    const changed =
      before?.entries === entries
        ? [...changedPlaces(before.known, knownNow), ...changedPlaces(before.outcomes, results.outcomes)]
        : ids.keys();
    let next: Record<string, JobNode> | undefined;
    for (const index of changed) {
      const nodeId = ids[index] as string;
      const entry = entries[index] as NodeEntry;
      const known = valueAt(state.known, index);
      const outcomes = valueAt(results.outcomes, index);
      const last = remembered[index];
      if (last && last.entry === entry && last.known === known && last.outcomes === outcomes) continue;
      const node: JobNode = {
        ...{ nodeId, address: entry.address, type: entry.type, system: entry.system, clique: entry.clique },
        ...(known?.facts ? { os: known.facts.os } : {}),
        before: known?.facts?.packages ?? [],
        ...(known?.found && known.found !== known.facts?.packages ? { found: known.found } : {}),
        ...(known?.facts ? { service: { name: known.facts.service.name, state: known.service ?? 'unknown' } } : {}),
        outcomes: outcomes ?? {},
      };
      remembered[index] = { entry, known, outcomes, node };
      next ??= { ...nodes };
      next[nodeId] = node;
    }
    if (next) nodes = next;
    return nodes;
  };

  const cells = (table: CellTable, ids: readonly string[]): Readonly<Record<string, Cell>> => {
    let made = cellsOf.get(table);
    if (!made) {
      // Made anew, not copied and changed: with as many members as there are nodes that is the faster way.
      made = Object.fromEntries(ids.map((nodeId, index) => [nodeId, cellAt(table, index)]));
      cellsOf.set(table, made);
    }
    return made;
  };

  const stepView = (
    state: SequencerState,
    { id: stepId, title, help, use, policy }: StepSpec,
    percents: ReadonlyMap<string, number>,
  ): StepView => {
    const status = statusOf(state, stepId);
    const table = state.cells[stepId];
    const here = currentStep(state).id === stepId && percents.size > 0;
    const before = steps.get(stepId);
    if (!here && before?.of[0] === status && before.of[1] === table) return before.view;
    let shown = table && cells(table, state.nodes.ids);
    if (here && shown) {
      const overlaid: Record<string, Cell> = { ...shown };
      for (const [nodeId, percent] of percents) {
        const cell = shown[nodeId];
        if (cell?.state === 'running') overlaid[nodeId] = { ...cell, percent };
      }
      shown = overlaid;
    }
    const { stuck: _stuck, ...plain } = status;
    const view: StepView = {
      ...{ stepId, kind: use, title, help },
      ...(worksOnNodes(use) && !policy.readOnly ? { changesNodes: true } : {}),
      ...plain,
      ...(shown ? { cells: shown } : {}),
    };
    steps.set(stepId, { of: here ? [] : [status, table], view });
    return view;
  };

  const attentionOf = (state: SequencerState): readonly Attention[] => {
    const step = currentStep(state);
    const table = state.cells[step.id];
    if (!table || isOver(state) || state.exit || Object.keys(state.troubles).length === 0) return [];
    if (attention?.of === table) return attention.lines;
    const byKey = new Map<string, string[]>();
    for (const [index, cell] of entriesOf(table.column)) {
      if (!needsDecision(cell)) continue;
      const key = `${cell.state}|${cell.cause?.code ?? 'internal'}|${cell.cause?.packageName ?? ''}`;
      const nodeIds = byKey.get(key);
      if (nodeIds) nodeIds.push(state.nodes.ids[index] ?? '');
      else byKey.set(key, [state.nodes.ids[index] ?? '']);
    }
    const lines = [...byKey].flatMap(([key, nodeIds]): Attention[] => {
      const trouble = state.troubles[key];
      return trouble ? [{ key, stepId: step.id, state: trouble.state, cause: trouble.cause, nodeIds }] : [];
    });
    attention = { of: table, lines };
    return lines;
  };

  return (state, results, percents) => {
    const order = [...stepsOf(state.spec), ...(state.rollback ? state.spec.rollback : [])];
    const plan = acceptedPlan(jobSoFar(state));
    const planStep = order.find((step) => step.use === 'plan');
    const accepted = planStep !== undefined && statusOf(state, planStep.id).state === 'ok';
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
      steps: Object.fromEntries(order.map((step) => [step.id, stepView(state, step, percents)])),
      ...(state.screen === undefined ? {} : { screen: screenOf(state) }),
      inputs: shownAnswers(state),
      nodes: nodesOf(state, results),
      ...(accepted && plan ? { plan, planAcceptedBy: state.answeredBy[planStep.id] } : {}),
      packages: results.rows,
      attention: attentionOf(state),
      ...(off === undefined ? {} : { nextOffBecause: off }),
      ...(means === undefined ? {} : { nextMeans: means }),
      canBack: stepBefore(state) !== undefined,
      settings: state.settings,
      ...(state.paused ? { paused: state.paused } : {}),
      ...wavesView(state),
      ...wayBackView(state),
      ...(state.given ? { answers: answersView(state.given) } : {}),
      ...(state.report === undefined ? {} : { report: state.report as JobReport }),
    };
  };
}
