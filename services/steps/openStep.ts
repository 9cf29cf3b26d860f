import type { Slices } from '../../core/model/slices.ts';
import { stepsOf, type StepSpec } from '../../core/model/operationSpec.ts';
import { PutError, reportOf } from '../../core/protocol/errors.ts';
import { givenAnswer } from '../../core/steps/givenAnswers.ts';
import type { Verdict } from '../../core/steps/AskShape.ts';
import { askShapeOf, type AnyAskShape } from '../../core/steps/registry.ts';
import { faultOf } from '../../core/protocol/schemaWords.ts';
import { whyAnswerOff } from '../../core/steps/whyOff.ts';
import type { NodeHandle } from '../nodes/NodePort.ts';
import type { SelectionLibrary } from './SelectionLibrary.ts';
import type { JobEventBody, ProbeOutcome, Skips, WorkOutcome } from '../sequencer/events.ts';
import {
  answerOfWavesBefore,
  cellOf,
  currentStep,
  isNodeOf,
  stepSpec,
  type SequencerState,
} from '../sequencer/state.ts';
import { whyLeftOut } from '../../core/steps/conditions.ts';
import { shownToAccept } from './accepted.ts';
import { jobSoFar, leftOutReason } from './JobSoFar.ts';
import { findStepKind, stepKind, unknownKind, type AnyStepKind } from './registry.ts';
import type { AnyNodeWork, StepContext, StepIo } from './StepKind.ts';

/*
 * What the kinds of its steps make of a job: events that open, skip or answer a step, and the work on a node. Pure functions of the state and the library.
 */

function contextOf(
  state: SequencerState,
  step: StepSpec,
  kind: AnyStepKind,
  library: SelectionLibrary,
  nowMs: number,
): StepContext {
  const params = kind.params.safeParse(step.with);
  if (!params.success) {
    const issue = params.error.issues[0];
    const place = `${step.id}.with.${issue?.path.join('.') ?? ''}`;
    throw new PutError('operation-invalid', `${place}: ${issue?.message ?? 'not understood'}`, { place });
  }
  return { job: jobSoFar(state), step, params: params.data, library, nowMs };
}

/** Finds out beforehand, with places to pause, what opening or refreshing a step takes long to find out. Throws what opening it would. */
export function* prepareStep(state: SequencerState, stepId: string, library: SelectionLibrary): Slices<unknown> {
  const step = stepSpec(state.spec, stepId);
  const kind = stepKind(step.use);
  if (kind.form !== 'ask' || !kind.prepare) return undefined;
  const context = contextOf(state, step, kind, library, 0);
  return whyLeftOut(context.job, step) === undefined ? yield* kind.prepare(context) : undefined;
}

/** What stands against every answer to the screen that is shown, in words. */
export function obstacleOf(state: SequencerState): string | undefined {
  if (state.screen === undefined) return undefined;
  const { use } = currentStep(state);
  const shape = askShapeOf(use);
  const obstacle = shape ? shape.obstacle?.(state.screen) : unknownKind(use).message;
  return obstacle && `${obstacle.charAt(0).toUpperCase()}${obstacle.slice(1)}.`;
}

/** Nodes that a step with work leaves alone, equal reasons together. */
function skipsOf(context: StepContext, work: AnyNodeWork): Skips[] {
  const byReason = new Map<string, string[]>();
  for (const member of context.job.members()) {
    const reason = leftOutReason(context.job, context.step, member) ?? work.whyNot?.(context, member.nodeId);
    if (reason === undefined) continue;
    const nodes = byReason.get(reason);
    if (nodes) nodes.push(member.nodeId);
    else byReason.set(reason, [member.nodeId]);
  }
  return [...byReason].map(([reason, nodeIds]) => ({ reason, nodeIds }));
}

/** What the work of a step begins with: nodes that it leaves alone, and those that go last. */
function beginningOf(
  context: StepContext,
  work: AnyNodeWork,
): Pick<JobEventBody & { kind: 'step-opened' }, 'skips' | 'last'> {
  const last = context.job.members().flatMap(({ nodeId }) => (work.goesLast?.(context, nodeId) ? [nodeId] : []));
  return { skips: skipsOf(context, work), ...(last.length > 0 ? { last } : {}) };
}

