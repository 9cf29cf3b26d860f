import type { Cell, JobNode, StepInput, StepScreen } from '../../core/model/job.ts';
import type { StepId } from '../../core/model/operation.ts';
import { assertNever } from '../../core/protocol/errors.ts';
import { STEP_POLICIES } from '../operations/stepPolicies.ts';
import { applyLingers, applyProbe, applyRestart, endCell, startCell } from './applyWork.ts';
import { applyToAnswers, rememberDecision } from './decisions.ts';
import { Draft } from './Draft.ts';
import type { JobEvent } from './events.ts';
import { cellOf, ownCell, ownStep, setCell, setFlag, type StateDraft, type Writable } from './jobDraft.ts';
import { moveOutcomes, setPackageOutcome, startPackageRows } from './packageRows.ts';
import { deriveView } from './deriveView.ts';
import { countCells, initialState, type LeftOut, type SequencerState } from './sequencerState.ts';

/** The state after one event. */
export function applyEvent(state: SequencerState, event: JobEvent): SequencerState {
  return applyEvents(state, [event]);
}

/** The state that a whole journal makes. Throws `state-damaged` for an empty one or one that does not begin with the start. */
export function replay(events: readonly JobEvent[]): SequencerState {
  return applyEvents(initialState(events[0] as JobEvent), events.slice(1));
}

/** The state after several events; what they do not touch is shared with the state before. */
export function applyEvents(state: SequencerState, events: readonly JobEvent[]): SequencerState {
  if (events.length === 0) return state;
  const draft = new Draft(state);
  for (const event of events) {
    draft.own(draft.root, 'view').eventNumber += 1;
    applyToAnswers(draft, event);
    apply(draft, event);
    rememberDecision(draft, event);
  }
  return deriveView(draft, state);
}

/** Progress of running work: transient, shown and not journaled. Numbers of work that is not running are dropped. */
export function applyProgress(state: SequencerState, percents: ReadonlyMap<string, number>): SequencerState {
  const draft = new Draft(state);
  const step = state.view.currentStep;
  let changed = false;
  for (const [nodeId, percent] of percents) {
    const cell = state.view.steps[step]?.cells?.[nodeId];
    if (cell?.state !== 'running' || cell.percent === percent) continue;
    ownCell(draft, step, nodeId).percent = percent;
    changed = true;
  }
  return changed ? draft.root : state;
}

/** Cells of a step that begins: those it leaves alone are skipped, those worked on before are probed first. */
function openCells(draft: StateDraft, stepId: StepId, skips: Readonly<Record<string, string>>): void {
  const step = ownStep(draft, stepId);
  const cells: Writable<Cell> = {};
  step.cells = draft.fresh(cells);
  draft.root.toProbe = draft.fresh({});
  for (const nodeId of Object.keys(draft.root.view.nodes)) {
    const attempt = draft.root.attempts[stepId]?.[nodeId] ?? 0;
    const skip = skips[nodeId];
    const lingers = draft.root.inFlight[nodeId]?.lingers;
    if (skip === undefined && lingers) cells[nodeId] = { state: 'unknown', attempt, cause: lingers };
    else if (skip !== undefined) {
      cells[nodeId] = { state: 'skipped', attempt, skipReason: skip };
      if (stepId === 'package-install') moveOutcomes(draft, nodeId, ['waiting', 'running', 'fail'], 'ignored');
    } else if (attempt > 0 && !STEP_POLICIES[stepId].readOnly) {
      cells[nodeId] = { state: 'unknown', attempt };
      setFlag(draft, nodeId);
    } else cells[nodeId] = { state: 'waiting', attempt };
  }
}

