import { z } from 'zod';
import { MOST_COMMAND_MS } from '../../core/model/command.ts';
import { parseDurationMs } from '../../core/model/duration.ts';
import type { AnswerOf, ScreenOf } from '../../core/steps/registry.ts';
import type { AskKind } from './StepKind.ts';

interface CommandParams {
  /** Deadline that is proposed, as people write it. */
  readonly deadline: string;
}

/** The command that runs on every node. */
export const command: AskKind<CommandParams, ScreenOf<'command'>, AnswerOf<'command'>> = {
  form: 'ask',
  params: z.strictObject({
    deadline: z
      .string()
      .refine((text) => (parseDurationMs(text) ?? 0) > 0, 'a time is needed, such as 10 min')
      .default('10 min'),
  }),
  open: ({ params }) => ({
    screen: { deadlineMs: Math.min(MOST_COMMAND_MS, parseDurationMs(params.deadline) ?? MOST_COMMAND_MS) },
  }),
  judge: (_context, _screen, answer) => ({ answer }),
};
