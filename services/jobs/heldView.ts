import type { JobView } from '../../core/model/job.ts';
import { NAMED_NODES, type HeldNode } from '../../core/model/jobParts.ts';
import { stepsOf } from '../../core/model/operationSpec.ts';
import { returning, waitedFor, whyNotBack } from '../sequencer/catchUp.ts';
import { valueAt } from '../sequencer/column.ts';
import { isOver, type SequencerState } from '../sequencer/state.ts';

/** What is shown of a node that is held or is to catch up; undefined of every other. */
export function heldNode(state: SequencerState, index: number): HeldNode | undefined {
  const left = valueAt(state.leftOut, index);
  if (!left?.returns) return undefined;
  const since = left.from === undefined ? undefined : stepsOf(state.spec)[left.from]?.id;
  const stays = whyNotBack(state, index);
  return {
    ...{ state: left.returns === 'held' ? 'held' : 'catches-up', user: left.user, reason: left.reason },
    ...(left.state ? { was: left.state } : {}),
    ...(since === undefined ? {} : { since }),
    ...(stays === undefined ? {} : { stays }),
  };
}

/** Whether the job waits for a word about held nodes, and which of them can still come back. */
function waitsFor(state: SequencerState): { readonly waits: boolean; readonly able?: readonly string[] } {
  const waiting = isOver(state) ? [] : waitedFor(state);
  if (waiting.length === 0) return { waits: false };
  const able: string[] = [];
  for (const index of waiting) {
    if (able.length === NAMED_NODES) break;
    if (whyNotBack(state, index) === undefined) able.push(state.nodes.ids[index] ?? '');
  }
  return { waits: true, able };
}

/** Nodes that are held or are to catch up, those that do so now, and whether the job waits for a word about the held ones. */
export function heldView(state: SequencerState): Pick<JobView, 'held'> {
  const { held, due } = returning(state);
  const now = state.at.program === 'catch-up' ? (state.catchUp?.nodes.length ?? 0) : 0;
  if (held.length + due.length + now === 0) return {};
  const first = [...held, ...due].slice(0, NAMED_NODES).flatMap((index) => state.nodes.ids[index] ?? []);
  return {
    held: {
      ...{ held: held.length, catchUp: due.length, catchingUp: now, first },
      ...waitsFor(state),
    },
  };
}
