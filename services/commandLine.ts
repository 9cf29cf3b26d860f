import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { PutError } from '../core/protocol/errors.ts';
import type { Role } from '../core/protocol/handshake.ts';
import { configHelp } from './config/configKeys.ts';
import { PACKAGE_STATE } from './config/packagePlaces.ts';

/** What `putservices` was asked to do. */
export type ServicesCommand =
  | ({ readonly command: 'serve' } & ServeOptions)
  | {
      readonly command: 'account-add';
      readonly state: string;
      readonly user: string;
      readonly role: Role;
      readonly passwordFile: string | undefined;
    }
  | {
      readonly command: 'account-password';
      readonly state: string;
      readonly user: string;
      readonly passwordFile?: string | undefined;
    }
  | { readonly command: 'account-role'; readonly state: string; readonly user: string; readonly role: Role }
  | { readonly command: 'account-list'; readonly state: string }
  | { readonly command: 'account-remove'; readonly state: string; readonly user: string }
  | { readonly command: 'certificate'; readonly state: string; readonly config: string | undefined }
  | { readonly command: 'accept-loss'; readonly state: string }
  | {
      readonly command: 'doctor';
      readonly state: string;
      readonly config: string | undefined;
      readonly json: boolean;
    }
  /** Help or version was shown. */
  | { readonly command: 'shown' };

const ROLES = ['observer', 'operator', 'admin'] as const satisfies readonly Role[];

export interface ServeOptions {
  readonly state: string;
  readonly config: string | undefined;
  /** Number of practice nodes. */
  readonly practice: number | undefined;
  readonly seed: number;
  /** How many times faster than real practice nodes work; Infinity: without waiting. */
  readonly speed: number;
  readonly faultRate: number;
  /** First of a block of ports that replaces those of the Config file; 0: a free block is looked for. */
  readonly portBase: number | undefined;
  readonly jsonReady: boolean;
}

function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most)
      throw new InvalidArgumentError(`a whole number from ${least} to ${most} is needed`);
    return value;
  };
}

function speedOf(text: string): number {
  if (text === 'max') return Infinity;
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0 || value > 1e6)
    throw new InvalidArgumentError('a number above 0, or max, is needed');
  return value;
}

function shareOf(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 1))
    throw new InvalidArgumentError('a number from 0 to 1 is needed');
  return value;
}

function portBaseOf(text: string): number {
  return text === 'auto' ? 0 : whole(0, 65_000)(text);
}

const SERVE_HELP = `
Examples:
  A system to practise on, eight simulated nodes, everything it needs in one folder:
    putservices --practice 8 --state ~/put-practice
  The same with ports of its own, as fast as it goes, for tests:
    putservices --practice 8 --state DIR --port-base auto --speed max --json-ready
  Accounts of a system (the password is asked for, or read from a file):
    putservices account add anna --role operator --state DIR

The Config file has KEY=VALUE lines; # begins a comment. Keys:
${configHelp()}

A practice system listens on 127.0.0.1 only, unless LISTEN says otherwise.
The fingerprint printed at the start is what PUT Desktop shows at first contact; compare the two.

Exit codes: 0 stopped as asked, 1 a fault of putservices, 2 command line, Config file or state folder cannot be used,
3 a port is in use or another putservices uses the state folder.`;

