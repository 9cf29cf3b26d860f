import { jobSettings } from '../../core/model/jobSettings.ts';
import { requireRunWindow, runWindowOfSettings, type RunWindow } from '../../core/model/runWindow.ts';
import type { Clock } from '../../core/session/ports.ts';
import { beginNowEvent, setWindowEvent } from '../sequencer/runWindow.ts';
import { MACHINE_SETTINGS, type SequencerState } from '../sequencer/state.ts';
import type { Handlers } from '../service.ts';
import { acceptedWithWindow } from '../steps/accepted.ts';
import type { Drive } from './drive.ts';

/** The time that a job has once what is said of it holds: absent stays as it is, `null` takes it away. */
interface WindowChange {
  readonly notBefore?: string | null | undefined;
  readonly notAfter?: string | null | undefined;
}

/** @throws PutError input-invalid naming the setting: no such one, no time, or a time that never comes */
function windowAfter({ spec, settings }: SequencerState, change: WindowChange, nowMs: number): RunWindow {
  const names = [MACHINE_SETTINGS.notBefore, MACHINE_SETTINGS.notAfter];
  const ofTime = Object.fromEntries(Object.entries(spec.settings).filter(([name]) => names.includes(name as never)));
  const said = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
  const window = runWindowOfSettings(jobSettings(ofTime, { ...runWindowOfSettings(settings), ...said })) ?? {};
  requireRunWindow({ ...window }, nowMs);
  return Object.fromEntries(Object.entries(window).filter(([, value]) => value !== undefined));
}

/** Begin now, and another time to begin, decided by the driver of the job. */
export function runWindowHandlers(drive: Drive, clock: Clock): Handlers {
  return {
    'job.beginNow': (params, caller) => {
      const reason = params.reason ?? 'no reason was given';
      drive('job.beginNow', ['window-passed'], params, caller, (state) => beginNowEvent(state, caller.user, reason));
      return {};
    },
    'job.setWindow': (params, caller) => {
      const { notBefore, notAfter, reason = 'no reason was given' } = params;
      drive('job.setWindow', ['window-set'], params, caller, (state) => {
        const window = windowAfter(state, { notBefore, notAfter }, clock.nowMs());
        const { asked } = state.approval ?? {};
        const accepted = asked?.accepted ?? asked;
        const was = runWindowOfSettings(state.settings) ?? {};
        const digest = accepted && acceptedWithWindow({ window: was, ...accepted }, window);
        return setWindowEvent(state, { window, reason, digest }, caller.user);
      });
      return {};
    },
  };
}
