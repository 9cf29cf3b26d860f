import type { CellCause, StepState } from '../../core/model/job.ts';
import type { InstalledPackage, NodeEntry, NodeFacts, ServiceState } from '../../core/model/node.ts';
import { stepsOf, type OperationSpec, type PhaseSpec, type StepSpec } from '../../core/model/operationSpec.ts';
import type { StepPaces } from '../../core/model/timeLeft.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { cellAt, totalCounts, unsettled, type Cell, type CellTable, type WaveCounts } from './cells.ts';
import { emptyColumn, valueAt, type Column } from './column.ts';
import type { CellMode, GivenAnswers, JobEvent } from './events.ts';
import { NOTHING_READY, type ReadyQueue } from './readyQueue.ts';
import type { Approval, Confirmation, Acceptance, RunWindowLook } from './recordedDecisions.ts';

/** Settings that mean something to the machine itself, where an operation has them. */
export const MACHINE_SETTINGS = {
  nodesAtOnce: 'nodesAtOnce',
  stopAt: 'stopAt',
  notBefore: 'notBefore',
  notAfter: 'notAfter',
} as const;
/** Nodes at once where the operation has no such setting. */
const NODES_AT_ONCE = 64;

/** Work that was started on a node and has not told its end. `aborted`: its end only frees the node. */
export interface Flight {
  readonly stepId: string;
  readonly attempt: number;
  readonly mode: CellMode;
  readonly aborted?: true | undefined;
  /** It was found going on on the node, and is followed. */
  readonly found?: true | undefined;
  /** It was told to stop and is not known to have ended; why, in words for the node's cell. */
  readonly lingers?: CellCause | undefined;
  /** What it was told to stop for, once it lingers. */
  readonly stoppedFor?: CellCause | undefined;
  /** It lingers and is still followed here: nothing is begun, and nobody looks, until it ends. */
  readonly held?: true | undefined;
}

/** A node that takes part in nothing: a person left it out by Ignore, or holds it until it may come back. */
export interface LeftOut {
  readonly stepId: string;
  readonly reason: string;
  readonly user: string;
  /** What the node was like: a failed one answers, the others may not. Absent: nothing was wrong with it, it is only held. */
  readonly state?: 'failed' | 'unreachable' | 'unknown' | undefined;
  /** It comes back: `held` when a person releases it, `due` at the next place where nodes catch up. */
  readonly returns?: 'held' | 'due' | undefined;
  /** The first step of the way forward that it missed, counted from 0; absent: none yet. */
  readonly from?: number | undefined;
  /** A person let the job go on although it is held and missed steps. */
  readonly without?: true | undefined;
  /** It went back to where it was before: it takes part in nothing more. */
  readonly rolledBack?: true | undefined;
  /** Left out of a question, before anything was begun on it: no failure, and no node of those that shares are counted of. */
  readonly notBegun?: true | undefined;
}

/** A rollback that was asked for; the last one where there were several. */
export interface Rollback {
  readonly user: string;
  readonly reason: string;
  readonly indices: readonly number[];
  /** Where the job goes on with the other nodes afterwards; absent: it ends. */
  readonly returnTo?:
    | { readonly at: Position; readonly gate?: GateStatus | undefined; readonly paused?: SequencerState['paused'] }
    | undefined;
  /** Its steps are through. */
  readonly over?: true | undefined;
  /** The job had ended before it was asked for: with which report, and when. It ends again afterwards. */
  readonly ended?: { readonly report: unknown; readonly atMs: number } | undefined;
}

/** One item (package) that a person gave up on a node. */
export interface IgnoredItem {
  readonly item: string;
  readonly reason: string;
  /** Where it was given up; absent in what was written down by earlier versions. */
  readonly stepId?: string | undefined;
}

/** What the job knows of a node. Equal lists are the same object. */
export interface KnownNode {
  readonly facts?: NodeFacts | undefined;
  /** Read back after work, or by a probe. */
  readonly found?: readonly InstalledPackage[] | undefined;
  /** When `found`, or the packages of `facts`, were read; absent in what was written down by earlier versions. */
  readonly foundAtMs?: number | undefined;
  /** As last seen; `unknown` from the start of work on it until its end is known. */
  readonly service?: ServiceState | undefined;
}