/** The command line of putservices, with all its commands and options; what was asked for is handed to `onAsked`. */
export function createServicesProgram(version: string, onAsked: (command: ServicesCommand) => void): Command {
  const program = new Command('putservices');
  const quiet = (command: Command): Command =>
    command
      .exitOverride()
      .configureOutput({ writeErr: () => {} })
      .showSuggestionAfterError();
  const stateOption = (): Option =>
    new Option(
      '--state <dir>',
      'folder that holds everything putservices must not forget; made at the first start',
    ).makeOptionMandatory();
  const configOption = (): Option => new Option('--config <file>', 'Config file; without it the defaults below');

  quiet(program)
    .description('The services of the target side: portmgmt, Job service, File service, Job Chat and web server.')
    .version(version)
    .addOption(stateOption().makeOptionMandatory(false))
    .addOption(configOption())
    .addOption(
      new Option('--practice <n>', 'simulate this many nodes instead of reaching real ones').argParser(
        whole(1, 10_000),
      ),
    )
    .addOption(new Option('--seed <n>', 'practice: what chance draws from').argParser(whole(0, 0xffff_ffff)).default(1))
    .addOption(
      new Option('--speed <x>', 'practice: how many times faster than real, or max').argParser(speedOf).default(1),
    )
    .addOption(
      new Option('--fault-rate <share>', 'practice: share of actions that meet trouble, 0 to 1')
        .argParser(shareOf)
        .default(0),
    )
    .addOption(
      new Option(
        '--port-base <n>',
        'put all ports into one block from here on, whatever the Config file says; auto takes a free block, the same at each start from this state folder while it is free',
      ).argParser(portBaseOf),
    )
    .addOption(new Option('--json-ready', 'print one JSON line when ready, for programs').default(false))
    .addHelpText('after', SERVE_HELP)
    .allowExcessArguments(false)
    .action((options: Omit<ServeOptions, 'practice' | 'state'> & { practice?: number; state?: string }) => {
      // Not declared mandatory, since the subcommands have it too.
      if (options.state === undefined) throw new PutError('usage', '--state DIR is needed');
      onAsked({
        command: 'serve',
        state: options.state,
        config: options.config,
        practice: options.practice,
        seed: options.seed,
        speed: options.speed,
        faultRate: options.faultRate,
        portBase: options.portBase,
        jsonReady: options.jsonReady,
      });
    });

  const account = quiet(program.command('account')).description('Who may sign in, and as what.');
  quiet(account.command('add <user>'))
    .description('Adds an account. One that is there already stays as it is: see `password` and `role`.')
    .addOption(stateOption())
    .addOption(
      new Option('--role <role>', 'observer looks, operator works, admin also releases ports and removes packages')
        .choices(ROLES)
        .default('operator'),
    )
    .addOption(
      new Option(
        '--password-file <file>',
        'file whose first line is the password, - for the standard input; else it is asked for',
      ),
    )
    .action((user: string, options: { state: string; role: Role; passwordFile?: string }) => {
      onAsked({
        command: 'account-add',
        user,
        state: options.state,
        role: options.role,
        passwordFile: options.passwordFile,
      });
    });
  quiet(account.command('password <user>'))
    .description('Gives an account a new password; its sessions end.')
    .addOption(stateOption())
    .addOption(
      new Option(
        '--password-file <file>',
        'file whose first line is the password, - for the standard input; else it is asked for',
      ),
    )
    .action((user: string, options: { state: string; passwordFile?: string }) => {
      onAsked({ command: 'account-password', user, state: options.state, passwordFile: options.passwordFile });
    });
  quiet(account.command('role <user> <role>'))
    .description('Gives an account another role, which counts at once.')
    .addOption(stateOption())
    .action((user: string, text: string, options: { state: string }) => {
      const role = ROLES.find((one) => one === text);
      if (!role) throw new PutError('usage', `${text} is no role; there are ${ROLES.join(', ')}`);
      onAsked({ command: 'account-role', user, role, state: options.state });
    });
  quiet(account.command('list'))
    .description('Lists users and roles.')
    .addOption(stateOption())
    .action((options: { state: string }) => {
      onAsked({ command: 'account-list', state: options.state });
    });
  quiet(account.command('remove <user>'))
    .description('Removes an account; its sessions end at once.')
    .addOption(stateOption())
    .action((user: string, options: { state: string }) => {
      onAsked({ command: 'account-remove', user, state: options.state });
    });
  quiet(program.command('accept-loss'))
    .description(
      'Goes on with a state folder of which a part vanished: history, accounts or the TLS key. Restore a backup instead where there is one.',
    )
    .addOption(stateOption())
    .action((options: { state: string }) => {
      onAsked({ command: 'accept-loss', state: options.state });
    });
  quiet(program.command('certificate'))
    .description('Prints the fingerprint that clients are shown at first contact.')
    .addOption(stateOption())
    .addOption(configOption())
    .action((options: { state: string; config?: string }) => {
      onAsked({ command: 'certificate', state: options.state, config: options.config });
    });
  quiet(program.command('doctor'))
    .description(
      'Looks at ports, certificate, state folder, inventory, keys, accounts, clock and limits, and says what to do; changes nothing.',
    )
    .addOption(
      new Option('--state <dir>', 'the state folder; without it the one of the service unit').default(PACKAGE_STATE),
    )
    .addOption(new Option('--config <file>', 'Config file; without it that of the package, else the defaults'))
    .addOption(new Option('--json', 'print the findings as JSON, for programs').default(false))
    .addHelpText(
      'after',
      `
Exit codes: 0 nothing failed, 1 something FAILED, 2 command line cannot be used. Firewalls are not looked at: putctl path-test does that
from a client system.`,
    )
    .action((options: { state: string; config?: string; json: boolean }) => {
      onAsked({ command: 'doctor', state: options.state, config: options.config, json: options.json });
    });
  program.enablePositionalOptions();
  return program;
}

/**
 * Reads a command line (without node and script). Help goes to stdout. Throws `usage` with the reason for a command line that
 * cannot be used.
 */
export async function readCommandLine(args: readonly string[], version: string): Promise<ServicesCommand> {
  let asked: ServicesCommand = { command: 'shown' };
  const program = createServicesProgram(version, (command) => {
    asked = command;
  });

  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { command: 'shown' };
    // A command that only has commands below it, by itself.
    const group = program.commands.find((command) => command.name() === args[0]);
    const message =
      error.code === 'commander.help' && group
        ? `${group.name()} needs one of: ${group.commands.map((command) => command.name()).join(', ')}`
        : error.message.replace(/^error: /, '');
    throw new PutError('usage', message, {}, { cause: error });
  }
  return asked;
}
