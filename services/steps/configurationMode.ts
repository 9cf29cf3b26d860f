import { z } from 'zod';
import type { AnswerOf, ScreenOf } from '../../core/steps/registry.ts';
import type { AskKind } from './StepKind.ts';

/** Typical or custom. */
export const configurationMode: AskKind<object, ScreenOf<'configuration-mode'>, AnswerOf<'configuration-mode'>> = {
  form: 'ask',
  params: z.strictObject({}),
  open: () => ({ screen: { proposal: 'typical' } }),
  judge: (_context, _screen, answer) => ({ answer }),
};