/** State of one step; of its present or last wave where it is gone through by waves. */
export interface StepStatus {
  readonly state: StepState;
  readonly attempt: number;
  readonly startedAtMs?: number | undefined;
  readonly endedAtMs?: number | undefined;
  readonly note?: string | undefined;
  /** It could not begin; `note` says why. */
  readonly stuck?: true | undefined;
}

/**
 * Which list of steps is gone through: the operation, the step before an exit, the rollback, or once more the steps of the operation that some nodes
 * missed.
 */
export type Program = 'forward' | 'exit' | 'rollback' | 'catch-up';

/** Nodes that go through what they missed, before the job goes on with all. */
export interface CatchUp {
  /** Each with the first step of the way forward that it missed. */
  readonly nodes: readonly (readonly [index: number, from: number])[];
  /** Where the job goes on afterwards. */
  readonly returnTo: Position;
}

/** Where the job is. `step` counts the steps of the program (those of the way forward in a catch-up), `wave` the waves, both from 0. */
export interface Position {
  readonly program: Program;
  readonly step: number;
  readonly wave: number;
}

/** The gate before the wave that comes next. */
export interface GateStatus {
  readonly phase: string;
  readonly nextWave: number;
  readonly state: 'due' | 'later' | 'held';
  readonly reason?: string | undefined;
  readonly againAtMs?: number | undefined;
  /** How long it waits from the verdict on, in ms. */
  readonly waitMs?: number | undefined;
  /** It waited: the next verdict is about what it waited for. */
  readonly waited?: true | undefined;
}

/** Equal failures of the current step, folded. */
export interface Trouble {
  readonly state: 'failed' | 'unreachable' | 'unknown';
  readonly cause: CellCause;
  readonly nodes: number;
  /** The first of them, at most NAMED_NODES. */
  readonly first: readonly number[];
}

/** What became of a request: its event, and how many nodes it was about. */
export interface AskedOnce {
  readonly eventNumber: number;
  readonly nodes: number;
}

/** The nodes of a job in the order of the selection. */
export interface NodeTable {
  readonly ids: readonly string[];
  /** Index by node id. */
  readonly indexOf: Readonly<Record<string, number>>;
  readonly entries: readonly NodeEntry[];
  /** Wave of each node by index; absent: one wave. */
  readonly waveOf?: readonly number[] | undefined;
  /** Nodes of each wave. */
  readonly waves: readonly number[];
}

