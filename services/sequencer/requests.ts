import type { JobSeen } from '../../core/model/job.ts';
import { canIgnoreItem, needsDecision } from '../../core/model/jobParts.ts';
import { stepsOf, type StepSpec } from '../../core/model/operationSpec.ts';
import { countedNodes } from '../../core/model/servicesNotUp.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { hasBegunApproved } from './approval.ts';
import { allHeld, waitedFor, whyNotBack } from './catchUp.ts';
import { beginNowEvent, heldByWindow } from './runWindow.ts';
import { mayHaveBegun, undecided, type Cell } from './cells.ts';
import { entriesOf, valueAt } from './column.ts';
import type { JobEventBody } from './events.ts';
import { notNow, requireKnown, requireNotExiting, requireOpen } from './refusals.ts';
import { nodesWithLateWarning } from './warnings.ts';
import {
  cellOf,
  countsHere,
  currentStep,
  findStep,
  flightOn,
  hasUnsettled,
  isOnTheWay,
  isOver,
  nodesHere,
  statusOf,
  stepSpec,
  waveOf,
  type SequencerState,
} from './state.ts';

/*
 * Whether a person's request may happen now, and as which event. Pure: the state decides. Each function throws a PutError that says why not:
 * `job-over`, `baton-needed`, `step-not-current` when somebody was faster, or what is wrong with the request itself.
 */

/** Throws unless the job goes on and `user` drives it. */
export function requireBaton(state: SequencerState, user: string): void {
  requireOpen(state);
  if (state.driver !== user) {
    throw new PutError('baton-needed', `${state.driver} drives job ${state.jobNumber}`, { driver: state.driver });
  }
}

function titleOf({ spec }: SequencerState, stepId: string): string {
  return findStep(spec, stepId)?.title ?? stepId;
}

/** Throws unless the job is at the step. */
export function requireStep(state: SequencerState, stepId: string): void {
  requireNotExiting(state);
  const at = currentStep(state);
  if (stepId === at.id) return;
  throw new PutError('step-not-current', `the job is at ${at.title}, not at ${titleOf(state, stepId)}`, {
    stepId,
    currentStep: at.id,
  });
}

/** Throws unless the step waits for an answer: it is the current one, and asks. */
export function requireAnswerable(state: SequencerState, stepId: string): void {
  requireStep(state, stepId);
  const status = statusOf(state, stepId);
  const { title } = currentStep(state);
  if (status.state !== 'input') throw notNow(`${title} does not wait for an answer`, stepId);
}

/** Decisions that mean the operation or its nodes, wherever it has got to. */
const WHEREVER: readonly JobEventBody['kind'][] = [
  ...(['exit-asked', 'rollback-asked', 'held', 'released', 'wave-stop-set', 'accepted', 'window-set'] as const),
];

/**
 * Throws where a person decided on what is over since. `already-done`: they, or a request of theirs that was repeated otherwise, decided
 * just this after what was seen. `step-not-current`: the job went on by another decision, or is at another step or attempt.
 */
export function requireSeen(
  state: SequencerState,
  seen: JobSeen,
  kinds: readonly JobEventBody['kind'][],
  user: string,
): void {
  const { lastMove } = state;
  if (lastMove && lastMove.eventNumber > seen.eventNumber) {
    if (kinds.includes(lastMove.kind) && lastMove.user === user) {
      throw new PutError('already-done', `${user} asked for the same at event ${lastMove.eventNumber}`, {
        eventNumber: lastMove.eventNumber,
      });
    }
    throw new PutError(
      'step-not-current',
      `${lastMove.user} decided at event ${lastMove.eventNumber}, after what was on the screen (event ${seen.eventNumber})`,
      { eventNumber: lastMove.eventNumber, seen: seen.eventNumber },
    );
  }
  if (kinds.some((kind) => WHEREVER.includes(kind))) return;
  const at = currentStep(state);
  const { attempt } = statusOf(state, at.id);
  if (seen.stepId !== at.id || seen.attempt !== attempt) {
    throw new PutError(
      'step-not-current',
      `the job is at ${at.title}, attempt ${attempt}; on the screen was ${titleOf(state, seen.stepId)}, attempt ${seen.attempt}`,
      { stepId: seen.stepId, currentStep: at.id, attempt },
    );
  }
}

