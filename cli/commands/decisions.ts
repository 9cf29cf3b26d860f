import type { Command } from 'commander';
import { eachOf, type JobHead } from '../../core/model/jobParts.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import { openCells } from '../ignoreFailed.ts';
import { readHead, readPart } from '../jobPicture.ts';
import { bareCommand, nextCommands, someNodes } from '../jobText.ts';
import { JobWatcher } from '../JobWatcher.ts';
import { withTarget, type CommonOptions, type Launcher, type SessionContext } from '../launch.ts';
import { nodesMeant } from '../nodeSelection.ts';
import { plural } from '../output/words.ts';
import { unlessEnded } from '../waiting.ts';
import { driveJob, followOn } from './drivenJob.ts';
import { type BatonOptions, forJobAndNodes, step, withJobAndNodes } from './jobOptions.ts';
import type { StepId } from '../../core/model/operationSpec.ts';

interface WhichNodes {
  readonly nodes?: readonly string[] | undefined;
  readonly failed?: boolean | undefined;
  readonly all?: boolean | undefined;
}

interface IgnoreOptions extends BatonOptions, WhichNodes {
  readonly step?: StepId;
  readonly reason?: string;
  readonly package?: string;
  readonly undo?: boolean;
}

function forbidTwo({ nodes, failed, all }: WhichNodes): void {
  if ([nodes !== undefined, failed === true, all === true].filter(Boolean).length !== 1) {
    throw new PutError('usage', 'say which nodes: name them, or give --failed or --all');
  }
}

/** The nodes of a job that a person means. Throws `usage`, `node-unknown`, `file-unreadable`. */
async function whichNodes(
  context: SessionContext,
  head: JobHead,
  stepId: StepId,
  options: WhichNodes,
): Promise<string[]> {
  forbidTwo(options);
  const { jobId, steps } = head;
  const { counts, title = stepId } = steps[stepId] ?? {};
  if (options.nodes) {
    return nodesMeant(options.nodes, async () => {
      const known = await readPart(context, jobId, counts ? `cells:${stepId}` : 'nodes');
      return [...eachOf<unknown>(known)].map(([nodeId]) => nodeId);
    });
  }
  const open = openCells(await readPart(context, jobId, `cells:${stepId}`));
  if (open.length === 0)
    throw new PutError('nothing-to-retry', `no node of ${title} has failed, is unreachable or unknown`);
  return open;
}

/** Nodes that still need a decision, with the packages that failed there. */
async function stillOpen(
  context: SessionContext,
  head: JobHead,
  stepId: StepId,
  left: readonly string[],
): Promise<string> {
  const failed = new Set<string>();
  if (stepId === head.currentStep) {
    const all = new Map(eachOf(await readPart(context, head.jobId, 'failed')));
    for (const nodeId of left) for (const name of all.get(nodeId) ?? []) failed.add(name);
  }
  const packages = failed.size === 0 ? '' : `; failed there: ${[...failed].join(', ')}`;
  return `${plural(left.length, 'node')} still to decide on: ${someNodes(left)}${packages}`;
}

/** Tells what was decided, and what is left: what was asked for may not be all that stands against a node, so the job says how it is now. */
async function tellDecision(
  context: SessionContext,
  { jobId, stepId }: { readonly jobId: string; readonly stepId: StepId },
  decided: { readonly ignored: number } | { readonly undone: number },
  words: string,
): Promise<ExitCode> {
  const after = await readHead(context, jobId);
  const { jobNumber } = after;
  const left = after.steps[stepId]?.counts ? openCells(await readPart(context, jobId, `cells:${stepId}`)) : [];
  const open = left.length === 0 ? [] : [await stillOpen(context, after, stepId, left)];
  const next = context.output.next(after.state === 'running' ? [`putctl watch ${jobNumber}`] : nextCommands(after));
  context.output.result({ jobId, jobNumber, stepId, ...decided, left, next: next.map(bareCommand) }, () =>
    [words, ...open, ...(next.length === 0 ? [] : ['Next:', ...next.map((line) => `  ${line}`)])].join('\n'),
  );
  return EXIT.done;
}

/** Tries the failed, unreachable and unknown nodes of a step again, and follows the job until it settles. */
export async function retryJob(
  context: SessionContext,
  named: string | undefined,
  options: BatonOptions & WhichNodes & { step?: StepId | undefined; wait?: boolean | undefined },
): Promise<ExitCode> {
  const { host, session, output } = context;
  const { jobId, jobNumber, before, seen } = await driveJob(context, named, options);
  const stepId = options.step ?? before.currentStep;
  const nodeIds = options.nodes === undefined ? undefined : await whichNodes(context, before, stepId, options);
  const watcher = new JobWatcher(context, { stream: false });
  await watcher.prime(before, stepId);
  const { retried } = await unlessEnded(
    host,
    session,
    session.request('job.retry', { jobId, seen, stepId, ...(nodeIds ? { nodeIds } : {}) }),
  );
  const title = before.steps[stepId]?.title ?? stepId;
  output.note(retried === 0 ? `${title} begins anew.` : `${plural(retried, 'node')} tried again at ${title}.`);
  if (options.wait === false) {
    output.result({ jobId, jobNumber, stepId, retried }, () => `Next: putctl watch ${jobNumber}${output.aim}`);
    return EXIT.done;
  }
  return followOn(context, watcher, before, { retried });
}

