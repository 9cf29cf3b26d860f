import { stepsOf } from '../../core/model/operationSpec.ts';
import { asksPerson } from '../../core/model/stepKinds.ts';
import type { WaveCounts } from './cells.ts';
import { entriesOf, valueAt } from './column.ts';
import { currentStep, findStep, goesByWaves, phaseOf, statusOf, type LeftOut, type SequencerState } from './state.ts';

/*
 * Nodes that come back. A node that is held, or was away and left out, misses steps; between phases, and before a question, those that may come
 * back go through what they missed, in order, by the same answers, and only then the job goes on with all. Queries; what events make of it is in
 * applyCatchUp.ts.
 */

/** Nodes that come back, by index. Nodes held or due that missed nothing yet are among them. */
export interface Returning {
  readonly held: readonly number[];
  readonly due: readonly number[];
}

const known = new WeakMap<SequencerState['leftOut'], Returning>();

/** The nodes that come back; looked for only when a person decided about one. */
export function returning({ leftOut }: Pick<SequencerState, 'leftOut'>): Returning {
  const made = known.get(leftOut);
  if (made) return made;
  const held: number[] = [];
  const due: number[] = [];
  for (const [index, left] of entriesOf(leftOut)) {
    if (left.returns === 'held') held.push(index);
    else if (left.returns === 'due') due.push(index);
  }
  const found = { held, due };
  known.set(leftOut, found);
  return found;
}

/** Whether the job stands before the first step of a phase, or before the last step of all. */
function isBetweenPhases(state: SequencerState): boolean {
  const steps = stepsOf(state.spec);
  const [before, here] = [steps[state.at.step - 1], steps[state.at.step]];
  if (!before || !here) return false;
  return state.at.step === steps.length - 1 || phaseOf(state.spec, before.id) !== phaseOf(state.spec, here.id);
}

/**
 * Whether the job stands where nodes catch up: between phases, so that the others are not kept waiting amid a change, and before a step that asks, so that
 * nothing is answered without them. Amid waves it does not: there are nodes still to come.
 */
function isPlace(state: SequencerState): boolean {
  const { program, wave } = state.at;
  if (program !== 'forward' || wave > 0 || state.gate || state.exit) return false;
  const here = currentStep(state);
  if (statusOf(state, here.id).state !== 'waiting') return false;
  return isBetweenPhases(state) || (asksPerson(here.use) && !goesByWaves(state, here.id));
}

/** Nodes that catch up now, by index; empty where none does, or the job does not stand where they may. */
export function catchingUp(state: SequencerState): readonly number[] {
  const { due } = returning(state);
  return due.length > 0 && isPlace(state) ? due : [];
}

/**
 * Held nodes that the job waits for: they missed something, and going on means that they stay as they were. That is asked once, where steps that cannot be
 * taken back are through, or before the last step.
 */
export function waitedFor(state: SequencerState): readonly number[] {
  const { held } = returning(state);
  if (held.length === 0 || !isPlace(state) || !isBetweenPhases(state)) return [];
  const steps = stepsOf(state.spec);
  const passed = phaseOf(state.spec, steps[state.at.step - 1]?.id ?? '');
  const matters = passed?.steps.some(({ policy }) => policy.irreversible && !policy.readOnly);
  if (!matters && state.at.step < steps.length - 1) return [];
  return held.filter((index) => {
    const left = valueAt(state.leftOut, index);
    return left?.from !== undefined && !left.without;
  });
}

/** The first step that a node missed, of the way forward from 0; undefined where it missed none, or was not on the way forward. */
export function missedFrom(state: SequencerState, left: LeftOut): number | undefined {
  if (left.returns) return left.from;
  const at = stepsOf(state.spec).findIndex((step) => step.id === left.stepId);
  return at < 0 ? undefined : at;
}

/** Why a node that is out cannot come back to this job, in words; undefined where it can. */
export function whyNotBack(
  state: SequencerState,
  index: number,
  left = valueAt(state.leftOut, index),
): string | undefined {
  if (!left) return undefined;
  const nodeId = state.nodes.ids[index] ?? '';
  if (left.rolledBack) return `${nodeId} went back to the versions before`;
  const from = missedFrom(state, left);
  if (from === undefined) {
    const at = findStep(state.spec, left.stepId)?.title ?? left.stepId;
    return left.returns ? undefined : `${nodeId} was ignored at ${at}, on the way back`;
  }
  // What was answered while it was away was answered without it.
  const end = state.catchUp?.returnTo.step ?? state.at.step;
  const answered = stepsOf(state.spec)
    .slice(from, end)
    .find(({ id }) => Object.hasOwn(state.answers, id) && !state.cells[id]);
  return answered && `${nodeId} was away when ${answered.title} was answered`;
}

/** Whether nodes are held and so none is left at a step that needs one. */
export function allHeld(state: SequencerState, counts: WaveCounts): boolean {
  return currentStep(state).policy.needsOne && counts.ok + counts.warned === 0 && returning(state).held.length > 0;
}
