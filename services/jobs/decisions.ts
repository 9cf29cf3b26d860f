import type { Draft } from './Draft.ts';
import type { JobEvent } from './events.ts';
import type { AskedOnce, SequencerState } from './sequencerState.ts';

/** Requests that are known again; a repeat comes within minutes, and nobody decides that often. */
const ASKED_KEPT = 256;

/** Keeps what the next decision of a person depends on: the request that asked, and whether older views are void. */
export function rememberDecision(draft: Draft<SequencerState>, event: JobEvent): void {
  const { eventNumber, currentStep: at, steps } = draft.root.view;
  const user = 'user' in event ? event.user : undefined;
  if (event.asked !== undefined) {
    const asked = draft.own(draft.root, 'asked') as Record<string, AskedOnce>;
    const nodes = 'nodeIds' in event ? event.nodeIds.length : Object.keys(steps[at]?.cells ?? {}).length;
    asked[event.asked] = { eventNumber, nodes };
    const keys = Object.keys(asked);
    for (const oldest of keys.slice(0, Math.max(0, keys.length - ASKED_KEPT))) delete asked[oldest];
  }
  if (event.kind === 'baton-taken') draft.root.drivesSince = eventNumber;
  else if (user !== undefined && event.kind !== 'retried' && event.kind !== 'ignored') {
    draft.root.lastMove = { eventNumber, kind: event.kind, user };
  }
}