/** Whether a step that cannot be taken back was begun: not while it waits (for its time, an approval, a person who resumes), could not begin, or was left out. */
function isBegun(state: SequencerState, { id, policy }: StepSpec): boolean {
  const { state: status, stuck } = statusOf(state, id);
  if (!policy.irreversible || status === 'waiting' || status === 'skipped') return false;
  return !stuck || state.cells[id] !== undefined;
}

/** The ask step that Back leads to; undefined where Back is off: at the first one, in a rollback, and once a step has begun that cannot be taken back. */
export function stepBefore(state: SequencerState): string | undefined {
  if (isOver(state) || state.exit || state.at.program !== 'forward') return undefined;
  const steps = stepsOf(state.spec);
  const behind = steps.slice(0, state.at.step + 1);
  if (behind.some((step) => isBegun(state, step)) || state.at.wave > 0 || state.gate) return undefined;
  return behind
    .filter((step) => step !== currentStep(state))
    .reverse()
    .find((step) => Object.hasOwn(state.answers, step.id) && statusOf(state, step.id).state !== 'skipped')?.id;
}

/** Back. */
export function backEvent(state: SequencerState, user: string): JobEventBody {
  requireNotExiting(state);
  const stepId = stepBefore(state);
  const at = currentStep(state);
  if (stepId === undefined) throw notNow(`there is no way back from ${at.title}`, at.id);
  return { kind: 'went-back', stepId, user };
}

/** Why a step in attention cannot be left with Next; undefined where it can. */
export function whyNotContinue(state: SequencerState): string | undefined {
  const at = currentStep(state);
  const counts = countsHere(state);
  if (!counts || statusOf(state, at.id).stuck)
    return `${at.title} could not begin: ${statusOf(state, at.id).note ?? 'no reason is known'}`;
  const open = undecided(counts);
  if (open > 0)
    return `${open} of its nodes ${open === 1 ? 'needs a decision: Retry or Ignore it' : 'need a decision: Retry or Ignore them'} first`;
  const nodes = state.nodes.ids.length;
  if (allHeld(state, counts))
    return `No node came through ${at.title}, and others are held: release one, go Back, or Exit.`;
  return at.policy.needsOne && nodes > 0 && counts.ignored === nodes
    ? `All ${nodes === 1 ? '1 node' : `${nodes} nodes`} are ignored, so no node is left: Restart Current Step, go Back, or Exit.`
    : undefined;
}

/** What Next comes to at a step that works on nodes. */
export const CONTINUES = ['step-ended', 'gate-passed', 'limit-lifted', 'went-on-without', 'window-passed'] as const;

/** Next at a step whose failures were all ignored, at a gate that is held, at a limit of failures, where held nodes are waited for, or where the time of the job is over. */
export function continueEvent(state: SequencerState, user: string, reason: string): JobEventBody {
  requireNotExiting(state);
  if (state.gate) return { kind: 'gate-passed', user, reason };
  const held = waitedFor(state).map((index) => state.nodes.ids[index] ?? '');
  if (held.length > 0) return { kind: 'went-on-without', nodeIds: held, user, reason };
  if (heldByWindow(state) === 'late') return beginNowEvent(state, user, reason);
  const at = currentStep(state);
  if (statusOf(state, at.id).state !== 'attention') throw notNow(`${at.title} does not wait for Next`, at.id);
  const why = whyNotContinue(state);
  if (why !== undefined) throw notNow(why, at.id);
  // Nodes that are still to come hold a step only by the limit of failures: it is never ended over them.
  if (hasUnsettled(state)) return { kind: 'limit-lifted', user, reason };
  return { kind: 'step-ended', stepId: at.id, user };
}

/** Nodes of the current step with a cell that fits, in their order. Walks the cells. */
function nodesWhere(state: SequencerState, fits: (cell: Cell) => boolean): string[] {
  const table = state.cells[currentStep(state).id];
  if (!table) return [];
  return [...entriesOf(table.column)].flatMap(([index, cell]) => (fits(cell) ? [state.nodes.ids[index] ?? ''] : []));
}

/**
 * Retry: exactly the failed, unreachable and unknown nodes of the current step, or those of them that are named. Named may be as well a node that was ignored
 * at this step or came through with a warning, or one that the step left alone because of what happened before: that one catches up from there, as does
 * one with a warning at a step that is behind. A step that could not begin is begun anew. Nodes that were not begun yet go on with those that are tried again.
 */