/** The event that opens or skips a step. @throws PutError when it cannot begin */
export function openStep(
  state: SequencerState,
  stepId: string,
  library: SelectionLibrary,
  nowMs: number,
): JobEventBody {
  const step = stepSpec(state.spec, stepId);
  const kind = stepKind(step.use);
  const context = contextOf(state, step, kind, library, nowMs);
  const left = whyLeftOut(context.job, step);
  if (left !== undefined) return { kind: 'step-skipped', stepId, note: left };
  switch (kind.form) {
    case 'ask': {
      // Who catches up does it by the answer that the others went by.
      if (state.at.program === 'catch-up' && kind.work) {
        return { kind: 'step-opened', stepId, ...beginningOf(context, kind.work) };
      }
      const opening = kind.open(context);
      return 'skip' in opening
        ? { kind: 'step-skipped', stepId, note: opening.skip }
        : { kind: 'step-opened', stepId, screen: opening.screen };
    }
    case 'work':
      return { kind: 'step-opened', stepId, ...beginningOf(context, kind) };
    case 'conclude':
      return { kind: 'step-opened', stepId };
    default:
      return kind satisfies never;
  }
}

interface Asked {
  readonly kind: AnyStepKind & { form: 'ask' };
  readonly shape: AnyAskShape;
  readonly context: StepContext;
  readonly screen: unknown;
}

/** The ask step that waits for an answer. */
function askedNow(state: SequencerState, library: SelectionLibrary): Asked {
  const step = currentStep(state);
  const kind = stepKind(step.use);
  const shape = askShapeOf(step.use);
  if (kind.form !== 'ask' || !shape || state.screen === undefined) {
    throw new PutError('step-not-current', `${step.title} does not wait for an answer`, { stepId: step.id });
  }
  return { kind, shape, context: contextOf(state, step, kind, library, 0), screen: state.screen };
}

function answered(
  { kind, shape, context, screen }: Asked,
  input: unknown,
  user: string,
): JobEventBody & { kind: 'answered' } {
  const { answer, effects } = kind.judge(context, screen, input);
  // The last word after the judge's own, which name code and place: what a window would not let pass does not pass here.
  const off = whyAnswerOff(shape, screen, input, { problems: [] });
  if (off !== undefined)
    throw new PutError('input-invalid', `${context.step.title}: ${off}`, { place: context.step.id });
  const shows = context.job.needsApproval && shape.accepting ? { shows: shownToAccept(kind, context, screen) } : {};
  const means = { ...effects, ...shows };
  return {
    kind: 'answered',
    stepId: context.step.id,
    answer,
    user,
    ...(Object.keys(means).length > 0 ? { effects: means } : {}),
    ...(kind.work ? beginningOf(context, kind.work) : {}),
  };
}

/** An answer of older software names its step; here it is the step that waits. */
function withoutStepId(input: object): unknown {
  const { stepId: _stepId, ...answer } = input as { stepId?: unknown };
  return answer;
}

/** An answer, checked by the kind of the step that waits. @throws PutError input-invalid naming the place */
function parseAnswer({ shape }: Asked, input: object): unknown {
  const parsed = shape.answer.safeParse(withoutStepId(input));
  if (parsed.success) return parsed.data;
  const { place, message } = faultOf(parsed.error);
  throw new PutError('input-invalid', `${place || 'input'}: ${message}`, { place: place || 'input' });
}

/** The event of an answer. @throws PutError that says what is wrong with it */
export function answerStep(
  state: SequencerState,
  input: object,
  user: string,
  library: SelectionLibrary,
): JobEventBody {
  const asked = askedNow(state, library);
  return answered(asked, parseAnswer(asked, input), user);
}

/** The kind of a step that asks, and an answer to it that fits; undefined where it is neither. */
function fittingAnswer(
  state: SequencerState,
  stepId: string,
  input: object,
  library: SelectionLibrary,
): { kind: AnyStepKind & { form: 'ask' }; context: StepContext; answer: unknown } | undefined {
  const step = stepsOf(state.spec).find(({ id }) => id === stepId);
  if (!step) return undefined;
  const kind = stepKind(step.use);
  const parsed = askShapeOf(step.use)?.answer.safeParse(withoutStepId(input));
  if (kind.form !== 'ask' || !parsed?.success) return undefined;
  return { kind, context: contextOf(state, step, kind, library, 0), answer: parsed.data };
}

