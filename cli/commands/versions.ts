import type { Command } from 'commander';
import type { NodeType } from '../../core/model/node.ts';
import { VIEW_VERSIONS } from '../../core/model/operations/viewVersions.ts';
import { printable } from '../../core/model/strangerText.ts';
import { STEP_TABLES } from '../../core/steps/tables.ts';
import type { ExitCode } from '../exitCodes.ts';
import { exitCodeOfHead } from '../followJob.ts';
import { readHead, readPicture, type JobPicture } from '../jobPicture.ts';
import { findJob } from '../jobs.ts';
import { bareCommand, jobDocument, jobTitle, nextCommands } from '../jobText.ts';
import { list, wantsCsv, withTarget, type CommonOptions, type Launcher, type SessionContext } from '../launch.ts';
import { NODES_HELP } from '../nodeSelection.ts';
import { versionsText } from '../outputText.ts';
import { plural } from '../output/words.ts';
import { readStepCsv, readStepTable, stepOfKind } from '../stepTables.ts';
import { nodeAnswers, withNodeOptions } from './exec.ts';
import { runToEnd, startJob } from './run.ts';
import { settingsOf } from './settingOptions.ts';

interface VersionsOptions extends CommonOptions {
  readonly all?: boolean;
  readonly failed?: boolean;
  readonly type?: NodeType[];
  readonly csv?: boolean;
  readonly differences?: boolean;
  readonly job?: string | boolean;
  readonly nodesAtOnce?: string;
  readonly stopAt?: string;
}

const LEFT_OUT = 'its packages could not be read';

/** Shows what is where, as a job has read it. */
async function tellVersions(context: SessionContext, picture: JobPicture, options: VersionsOptions): Promise<ExitCode> {
  const { host, output } = context;
  const { head: view } = picture;
  const { jobId } = view;
  const stepId = stepOfKind(view, 'facts', 'step that reads the packages of nodes');
  const exitCode = exitCodeOfHead(view, picture.report);
  const table = options.differences === true ? 'differences' : 'versions';
  const shape = STEP_TABLES.facts[table];
  const place = { jobId, stepId, table };
  const stands = `${jobTitle(view)}: ${view.state}.`;
  if (wantsCsv(options)) {
    const text = await readStepCsv(context, shape, place);
    output.result({}, () => text);
    output.note(stands);
    return exitCode;
  }
  const { rows, notes } = await readStepTable(context, shape, place);
  const next = output.next(nextCommands(view, picture.screen)).map(bareCommand);
  output.result({ ...jobDocument(picture, context.masterNowMs()), versions: rows, notes, exitCode, next }, () => {
    const differing = rows.filter(({ differs }) => differs).length;
    const none = options.differences === true && rows.length === 0;
    return [
      ...(none ? ['Nodes of one type have the same packages.'] : [versionsText(rows, host.terminal)]),
      ...notes.map(printable),
      `${plural(rows.length, 'row')}, ${differing} with differences between nodes of one type.`,
    ].join('\n');
  });
  output.note(stands);
  return exitCode;
}

/** Reads the packages of nodes and shows what is where; nodes that cannot be read are left out, and named. */
export async function viewVersions(
  context: SessionContext,
  named: readonly string[],
  options: VersionsOptions,
): Promise<ExitCode> {
  if (options.job !== undefined && options.job !== false) {
    const job = await findJob(context, options.job === true ? undefined : options.job, { orLast: true });
    return tellVersions(context, await readPicture(context, await readHead(context, job.jobId)), options);
  }
  const answers = await nodeAnswers(context, named, options);
  const { nodesAtOnce, stopAt } = options;
  const settings = settingsOf(undefined, { nodesAtOnce, stopAt });
  const jobId = await startJob(context, VIEW_VERSIONS.id, answers, { yes: true }, settings);
  return runToEnd(context, jobId, { yes: true, ignoreFailed: LEFT_OUT }, true, (_context, picture) =>
    tellVersions(context, picture, options),
  );
}

export function defineVersions(program: Command, launch: Launcher): void {
  withNodeOptions(withTarget(program.command('versions')))
    .description('read the packages of nodes: what is where, differences between nodes of one type first')
    .argument('[nodes...]', `nodes (default: all): ${NODES_HELP}`)
    .option('--differences', 'only what differs between nodes of one type')
    .option('--job [job]', 'as a job has read it, by number or id (default: the last one), instead of reading anew')
    .action((nodes: string[], options: VersionsOptions) =>
      launch.withSession(options, (context) =>
        viewVersions(
          context,
          nodes.flatMap((part) => list(part)),
          options,
        ),
      ),
    )
    .addHelpText(
      'after',
      `
Examples:
  putctl versions                              every package of every node
  putctl versions --type TPA --differences     what differs between the TPA nodes
  putctl versions --csv > versions.csv         for a spreadsheet

Exit codes: 0 read; 4 some nodes could not be read and are named; 1 none could; 3 another operation is running.`,
    );
}
