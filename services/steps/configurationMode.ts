import { z } from 'zod';
import type { AskKind, InputOf, ScreenOf } from './StepKind.ts';

/** Typical or custom. */
export const configurationMode: AskKind<object, ScreenOf<'configuration-mode'>, InputOf<'configuration-mode'>> = {
  form: 'ask',
  params: z.strictObject({}),
  open: () => ({ screen: { stepId: 'configuration-mode', proposal: 'typical' } }),
  judge: (_context, _screen, answer) => ({ answer }),
};