/** Finds out beforehand, with places to pause, what judging an answer takes long to find out; nothing where it does not fit. */
export function* prepareAnswer(
  state: SequencerState,
  stepId: string,
  input: object,
  library: SelectionLibrary,
): Slices<unknown> {
  const fitting = fittingAnswer(state, stepId, input, library);
  return fitting ? yield* fitting.kind.prepareAnswer?.(fitting.context, fitting.answer) ?? [] : undefined;
}

/** What stands against an answer before it is given. @throws PutError step-not-current where that cannot be said yet */
export function checkAnswer(state: SequencerState, stepId: string, input: object, library: SelectionLibrary): Verdict {
  const fitting = fittingAnswer(state, stepId, input, library);
  return fitting?.kind.check?.(fitting.context, fitting.answer) ?? { problems: [] };
}

/** What is shown of the answers that are kept, by step id; the same objects for the same answers. */
export function shownAnswers(state: SequencerState): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(state.answers).map(([stepId, kept]) => [
      stepId,
      shownAnswer(stepSpec(state.spec, stepId).use, kept),
    ]),
  );
}

const shown = new WeakMap<object, unknown>();

function shownAnswer(use: string, kept: unknown): unknown {
  if (typeof kept !== 'object' || kept === null) return kept;
  const known = shown.get(kept);
  if (known !== undefined) return known;
  // An answer of newer software is shown as it was kept.
  const kind = findStepKind(use);
  const own = withoutStepId(kept) as object;
  const made = (kind?.form === 'ask' ? kind.shown?.(own) : undefined) ?? own;
  shown.set(kept, made);
  return made;
}

/**
 * The event of the answer that the job was given for the step it waits at; undefined where a person answers it.
 * @throws PutError that says why the answer cannot be used
 */
function givenAnswerEvent(state: SequencerState, library: SelectionLibrary): JobEventBody | undefined {
  const { given } = state;
  if (!given?.active) return undefined;
  const asked = askedNow(state, library);
  if (asked.kind.mayAnswerByItself && !asked.kind.mayAnswerByItself(asked.context, asked.screen)) return undefined;
  const input = givenAnswer(given.answers, {
    step: asked.context.step,
    screen: asked.screen,
    isSelected: isNodeOf(state.nodes),
  });
  return { ...answered(asked, input, given.by), byGiven: true };
}

/** The event of the answer of the waves before, where it holds for this one; undefined where there is none, or a person has to choose. */
function wavesAnswerEvent(state: SequencerState, library: SelectionLibrary): JobEventBody | undefined {
  const before = answerOfWavesBefore(state);
  if (!before) return undefined;
  const asked = askedNow(state, library);
  const input: unknown = asked.kind.answerAgain?.(asked.screen, before.answer);
  return input === undefined ? undefined : { ...answered(asked, input, before.by), byGiven: true, asBefore: true };
}

/**
 * The event of the answer that the job was given for the step it waits at, or why it cannot be used, with the nodes that alone stand against it; undefined
 * where a person answers. `onFault` is told what is no fault of the answer.
 */
export function answerByItself(
  state: SequencerState,
  library: SelectionLibrary,
  onFault: (why: Readonly<Record<string, unknown>>) => void,
): JobEventBody | undefined {
  try {
    return wavesAnswerEvent(state, library) ?? givenAnswerEvent(state, library);
  } catch (error) {
    const { code, message } = reportOf(error);
    if (!(error instanceof PutError)) onFault({ code, message });
    // What goes on by itself no more is not stopped once more.
    if (!state.given?.active) return undefined;
    const stepId = currentStep(state).id;
    return { kind: 'answers-stopped', stepId, cause: { code, message }, ...nodesInTheWay(state, library) };
  }
}

/** `nodeIds`: the nodes without which the answer that the job was given for the step it waits at could be used; absent where that does not help. */
function nodesInTheWay(state: SequencerState, library: SelectionLibrary): { nodeIds?: readonly string[] } {
  try {
    const asked = askedNow(state, library);
    const shape = askShapeOf(asked.context.step.use);
    if (!state.given || !shape?.inTheWay) return {};
    const isSelected = isNodeOf(state.nodes);
    const input = givenAnswer(state.given.answers, { step: asked.context.step, screen: asked.screen, isSelected });
    const answer = shape.answer.safeParse(input);
    if (!answer.success) return {};
    const verdict = asked.kind.check?.(asked.context, answer.data);
    const nodeIds = shape.inTheWay(asked.screen, answer.data, verdict);
    return nodeIds.length === 0 ? {} : { nodeIds };
  } catch {
    // What the answer names is not there at all: no node is to blame.
    return {};
  }
}

