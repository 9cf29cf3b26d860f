import { z } from 'zod';
import type { ConfigurationMode } from '../model/job.ts';
import type { AskShape } from './AskShape.ts';

const mode = z.enum(['typical', 'custom']).describe('Mode');

interface Screen {
  readonly proposal: ConfigurationMode;
}
interface Answer {
  readonly mode: ConfigurationMode;
}

/** Typical or custom. */
export const configurationMode: AskShape<Screen, Answer, { readonly mode?: ConfigurationMode | undefined }> = {
  screen: z.object({ proposal: mode }),
  answer: z.strictObject({ mode }),
  propose: (screen, before) => before ?? { mode: screen.proposal },
  names: {
    schemas: { mode: mode.optional() },
    answer: (given, screen) => ({ mode: given.mode ?? screen.proposal }),
  },
};
