import type { JobAnswers } from '../../core/model/jobAnswers.ts';
import type { AnswersView, Cell, CellCause, CellCounts, CellState, JobView, StepView } from '../../core/model/job.ts';
import { CELL_STATES } from '../../core/model/job.ts';
import type { NodeEntry, NodeFacts } from '../../core/model/node.ts';
import { OPERATIONS, type OperationDefinition, type StepDefinition, type StepId } from '../../core/model/operation.ts';
import { PutError } from '../../core/protocol/errors.ts';
import type { CellMode, JobEvent } from './events.ts';

/** Work that was started on a node and has not told its end. `aborted`: its end only frees the node. */
export interface InFlight {
  readonly stepId: StepId;
  readonly attempt: number;
  readonly mode: CellMode;
  readonly aborted?: true | undefined;
  /** It was told to stop and is not known to have ended; why, in words for the node's cell. */
  readonly lingers?: CellCause | undefined;
}

/** A node that a person left out of the job by Ignore. */
export interface LeftOut {
  readonly stepId: StepId;
  readonly reason: string;
  /** What the node was like: a failed one answers, the others may not. */
  readonly state: 'failed' | 'unreachable' | 'unknown';
}

/** Everything the sequencer knows of a job. Never changed in place. */
export interface SequencerState {
  /** What people see. */
  readonly view: JobView;
  readonly inventory: readonly NodeEntry[];
  readonly concurrency: number;
  /** By node id, read by Find All Systems. */
  readonly facts: Readonly<Record<string, NodeFacts>>;
  /** By node id. */
  readonly leftOut: Readonly<Record<string, LeftOut>>;
  /** Packages ignored on a node, by node id. */
  readonly ignoredPackages: Readonly<Record<string, readonly string[]>>;
  /** By node id: at most one piece of work at a time on a node. */
  readonly inFlight: Readonly<Record<string, InFlight>>;
  /** Nodes of the current step whose work must be probed before it may run. */
  readonly toProbe: Readonly<Record<string, true>>;
  /** Last attempts, by step id and node id, of steps whose cells were taken away by Back or Restart Current Step. */
  readonly attempts: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly exitAskedBy?: string | undefined;
  /** The step at which Exit was asked for. */
  readonly exitedAt?: StepId | undefined;
  /** What the operation does before it ends, as Exit asked: not begun, or the current step. */
  readonly exitWork?: 'asked' | 'begun' | undefined;
  /** Answers that the master gives by itself while `view.answers` says so. */
  readonly answers?: GivenAnswers | undefined;
  /** Requests of people that were done, by `requestKey`, oldest first; bounded. */
  readonly asked: Readonly<Record<string, AskedOnce>>;
  /** The last decision that moved the job on, back or out: what was seen before it is over. */
  readonly lastMove?: Decision | undefined;
  /** Number of the event that made the driver drive. */
  readonly drivesSince: number;
}

export interface GivenAnswers {
  readonly answers: JobAnswers;
  readonly acceptPlan: boolean;
  readonly by: string;
}

/** What people see of the answers of a job. */
export function answersView({ answers, acceptPlan, by }: GivenAnswers): AnswersView {
  const { bound, ...given } = answers;
  return { by, given, acceptPlan, active: true, ...(bound === undefined ? {} : { boundDigest: bound.digest }) };
}

/** What became of a request of a person. */
export interface AskedOnce {
  readonly eventNumber: number;
  /** Nodes that it was about. */
  readonly nodes: number;
}

/** A person's decision, as far as the next one depends on it. */
export interface Decision {
  readonly eventNumber: number;
  readonly kind: JobEvent['kind'];
  readonly user: string;
}

/** The definition of an operation. Throws `operation-unknown`. */
export function operationOf(operationId: string): OperationDefinition {
  const found = OPERATIONS.find((operation) => operation.operationId === operationId);
  if (!found) throw new PutError('operation-unknown', `there is no operation ${operationId}`, { operationId });
  return found;
}

/** The definition of a step of a job's operation. Throws `internal` for a step that the operation does not have. */
export function stepDefinition(view: Pick<JobView, 'operationId'>, stepId: string): StepDefinition {
  const found = operationOf(view.operationId).steps.find((step) => step.stepId === stepId);
  if (!found) throw new PutError('internal', `operation ${view.operationId} has no step ${stepId}`);
  return found;
}

/** The step that the job is at. */
export function currentStep(state: SequencerState): StepView {
  return state.view.steps[state.view.currentStep] as StepView;
}

/** True once nothing more will happen. */
export function isOver(view: Pick<JobView, 'endedAtMs'>): boolean {
  return view.endedAtMs !== undefined;
}

/** States in which a cell waits for nothing but a person. */
export function needsDecision(cell: Cell, toProbe: boolean): boolean {
  return cell.state === 'failed' || cell.state === 'unreachable' || (cell.state === 'unknown' && !toProbe);
}

/** True while work runs that is expected to end soon; work that lingers may never. */
export function awaitsWork(state: SequencerState): boolean {
  for (const nodeId in state.inFlight) if (state.inFlight[nodeId]?.lingers === undefined) return true;
  return false;
}

/** Nodes that are not free, since work on them is not known to have ended. */
export function lingeringNodes(state: SequencerState): string[] {
  return Object.keys(state.inFlight).filter((nodeId) => state.inFlight[nodeId]?.lingers !== undefined);
}

/** Counts of cells by state; their sum is the number of cells. */
export function countCells(cells: Readonly<Record<string, Cell>>): CellCounts {
  const counts = Object.fromEntries(CELL_STATES.map((state) => [state, 0])) as Record<CellState, number>;
  for (const nodeId in cells) counts[(cells[nodeId] as Cell).state] += 1;
  return counts;
}

/** The state that the first event of a journal makes. Throws `state-damaged` when it is another event. */
export function initialState(event: JobEvent): SequencerState {
  if (event.kind !== 'job-started') {
    throw new PutError('state-damaged', `the journal of a job begins with ${event.kind}`);
  }
  const operation = operationOf(event.operationId);
  const given: GivenAnswers | undefined = event.answers && {
    answers: event.answers,
    acceptPlan: event.acceptPlan === true,
    by: event.user,
  };
  const steps: Record<string, StepView> = {};
  for (const step of operation.steps) {
    steps[step.stepId] = { stepId: step.stepId, title: step.title, state: 'waiting', attempt: 0 };
  }
  return {
    view: {
      jobId: event.jobId,
      jobNumber: event.jobNumber,
      operationId: event.operationId,
      title: event.title,
      state: 'running',
      eventNumber: 1,
      startedBy: event.user,
      driver: event.user,
      startedAtMs: event.atMs,
      currentStep: (operation.steps[0] as StepDefinition).stepId,
      stepOrder: operation.steps.map((step) => step.stepId),
      steps,
      inputs: {},
      nodes: {},
      packages: [],
      attention: [],
      canBack: false,
      ...(given ? { answers: answersView(given) } : {}),
    },
    ...(given ? { answers: given } : {}),
    inventory: event.inventory,
    concurrency: event.concurrency,
    facts: {},
    leftOut: {},
    ignoredPackages: {},
    inFlight: {},
    toProbe: {},
    attempts: {},
    asked: {},
    drivesSince: 1,
  };
}