function beginStep(
  draft: StateDraft,
  stepId: StepId,
  atMs: number,
  screen: StepScreen | undefined,
  skips: Readonly<Record<string, string>> | undefined,
): void {
  const view = draft.own(draft.root, 'view');
  const step = ownStep(draft, stepId);
  view.currentStep = stepId;
  step.attempt += 1;
  step.startedAtMs = atMs;
  delete step.endedAtMs;
  delete step.note;
  delete view.screen;
  if (screen) {
    step.state = 'input';
    view.screen = screen;
    if (screen.stepId === 'group-nodes') {
      const nodes = draft.own(view, 'nodes') as Writable<JobNode>;
      for (const { system, groups } of screen.systems) {
        for (const nodeId of groups.flatMap((group) => group.nodeIds)) draft.own(nodes, nodeId).system = system;
      }
    }
  } else {
    step.state = 'running';
    if (skips) openCells(draft, stepId, skips);
  }
}

/** The step is done; the next one of the operation becomes current. */
function advance(draft: StateDraft, stepId: StepId): void {
  const view = draft.own(draft.root, 'view');
  delete view.screen;
  draft.root.toProbe = draft.fresh({});
  const next = view.stepOrder[view.stepOrder.indexOf(stepId) + 1];
  if (next) view.currentStep = next;
}

function applyInput(draft: StateDraft, { input, atMs, skips, user }: JobEvent & { kind: 'input-given' }): void {
  const view = draft.own(draft.root, 'view');
  (draft.own(view, 'inputs') as Writable<StepInput>)[input.stepId] = input;
  switch (input.stepId) {
    case 'select-nodes': {
      const chosen = new Set(input.nodeIds);
      const nodes: Writable<JobNode> = {};
      for (const entry of draft.root.inventory) {
        if (!chosen.has(entry.nodeId)) continue;
        const { nodeId, address, type, system, clique } = entry;
        nodes[nodeId] = { nodeId, address, type, system, clique, before: [], outcomes: {} };
      }
      view.nodes = draft.fresh(nodes);
      draft.root.facts = draft.fresh({});
      draft.root.leftOut = draft.fresh({});
      break;
    }
    case 'group-nodes': {
      const nodes = draft.own(view, 'nodes') as Writable<JobNode>;
      for (const [nodeId, type] of Object.entries(input.types)) draft.own(nodes, nodeId).type = type;
      break;
    }
    case 'plan': {
      if (view.screen?.stepId !== 'plan') break;
      view.plan = view.screen.plan;
      view.planAcceptedBy = user;
      startPackageRows(draft, view.screen.plan);
      break;
    }
    default:
  }
  const step = ownStep(draft, input.stepId);
  if (skips) {
    step.state = 'running';
    delete view.screen;
    openCells(draft, input.stepId, skips);
  } else {
    step.state = 'ok';
    step.endedAtMs = atMs;
    advance(draft, input.stepId);
  }
}

function applyRetry(draft: StateDraft, event: JobEvent & { kind: 'retried' }): void {
  const step = ownStep(draft, event.stepId);
  step.state = 'running';
  delete step.note;
  for (const nodeId of event.nodeIds) {
    const cell = cellOf(draft, event.stepId, nodeId);
    if (!cell) continue;
    const left = draft.root.leftOut[nodeId];
    if (left) delete (draft.own(draft.root, 'leftOut') as Writable<LeftOut>)[nodeId];
    const was = cell.state === 'ignored' ? left?.state : cell.state;
    // A failed run told its end, so it may run again at once; the other two may have done the work unseen.
    if (event.stepId === 'package-install') {
      moveOutcomes(draft, nodeId, left ? ['fail', 'ignored'] : ['fail'], 'waiting');
      if (left)
        for (const name of draft.root.ignoredPackages[nodeId] ?? []) setPackageOutcome(draft, nodeId, name, 'ignored');
    }
    if (was === 'failed' || STEP_POLICIES[event.stepId].readOnly) {
      setCell(draft, event.stepId, nodeId, { state: 'waiting', attempt: cell.attempt });
    } else {
      setCell(draft, event.stepId, nodeId, { state: 'unknown', attempt: cell.attempt, cause: cell.cause });
      setFlag(draft, nodeId);
    }
  }
}

