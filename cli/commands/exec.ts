import type { Command } from 'commander';
import { parseDurationMs } from '../../core/model/duration.ts';
import { parseExitCodes } from '../../core/model/command.ts';
import type { NodeType } from '../../core/model/node.ts';
import { RUN_COMMAND } from '../../core/model/operations/runCommand.ts';
import { JOB_STATE_WORDS } from '../../core/model/stateWords.ts';
import { printable } from '../../core/model/strangerText.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { STEP_TABLES } from '../../core/steps/tables.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import { exitCodeOfHead } from '../followJob.ts';
import { readHead, readPicture, type JobPicture } from '../jobPicture.ts';
import { findJob } from '../jobs.ts';
import { bareCommand, jobDocument, jobTitle, nextCommands, stepLine } from '../jobText.ts';
import {
  list,
  parsedBy,
  wantsCsv,
  withOwnCsv,
  withTarget,
  type CommonOptions,
  type Launcher,
  type OutputOptions,
  type SessionContext,
} from '../launch.ts';
import { NODES_HELP } from '../nodeSelection.ts';
import { FAILED_HELP, forbidTwo, nodeTypes, selectedNodes } from '../nodeSelectors.ts';
import { outputsText } from '../outputText.ts';
import { colouredMark, spanText } from '../output/words.ts';
import { IGNORE_FAILED, IGNORE_FAILED_HELP } from '../ignoreFailed.ts';
import { readStepCsv, readStepTable, stepOfKind } from '../stepTables.ts';
import { pickNodes, readNodes } from './nodes.ts';

import { runToEnd, startJob, type RunOptions } from './run.ts';
import { settingsOf, withRunWindow, withWaves, type SettingOptions } from './settingOptions.ts';

interface WhereOptions extends CommonOptions {
  readonly all?: boolean;
  readonly failed?: boolean;
  readonly type?: NodeType[];
  readonly yes?: boolean;
  readonly csv?: boolean;
  readonly nodesAtOnce?: string;
  readonly stopAt?: string;
  readonly ignoreFailed?: string;
}

interface ExecOptions
  extends WhereOptions, Pick<SettingOptions, 'waves' | 'canary' | 'stopBefore' | 'notBefore' | 'notAfter'> {
  readonly deadline?: string;
  readonly exitOk?: number[];
  readonly exitWarned?: number[];
}

const exitCodes = parsedBy((text: string): number[] => {
  const codes = parseExitCodes(text);
  if (!codes) throw new PutError('usage', `${text} are not exit codes from 0 to 255, such as 0,3-5`);
  return codes;
});
const duration = parsedBy((text: string): string => {
  if (parseDurationMs(text) === undefined) {
    throw new PutError('usage', `${text} is not a time such as 90s, 10min or 2h`);
  }
  return text;
});

/** Answers that choose nodes: those named, those of types, or all. @throws PutError usage, node-unknown, file-unreadable */
export async function nodeAnswers(
  context: SessionContext,
  named: readonly string[],
  { all, type, failed }: Pick<WhereOptions, 'all' | 'type' | 'failed'>,
): Promise<{ nodes?: string[]; nodeTypes?: NodeType[] }> {
  forbidTwo({ nodes: named, type, all, failed }, 'names, --type, --failed and --all');
  if (type !== undefined) return { nodeTypes: type };
  if (named.length === 0 && failed !== true) return {};
  const known = await readNodes(context);
  const meant = await selectedNodes(context, { nodes: named, failed }, () => Promise.resolve(known));
  return { nodes: pickNodes(known, meant).map(({ nodeId }) => nodeId) };
}

/** What the nodes said so far, and where the job stands. */
async function tellOutputs(
  context: SessionContext,
  picture: JobPicture,
  options: OutputOptions & { readonly csv?: boolean | undefined },
): Promise<ExitCode> {
  const { host, output, masterNowMs } = context;
  const { head: view } = picture;
  const { jobId } = view;
  const stepId = stepOfKind(view, 'run-command', 'outputs of a command');
  const exitCode = exitCodeOfHead(view, picture.report);
  const next = output.next(nextCommands(view, picture.screen));
  const step = view.steps[stepId];
  const lasted = spanText(view.startedAtMs, view.endedAtMs ?? masterNowMs());
  const stands = [
    `${colouredMark(view.state, host.terminal.style, JOB_STATE_WORDS[view.state])}  ${jobTitle(view)}, ${lasted}`,
    ...(step ? [stepLine(step, host.terminal)] : []),
    ...(next.length === 0 ? [] : [`It waits for a person. Next:\n  ${next.map(printable).join('\n  ')}`]),
  ].join('\n');
  if (wantsCsv(options)) {
    const text = await readStepCsv(context, STEP_TABLES['run-command'].nodes, { jobId, stepId, table: 'nodes' });
    output.result({}, () => text);
    output.note(stands);
    return exitCode;
  }
  const { rows } = await readStepTable(context, STEP_TABLES['run-command'].outputs, {
    ...{ jobId, stepId, table: 'outputs' },
  });
  const document = {
    ...jobDocument(picture, context.masterNowMs()),
    outputs: rows,
    exitCode,
    next: next.map(bareCommand),
  };
  output.result(document, () => outputsText(rows, host.terminal));
  output.note(stands);
  return exitCode;
}

