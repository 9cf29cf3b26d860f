import type { JobEventBody } from '../sequencer/events.ts';
import { pauseEvent, resumeEvent } from '../sequencer/requests.ts';
import type { SequencerState } from '../sequencer/state.ts';
import type { Caller, CheckedParams, Handlers } from '../service.ts';

type Drive = (
  method: 'job.pause' | 'job.resume',
  kinds: readonly JobEventBody['kind'][],
  params: CheckedParams<'job.pause'>,
  caller: Caller,
  decideOn: (state: SequencerState) => JobEventBody | undefined,
) => unknown;

/** Pause and resume, decided by the driver of the job. */
export function pauseHandlers(drive: Drive): Handlers {
  return {
    'job.pause': (params, caller) => {
      const reason = params.reason ?? 'no reason was given';
      drive('job.pause', ['paused'], params, caller, (state) => pauseEvent(state, caller.user, reason));
      return {};
    },
    'job.resume': (params, caller) => {
      drive('job.resume', ['resumed'], params, caller, (state) => resumeEvent(state, caller.user));
      return {};
    },
  };
}
