import type { CellCause, JobView } from '../../core/model/job.ts';
import { instantText, runWindowOfSettings } from '../../core/model/runWindow.ts';
import { MASTER_TIME_ZONE } from './jobStart.ts';
import { heldByWindow } from '../sequencer/runWindow.ts';
import { currentStep, type SequencerState } from '../sequencer/state.ts';

/** Why the job stands at its time, in words. */
export function heldText(state: SequencerState, held: 'early' | 'late'): string {
  const { notBefore = '', notAfter = '' } = runWindowOfSettings(state.settings) ?? {};
  const { title } = currentStep(state);
  const until = notAfter === '' ? '' : `, and is to begin until ${instantText(notAfter)}`;
  return held === 'early'
    ? `${title} waits until ${instantText(notBefore)}${until}`
    : `${title} was to begin until ${instantText(notAfter)}, which is over`;
}

const views = new WeakMap<object, NonNullable<JobView['runWindow']>>();

/** The time in which the job may begin, and whether it stands for it; the same object while nothing of it changed. */
export function runWindowView(state: SequencerState): Pick<JobView, 'runWindow'> {
  const window = runWindowOfSettings(state.settings);
  if (!window) return {};
  const held = heldByWindow(state);
  const key = state.runWindow?.look ?? state.settings;
  const known = views.get(key);
  if (known && known.waits === held) return { runWindow: known };
  const cause: CellCause | undefined =
    held === 'late' ? { code: 'window-over', message: heldText(state, held) } : undefined;
  const view = { ...window, timeZone: MASTER_TIME_ZONE, ...(held ? { waits: held } : {}), ...(cause ? { cause } : {}) };
  views.set(key, view);
  return { runWindow: view };
}
