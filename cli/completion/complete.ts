import type { Argument, Command, Option } from 'commander';
import { CELL_STATES } from '../../core/model/job.ts';
import { PLAN_WARNINGS } from '../../core/model/planWarnings.ts';
import { NODE_TYPES } from '../../core/model/node.ts';
import { OPERATIONS, stepIds } from '../../core/model/operation.ts';
import { pathKind } from '../../core/protocol/handshake.ts';
import { commandOf } from '../commandLine.ts';
import { JOB_STATES_AND_GROUPS } from '../jobs.ts';
import { shortHelp } from './shortHelp.ts';

/** What can stand where a person types. */
export interface Candidate {
  readonly value: string;
  readonly help: string;
}

/** Candidates, or the names of files, which the shell knows best. */
export type Completion = { readonly kind: 'words'; readonly words: readonly Candidate[] } | { readonly kind: 'files' };

/** Names that the target system has: of nodes, of jobs, of files of its library. */
export type AskedName = 'nodes' | 'jobs' | 'files';

/** Names that no definition of a command has. */
export interface Names {
  /** Of the saved systems, known on this machine. */
  readonly systems: readonly string[];
  /** Asked of the target system; none where it does not tell. */
  readonly ask: (what: readonly AskedName[]) => Promise<readonly Candidate[]>;
}

type Values = readonly string[] | 'files' | { readonly ask: readonly AskedName[] } | undefined;

const words = (values: readonly string[], help = ''): Candidate[] => values.map((value) => ({ value, help }));

/** Values of options that have no list of choices of their own, by the name of the option. */
function valuesByName(name: string, command: Command, { systems }: Names): Values {
  switch (name) {
    case 'system':
      return systems;
    case 'type':
      return NODE_TYPES;
    case 'state':
      return command.name() === 'jobs' ? JOB_STATES_AND_GROUPS : CELL_STATES;
    case 'nodes':
    case 'name':
      return { ask: ['nodes'] };
    case 'continue':
    case 'job':
      return { ask: ['jobs'] };
    case 'acceptWarning':
      return Object.keys(PLAN_WARNINGS);
    case 'step':
      return stepIds();
    case 'path':
      return pathKind.options;
    case 'operation':
      return OPERATIONS.map(({ id }) => id);
    case 'for':
      return ['done', 'attention'];
    default:
      return undefined;
  }
}

/** `<file>` and what ends so is a file; secrets, plans and reports are named so. */
const isFile = (text: string): boolean => /[<[](?:\w+-)?(?:file|path|folder)\b/i.test(text);

function optionValues(option: Option, command: Command, names: Names): Values {
  if (option.argChoices) return option.argChoices;
  return isFile(option.flags) && option.attributeName() !== 'path'
    ? 'files'
    : valuesByName(option.attributeName(), command, names);
}

function argumentValues(argument: Argument | undefined, command: Command, { systems }: Names): Values {
  if (!argument) return undefined;
  if (argument.argChoices) return argument.argChoices;
  const name = argument.name();
  const parent = command.parent?.name();
  if (parent === 'systems' && name === 'name') return systems;
  if (parent === 'packages' && name === 'name') return { ask: ['files'] };
  if (parent === 'inventory' && command.name() !== 'add' && /^names?$/.test(name)) return { ask: ['nodes'] };
  if (name === 'nodes' || name === 'node') return { ask: ['nodes'] };
  // What is no job there is a node.
  if (name === 'job')
    return { ask: command.registeredArguments.some((one) => one.name() === 'nodes') ? ['nodes', 'jobs'] : ['jobs'] };
  if (name === 'step') return stepIds();
  if (name === 'id|file') return OPERATIONS.map(({ id }) => id);
  return /file|path/.test(name) ? 'files' : undefined;
}

/** Of a list joined by commas the last part is completed. */
async function asCompletion(values: Values, typed: string, names: Names, before = ''): Promise<Completion> {
  if (values === 'files') return { kind: 'files' };
  const comma = typed.lastIndexOf(',') + 1;
  const done = typed.slice(0, comma);
  const rest = typed.slice(comma);
  const candidates = values && 'ask' in values ? await names.ask(values.ask) : words(values ?? []);
  const fitting = candidates.filter(({ value }) => value.toLowerCase().startsWith(rest.toLowerCase()));
  return { kind: 'words', words: fitting.map(({ value, help }) => ({ value: `${before}${done}${value}`, help })) };
}

const findOption = (command: Command, flag: string): Option | undefined =>
  command.options.find((option) => option.long === flag || option.short === flag);

/**
 * What can stand in place of the last of the words that were typed behind `putctl`, by the definition of the program. `shared`: the options that
 * every command takes, which stand before it too.
 */
export async function complete(
  program: Command,
  typed: readonly string[],
  shared: Command,
  names: Names,
): Promise<Completion> {
  const before = typed.slice(0, -1);
  const word = typed.at(-1) ?? '';
  if (before.includes('--')) return { kind: 'words', words: [] };
  const plain: string[] = [];
  let last: Option | undefined;
  let command = program;
  for (const one of before) {
    if (last) {
      last = undefined;
      continue;
    }
    if (one.startsWith('-')) {
      const option = findOption(command, one) ?? findOption(shared, one);
      if (option?.required) last = option;
      continue;
    }
    plain.push(one);
    ({ command } = commandOf(program, plain));
  }
  if (last) return asCompletion(optionValues(last, command, names), word, names);
  const withValue = /^(--[\w-]+)=(.*)$/s.exec(word);
  if (withValue) {
    const [, flag = '', value = ''] = withValue;
    const option = findOption(command, flag) ?? findOption(shared, flag);
    return option
      ? asCompletion(optionValues(option, command, names), value, names, `${flag}=`)
      : { kind: 'words', words: [] };
  }
  const { length } = commandOf(program, plain);
  if (word.startsWith('-'))
    return { kind: 'words', words: optionWords(command === program ? shared : command, word, before) };
  const given = plain.length - length;
  const below =
    given === 0
      ? command
          .createHelp()
          .visibleCommands(command)
          .filter((one) => one.name().startsWith(word))
      : [];
  const values = argumentValues(command.registeredArguments[given] ?? lastVariadic(command), command, names);
  if (values === 'files' && below.length === 0) return { kind: 'files' };
  const named = await asCompletion(values === 'files' ? undefined : values, word, names);
  return {
    kind: 'words',
    words: [
      ...below.map((one) => ({ value: one.name(), help: shortHelp(one.description()) })),
      ...(named.kind === 'words' ? named.words : []),
    ],
  };
}

function lastVariadic(command: Command): Argument | undefined {
  const last = command.registeredArguments.at(-1);
  return last?.variadic ? last : undefined;
}

function optionWords(command: Command, word: string, given: readonly string[]): Candidate[] {
  return [
    ...command.options.filter(({ hidden }) => !hidden),
    ...[command.createOption('--help', 'help of the command')],
  ]
    .filter(
      ({ long, short }) => long?.startsWith(word) === true && ![long, short].some((flag) => given.includes(flag ?? '')),
    )
    .map(({ long, description }) => ({ value: long ?? '', help: shortHelp(description) }));
}

/** As the scripts of the shells read it: a line each, value and help with a tab between; `:files` alone where the shell completes names of files. */
export function completionLines(completion: Completion): string {
  if (completion.kind === 'files') return ':files\n';
  return completion.words.map(({ value, help }) => `${value}\t${help.replace(/\s+/g, ' ')}\n`).join('');
}
