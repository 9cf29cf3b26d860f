import { Command, CommanderError } from 'commander';
import { PutError } from '../core/protocol/errors.ts';
import type { CommandHost } from './CommandHost.ts';
import { defineApprove } from './commands/approve.ts';
import { defineCancel } from './commands/cancel.ts';
import { defineChat } from './commands/chat.ts';
import { defineConsole } from './commands/console.ts';
import { defineDecisions } from './commands/decisions.ts';
import { defineExec } from './commands/exec.ts';
import { definePause } from './commands/pause.ts';
import { defineInventory } from './commands/inventory.ts';
import { defineGiveUp } from './commands/giveUp.ts';
import { defineJobRecord } from './commands/jobRecord.ts';
import { defineJobs } from './commands/jobs.ts';
import { defineNodes } from './commands/nodes.ts';
import { defineOperation } from './commands/operation.ts';
import { definePackages } from './commands/packages.ts';
import { definePasswd } from './commands/passwd.ts';
import { definePathTest } from './commands/pathTest.ts';
import { definePlan } from './commands/plan.ts';
import { definePlanFiles } from './commands/planFiles.ts';
import { definePorts } from './commands/ports.ts';
import { definePractice } from './commands/practice.ts';
import { defineRollback } from './commands/rollback.ts';
import { defineRun } from './commands/run.ts';
import { defineSessions } from './commands/sessions.ts';
import { defineSystems } from './commands/systems.ts';
import { defineUpload } from './commands/upload.ts';
import { defineVersions } from './commands/versions.ts';
import { EXIT, type ExitCode } from './exitCodes.ts';
import { errorText } from './output/Output.ts';
import { createLauncher, tellError } from './launch.ts';

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

Which system: --system NAME, PUT_SYSTEM, the only saved one, or --host HOST with --fingerprint F; --practice: the
practice system of this machine (putctl console --practice starts one).
Who: --user or PUT_USER; the password from --password-file, PUT_PASSWORD, or asked for. Never as an argument.
SSH, a proxy, certificates of the site: --ssh, --proxy, --authority and their kin, or saved with a system; their
secrets come the same way (--ssh-passphrase-file, PUT_SSH_PASSPHRASE, ...).

Exit codes:
  0  done                          3  held by someone else: a job is running, another person drives it
  1  failed, or an error           4  done with warnings
  2  waits for a person            130  stopped by Ctrl-C; the job goes on

With --json the standard output holds one JSON document (a line each for streams), errors too: {"error": {"code", "message",
"details", "retry", "nextStep"}}. Hints and progress go to the error output.`;

/** Every command of putctl, wired to the host. */
export function createProgram(host: CommandHost, onExit: (code: ExitCode) => void): Command {
  const program = new Command('putctl');
  const launch = createLauncher(host, onExit);
  program
    .description(HELP_HEAD)
    .version(host.version, '-V, --version', 'the version of putctl')
    .helpCommand('help [command]', 'help of a command')
    .showSuggestionAfterError(true)
    .addHelpText('after', HELP_TAIL);
  defineSystems(program, launch);
  defineNodes(program, launch);
  defineInventory(program, launch);
  definePorts(program, launch);
  defineSessions(program, launch);
  definePasswd(program, launch);
  definePathTest(program, launch);
  definePackages(program, launch);
  defineUpload(program, launch);
  defineOperation(program, launch);
  definePlanFiles(definePlan(program, launch), launch);
  defineRun(program, launch);
  defineExec(program, launch);
  defineVersions(program, launch);
  defineJobs(program, launch);
  defineDecisions(program, launch);
  defineGiveUp(program, launch);
  definePause(program, launch);
  defineApprove(program, launch);
  defineCancel(program, launch);
  defineRollback(program, launch);
  defineJobRecord(program, launch);
  defineChat(program, launch);
  definePractice(program, launch);
  defineConsole(program, launch);
  return program;
}

function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}

/** Runs one command line (without node and script) and answers the exit code; nothing is thrown. */
export async function runPutctl(host: CommandHost, args: readonly string[]): Promise<ExitCode> {
  const exitCode = await runCommand(host, args);
  const systemCode = await host.terminal.unwritten();
  if (systemCode === undefined) return exitCode;
  // A script must not take half a result for the whole one.
  const error = new PutError('output-unwritable', `the results could not be written (${systemCode})`, { systemCode });
  host.terminal.err(errorText(error));
  return exitCode === EXIT.done || exitCode === EXIT.warnings ? EXIT.failed : exitCode;
}

async function runCommand(host: CommandHost, args: readonly string[]): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.done;
  // What stands behind -- is a command for the nodes.
  const own = args.includes('--') ? args.slice(0, args.indexOf('--')) : args;
  const json = own.includes('--json');
  const program = createProgram(host, (code) => {
    exitCode = code;
  });
  for (const command of everyCommand(program)) {
    command.exitOverride();
    command.configureOutput({
      writeOut: (text) => host.terminal.out(text),
      // The text of a usage error comes below, in the form that was asked for.
      writeErr: (text) => {
        if (!text.startsWith('error: ')) host.terminal.err(text);
      },
    });
  }
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) return tellError(host, json, error);
    if (error.exitCode === 0) return EXIT.done;
    // `putctl` alone shows the help; that is an answer, not a usage error with a text of its own.
    if (error.code === 'commander.help') return EXIT.failed;
    const message = error.message.replace(/^error: /, '').replaceAll('\n', ' ');
    return tellError(host, json, new PutError('usage', message, {}, { cause: error }));
  }
}
