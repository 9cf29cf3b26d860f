import { Command } from 'commander';
import type { CommandHost } from '../cli/CommandHost.ts';
import { isShared, withTarget } from '../cli/commonOptions.ts';
import { createProgram } from '../cli/program.ts';
import { flowed } from '../cli/output/prose.ts';
import { everyCommand, nameOf, optionsOf, roff } from './manual.ts';

/** What is left of 80 columns beside the margin of a manual page. */
const MANUAL_COLUMNS = 72;

/** What a program prints for `--help`, its options and commands left out: descriptions, examples, exit codes. */
function helpTail(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
  const at = text.search(/^(Examples?:|A first upgrade)/m);
  // What every command takes stands once, below.
  const own = text.replace(/^Every command takes.*$/m, '');
  return at < 0 ? '' : flowed(own.slice(at).trimEnd(), MANUAL_COLUMNS);
}

/** Lines as they stand, such as examples. */
const asItStands = (text: string): string[] =>
  text === '' ? [] : ['.PP', '.nf', ...text.split('\n').map(roff), '.fi'];

const argumentsOf = (command: Command): string =>
  command.registeredArguments
    .map((argument) => {
      const shown = `${argument.name()}${argument.variadic ? '...' : ''}`;
      return argument.required ? `<${shown}>` : `[${shown}]`;
    })
    .join(' ');

/** The page of putctl for `man`, section 1, made from the command line's own definition. */
export async function putctlManual(version: string): Promise<string> {
  // Nothing is run: the host is never asked.
  const program = await createProgram({ version } as CommandHost, () => {});
  const commands = everyCommand(program).slice(1);
  const shared = withTarget(new Command());
  const groups = Map.groupBy(
    shared.options.filter((option) => isShared(shared, option)),
    (option) => option.helpGroupHeading ?? '',
  );
  const tail = helpTail(program);
  const lines = [
    `.TH PUTCTL 1 "" "putctl ${roff(version)}"`,
    ...['.SH NAME', roff('putctl - upgrades the software on every node of a target system, without a window')],
    ...['.SH SYNOPSIS', '.B putctl', roff('[option ...] command [argument ...] [option ...]')],
    ...['.SH DESCRIPTION', roff(program.description())],
    '.SH COMMANDS',
    ...commands.flatMap((command) => [
      `.SS ${roff(`${nameOf(command)} ${argumentsOf(command)}`.trim())}`,
      roff(`${command.description()}.`),
      ...optionsOf(command.options.filter((option) => !isShared(command, option))),
      ...asItStands(helpTail(command)),
    ]),
    '.SH OPTIONS OF EVERY COMMAND',
    ...[...groups].flatMap(([title, options]) => [`.SS ${roff(title)}`, ...optionsOf(options)]),
    '.SH EXAMPLES AND EXIT STATUS',
    ...asItStands(tail),
    '.SH FILES',
    ...[
      [
        '~/.config/put-desktop/systems.json',
        'the saved systems, shared with the desktop; PUT_DATA_DIR names another folder',
      ],
      [
        '~/.config/put-desktop/sign-ins.json',
        'what putctl login keeps where there is no keyring; only its owner can read it',
      ],
    ].flatMap(([file = '', what = '']) => ['.TP', `.I ${roff(file)}`, roff(what)]),
    '.SH ENVIRONMENT',
    ...[
      ['PUT_SYSTEM', 'the saved system that is meant'],
      ['PUT_USER, PUT_PASSWORD', 'who signs in'],
      ['PUT_SSH_PASSPHRASE, PUT_SSH_PASSWORD', 'secrets of the way by SSH'],
      ['PUT_PROXY_PASSWORD', 'password of the user of the proxy'],
      ['PUT_CERTIFICATE_PASSPHRASE', 'passphrase of the key of the client certificate'],
      ['PUT_BROWSER', 'the browser that putctl console opens, by its path'],
      ['PUT_CLIENT_SYSTEM', 'name of this machine for others'],
      ['PUT_DATA_DIR', 'folder of the saved systems'],
      ['NODE_DISABLE_COMPILE_CACHE', 'set to 1: nothing is kept for a faster start'],
      ['NO_COLOR', 'no colours'],
    ].flatMap(([name = '', what = '']) => ['.TP', `.B ${roff(name)}`, roff(what)]),
  ];
  return `${lines.join('\n')}\n`;
}