/** Everything the sequencer knows of a job. Never changed in place. */
export interface SequencerState {
  readonly jobId: string;
  readonly jobNumber: number;
  readonly spec: OperationSpec;
  /** As the job began with them; the time in which it may begin as it was set last. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly inventory: readonly NodeEntry[];
  readonly eventNumber: number;
  readonly startedBy: string;
  readonly startedAtMs: number;
  readonly driver: string;
  /** Answers that the master gives by itself while `active`; `stopped`: why it does not. */
  readonly given?:
    | (GivenAnswers & {
        readonly active: boolean;
        readonly stopped?:
          | { readonly stepId: string; readonly cause: CellCause; readonly nodeIds?: readonly string[] | undefined }
          | undefined;
      })
    | undefined;
  /** Requests that were done, by name; the last ones. */
  readonly asked: Readonly<Record<string, AskedOnce>>;
  /** The last decision of a person that makes older views void. */
  readonly lastMove?:
    { readonly eventNumber: number; readonly kind: JobEvent['kind']; readonly user: string } | undefined;
  /** Number of the event that made the driver drive. */
  readonly drivesSince: number;
  readonly endedAtMs?: number | undefined;
  readonly report?: unknown;
  readonly at: Position;
  readonly gate?: GateStatus | undefined;
  readonly steps: Readonly<Record<string, StepStatus>>;
  /** Screen of the step that asks. */
  readonly screen?: unknown;
  readonly answers: Readonly<Record<string, unknown>>;
  /** Of steps that are answered wave by wave, by step id and wave. */
  readonly wavesAnswered?: Readonly<Record<string, Readonly<Record<number, unknown>>>> | undefined;
  /** Who answered, by step id. */
  readonly answeredBy: Readonly<Record<string, string>>;
  readonly nodes: NodeTable;
  readonly known: Column<KnownNode>;
  readonly cells: Readonly<Record<string, CellTable>>;
  readonly flights: Column<Flight>;
  /** Flights that are expected to end. */
  readonly flying: number;
  /** Flights that linger. */
  readonly lingering: number;
  /** Work on nodes that were selected before and are not any more, by node id. */
  readonly strays: Readonly<Record<string, Flight>>;
  readonly ready: ReadyQueue;
  /** Nodes, by index, that the current step begins with only after all others here are through; absent: none. */
  readonly last?: readonly number[] | undefined;
  readonly troubles: Readonly<Record<string, Trouble>>;
  readonly leftOut: Column<LeftOut>;
  /** Nodes left out or held that failed or were away, by wave. */
  readonly leftOutNodes: readonly number[];
  /** Those of them that were left out of a question, by wave. */
  readonly notBegunNodes: readonly number[];
  readonly ignoredItems: Column<readonly IgnoredItem[]>;
  /** Last attempts of steps whose cells were taken away, by step and node id: no piece of work has the number of another. */
  readonly attempts: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly paused?: { readonly user: string; readonly reason: string } | undefined;
  /** Absent: the job needs no approval. */
  readonly approval?: Approval | undefined;
  /** When nodes go back by themselves unless they are confirmed, by the master's clock; and how many at each time. */
  readonly goesBack?: Column<number> | undefined;
  readonly goesBackCounts?: Readonly<Record<string, number>> | undefined;
  /** What people came to who confirmed nodes, in order. */
  readonly confirmations?: readonly Confirmation[] | undefined;
  /** Warnings that people accepted, in order. */
  readonly acceptances?: readonly Acceptance[] | undefined;
  /** The step whose time is taken, and since when; absent where that says nothing. */
  readonly measured?: { readonly stepId: string; readonly sinceMs: number } | undefined;
  /** How long steps took that went through by themselves. */
  readonly paces?: StepPaces | undefined;
  /** What became of the looks at the time in which the job may begin. */
  readonly runWindow?: RunWindowLook | undefined;
  /** Who gave the job another time since it was started. */
  readonly windowSetBy?: readonly string[] | undefined;
  readonly limitLifted: boolean;
  readonly exit?:
    | {
        readonly user: string;
        readonly atStep: string;
        readonly step?: string | undefined;
        readonly begun: boolean;
        readonly givenUp: boolean;
      }
    | undefined;
  readonly rollback?: Rollback | undefined;
  readonly catchUp?: CatchUp | undefined;
  /** Waves, from 0, before which a person asked to stop while the job ran, or took a stop back; the division itself may have others. */
  readonly waveStops?: Readonly<Record<string, boolean>> | undefined;
}

/** Whether a word is the name of a selected node. */
export const isNodeOf =
  ({ indexOf }: Pick<NodeTable, 'indexOf'>) =>
  (word: string): boolean =>
    Object.hasOwn(indexOf, word);

/** The table of a selection, in the order of the inventory; nodes that the inventory does not have are passed over. */
export function nodeTable(inventory: readonly NodeEntry[], nodeIds: readonly string[]): NodeTable {
  const chosen = new Set(nodeIds);
  const entries = inventory.filter((entry) => chosen.has(entry.nodeId));
  const ids = entries.map((entry) => entry.nodeId);
  return { ids, entries, indexOf: Object.fromEntries(ids.map((id, index) => [id, index])), waves: [ids.length] };
}

/** The state that the first event makes. @throws PutError state-damaged when it is another event */
export function initialState(event: JobEvent): SequencerState {
  if (event.kind !== 'job-started') {
    throw new PutError('state-damaged', `the journal of a job begins with ${event.kind}`);
  }
  const steps = [...stepsOf(event.spec), ...event.spec.rollback];
  return {
    jobId: event.jobId,
    jobNumber: event.jobNumber,
    spec: event.spec,
    settings: event.settings,
    inventory: event.inventory,
    eventNumber: 1,
    startedBy: event.user,
    startedAtMs: event.atMs,
    driver: event.user,
    drivesSince: 1,
    given: event.given && { ...event.given, active: true },
    ...(event.approval ? { approval: { before: event.approval.before } } : {}),
    asked: event.asked === undefined ? {} : { [event.asked]: { eventNumber: 1, nodes: 0 } },
    at: { program: 'forward', step: 0, wave: 0 },
    steps: Object.fromEntries(steps.map(({ id }) => [id, { state: 'waiting', attempt: 0 }])),
    answers: {},
    answeredBy: {},
    cells: {},
    ...freshSelection(nodeTable([], [])),
    attempts: {},
    strays: {},
    flying: 0,
    lingering: 0,
    limitLifted: false,
  };
}