export function retryEvent(
  state: SequencerState,
  stepId: string,
  nodeIds: readonly string[] | undefined,
  user: string,
): JobEventBody & { kind: 'retried' | 'step-restarted' } {
  requireNotExiting(state);
  const late = nodesWithLateWarning(state, stepId, nodeIds ?? [], user);
  if (late.length > 0 && stepId !== currentStep(state).id) return { kind: 'retried', stepId, nodeIds: late, user };
  requireStep(state, stepId);
  const { title } = stepSpec(state.spec, stepId);
  const nothing = new PutError('nothing-to-retry', `no node of ${title} has failed, is unreachable or unknown`);
  if (statusOf(state, stepId).stuck || !state.cells[stepId]) {
    if (statusOf(state, stepId).state !== 'attention') throw nothing;
    return { kind: 'step-restarted', stepId, user };
  }
  requireKnown(state, nodeIds ?? []);
  const again = new Set(nodeIds ? [...late, ...nodesHere(state).map((index) => state.nodes.ids[index] ?? '')] : []);
  const open =
    nodeIds === undefined
      ? nodesWhere(state, needsDecision)
      : [...new Set(nodeIds)].filter((nodeId) => {
          const index = state.nodes.indexOf[nodeId] ?? -1;
          const cell = cellOf(state, stepId, index);
          const left = valueAt(state.leftOut, index);
          if (left?.rolledBack || cell === undefined) return false;
          if (left && cell.state === 'skipped') return isOnTheWay(state) && whyNotBack(state, index) === undefined;
          if (cell.state === 'warned') return again.has(nodeId);
          return needsDecision(cell) || cell.state === 'ignored';
        });
  if (open.length === 0) throw nothing;
  // Nothing is begun beside work that may still be at it: a node named is refused, of all of them the free ones are tried.
  const taken = open.filter((nodeId) => flightOn(state, nodeId)?.held);
  if (taken.length > 0 && (nodeIds !== undefined || taken.length === open.length)) throw nodeBusy(state, taken);
  return { kind: 'retried', stepId, nodeIds: open.filter((nodeId) => !taken.includes(nodeId)), user };
}

function nodeBusy(state: SequencerState, nodeIds: readonly string[]): PutError {
  const first = nodeIds[0] ?? '';
  const more = nodeIds.length > 1 ? ` (and ${nodeIds.length - 1} more nodes)` : '';
  const why = flightOn(state, first)?.lingers?.message ?? `work on ${first} is not known to have ended`;
  return new PutError('node-busy', `${why}${more}`, { nodeId: first });
}

/**
 * Ignore with a reason: nodes as a whole, or one item (package) that failed on them. At a step that asks, nodes are left out of what is asked about, and of
 * every later step; at least one is to be left.
 */
export function ignoreEvent(
  state: SequencerState,
  request: { stepId: string; nodeIds: readonly string[]; item?: string | undefined; reason: string },
  user: string,
): JobEventBody & { kind: 'ignored' } {
  const { stepId, item, reason } = request;
  requireStep(state, stepId);
  if (statusOf(state, stepId).stuck) throw notNow(`${stepSpec(state.spec, stepId).title} has not begun`, stepId);
  requireKnown(state, request.nodeIds);
  const named = [...new Set(request.nodeIds)];
  const indexOf = (nodeId: string): number => state.nodes.indexOf[nodeId] ?? -1;
  if (item === undefined && statusOf(state, stepId).state === 'input') {
    // Later a node is left out where it failed, which says what becomes of its services.
    if (hasBegunApproved(state)) throw notNow('nodes have been changed; hold the node instead', stepId);
    const isIn = (index: number): boolean => valueAt(state.leftOut, index) === undefined;
    const out = named.filter((nodeId) => isIn(indexOf(nodeId)));
    const { title } = stepSpec(state.spec, stepId);
    if (out.length === 0) throw notNow(`these nodes take no part in ${title}`, stepId);
    const leaves = new Set(out);
    if (!state.nodes.ids.some((nodeId, index) => isIn(index) && !leaves.has(nodeId)))
      throw notNow(`without them no node would be left; exit the operation instead`, stepId);
    return { kind: 'ignored', stepId, nodeIds: out, reason, user };
  }
  const nodeIds = named.filter((nodeId) => {
    const cell = cellOf(state, stepId, indexOf(nodeId));
    return cell !== undefined && (item === undefined ? needsDecision(cell) : canIgnoreItem(cell, item));
  });
  if (nodeIds.length === 0) {
    const running = named.filter((nodeId) => cellOf(state, stepId, indexOf(nodeId))?.state === 'running');
    if (item === undefined && running.length > 0)
      throw notNow(
        `${stepSpec(state.spec, stepId).title} runs on ${countedNodes(running)}: there is nothing to ignore until it has ended or somebody gave up on it`,
        stepId,
      );
    const what =
      item === undefined
        ? 'nothing to ignore on these nodes'
        : `no failure on these nodes that names ${item}: where a failure names no package, Ignore means the node`;
    throw notNow(`${stepSpec(state.spec, stepId).title} has ${what}`, stepId);
  }
  return { kind: 'ignored', stepId, nodeIds, item, reason, user };
}

