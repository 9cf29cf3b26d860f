import type { JobApproval } from '../../core/model/jobApproval.ts';
import { isSameWindow, runWindowOfSettings, windowText } from '../../core/model/runWindow.ts';
import { authorsOf, awaitsApproval, hasBegunApproved, isApproved } from '../sequencer/approval.ts';
import { stepSpec, type SequencerState } from '../sequencer/state.ts';
import { changesOfAccepted } from '../steps/accepted.ts';
import type { Approved } from '../sequencer/recordedDecisions.ts';

/** Differences that are told; how many more there are is said. */
const MOST_CHANGES = 40;

const known = new WeakMap<object, readonly [object, readonly string[]]>();

/** What is accepted now beside what was approved last, in words; none where nothing was approved, or it is the same. */
export function changesSinceApproval(state: SequencerState): readonly string[] {
  const { approved, asked } = state.approval ?? {};
  if (!approved || !asked || isApproved(state)) return [];
  const [before, now] = [approved.answer, state.answers[asked.stepId]];
  if (typeof before !== 'object' || typeof now !== 'object' || !before || !now) return [];
  const window = runWindowOfSettings(state.settings) ?? {};
  const was = approved.window ?? window;
  const ofWindow = isSameWindow(was, window) ? [] : [`begins ${windowText(was)} -> ${windowText(window)}`];
  const memo = known.get(now);
  if (memo?.[0] === before) return [...ofWindow, ...memo[1]];
  const all = changesOfAccepted(stepSpec(state.spec, asked.stepId).use, before, now);
  const more = all.length - MOST_CHANGES;
  const changes = more > 0 ? [...all.slice(0, MOST_CHANGES), `and ${more} more`] : all;
  known.set(now, [before, changes]);
  return [...ofWindow, ...changes];
}

const views = new WeakMap<object, { readonly of: readonly unknown[]; readonly view: JobApproval }>();

/** What people see of the approval of a job; the same object while nothing of it changed. */
export function approvalView(state: SequencerState): { approval?: JobApproval } {
  const { approval, driver, answeredBy } = state;
  if (!approval) return {};
  const begun = hasBegunApproved(state);
  const of = [awaitsApproval(state), begun, driver, answeredBy, state.given?.by];
  const memo = views.get(approval);
  if (memo?.of.every((one, at) => one === of[at])) return { approval: memo.view };
  const told = ({ digest, user, atMs, planFile }: Approved): JobApproval['approved'] => ({
    ...{ digest, user, atMs },
    ...(planFile === undefined ? {} : { planFile }),
  });
  const { asked, approved } = approval;
  const view: JobApproval = {
    waits: awaitsApproval(state),
    ...(asked ? { digest: asked.digest } : {}),
    ...(approved && isApproved(state) ? { approved: told(approved) } : {}),
    ...(approved && asked && !isApproved(state)
      ? { before: told(approved), changes: changesSinceApproval(state) }
      : {}),
    ...(begun ? { begun } : {}),
    notBy: [...authorsOf(state)],
  };
  views.set(approval, { of, view });
  return { approval: view };
}