function applyIgnore(draft: StateDraft, event: JobEvent & { kind: 'ignored' }): void {
  for (const nodeId of event.nodeIds) {
    const cell = cellOf(draft, event.stepId, nodeId);
    if (!cell) continue;
    if (event.packageName !== undefined) {
      const ignored = draft.own(draft.root, 'ignoredPackages') as Writable<readonly string[]>;
      ignored[nodeId] = [...(ignored[nodeId] ?? []), event.packageName];
      setPackageOutcome(draft, nodeId, event.packageName, 'ignored');
      const open = Object.values(draft.root.view.nodes[nodeId]?.outcomes ?? {}).includes('fail');
      // One transaction installs all of a node's packages, so the others failed with the one that stopped it.
      const wasTheCause = cell.cause?.packageName === event.packageName;
      if (cell.state === 'failed' && (wasTheCause || !open)) {
        // Without the package the node can go on with the others: a new attempt.
        moveOutcomes(draft, nodeId, ['fail'], 'waiting');
        setCell(draft, event.stepId, nodeId, { state: 'waiting', attempt: cell.attempt });
        ownStep(draft, event.stepId).state = 'running';
      }
    } else {
      const state = cell.state as LeftOut['state'];
      setCell(draft, event.stepId, nodeId, { ...cell, state: 'ignored', ignoreReason: event.reason });
      (draft.own(draft.root, 'leftOut') as Writable<LeftOut>)[nodeId] = {
        stepId: event.stepId,
        reason: event.reason,
        state,
      };
      if (event.stepId === 'package-install') {
        moveOutcomes(draft, nodeId, ['waiting', 'running', 'fail'], 'ignored');
      }
    }
  }
}

function keepAttempts(draft: StateDraft, stepId: string, cells: Readonly<Record<string, Cell>>): void {
  const known: Writable<number> = { ...draft.root.attempts[stepId] };
  for (const nodeId in cells) {
    const { attempt } = cells[nodeId] as Cell;
    if (attempt > 0) known[nodeId] = attempt;
  }
  (draft.own(draft.root, 'attempts') as Writable<Readonly<Record<string, number>>>)[stepId] = known;
}

/** The steps from `stepId` to the current one are as if they had not begun; running work is aborted and only frees its node. */
function unwind(draft: StateDraft, stepId: StepId): void {
  const view = draft.own(draft.root, 'view');
  const first = view.stepOrder.indexOf(stepId);
  const last = view.stepOrder.indexOf(view.currentStep);
  const undone = new Set<string>(view.stepOrder.slice(first, last + 1));
  for (const undoneStep of undone) {
    const step = ownStep(draft, undoneStep);
    if (step.cells) keepAttempts(draft, undoneStep, step.cells);
    step.state = 'waiting';
    delete step.cells;
    delete step.note;
    delete step.endedAtMs;
  }
  for (const [nodeId, left] of Object.entries(draft.root.leftOut)) {
    if (undone.has(left.stepId)) delete (draft.own(draft.root, 'leftOut') as Writable<LeftOut>)[nodeId];
  }
  for (const nodeId of Object.keys(draft.root.inFlight)) {
    draft.own(draft.own(draft.root, 'inFlight'), nodeId).aborted = true;
  }
  if (undone.has('plan')) {
    delete view.plan;
    delete view.planAcceptedBy;
    view.packages = draft.fresh([]);
  }
  if (undone.has('package-install')) {
    draft.root.ignoredPackages = draft.fresh({});
    for (const nodeId of Object.keys(view.nodes)) {
      moveOutcomes(draft, nodeId, ['running', 'fail', 'ignored', 'successful'], 'waiting');
    }
  }
  draft.root.toProbe = draft.fresh({});
  delete view.screen;
  view.currentStep = stepId;
}

