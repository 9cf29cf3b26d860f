import { z } from 'zod';
import { failurePolicyText } from '../../core/model/failurePolicy.ts';
import type { StopAt } from '../../core/model/jobSettings.ts';
import {
  isWaveFault,
  ONE_WAVE,
  previewOfWaves,
  shareText,
  wavesOf,
  waveText,
  type Wave,
  type WaveSplit,
} from '../../core/model/waves.ts';
import { PutError } from '../../core/protocol/errors.ts';
import type { AnswerOf, ScreenOf } from '../../core/steps/registry.ts';
import { MACHINE_SETTINGS } from '../sequencer/state.ts';
import { counting, type JobSoFar } from './JobSoFar.ts';
import type { AskKind } from './StepKind.ts';

interface WavesParams {
  /** Name of the setting that proposes a division. */
  readonly setting?: string | undefined;
}

function stopsOf(job: JobSoFar, waves: readonly Wave[]): string[] {
  const stopAt = job.settings[MACHINE_SETTINGS.stopAt] as StopAt | undefined;
  return failurePolicyText(
    stopAt,
    waves.map(({ nodeIds }) => nodeIds.length),
  );
}

function proposalOf(job: JobSoFar, { setting }: WavesParams): WaveSplit {
  return ((setting === undefined ? undefined : job.settings[setting]) as WaveSplit | undefined) ?? ONE_WAVE;
}

/** Lines that say what a division comes to: each wave, shares told in nodes, and when the job would stop by itself. */
function notesOf(job: JobSoFar, split: WaveSplit, waves: readonly Wave[]): string[] {
  const { by } = split;
  const share = typeof by === 'object' && 'percent' in by ? [shareText(by.percent, counting(job).length)] : [];
  const lines = previewOfWaves(waves).map((wave, at) => waveText(wave, at + 1, split.stopBefore));
  return [...lines, ...share, ...stopsOf(job, waves)];
}

/** How the nodes are divided into groups that are changed one after the other. */
export const waves: AskKind<WavesParams, ScreenOf<'waves'>, AnswerOf<'waves'>> = {
  form: 'ask',
  params: z.strictObject({ setting: z.string().optional() }),
  open: ({ job, params }) => {
    const proposal = proposalOf(job, params);
    const divided = wavesOf(counting(job), proposal);
    const known = isWaveFault(divided) ? [] : divided;
    return {
      screen: { nodes: counting(job).length, proposal, waves: previewOfWaves(known), stops: stopsOf(job, known) },
    };
  },
  check: ({ job }, answer) => {
    const divided = wavesOf(counting(job), answer);
    if (!isWaveFault(divided)) return { problems: [], notes: notesOf(job, answer, divided) };
    const { message, place } = divided;
    return {
      problems: [{ code: 'input-invalid', message, packageName: '', offers: [], subject: place, what: message }],
    };
  },
  judge: ({ job }, _screen, answer) => {
    const divided = wavesOf(counting(job), answer);
    if (isWaveFault(divided)) {
      throw new PutError('input-invalid', `${divided.place}: ${divided.message}`, { place: divided.place });
    }
    return { answer, effects: { waves: divided.map(({ nodeIds }) => nodeIds) } };
  },
};
