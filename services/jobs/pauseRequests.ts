import { pauseEvent, resumeEvent } from '../sequencer/requests.ts';
import type { Handlers } from '../service.ts';
import type { Drive } from './drive.ts';

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
