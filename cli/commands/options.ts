import { Command, type Command as CommandType } from 'commander';
import { EXIT } from '../exitCodes.ts';
import { isShared, withTarget, type Launcher } from '../launch.ts';
import { flowed } from '../output/prose.ts';

const EXPLAINED = `Options that every command which asks a target system takes, before the command or behind it:`;

const TAIL = `
Which system: --system, else PUT_SYSTEM, else the default one (putctl systems default), else the only saved one; or --host with
--fingerprint, or --practice. Who: --user, else PUT_USER, else the user saved with the system. The password: --password-file, else
PUT_PASSWORD, else what putctl login keeps, else it is asked for. It is never an argument, since every user of a machine can read those.
A file of - is the standard input. NO_COLOR switches colours off.`;

/** `options`: what the help of each command leaves out. */
export function defineOptions(program: CommandType, launch: Launcher): void {
  program
    .command('options')
    .description('the options that every command takes: which system, by which way, who, form of the output')
    .action(() =>
      launch.local({}, ({ host, output }) => {
        output.result({}, () => optionsText(host.terminal.columns));
        return Promise.resolve(EXIT.done);
      }),
    );
}

/** The shared options with their groups, as help of a command shows its own. */
function optionsText(columns: number | undefined): string {
  const command = withTarget(new Command('options'));
  const help = command.createHelp();
  help.prepareContext({ helpWidth: Math.min(columns ?? 120, 120) });
  const shared = command.options.filter((option) => isShared(command, option));
  const width = Math.max(...shared.map((option) => option.flags.length));
  const groups = Map.groupBy(shared, (option) => option.helpGroupHeading ?? '');
  return [
    EXPLAINED,
    ...[...groups].map(([title, options]) =>
      [
        title,
        ...options.map((option) => help.formatItem(option.flags, width, help.optionDescription(option), help)),
      ].join('\n'),
    ),
  ]
    .join('\n\n')
    .concat(`\n${flowed(TAIL, columns ?? 120)}`);
}