/** Leaves failed or unreachable nodes behind, with a reason that stays in the record. */
export async function ignoreNodes(
  context: SessionContext,
  named: string | undefined,
  options: BatonOptions & WhichNodes & { step?: StepId | undefined; reason: string; package?: string | undefined },
): Promise<ExitCode> {
  const { host, session } = context;
  const { jobId, before, seen } = await driveJob(context, named, options);
  const stepId = options.step ?? before.currentStep;
  const nodeIds = await whichNodes(context, before, stepId, options);
  const { ignored } = await unlessEnded(
    host,
    session,
    session.request('job.ignore', {
      jobId,
      seen,
      stepId,
      nodeIds,
      reason: options.reason,
      ...(options.package === undefined ? {} : { packageName: options.package }),
    }),
  );
  const title = before.steps[stepId]?.title ?? stepId;
  const words =
    options.package === undefined
      ? `${plural(ignored, 'node')} ignored at ${title}.`
      : `${options.package} ignored on ${plural(ignored, 'node')} at ${title}.`;
  return tellDecision(context, { jobId, stepId }, { ignored }, words);
}

/** Nodes that are ignored at a step. */
async function ignoredAt(context: SessionContext, jobId: string, stepId: StepId): Promise<string[]> {
  const cells = eachOf(await readPart(context, jobId, `cells:${stepId}`));
  const nodeIds = [...cells].filter(([, { state }]) => state === 'ignored').map(([nodeId]) => nodeId);
  if (nodeIds.length === 0) throw new PutError('nothing-to-retry', `no node is ignored at ${stepId}`);
  return nodeIds;
}

/** Takes back that nodes, or a package on them, were ignored, while the job is still at that step. */
async function undoIgnore(
  context: SessionContext,
  named: string | undefined,
  options: BatonOptions & WhichNodes & { step?: StepId | undefined; package?: string | undefined },
): Promise<ExitCode> {
  const { host, session } = context;
  const packageName = options.package;
  const { jobId, before, seen } = await driveJob(context, named, options);
  const stepId = options.step ?? before.currentStep;
  const nodeIds =
    packageName === undefined && options.all === true
      ? await ignoredAt(context, jobId, stepId)
      : await whichNodes(context, before, stepId, options);
  const params = { jobId, seen, stepId, nodeIds, ...(packageName === undefined ? {} : { packageName }) };
  const { undone } = await unlessEnded(host, session, session.request('job.undoIgnore', params));
  const words =
    packageName === undefined
      ? `${plural(undone, 'node')} ${undone === 1 ? 'needs' : 'need'} a decision again.`
      : `${packageName} is not ignored any more on ${plural(undone, 'node')}.`;
  return tellDecision(context, { jobId, stepId }, { undone }, words);
}

/** `retry` and `ignore`: what becomes of nodes that did not come through. */
export function defineDecisions(program: Command, launch: Launcher): void {
  withJobAndNodes(withTarget(program.command('retry')))
    .description('try exactly the failed, unreachable and unknown nodes of a step again, then follow the job')
    .option('--step <step>', 'the step (default: the current one)', step)
    .option('--failed', 'every node that failed, or is unreachable or unknown (what is meant without --nodes)')
    .option('--all', 'the same, of every node of the job')
    .option('--no-wait', 'return at once instead of following the job')
    .option('--take-baton <reason>', 'take the job over from the person who drives it')
    .action(forJobAndNodes(launch, retryJob))
    .addHelpText(
      'after',
      `\nExamples:\n  putctl retry                      everything that failed at the current step\n  putctl retry 12 tpa-02            one node of job 12\n\nA retry is a new attempt; what came before stays in the record. Nodes that were fine are not touched again;\nthose that were not begun yet go on with them. A node named that was ignored at an earlier step catches up from there.`,
    );

  withJobAndNodes(withTarget(program.command('ignore')))
    .description('go on without failed or unreachable nodes, with a reason that stays in the record')
    .option('--failed', 'every node of the step that failed, or is unreachable or unknown')
    .option('--all', 'the same, of every node of the job')
    .option('--reason <text>', 'why; shown in the timeline and the report')
    .option('--package <name>', 'only the failure of this package')
    .option(
      '--undo',
      'take back that nodes, or with --package that package, were ignored, while the job is still at the step',
    )
    .option('--step <step>', 'the step (default: the current one)', step)
    .option('--take-baton <reason>', 'take the job over from the person who drives it')
    .action((word: string | undefined, words: string[], given: CommonOptions & IgnoreOptions) => {
      if (given.undo !== true && given.reason === undefined)
        throw new PutError('usage', 'say why with --reason: it stays in the record');
      const work = forJobAndNodes<IgnoreOptions>(launch, (context, job, { reason, undo, ...options }) =>
        undo === true || reason === undefined
          ? undoIgnore(context, job, options)
          : ignoreNodes(context, job, { ...options, reason }),
      );
      return work(word, words, given);
    })
    .addHelpText(
      'after',
      `\nExamples:\n  putctl ignore --failed --reason "disks are being replaced"      every node that failed at the current step\n  putctl ignore tpa-03 --reason "disk is being replaced, case 4711"\n  putctl ignore tpa-01 tpa-02 --package plicense --reason "no licence server here"\n  putctl ignore --all --package plicense --undo                   it is installed after all\n  putctl ignore tpa-03 --undo                                     it needs a decision again\n  putctl run --continue             goes on when nothing is left to decide on`,
    );
}
