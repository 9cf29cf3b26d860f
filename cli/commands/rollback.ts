import { Option, type Command } from 'commander';
import { seenOf } from '../../core/model/job.ts';
import { lackingWayBack } from '../../core/model/lackingWayBack.ts';
import { printable } from '../../core/model/strangerText.ts';
import { PutError } from '../../core/protocol/errors.ts';
import type { MethodResult } from '../../core/protocol/methods.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import { eachOf } from '../../core/model/jobParts.ts';
import { readHead, readPart } from '../jobPicture.ts';
import { findJob } from '../jobs.ts';
import { jobTitle, someNodes } from '../jobText.ts';
import { JobWatcher } from '../JobWatcher.ts';
import { withTarget, type Launcher, type SessionContext } from '../launch.ts';
import { nodesMeant } from '../nodeSelection.ts';
import { FAILED_HELP, failedOfJob } from '../nodeSelectors.ts';
import { formatTable } from '../output/table.ts';
import { plural } from '../output/words.ts';
import type { Terminal } from '../Terminal.ts';
import { unlessEnded } from '../waiting.ts';
import { followOn } from './drivenJob.ts';
import { type BatonOptions, forJobAndNodes, waveNumber, withJobAndNodes } from './jobOptions.ts';
import { takeBaton } from './run.ts';

interface RollbackOptions extends BatonOptions {
  readonly nodes?: readonly string[] | undefined;
  readonly wave?: number | undefined;
  readonly all?: boolean | undefined;
  readonly failed?: boolean | undefined;
  readonly reason?: string | undefined;
  readonly yes?: boolean | undefined;
  readonly preview?: boolean | undefined;
}

type Preview = MethodResult<'job.rollbackPreview'>;

/** What becomes of nodes to which not every version can be brought back; undefined where all can. */
function noWayBackText({ groups }: Preview): string | undefined {
  const nodes = lackingWayBack(groups);
  if (nodes === 0) return undefined;
  return `On ${plural(nodes, 'node')} not every version can be brought back: upload the missing files first (putctl upload PATH). Without them a node that was changed fails before anything is stopped, and waits for a person.`;
}

/** What nodes go back to, and what has no way back. */
export function rollbackText(preview: Preview, terminal: Terminal): string {
  const { groups, nodes } = preview;
  if (nodes === 0) return 'No node goes back: nothing was changed on those that are meant, or they are back already.';
  const parts = groups.map((group) => {
    const head = `${plural(group.nodes, 'node')}: ${someNodes(group.nodeIds.map(printable), group.nodes)}`;
    if (group.packages.length === 0)
      return `${head}\nno package was changed, so none goes back; the service is started`;
    const rows = group.packages.map(({ name, to, wayBack }) => [
      printable(name),
      to === undefined ? 'erased, it was not there before' : printable(to),
      wayBack ? 'yes' : 'NO: the library has no file of it',
    ]);
    const columns = [{ title: 'PACKAGE' }, { title: 'GOES BACK TO', shrinks: true }, { title: 'WAY BACK' }];
    return `${head}\n${formatTable(columns, rows, { columns: terminal.columns })}`;
  });
  const lacks = noWayBackText(preview);
  const last = lacks === undefined ? [] : ['', lacks];
  return [`Rollback of ${plural(nodes, 'node')}:`, '', parts.join('\n\n'), ...last].join('\n');
}

/** Nodes, a wave or the whole job go back to the versions before; shows what that comes to first. */
export async function rollbackJob(
  context: SessionContext,
  named: string | undefined,
  options: RollbackOptions,
): Promise<ExitCode> {
  const { host, session, output } = context;
  if (
    [options.nodes !== undefined, options.wave !== undefined, options.all === true, options.failed === true].filter(
      Boolean,
    ).length !== 1
  ) {
    throw new PutError('usage', 'say what goes back: name nodes, or give --failed, --wave N or --all');
  }
  const { jobId, jobNumber } = await findJob(context, named, { orLast: false });
  const before = await readHead(context, jobId);
  const seen = seenOf(before);
  const known = async (): Promise<string[]> =>
    [...eachOf(await readPart(context, jobId, 'nodes'))].map(([nodeId]) => nodeId);
  const which = {
    ...(options.nodes ? { nodeIds: await nodesMeant(options.nodes, known) } : {}),
    ...(options.failed === true ? { nodeIds: await failedOfJob(context, before) } : {}),
    ...(options.wave === undefined ? {} : { wave: options.wave }),
  };
  const preview = await unlessEnded(host, session, session.request('job.rollbackPreview', { jobId, ...which }));
  const { reason } = options;
  const shows = { jobId, jobNumber, rolledBack: 0, ...preview };
  const text = (): string => rollbackText(preview, host.terminal);
  if (options.preview === true) {
    output.result(shows, text);
    return EXIT.done;
  }
  if (preview.nodes === 0) {
    const what = options.wave === undefined ? 'none of these nodes' : `no node of wave ${options.wave}`;
    throw new PutError(
      'nothing-to-roll-back',
      `${jobTitle(before)}: ${what} is changed: there is nothing to bring back`,
    );
  }
  if (options.yes !== true) {
    const asks = host.terminal.canAsk && !output.json;
    if (asks) output.note(text());
    const answer = asks
      ? await host.terminal.ask(`Roll back ${plural(preview.nodes, 'node')}? Type yes or no: `)
      : 'no';
    if (answer.trim().toLowerCase() !== 'yes') {
      const next = 'Nothing was changed. Say yes, or give --yes.';
      output.result(shows, () => (asks ? next : `${text()}\n\n${next}`));
      return EXIT.needsPerson;
    }
  }
  const lacks = noWayBackText(preview);
  if (options.yes === true && lacks !== undefined) output.note(lacks);
  const watcher = new JobWatcher(context, { stream: false });
  await watcher.prime(before);
  await takeBaton(context, jobId, seen, options.takeBaton);
  const { nodes } = await unlessEnded(
    host,
    session,
    session.request('job.rollback', { jobId, seen, ...which, reason: reason ?? 'no reason was given' }),
  );
  output.note(`${jobTitle(before)}: ${plural(nodes, 'node')} ${nodes === 1 ? 'goes' : 'go'} back.`);
  return followOn(context, watcher, before, { rolledBack: nodes }, 'rolled-back');
}

/** `rollback`. */
export function defineRollback(program: Command, launch: Launcher): void {
  withJobAndNodes(withTarget(program.command('rollback')))
    .description(
      'bring nodes back to the versions before, from kept packages, of a job that has ended too; shows what that comes to first',
    )
    .addOption(new Option('--wave <number>', 'the nodes of a wave, the others go on afterwards').argParser(waveNumber))
    .option('--failed', `${FAILED_HELP}; the others go on afterwards`)
    .option('--all', 'every node that was changed; then the job ends')
    .option('--preview', 'only show what it would come to')
    .option('--yes', 'do it without asking')
    .option('--reason <text>', 'why; shown to everybody and kept in the timeline and the report')
    .option('--take-baton <reason>', 'take the job over from the person who drives it')
    .action(forJobAndNodes(launch, rollbackJob))
    .addHelpText(
      'after',
      `\nExamples:\n  putctl rollback --all --preview\n  putctl rollback tpa-03 --reason "a bad disk"    that node; the others go on afterwards\n  putctl rollback --wave 1 --yes --reason "the canary is slower"\n  putctl rollback 7 --all --reason "slow since the morning"   of a job that has ended`,
    );
}