/** No node is left out. */
export function noneLeftOut({
  ids,
  waves,
}: NodeTable): Pick<SequencerState, 'leftOut' | 'leftOutNodes' | 'notBegunNodes'> {
  const none = waves.map(() => 0);
  return { leftOut: emptyColumn(ids.length), leftOutNodes: none, notBegunNodes: none };
}

/** What is known of nodes at the beginning of a selection: nothing. */
export function freshSelection(
  nodes: NodeTable,
): Pick<SequencerState, 'nodes' | 'known' | 'flights' | 'ready' | 'troubles' | 'ignoredItems'> &
  ReturnType<typeof noneLeftOut> {
  const length = nodes.ids.length;
  return {
    nodes,
    known: emptyColumn(length),
    flights: emptyColumn(length),
    ready: NOTHING_READY,
    troubles: {},
    ...noneLeftOut(nodes),
    ignoredItems: emptyColumn(length),
  };
}

/** The steps of the program that the job goes through. */
export function stepsOfProgram(
  state: Pick<SequencerState, 'spec' | 'at' | 'exit'>,
  program = state.at.program,
): readonly StepSpec[] {
  switch (program) {
    case 'forward':
    case 'catch-up':
      return stepsOf(state.spec);
    case 'rollback':
      return state.spec.rollback;
    case 'exit':
      return stepsOf(state.spec).filter((step) => step.id === state.exit?.step);
    default:
      return program satisfies never;
  }
}

/** The step that the job is at; the last one when it is through. */
export function currentStep(state: SequencerState): StepSpec {
  const steps = stepsOfProgram(state);
  return steps[Math.min(state.at.step, steps.length - 1)] as StepSpec;
}

/** The phase that a step of the way forward belongs to. */
export function phaseOf(spec: OperationSpec, stepId: string): PhaseSpec | undefined {
  return spec.phases.find((phase) => phase.steps.some((step) => step.id === stepId));
}

/** The steps of the way forward, and those of the way back once it was asked for. */
export function stepsShown({ spec, rollback }: Pick<SequencerState, 'spec' | 'rollback'>): readonly StepSpec[] {
  return rollback ? [...stepsOf(spec), ...spec.rollback] : stepsOf(spec);
}

/** The definition of a step; undefined for one that the spec does not have. */
export function findStep(spec: OperationSpec, stepId: string): StepSpec | undefined {
  return [...stepsOf(spec), ...spec.rollback].find((step) => step.id === stepId);
}

/** The definition of a step. @throws PutError internal for one that the spec does not have */
export function stepSpec(spec: OperationSpec, stepId: string): StepSpec {
  const found = findStep(spec, stepId);
  if (!found) throw new PutError('internal', `operation ${spec.id} has no step ${stepId}`);
  return found;
}

export function statusOf(state: SequencerState, stepId: string): StepStatus {
  return state.steps[stepId] ?? { state: 'waiting', attempt: 0 };
}

/** The wave of a node. */
export function waveOf(nodes: NodeTable): (index: number) => number {
  const { waveOf: waves } = nodes;
  return waves ? (index) => waves[index] ?? 0 : () => 0;
}

/** Whether a step goes wave by wave. */
export function goesByWaves(state: SequencerState, stepId: string): boolean {
  return (
    state.at.program === 'forward' && phaseOf(state.spec, stepId)?.perWave === true && state.nodes.waves.length > 1
  );
}

/** What was answered at the current step in a wave before the present one, and by whom. */
export function answerOfWavesBefore(
  state: SequencerState,
): { readonly answer: unknown; readonly by: string } | undefined {
  const { id } = currentStep(state);
  if (state.at.wave === 0 || !goesByWaves(state, id) || !Object.hasOwn(state.answers, id)) return undefined;
  return { answer: state.answers[id], by: state.answeredBy[id] ?? '' };
}

