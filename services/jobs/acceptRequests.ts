import { requireBaton, requireSeen } from '../sequencer/requests.ts';
import { isOver, type AskedOnce, type SequencerState } from '../sequencer/state.ts';
import { acceptEvent } from '../sequencer/warnings.ts';
import type { JobEventBody } from '../sequencer/events.ts';
import type { Caller, Handlers } from '../service.ts';

/** A request that changes nothing when it comes again. */
export type Once = (
  method: 'job.accept',
  params: { readonly jobId: string },
  caller: Caller,
  decideOn: (state: SequencerState) => JobEventBody | undefined,
) => AskedOnce;

/** Warnings are accepted: by who drives the job while it goes on, by any operator once it has ended. */
export function acceptHandlers(once: Once): Handlers {
  return {
    'job.accept': (params, caller) => {
      const done = once('job.accept', params, caller, (state) => {
        if (!isOver(state)) {
          requireBaton(state, caller.user);
          requireSeen(state, params.seen, ['accepted'], caller.user);
        }
        return acceptEvent(state, params, caller.user);
      });
      return { accepted: done.nodes };
    },
  };
}