function apply(draft: StateDraft, event: JobEvent): void {
  switch (event.kind) {
    case 'job-started':
    case 'answers-given':
    case 'answers-stopped':
      return;
    case 'step-opened':
      if (draft.root.exitWork === 'asked') draft.root.exitWork = 'begun';
      beginStep(draft, event.stepId, event.atMs, event.screen, event.skips);
      return;
    case 'step-stuck': {
      beginStep(draft, event.stepId, event.atMs, undefined, undefined);
      const step = ownStep(draft, event.stepId);
      step.state = 'attention';
      step.note = event.cause.message;
      return;
    }
    case 'screen-changed':
      if (draft.root.view.screen?.stepId === event.stepId) draft.own(draft.root, 'view').screen = event.screen;
      return;
    case 'step-skipped': {
      const step = ownStep(draft, event.stepId);
      step.state = 'skipped';
      step.attempt += 1;
      step.note = event.note;
      step.endedAtMs = event.atMs;
      advance(draft, event.stepId);
      return;
    }
    case 'input-given':
      applyInput(draft, event);
      return;
    case 'cells-started':
      for (const { nodeId, mode } of event.cells) startCell(draft, event.stepId, nodeId, mode, event.atMs);
      return;
    case 'cell-ended':
      endCell(draft, event);
      return;
    case 'cell-probed':
      applyProbe(draft, event);
      return;
    case 'package-changed': {
      const flight = draft.root.inFlight[event.nodeId];
      if (!flight || flight.aborted || flight.attempt !== event.attempt || flight.stepId !== event.stepId) return;
      if (draft.root.ignoredPackages[event.nodeId]?.includes(event.packageName)) return;
      setPackageOutcome(draft, event.nodeId, event.packageName, event.outcome);
      return;
    }
    case 'step-attention':
      ownStep(draft, event.stepId).state = 'attention';
      return;
    case 'step-ended': {
      const step = ownStep(draft, event.stepId);
      const counts = countCells(step.cells ?? {});
      const total = Object.keys(step.cells ?? {}).length;
      if (total > 0 && counts.skipped === total) {
        step.state = 'skipped';
        step.note = 'no node has anything to do here';
      } else step.state = counts.ignored > 0 || counts.warned > 0 ? 'warned' : 'ok';
      step.endedAtMs = event.atMs;
      advance(draft, event.stepId);
      return;
    }
    case 'retried':
      applyRetry(draft, event);
      return;
    case 'ignored':
      applyIgnore(draft, event);
      return;
    case 'step-restarted':
    case 'went-back':
      unwind(draft, event.stepId);
      return;
    case 'work-lingers':
      applyLingers(draft, event);
      return;
    case 'exit-asked':
      draft.root.exitAskedBy = event.user;
      draft.root.exitedAt ??= draft.root.view.currentStep;
      if (event.startServices) draft.root.exitWork = 'asked';
      else delete draft.root.exitWork;
      delete draft.own(draft.root, 'view').screen;
      return;
    case 'baton-taken':
      draft.own(draft.root, 'view').driver = event.user;
      return;
    case 'service-restarted':
      applyRestart(draft);
      return;
    case 'job-ended': {
      const view = draft.own(draft.root, 'view');
      view.report = event.report;
      view.endedAtMs = event.atMs;
      delete view.screen;
      const step = ownStep(draft, view.currentStep);
      const finished = view.currentStep === view.stepOrder.at(-1);
      step.state = finished && event.report.outcome === 'succeeded' ? 'ok' : finished ? 'warned' : step.state;
      if (draft.root.exitWork === 'begun') {
        const { ok, warned, skipped } = countCells(step.cells ?? {});
        step.state = ok + warned + skipped === Object.keys(step.cells ?? {}).length ? 'ok' : 'failed';
        step.endedAtMs = event.atMs;
      }
      if (finished) step.endedAtMs = event.atMs;
      return;
    }
    default:
      assertNever(event);
  }
}