/** The answer of a step that counts for a node: that of its wave, where it is answered wave by wave. */
export function answerFor(state: SequencerState, stepId: string, index: number): unknown {
  const ofWaves = state.wavesAnswered?.[stepId] ?? {};
  const wave = waveOf(state.nodes)(index);
  return Object.hasOwn(ofWaves, wave) ? ofWaves[wave] : state.answers[stepId];
}

/** The nodes that the current step works on: those of the wave, of the rollback, those that catch up, or all. */
export function nodesHere(state: SequencerState): readonly number[] {
  if (state.at.program === 'rollback') return state.rollback?.indices ?? [];
  if (state.at.program === 'catch-up') {
    const missed = state.catchUp?.nodes ?? [];
    return missed.filter(([, from]) => from <= state.at.step).map(([index]) => index);
  }
  const all = state.nodes.ids.map((_, index) => index);
  if (!goesByWaves(state, currentStep(state).id)) return all;
  const of = waveOf(state.nodes);
  return all.filter((index) => of(index) === state.at.wave);
}

/** Counts of a step, the current one unless it is said, that decide about its end: those of its wave, or of all. */
export function countsHere(state: SequencerState, id = currentStep(state).id): WaveCounts | undefined {
  const table = state.cells[id];
  if (!table) return undefined;
  return goesByWaves(state, id) ? table.waves[state.at.wave] : totalCounts(table);
}

/** Whether the job goes its way forward, or some nodes catch up on it. */
export function isOnTheWay({ at }: SequencerState): boolean {
  return at.program === 'forward' || at.program === 'catch-up';
}

/** How far the steps by waves have come: -1 before them, the wave (from 0) that is worked on, or the number of waves once they are through. */
export function waveUnderWay(state: SequencerState): number {
  // While nodes go back, or catch up, the others stand where they go on afterwards.
  let { at } = state;
  if (at.program === 'rollback') at = state.rollback?.returnTo?.at ?? at;
  if (at.program === 'catch-up') at = state.catchUp?.returnTo ?? at;
  if (at.program !== 'forward') return at.wave;
  const steps = stepsOf(state.spec);
  const byWaves = (step: StepSpec): boolean => phaseOf(state.spec, step.id)?.perWave === true;
  const [first, last] = [steps.findIndex(byWaves), steps.findLastIndex(byWaves)];
  if (first < 0 || at.step < first) return -1;
  return at.step > last ? state.nodes.waves.length : at.wave;
}

/** The cell of a node at a step. */
export function cellOf(state: SequencerState, stepId: string, index: number): Cell | undefined {
  const table = state.cells[stepId];
  return table && index < table.column.length ? cellAt(table, index) : undefined;
}

/** The work under way on a node; undefined where there is none. */
export function flightOn(state: SequencerState, nodeId: string): Flight | undefined {
  return valueAt(state.flights, state.nodes.indexOf[nodeId] ?? -1);
}

/** Names a piece of work of the job. */
export interface OfNode {
  readonly stepId: string;
  readonly nodeId: string;
  readonly attempt: number;
}

/** The flight that an event is about; undefined for news of work that is not under way. */
export function flightOf(state: SequencerState, event: OfNode): { index: number; flight: Flight } | undefined {
  const index = state.nodes.indexOf[event.nodeId];
  const flight = index === undefined ? undefined : valueAt(state.flights, index);
  return index !== undefined && flight && flight.stepId === event.stepId && flight.attempt === event.attempt
    ? { index, flight }
    : undefined;
}

/** True once nothing more will happen. */
export function isOver(state: Pick<SequencerState, 'endedAtMs'>): boolean {
  return state.endedAtMs !== undefined;
}

/** Nodes that may be worked on at once at a step. */
export function nodesAtOnce(state: SequencerState, step: StepSpec): number {
  const setting = state.settings[MACHINE_SETTINGS.nodesAtOnce];
  return Math.min(typeof setting === 'number' ? setting : NODES_AT_ONCE, step.policy.nodesAtOnce ?? Infinity);
}

/** Whether a node is out because something was wrong with it, and not only because a person holds it. */
export function isBad({ state }: LeftOut): boolean {
  return state !== undefined;
}

/** True while cells of the current step run, wait or are to be probed. */
export function hasUnsettled(state: SequencerState): boolean {
  const counts = countsHere(state);
  return counts !== undefined && unsettled(counts) > 0;
}