/** Runs a command on nodes and shows what they said, equal outputs together. */
export async function execCommand(
  context: SessionContext,
  named: readonly string[],
  words: readonly string[],
  options: ExecOptions,
): Promise<ExitCode> {
  if (words.length === 0 || words.join('').trim() === '') {
    throw new PutError('usage', 'the command comes after --, such as: putctl exec tpa-1 -- uname -r');
  }
  if (named.length === 0 && options.type === undefined && options.all !== true && options.failed !== true) {
    throw new PutError('usage', 'say on which nodes: by name, by --type, --failed, or --all');
  }
  const { deadline, exitOk, exitWarned, ignoreFailed } = options;
  const answers = {
    ...(await nodeAnswers(context, named, options)),
    command: words.length === 1 ? (words[0] as string) : [...words],
    ...(deadline === undefined ? {} : { deadline: parseDurationMs(deadline) as number }),
    ...(exitOk ? { exitOk } : {}),
    ...(exitWarned ? { exitWarned } : {}),
  };
  const { waves, canary, stopBefore, nodesAtOnce, stopAt, notBefore, notAfter } = options;
  const settings = settingsOf(undefined, { waves, canary, stopBefore, nodesAtOnce, stopAt, notBefore, notAfter });
  const jobId = await startJob(context, RUN_COMMAND.id, answers, options, settings);
  const run: RunOptions = { yes: options.yes, ignoreFailed };
  return runToEnd(context, jobId, run, true, (_context, picture) =>
    picture.head.state === 'input' ? tellWaiting(context, picture) : tellOutputs(context, picture, options),
  );
}

/** Nobody accepted the preview: nothing was done. */
function tellWaiting({ output, masterNowMs }: SessionContext, picture: JobPicture): ExitCode {
  const { head: view } = picture;
  const next = output.next(nextCommands(view, picture.screen));
  const exitCode = EXIT.needsPerson;
  const document = {
    ...jobDocument(picture, masterNowMs()),
    outputs: [],
    exitCode,
    next: next.map(bareCommand),
  };
  output.result(
    document,
    () =>
      `Nothing was run: ${jobTitle(view)} waits for a person, and no other operation begins before it is accepted or exited. Next:\n  ${next.join('\n  ')}`,
  );
  return exitCode;
}

/** Adds what commands have that run on many nodes. */
export function withNodeOptions(command: Command): Command {
  return withOwnCsv(command, 'CSV (RFC 4180) on the standard output instead of text')
    .option('--type <type,type>', 'all nodes of these types', nodeTypes)
    .option('--all', 'all nodes of the system')
    .option('--failed', FAILED_HELP)
    .option('--nodes-at-once <n>', 'nodes that are worked on at the same time (default: NODESATONCE of the master)')
    .option('--stop-at <limit>', 'begin no further node at so many failed and unreachable ones: 3, "10 %"');
}

export function defineExec(program: Command, launch: Launcher): void {
  withRunWindow(withWaves(withNodeOptions(withTarget(program.command('exec')))))
    .description('run a command on nodes in parallel and show what they said, equal outputs together')
    .argument('[nodes...]', `nodes, then -- and the command: ${NODES_HELP}`)
    .option(
      '-y, --yes',
      'run it without asking; without it a person is asked; without a terminal nothing is run and the job waits at its preview (exit code 2)',
    )
    .option('--deadline <time>', 'time that it may take on a node (default 10min)', duration)
    .option('--exit-ok <codes>', 'exit codes that mean success (default 0)', exitCodes)
    .option('--exit-warned <codes>', 'exit codes that mean a warning', exitCodes)
    .option(IGNORE_FAILED, IGNORE_FAILED_HELP)
    .action((nodes: string[], options: ExecOptions) => {
      const { rawArgs: raw } = program as unknown as { readonly rawArgs: readonly string[] };
      const at = raw.indexOf('--');
      const words = at < 0 ? [] : raw.slice(at + 1);
      const named = nodes.slice(0, nodes.length - words.length).flatMap((part) => list(part));
      return launch.withSession(options, (context) => execCommand(context, named, words, options));
    })
    .addHelpText(
      'after',
      `
Examples:
  putctl exec tpa-1,tpa-2 -- uname -r           the words as they are, no shell
  putctl exec 'tpa-*' -- 'df -h / | tail -1'    one word is a shell command line
  putctl exec --all --yes --exit-warned 1 -- rpm -q openssl
  putctl exec --type TPA --yes --csv -- uptime > uptime.csv

It runs detached on each node: a lost line or a closed putctl never stops it. PUT does not know what a command changes.
Exit codes: 0 every node succeeded; 4 some warned or were left out; 2 a node failed or cannot be reached and a person decides, or nobody
accepted the preview; 1 failed or exited; 3 another operation is running.`,
    );

  withOwnCsv(withTarget(program.command('outputs')), 'CSV (RFC 4180) on the standard output, one row a node')
    .description('show what the nodes said to the command of a job, equal outputs together')
    .argument('[job]', 'number or id (default: the last job)')
    .action((named: string | undefined, options: CommonOptions & { csv?: boolean }) =>
      launch.withSession(options, async (context) => {
        const job = await findJob(context, named, { orLast: true });
        await tellOutputs(context, await readPicture(context, await readHead(context, job.jobId)), options);
        return EXIT.done;
      }),
    );
}
