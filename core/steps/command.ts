import { z } from 'zod';
import {
  commandSchema,
  commandText,
  exitMeaning,
  LEAST_COMMAND_MS,
  MOST_COMMAND_MS,
  parseExitCodes,
  shellCommand,
  shellLine,
  type Command,
} from '../model/command.ts';
import { formatDurationMs, parseDurationMs } from '../model/duration.ts';
import type { AskShape } from './AskShape.ts';

interface Screen {
  /** Proposed. */
  readonly deadlineMs: number;
}
interface Given {
  /** A shell command line, or the command's words. */
  readonly command?: string | readonly string[] | undefined;
  /** Time that it may take on a node. */
  readonly deadline?: number | undefined;
  /** Exit codes that mean success. */
  readonly exitOk?: readonly number[] | undefined;
  /** Exit codes that mean a warning. */
  readonly exitWarned?: readonly number[] | undefined;
}

const duration = z.string().transform((text, context) => {
  const ms = parseDurationMs(text);
  if (ms === undefined) context.addIssue('a time is needed, such as 90 s, 10 min or 2 h');
  return ms ?? z.NEVER;
});
/** Codes as a list, as one number or as people write them: `0, 3-5`. */
const exitCodes = z
  .union([
    z.array(z.number().int()),
    z
      .number()
      .int()
      .transform((code) => [code]),
    z.string(),
  ])
  .transform((codes, context) => {
    const read = typeof codes === 'string' ? parseExitCodes(codes) : codes;
    if (read === undefined) context.addIssue('exit codes from 0 to 255 are needed, such as 0, 3-5');
    return read ?? z.NEVER;
  });

const areExitCodes = (codes: readonly number[]): boolean => codes.every((code) => code >= 0 && code <= 255);

/** The command that runs on every node, how long it may take, and what its exit codes mean. */
export const command: AskShape<Screen, Command, Given> = {
  screen: z.object({ deadlineMs: z.number() }),
  answer: commandSchema,
  propose: ({ deadlineMs }, before) => before ?? { argv: shellCommand(''), deadlineMs, okCodes: [0], warnedCodes: [] },
  whyOff: (_screen, draft) => {
    if (!draft || draft.argv.length === 0 || shellLine(draft.argv)?.trim() === '') return 'no command is given';
    if (!(draft.deadlineMs >= LEAST_COMMAND_MS && draft.deadlineMs <= MOST_COMMAND_MS)) {
      return 'the deadline is not a time from 1 s to 24 h, such as 10 min';
    }
    return areExitCodes(draft.okCodes) && draft.okCodes.length > 0 && areExitCodes(draft.warnedCodes)
      ? undefined
      : 'exit codes are numbers from 0 to 255, such as 0, 3-5, and one of them means success';
  },
  told: (answer) => [
    commandText(answer.argv),
    `At most ${formatDurationMs(answer.deadlineMs)} on a node; then it is stopped there and counts as failed.`,
    exitMeaning(answer),
  ],
  names: {
    schemas: {
      command: z.union([z.string(), z.array(z.string()).min(1).max(1_000)]).optional(),
      deadline: z.union([z.number().int(), duration]).optional(),
      exitOk: exitCodes.optional(),
      exitWarned: exitCodes.optional(),
    },
    answer: ({ command: given = '', deadline, exitOk, exitWarned }, { deadlineMs }) => ({
      argv: typeof given === 'string' ? shellCommand(given) : [...given],
      deadlineMs: deadline ?? deadlineMs,
      okCodes: [...(exitOk ?? [0])],
      warnedCodes: [...(exitWarned ?? [])],
    }),
  },
};
