import type { Command, Option } from 'commander';
import { OUTPUT_FORMS, type OutputForm } from './output/forms.ts';

/** The words of a command behind `putctl`. */
export const nameOfCommand = (command: Command): string =>
  command.parent?.parent ? `${nameOfCommand(command.parent)} ${command.name()}` : command.name();

/** What stands behind `--` is a command for the nodes. */
const ownArguments = (args: readonly string[]): readonly string[] =>
  args.includes('--') ? args.slice(0, args.indexOf('--')) : args;

/** The form that a command line asks for, also one that is wrong otherwise. */
export function formOfArguments(args: readonly string[]): OutputForm | undefined {
  const own = ownArguments(args);
  for (const [at, word] of own.entries()) {
    if (word === '--json') return 'json';
    const said = word === '-o' || word === '--output' ? own[at + 1] : /^(?:-o|--output=)(\w+)$/.exec(word)?.[1];
    const form = OUTPUT_FORMS.find((one) => one === said);
    if (form) return form;
  }
  return undefined;
}

/** The option that a word gives: `--long`, `--long=value`, `-s` or `-svalue`. */
function optionOf(options: readonly Option[], word: string): Option | undefined {
  const [long] = word.split('=');
  return options.find(
    ({ long: name, short, required }) => name === long || short === word || (required && short === word.slice(0, 2)),
  );
}

const takesNextWord = (option: Option, word: string): boolean =>
  option.required && (word === option.long || word === option.short);

/** The command that words name, and how many of them do. */
export function commandOf(program: Command, words: readonly string[]): { command: Command; length: number } {
  let command = program;
  let length = 0;
  for (const word of words) {
    const below = command.commands.find((one) => one.name() === word || one.aliases().includes(word));
    if (!below) break;
    command = below;
    length++;
  }
  return { command, length };
}

/** How many words stand before the command: the options of `known` and their values, up to one that is not known. */
export function leadingOptions(args: readonly string[], known: Command): number {
  let at = 0;
  while (at < args.length && args[at]?.startsWith('-') === true && args[at] !== '--') {
    const word = args[at] ?? '';
    const option = optionOf(known.options, word);
    if (!option) return at;
    at += takesNextWord(option, word) ? 2 : 1;
  }
  return at;
}

/**
 * A command line with the options that stand before the command behind it, where they belong: `putctl -s lab nodes refresh`. `known` has the
 * options that may stand there. A line that cannot be read so is left as it is, for the program to tell what is wrong.
 */
export function optionsBehindCommand(program: Command, args: readonly string[], known: Command): string[] {
  const at = leadingOptions(args, known);
  const { length } = commandOf(program, args.slice(at));
  if (at === 0 || length === 0) return [...args];
  return [...args.slice(at, at + length), ...args.slice(0, at), ...args.slice(at + length)];
}
