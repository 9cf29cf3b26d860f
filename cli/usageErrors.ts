import type { Command, CommanderError } from 'commander';
import { PutError } from '../core/protocol/errors.ts';
import { nameOfCommand } from './commandLine.ts';
import { isShared, meantByExcess } from './commonOptions.ts';
import { HintedError } from './target.ts';

/** Words by which other programs call what putctl has another name for. */
const OTHER_NAMES: readonly (readonly [names: readonly string[], meant: readonly string[]])[] = [
  [
    ['upgrade', 'install', 'apply', 'start', 'update'],
    ['plan --out plan.yaml', 'run plan.yaml'],
  ],
  [
    ['get', 'list', 'ls', 'show', 'describe', 'inspect'],
    ['nodes', 'jobs', 'status', 'packages'],
  ],
  [
    ['stop', 'abort', 'kill', 'exit', 'suspend'],
    ['pause', 'cancel --exit'],
  ],
  [
    ['undo', 'downgrade', 'revert'],
    ['rollback --preview --all', 'back', 'ignore --undo --all'],
  ],
  [['ssh', 'sh', 'shell', 'cmd'], ["exec NODES -- 'COMMAND'"]],
  [
    ['events', 'history', 'timeline'],
    ['jobs', 'chat', 'report'],
  ],
  [
    ['config', 'context', 'use', 'target', 'connect'],
    ['systems', 'systems default NAME', 'login'],
  ],
  [['signin', 'logon', 'auth'], ['login']],
  [['gui', 'web', 'open', 'browser'], ['console']],
  [
    ['node', 'host', 'hosts'],
    ['nodes', 'inventory'],
  ],
  [
    ['test', 'ping', 'check', 'doctor'],
    ['path-test HOST', 'nodes', 'version'],
  ],
];

const counted = (many: number): string =>
  many === 0 ? 'no argument' : many === 1 ? '1 argument' : `${many} arguments`;

const commandsBelow = (command: Command): string[] =>
  command
    .createHelp()
    .visibleCommands(command)
    .map((one) => one.name())
    .filter((name) => name !== 'help');

/** What is wrong with the words behind a command; of commands below it one was perhaps meant. */
function excessText(command: Command, surplus: readonly string[]): string {
  const takes = command.registeredArguments.length;
  const below = commandsBelow(command);
  const given = `${nameOfCommand(command)} takes ${counted(takes)}, and was given ${surplus.join(', ')}${takes === 0 ? '' : ' too'}`;
  return below.length === 0 ? given : `${given}; its commands are ${below.join(', ')}`;
}

/** The required argument that was not given, in words. */
function missingText(command: Command, words: readonly string[]): string {
  const missing = command.registeredArguments[words.length];
  const what = missing === undefined ? '' : `${missing.name().toUpperCase()}: ${missing.description}`;
  return `${nameOfCommand(command)} needs ${what}`;
}

/** Words of a command that are the name of a saved system: which system is said by an option. */
function systemNamed(command: Command, words: readonly string[], systems: readonly string[]): string[] {
  const named = words.find((word) => systems.includes(word));
  const takesSystem = command.options.some((one) => one.attributeName() === 'system' && isShared(command, one));
  return named !== undefined && takesSystem ? [`${nameOfCommand(command)} --system ${named}`] : [];
}

/**
 * A command line that is wrong, with what the person may have meant and where the command is explained. `command`: the one that refused it. `systems`: the
 * names of saved systems.
 */
export function usageError(error: CommanderError, command: Command | undefined, systems: readonly string[]): PutError {
  const told = (message: string, meant: readonly string[]): PutError => {
    const help = command?.parent ? [`putctl ${nameOfCommand(command)} --help`] : [];
    const hints = [...meant.map((line) => `putctl ${line}`), ...help];
    return new HintedError(new PutError('usage', message, {}, { cause: error }), hints);
  };
  const message = error.message.replace(/^error: /, '').replaceAll('\n', ' ');
  const words = command?.args ?? [];
  switch (error.code) {
    case 'commander.excessArguments': {
      if (!command) break;
      const surplus = words.slice(command.registeredArguments.length);
      const bySystem = systemNamed(command, surplus, systems);
      return told(excessText(command, surplus), bySystem.length > 0 ? bySystem : meantByExcess(command, surplus));
    }
    case 'commander.missingArgument':
      return told(command ? missingText(command, words) : message, []);
    case 'commander.unknownCommand': {
      if (command?.parent) return told(`${message}; there are ${commandsBelow(command).join(', ')}`, []);
      const word = command?.args[0]?.toLowerCase() ?? '';
      const [, meant] = OTHER_NAMES.find(([names]) => names.includes(word)) ?? [];
      // Letters alike say less than what other programs mean by the word.
      return meant ? told(`unknown command '${word}'`, meant) : told(message, []);
    }
  }
  return told(message, []);
}
