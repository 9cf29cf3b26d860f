import { z } from 'zod';
import { shellWords } from './shellWords.ts';

/** Shortest time that a command may be given. */
export const LEAST_COMMAND_MS = 1_000;
/** Longest time that a command may be given. */
export const MOST_COMMAND_MS = 24 * 3_600_000;
/** Bytes of the words of a command: systems take 128 KiB of one word, and nobody reads more before Next. */
const MOST_COMMAND_CHARACTERS = 16_384;

const exitCode = z.number().int().min(0).max(255);

/** A command as words, how long it may take, and what its exit codes mean; any other code means that it failed. */
export const commandSchema = z
  .strictObject({
    argv: z
      .array(z.string().regex(/^[^\0]*$/, 'a command holds no NUL'))
      .min(1, 'no command is given')
      .max(1_000)
      .describe('Command'),
    deadlineMs: z.number().int().min(LEAST_COMMAND_MS).max(MOST_COMMAND_MS).describe('Deadline in milliseconds'),
    okCodes: z.array(exitCode).min(1).max(256).describe('Exit codes that mean success'),
    warnedCodes: z.array(exitCode).max(256).describe('Exit codes that mean a warning'),
  })
  .superRefine(({ argv, okCodes, warnedCodes }, context) => {
    const issue = (path: string, message: string): void => {
      context.addIssue({ code: 'custom', path: [path], message });
    };
    if (argv[0]?.trim() === '' || shellLine(argv)?.trim() === '') issue('argv', 'no command is given');
    if (argv.join(' ').length > MOST_COMMAND_CHARACTERS)
      issue('argv', `a command of at most ${MOST_COMMAND_CHARACTERS} signs is needed; longer ones belong in a file`);
    const twice = warnedCodes.find((code) => okCodes.includes(code));
    if (twice !== undefined) issue('warnedCodes', `exit code ${twice} cannot mean success and a warning`);
  });
export type Command = z.output<typeof commandSchema>;

/** The words that run a shell command line. */
export function shellCommand(line: string): string[] {
  return ['sh', '-c', line];
}

/** The shell command line that the words run; undefined for a command without a shell. */
export function shellLine(argv: readonly string[]): string | undefined {
  return argv.length === 3 && argv[0] === 'sh' && argv[1] === '-c' ? argv[2] : undefined;
}

/** A command as a person reads it: the shell command line, or its words, quoted where they need it. */
export function commandText(argv: readonly string[]): string {
  return shellLine(argv) ?? shellWords(argv);
}

/** Exit codes as people write them (`0, 3-5`); undefined for any other text. */
export function parseExitCodes(text: string): number[] | undefined {
  const codes = new Set<number>();
  for (const part of text.split(',').map((one) => one.trim())) {
    if (part === '') continue;
    const found = /^(\d{1,3})(?:\s*-\s*(\d{1,3}))?$/.exec(part);
    const first = Number(found?.[1]);
    const last = Number(found?.[2] ?? found?.[1]);
    if (!found || first > last || last > 255) return undefined;
    for (let code = first; code <= last; code++) codes.add(code);
  }
  return [...codes].sort((a, b) => a - b);
}

/** The opposite of `parseExitCodes`. */
export function exitCodesText(codes: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const code of [...codes].sort((a, b) => a - b)) {
    const range = ranges.at(-1);
    if (range && code === range[1] + 1) range[1] = code;
    else ranges.push([code, code]);
  }
  return ranges.map(([first, last]) => (first === last ? String(first) : `${first}-${last}`)).join(', ');
}

/** What exit codes mean, in words. */
export function exitMeaning({ okCodes, warnedCodes }: Pick<Command, 'okCodes' | 'warnedCodes'>): string {
  const warned = warnedCodes.length === 0 ? '' : ` ${exitCodesText(warnedCodes)}: a warning.`;
  return `Exit code ${exitCodesText(okCodes)}: success.${warned} Any other, or a signal: failed.`;
}
