import { holdEvent, releaseEvent, waveStopEvent } from '../sequencer/holdRequests.ts';
import { pauseEvent, resumeEvent } from '../sequencer/requests.ts';
import type { Handlers } from '../service.ts';
import { stopsBefore } from '../steps/gates.ts';
import type { Drive } from './drive.ts';

/** Pause and resume of the job, of a wave to come, and of single nodes, decided by the driver of the job. */
export function pauseHandlers(drive: Drive): Handlers {
  return {
    'job.pause': (params, caller) => {
      const { beforeWave, reason } = params;
      if (beforeWave === undefined) {
        const why = reason ?? 'no reason was given';
        drive('job.pause', ['paused'], params, caller, (state) => pauseEvent(state, caller.user, why));
      } else {
        const wave = beforeWave - 1;
        drive('job.pause', ['wave-stop-set'], params, caller, (state) =>
          waveStopEvent(state, { wave, stop: true, reason, isSo: stopsBefore(state, wave) }, caller.user),
        );
      }
      return {};
    },
    'job.resume': (params, caller) => {
      const { beforeWave } = params;
      if (beforeWave === undefined) {
        drive('job.resume', ['resumed'], params, caller, (state) => resumeEvent(state, caller.user));
      } else {
        const wave = beforeWave - 1;
        drive('job.resume', ['wave-stop-set'], params, caller, (state) =>
          waveStopEvent(state, { wave, stop: false, isSo: stopsBefore(state, wave) }, caller.user),
        );
      }
      return {};
    },
    'job.hold': (params, caller) => {
      const done = drive('job.hold', ['held'], params, caller, (state) => holdEvent(state, params, caller.user));
      return { held: done.nodes };
    },
    'job.release': (params, caller) => {
      const done = drive('job.release', ['released'], params, caller, (state) =>
        releaseEvent(state, params.nodeIds, caller.user),
      );
      return { released: done.nodes };
    },
  };
}
