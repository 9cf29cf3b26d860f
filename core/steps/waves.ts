import { z } from 'zod';
import { ONE_WAVE, waveSplitSchema, type WavePreview, type WaveSplit } from '../model/waves.ts';
import type { AskShape } from './AskShape.ts';

interface Screen {
  /** Selected nodes. */
  readonly nodes: number;
  /** What the setting of the job says, or one wave. */
  readonly proposal: WaveSplit;
  /** What the proposal comes to. */
  readonly waves: readonly WavePreview[];
  /** When the job would stop by itself, in sentences. */
  readonly stops: readonly string[];
}

/** Groups of nodes that are changed one after the other. */
export const waves: AskShape<Screen, WaveSplit> = {
  screen: z.object({
    nodes: z.number(),
    proposal: waveSplitSchema,
    waves: z.array(z.object({ title: z.string(), nodes: z.number(), first: z.array(z.string()) })),
    stops: z.array(z.string()),
  }),
  answer: waveSplitSchema,
  // A master of newer software may propose what this software cannot say.
  propose: (screen, before) => before ?? waveSplitSchema.safeParse(screen.proposal).data ?? ONE_WAVE,
  whyOff: (_screen, draft = ONE_WAVE, verdict) =>
    waveSplitSchema.safeParse(draft).success ? verdict?.problems[0]?.message : undefined,
};
