import type { JobEvent } from '../events.ts';
import { heldByWindow, runWindowOf } from '../runWindow.ts';
import { currentStep, phaseOf, statusOf, stepSpec, type SequencerState } from '../state.ts';

/** Watches that a job begins to change nodes in the time that it has, unless a person wanted it otherwise. Answers what an event broke, in words. */
export function createTimeWatch(
  started: Pick<SequencerState, 'settings'>,
): (event: JobEvent, before: SequencerState, after: SequencerState) => string | undefined {
  const { notBeforeMs = -Infinity, notAfterMs = Infinity } = runWindowOf(started) ?? {};
  /** Places where a person let the job begin out of its time; `early` for all that come. */
  const letBegin = new Set<string>();
  return (event, before, after) => {
    const place = `${currentStep(before).id} ${before.at.wave}`;
    if (event.kind === 'went-back') letBegin.clear();
    if (event.kind === 'window-passed') letBegin.add(heldByWindow(before) === 'late' ? place : 'early');
    if (event.kind !== 'step-opened' || before.at.program !== 'forward' || after.at.program !== 'forward')
      return undefined;
    const { id, policy } = stepSpec(after.spec, event.stepId);
    if (!policy.irreversible || policy.readOnly || letBegin.has(place)) return undefined;
    const steps = phaseOf(after.spec, id)?.steps ?? [];
    const earlier = steps.slice(
      0,
      steps.findIndex((step) => step.id === id),
    );
    const began = earlier.some(
      (step) =>
        step.policy.irreversible &&
        !step.policy.readOnly &&
        !['waiting', 'skipped'].includes(statusOf(before, step.id).state),
    );
    if (began) return undefined;
    if (event.atMs < notBeforeMs && !letBegin.has('early')) return `${id} begins before its time`;
    return event.atMs > notAfterMs ? `${id} begins after its time` : undefined;
  };
}