/** Give up on nodes: their work at a step is told to stop. Nodes without work there are left as they are. */
export function giveUpEvent(
  state: SequencerState,
  { stepId, nodeIds, reason }: { stepId: string; nodeIds: readonly string[]; reason: string },
  user: string,
): JobEventBody & { kind: 'given-up' } {
  requireStep(state, stepId);
  requireKnown(state, nodeIds);
  const working = [...new Set(nodeIds)].filter((nodeId) => {
    const flight = flightOn(state, nodeId);
    return flight?.stepId === stepId && flight.lingers === undefined && flight.aborted !== true;
  });
  if (working.length === 0) {
    throw notNow(`nothing runs on these nodes at ${stepSpec(state.spec, stepId).title}`, stepId);
  }
  return { kind: 'given-up', stepId, nodeIds: working, reason, user };
}

/**
 * Takes back that nodes, or an item (package) on them, were ignored at the current step: on those of the nodes where that was so, whose work does not run, and
 * whose wave has not gone on. Nodes as a whole need a decision again, as they were.
 */
export function undoIgnoreEvent(
  state: SequencerState,
  request: { stepId: string; nodeIds: readonly string[]; item?: string | undefined },
  user: string,
): JobEventBody & { kind: 'ignore-undone' } {
  const { stepId, item } = request;
  requireStep(state, stepId);
  requireKnown(state, request.nodeIds);
  const here = new Set(nodesHere(state));
  const ignored = [...new Set(request.nodeIds)].filter((nodeId) => {
    const index = state.nodes.indexOf[nodeId] ?? -1;
    if (item === undefined) return here.has(index) && wasIgnoredAt(state, stepId, index);
    const items = valueAt(state.ignoredItems, index) ?? [];
    return here.has(index) && items.some((one) => one.item === item && one.stepId === stepId);
  });
  const { title } = stepSpec(state.spec, stepId);
  if (ignored.length === 0)
    throw notNow(
      item === undefined
        ? `${title} has none of these nodes ignored`
        : `${item} was not ignored at ${title} on these nodes`,
      stepId,
    );
  // Work that may still be at a node as a whole is no hindrance: it needs a decision as before.
  const nodeIds = item === undefined ? ignored : ignored.filter((nodeId) => flightOn(state, nodeId) === undefined);
  if (nodeIds.length === 0)
    throw notNow(`${title} runs on these nodes without ${item ?? 'it'}; wait for its end`, stepId);
  return { kind: 'ignore-undone', stepId, nodeIds, item, user };
}

/** The node was ignored at the step because it had failed there, and nothing else left it out since. */
function wasIgnoredAt(state: SequencerState, stepId: string, index: number): boolean {
  const left = valueAt(state.leftOut, index);
  if (left?.stepId !== stepId || left.state === undefined || left.returns || left.rolledBack) return false;
  return cellOf(state, stepId, index)?.state === 'ignored';
}

/** Restart Current Step. */
export function restartEvent(state: SequencerState, user: string): JobEventBody {
  requireNotExiting(state);
  const { id, title } = currentStep(state);
  if (state.gate) throw notNow(`${title} is over; the next wave is what waits`, id);
  return { kind: 'step-restarted', stepId: id, user };
}

/** Exit; `withStep`: the step that the spec names for it is gone through first. Undefined: an exit is under way already. */
export function exitEvent(state: SequencerState, user: string, withStep: boolean): JobEventBody | undefined {
  requireOpen(state);
  if (state.exit && (withStep || state.exit.step === undefined || state.exit.givenUp)) return undefined;
  const step = withStep ? state.spec.exit : undefined;
  if (withStep && step === undefined) {
    throw new PutError('input-invalid', `${state.spec.title} has no step to go through before an exit`);
  }
  return { kind: 'exit-asked', user, step };
}

