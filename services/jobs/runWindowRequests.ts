import { beginNowEvent } from '../sequencer/runWindow.ts';
import type { Handlers } from '../service.ts';
import type { Drive } from './drive.ts';

/** Begin now, decided by the driver of the job. */
export function runWindowHandlers(drive: Drive): Handlers {
  return {
    'job.beginNow': (params, caller) => {
      const reason = params.reason ?? 'no reason was given';
      drive('job.beginNow', ['window-passed'], params, caller, (state) => beginNowEvent(state, caller.user, reason));
      return {};
    },
  };
}