/** The screen made anew when the library changed under it; undefined when it does not depend on it. */
export function refreshScreen(
  state: SequencerState,
  library: SelectionLibrary,
  nowMs: number,
): JobEventBody | undefined {
  if (state.screen === undefined) return undefined;
  const step = currentStep(state);
  const kind = stepKind(step.use);
  if (kind.form !== 'ask' || !kind.fromLibrary) return undefined;
  const opening = kind.open(contextOf(state, step, kind, library, nowMs));
  return 'skip' in opening ? undefined : { kind: 'screen-changed', stepId: step.id, screen: opening.screen };
}

/** What a step does on a node. */
export interface WorkOfNode {
  /** Name of the step's kind. */
  readonly use: string;
  readonly work: unknown;
  /** A deadline that the work itself has. */
  readonly deadlineMs?: number | undefined;
}

/** The work of a step on a node. */
export function workOf(state: SequencerState, stepId: string, nodeId: string, library: SelectionLibrary): WorkOfNode {
  const step = stepSpec(state.spec, stepId);
  const kind = stepKind(step.use);
  const ofKind = workOfKind(kind, step.use);
  const { again, warnedItems = [] } = cellOf(state, stepId, state.nodes.indexOf[nodeId] ?? -1) ?? {};
  const context = { ...contextOf(state, step, kind, library, 0), ...(again ? { again: warnedItems } : {}) };
  const work = ofKind.workFor(context, nodeId);
  const deadlineMs = ofKind.deadlineMs?.(work);
  return { use: step.use, work, ...(deadlineMs === undefined ? {} : { deadlineMs }) };
}

function workOfKind(kind: AnyStepKind, use: string): AnyNodeWork {
  const work = kind.form === 'ask' ? kind.work : kind.form === 'work' ? kind : undefined;
  if (!work) throw new PutError('internal', `steps of kind ${use} have no work on nodes`);
  return work;
}

/** Does the work of a step on a node, through the handle. Where that never reached the node, nothing was begun there, whatever the work makes of it. */
export async function runWork(node: NodeHandle, { use, work }: WorkOfNode, io: StepIo): Promise<WorkOutcome> {
  let leftOutBytes = 0;
  const outcome = await workOfKind(stepKind(use), use).run(node, work, {
    ...io,
    onLeftOut: (bytes) => (leftOutBytes += bytes),
  });
  const result = leftOutBytes > 0 ? { result: { ...outcome.result, leftOutBytes } } : {};
  return { ...outcome, ...result, ...(node.wasReached ? {} : { notBegun: true }) };
}

/** Finds out whether the work of a step was done on a node; changes nothing there. */
export function probeWork(node: NodeHandle, { use, work }: WorkOfNode, io: StepIo): Promise<ProbeOutcome> {
  return workOfKind(stepKind(use), use).probe(node, work, io);
}

/** What Exit does first where services are to be started: the step that the spec names, on the nodes whose service is not known to be up. */
export function openExitStep(state: SequencerState, stepId: string): JobEventBody | undefined {
  const job = jobSoFar(state);
  const lingering = new Set(job.lingering());
  const starting = job
    .members()
    .filter(({ nodeId, service }) => service && service.state !== 'up' && !lingering.has(nodeId));
  if (starting.length === 0) return undefined;
  const wanted = new Set(starting.map(({ nodeId }) => nodeId));
  const others = job.members().filter(({ nodeId }) => !wanted.has(nodeId) && !lingering.has(nodeId));
  const skips: Skips[] = [];
  if (lingering.size > 0)
    skips.push({ reason: 'work on the node is not known to have ended', nodeIds: [...lingering] });
  if (others.length > 0) {
    skips.push({ reason: 'the service was not seen down here', nodeIds: others.map(({ nodeId }) => nodeId) });
  }
  return { kind: 'step-opened', stepId, skips };
}