/** Pause, with a reason; undefined: it is paused. */
export function pauseEvent(state: SequencerState, user: string, reason: string): JobEventBody | undefined {
  requireNotExiting(state);
  return state.paused ? undefined : { kind: 'paused', user, reason };
}

/** Resume; undefined: it is not paused. */
export function resumeEvent(state: SequencerState, user: string): JobEventBody | undefined {
  requireNotExiting(state);
  return state.paused ? { kind: 'resumed', user } : undefined;
}

/** Which nodes go back: some by name, those of a wave (from 0), or with neither all that were changed. */
export interface RollbackOf {
  readonly nodeIds?: readonly string[] | undefined;
  readonly wave?: number | undefined;
}

/** Whether a node, by index, is one of those that are asked for. */
function isAskedFor(state: SequencerState, { nodeIds, wave }: RollbackOf): (index: number) => boolean {
  const named = nodeIds && new Set(nodeIds);
  const of = waveOf(state.nodes);
  return (index) => (named?.has(state.nodes.ids[index] ?? '') ?? true) && (wave === undefined || of(index) === wave);
}

/** Nodes that an irreversible step was begun on and that did not go back since, of those that are asked for; in the order of the selection. */
export function changedNodes(state: SequencerState, which: RollbackOf): readonly string[] {
  const changed = new Set<number>();
  for (const { id, policy } of stepsOf(state.spec)) {
    const table = state.cells[id];
    if (!policy.irreversible || policy.readOnly || !table) continue;
    for (const [index, cell] of entriesOf(table.column)) if (mayHaveBegun(cell)) changed.add(index);
  }
  const isMeant = isAskedFor(state, which);
  return state.nodes.ids.filter(
    (_, index) => changed.has(index) && !valueAt(state.leftOut, index)?.rolledBack && isMeant(index),
  );
}

/**
 * Rollback of nodes, of a wave, or of all that an irreversible step was begun on; the job goes on with the others, where there are such. One that has ended
 * ends again afterwards. Throws `input-invalid` where the operation has no way back or no such wave, `nothing-to-roll-back` where none of them is changed.
 */
export function rollbackEvent(
  state: SequencerState,
  which: RollbackOf,
  user: string,
  reason: string,
): JobEventBody & { kind: 'rollback-asked' } {
  const over = isOver(state);
  if (!over) requireNotExiting(state);
  if (!over && state.at.program === 'rollback') throw notNow('the nodes go back already', currentStep(state).id);
  if (state.spec.rollback.length === 0) {
    throw new PutError('input-invalid', `${state.spec.title} has no way back`);
  }
  requireKnown(state, which.nodeIds ?? []);
  if (which.wave !== undefined && which.wave >= state.nodes.waves.length) {
    const { length } = state.nodes.waves;
    throw new PutError('input-invalid', `there is no wave ${which.wave + 1}; the job has ${length}`, { place: 'wave' });
  }
  const chosen = changedNodes(state, which);
  if (chosen.length === 0) {
    const of = which.wave === undefined ? 'of these nodes' : `of wave ${which.wave + 1}`;
    const isMeant = isAskedFor(state, which);
    const areBack = [...entriesOf(state.leftOut)].some(([index, { rolledBack }]) => rolledBack && isMeant(index));
    const why = areBack ? `every changed node ${of} is back already` : `no node ${of} was changed`;
    throw new PutError('nothing-to-roll-back', why);
  }
  const all = which.nodeIds === undefined && which.wave === undefined;
  return { kind: 'rollback-asked', user, reason, nodeIds: chosen, then: all || over ? 'end' : 'go-on' };
}

/** Takes the baton from the driver that was seen at event `seen`. Undefined: the user has it already. */
export function takeBatonEvent(
  state: SequencerState,
  seen: number,
  user: string,
  reason: string,
): JobEventBody | undefined {
  requireOpen(state);
  if (state.driver !== user && state.drivesSince > seen) {
    throw new PutError(
      'already-done',
      `the baton changed hands at event ${state.drivesSince}, after what was on the screen; ${state.driver} drives`,
      { driver: state.driver, eventNumber: state.drivesSince },
    );
  }
  return state.driver === user ? undefined : { kind: 'baton-taken', user, reason };
}
