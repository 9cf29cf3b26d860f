import { runWindowOfSettings } from '../../core/model/runWindow.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { stepsOf } from '../../core/model/operationSpec.ts';
import { totalCounts, worked } from './cells.ts';
import type { JobEvent, JobEventBody } from './events.ts';
import { hasBegunHere } from './runWindow.ts';
import { currentStep, isOver, statusOf, stepsOfProgram, type SequencerState } from './state.ts';

/*
 * Approval by a second person: the job stands before its first step that cannot be taken back until somebody who had no part in its plan approved
 * what was accepted, by its digest.
 */

/** Whoever had a part in what is to be approved: started it, drives it, gave it an answer, or another time. */
export function authorsOf(state: SequencerState): ReadonlySet<string> {
  const { startedBy, driver, given, answeredBy, windowSetBy = [] } = state;
  return new Set([startedBy, driver, ...(given ? [given.by] : []), ...Object.values(answeredBy), ...windowSetBy]);
}

/** Whether what was accepted last is approved. */
export function isApproved({ approval }: SequencerState): boolean {
  return approval?.approved !== undefined && approval.approved.digest === approval.asked?.digest;
}

/** Whether the job stands still until another person approves what was accepted. */
export function awaitsApproval(state: SequencerState): boolean {
  if (!state.approval || isApproved(state) || isOver(state) || state.exit || state.gate) return false;
  if (state.at.program !== 'forward' || state.at.step >= stepsOfProgram(state).length) return false;
  const { id, policy } = currentStep(state);
  // An approval that is asked for anew is waited for where a wave begins, never amid one.
  return policy.irreversible && !policy.readOnly && statusOf(state, id).state === 'waiting' && !hasBegunHere(state);
}

/** What an event means for the approval. `state` is the one after it. */
export function applyToApproval(state: SequencerState, event: JobEvent): SequencerState {
  const { approval } = state;
  if (!approval) return state;
  switch (event.kind) {
    case 'answered': {
      const shows = event.effects?.shows;
      // An answer of a person's own is not what the plan file says.
      if (!shows) return event.byGiven ? state : { ...state, approval: { ...approval, before: undefined } };
      const asked = { digest: shows.digest, stepId: event.stepId };
      const { before } = approval;
      const counts = before !== undefined && shows.asBound === true && !authorsOf(state).has(before.user);
      const { user, atMs, digest: planFile } = before ?? { user: '', atMs: 0, digest: '' };
      const window = runWindowOfSettings(state.settings) ?? {};
      const approved = counts
        ? { digest: shows.digest, user, atMs, planFile, answer: event.answer, window }
        : approval.approved;
      return { ...state, approval: { ...approval, asked, approved } };
    }
    case 'answers-given':
      return event.changed.length === 0 ? state : { ...state, approval: { ...approval, before: undefined } };
    case 'went-back': {
      const taken = approval.asked && statusOf(state, approval.asked.stepId).state === 'waiting';
      return taken ? { ...state, approval: { ...approval, asked: undefined } } : state;
    }
    case 'approved': {
      const { user, atMs, digest } = event;
      const answer = state.answers[approval.asked?.stepId ?? ''];
      const window = runWindowOfSettings(state.settings) ?? {};
      return { ...state, approval: { ...approval, approved: { digest, user, atMs, answer, window } } };
    }
    case 'window-set': {
      const { asked } = approval;
      const { digest, was } = event;
      if (!asked || digest === undefined) return { ...state, approval: { ...approval, before: undefined } };
      const accepted = asked.accepted ?? { digest: asked.digest, window: was };
      return { ...state, approval: { ...approval, before: undefined, asked: { ...asked, digest, accepted } } };
    }
    case 'approval-withdrawn':
      return { ...state, approval: { ...approval, approved: undefined, before: undefined } };
    default:
      return state;
  }
}

/**
 * Approves what was accepted, by the digest that the person saw. Undefined: it is approved already. Throws `approval-not-asked`, `approval-own`
 * for whoever had a part in it, `approval-stale` for another digest than that of what is accepted now.
 */
export function approveEvent(state: SequencerState, digest: string, user: string): JobEventBody | undefined {
  const { jobNumber, approval } = state;
  if (isOver(state)) throw new PutError('job-over', `job ${jobNumber} has ended`);
  if (!approval) throw new PutError('approval-not-asked', `job ${jobNumber} needs no approval`);
  const { asked, approved } = approval;
  if (!asked)
    throw new PutError(
      'approval-not-asked',
      `nothing of job ${jobNumber} is accepted yet, so there is nothing to approve`,
    );
  if (authorsOf(state).has(user)) {
    throw new PutError(
      'approval-own',
      `${user} had a part in job ${jobNumber} (started it, drives it, or answered a step); another person approves it`,
      { user },
    );
  }
  if (digest !== asked.digest) {
    throw new PutError(
      'approval-stale',
      `${digest} is not what job ${jobNumber} would do now: that is ${asked.digest}`,
      {
        ...{ digest, now: asked.digest },
      },
    );
  }
  return approved?.digest === digest ? undefined : { kind: 'approved', digest, user };
}

/** Whether what was approved has begun: a step of the way forward that cannot be taken back. */
export function hasBegunApproved(state: SequencerState): boolean {
  return stepsOf(state.spec).some(({ id, policy }) => {
    const table = state.cells[id];
    if (!policy.irreversible || policy.readOnly) return false;
    // Between two waves the step waits, and has worked on the nodes of the one before.
    return (
      !['waiting', 'skipped'].includes(statusOf(state, id).state) || (table !== undefined && worked(totalCounts(table)))
    );
  });
}

/**
 * Takes an approval back, by who gave it, while nothing of what it is about has begun. Undefined: nobody approved it, so there is nothing to take back.
 * Throws `approval-not-asked` where no approval is needed, `approval-other` for somebody else, `step-not-current` once it is too late.
 */
export function withdrawApprovalEvent(state: SequencerState, user: string): JobEventBody | undefined {
  const { jobNumber, approval } = state;
  if (isOver(state)) throw new PutError('job-over', `job ${jobNumber} has ended`);
  if (!approval) throw new PutError('approval-not-asked', `job ${jobNumber} needs no approval`);
  const { approved } = approval;
  if (!approved) return undefined;
  if (approved.user !== user) {
    throw new PutError('approval-other', `${approved.user} approved job ${jobNumber}, and takes that back`, {
      user: approved.user,
    });
  }
  if (hasBegunApproved(state)) {
    const { id, title } = currentStep(state);
    const message = `job ${jobNumber} has begun what ${user} approved and is at ${title}; pause it, or exit it`;
    throw new PutError('step-not-current', message, { stepId: id });
  }
  return { kind: 'approval-withdrawn', user };
}
