import { Command, CommanderError, Help } from 'commander';
import { PutError } from '../core/protocol/errors.ts';
import { loadSystems } from '../core/workbench/systemsStore.ts';
import type { CommandHost } from './CommandHost.ts';
import { COMMANDS, OWN_GROUP } from './commandList.ts';
import { formOfArguments, leadingOptions, optionsBehindCommand } from './commandLine.ts';
import type { AskedName } from './completion/complete.ts';
import { shortHelp } from './completion/shortHelp.ts';
import { isShared, withTarget } from './commonOptions.ts';
import { EXIT, type ExitCode } from './exitCodes.ts';
import { createLauncher, tellError } from './launch.ts';
import { errorText } from './output/Output.ts';
import { flowed } from './output/prose.ts';
import { usageError } from './usageErrors.ts';

const HELP_HEAD = `putctl upgrades the software on every node of a target system in parallel, from a console, a script or a slow line.
Everything runs on the master node: a lost line or a closed putctl never stops a job.`;

const HELP_TAIL = `
A first upgrade, step by step:
  putctl systems add lab --host 10.1.2.3 --user ops      save the target system
  putctl nodes --system lab                              shows the certificate to compare, then the nodes
  putctl upload /media/release-17.20/                    send packages and cert list into the library
  putctl plan --release 17.20.03 --out plan.yaml         what would happen; nothing is started
  putctl run --plan plan.yaml --yes                      do it and follow it to the end
  putctl nodes --packages                                read back what is on the nodes

Which system, by which way, who, and in which form: putctl options. These options may stand before the command too.

Exit codes:
  0    done
  1    failed, or an error
  2    waits for a person
  3    held by someone else
  4    done with warnings
  5    nothing was to do (with --detailed-exitcode; else 0)
  124  the time of --timeout was over; what runs at the master goes on
  130  stopped by Ctrl-C; what runs at the master goes on

With --json the standard output holds one JSON document (a line each for streams), errors too:
  {"error": {"code", "message", "details", "retry", "nextStep"}}
Hints and progress go to the error output.`;

/** Width of a help that no terminal shows. */
const PIPE_COLUMNS = 80;

const SHARED_TAIL = `
Every command takes -s SYSTEM, --host HOST, -u USER, --json, -o FORM, -q, -v, --timeout TIME and others: putctl options`;

/**
 * The commands of putctl, wired to the host: those of the file that defines `word`, where it is the name of a command; else every one, so that help,
 * suggestions and completion have them all.
 */
export async function createProgram(
  host: CommandHost,
  onExit: (code: ExitCode) => void,
  word?: string,
): Promise<Command> {
  const program = new Command('putctl');
  let current: Command | undefined;
  const launch = createLauncher(host, onExit, () => current);
  program
    .description(HELP_HEAD)
    .version(host.version, '-V, --version', 'the version of putctl')
    .addHelpCommand(new Command('help').argument('[command]').description('help of a command').helpGroup(OWN_GROUP))
    .showSuggestionAfterError(true)
    .configureHelp({
      // What every command has is told once: putctl options.
      visibleOptions(command) {
        return Help.prototype.visibleOptions.call(this, command).filter((option) => !isShared(command, option));
      },
      // From 40 columns up.
      minWidthToWrap: 10,
      subcommandTerm: (command) => command.name(),
      // The list of all commands is looked over; their own help says the rest.
      subcommandDescription: (command) =>
        command.parent === program ? shortHelp(command.description()) : command.description(),
    })
    .hook('preAction', (_program, command) => {
      current = command;
    })
    .addHelpText('after', HELP_TAIL)
    .addHelpText('afterAll', ({ command }) =>
      command.options.some((one) => isShared(command, one)) ? SHARED_TAIL : '',
    );
  const named = Object.values(COMMANDS)
    .flat()
    .find(({ names }) => word !== undefined && names.includes(word));
  const groups = Object.entries(COMMANDS).map(async ([title, files]) => ({
    title,
    definitions: await Promise.all(files.filter((one) => !named || one === named).map(({ load }) => load())),
  }));
  for (const { title, definitions } of await Promise.all(groups)) {
    program.commandsGroup(title);
    for (const define of definitions) define(program, launch);
  }
  return program;
}

function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}

/** Runs one command line (without node and script) and answers the exit code; nothing is thrown. */
export async function runPutctl(host: CommandHost, args: readonly string[]): Promise<ExitCode> {
  const exitCode = args[0] === '__complete' ? await completeWords(host, args.slice(1)) : await runCommand(host, args);
  const systemCode = await host.terminal.unwritten();
  if (systemCode === undefined) return exitCode;
  // A script must not take half a result for the whole one.
  const error = new PutError('output-unwritable', `the results could not be written (${systemCode})`, { systemCode });
  host.terminal.err(errorText(error));
  return exitCode === EXIT.done || exitCode === EXIT.warnings ? EXIT.failed : exitCode;
}

/** None where the list cannot be read: what only helps a person must not stand in the way. */
const namesOfSystems = async (host: CommandHost): Promise<string[]> =>
  (await loadSystems(host.systemsFile).catch(() => [])).map(({ name }) => name);

/** For the scripts of shells: a fault of any kind completes nothing. */
async function completeWords(host: CommandHost, args: readonly string[]): Promise<ExitCode> {
  const { complete, completionLines } = await import('./completion/complete.ts');
  const typed = args[0] === '--new-word' ? [...args.slice(1), ''] : args;
  const shared = withTarget(new Command());
  const before = typed.slice(0, -1);
  const program = await createProgram(host, () => {}, before[leadingOptions(before, shared)]);
  const names = {
    systems: await namesOfSystems(host),
    ask: async (what: readonly AskedName[]) => {
      const { namesOfTarget } = await import('./completion/targetNames.ts');
      return namesOfTarget(host, withTarget(new Command()), before, what).catch(() => []);
    },
  };
  const lines = completionLines(await complete(program, typed, shared, names));
  if (lines !== '') host.terminal.out(lines);
  return EXIT.done;
}

async function runCommand(host: CommandHost, args: readonly string[]): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.done;
  const form = formOfArguments(args);
  const shared = withTarget(new Command());
  const program = await createProgram(
    host,
    (code) => {
      exitCode = code;
    },
    args[leadingOptions(args, shared)],
  );
  let refusing: Command | undefined;
  for (const command of everyCommand(program)) {
    command.exitOverride((error) => {
      refusing = command;
      throw error;
    });
    command.configureOutput({
      writeOut: (text) => host.terminal.out(flowed(text, host.terminal.columns ?? PIPE_COLUMNS)),
      getOutHelpWidth: () => host.terminal.columns ?? PIPE_COLUMNS,
      // The text of a usage error comes below, in the form that was asked for.
      writeErr: (text) => {
        if (!text.startsWith('error: ')) host.terminal.err(text);
      },
    });
  }
  try {
    await program.parseAsync(optionsBehindCommand(program, args, shared), { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) return tellError(host, form, error);
    if (error.exitCode === 0) return EXIT.done;
    // `putctl` alone shows the help; that is an answer, not a usage error with a text of its own.
    if (error.code === 'commander.help') return EXIT.failed;
    return tellError(host, form, usageError(error, refusing, await namesOfSystems(host)));
  }
}
