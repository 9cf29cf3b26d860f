import type { Command } from 'commander';
import { seenOf, type JobSummary, type JobView } from '../../core/model/job.ts';
import { INSTALL_STEPS, type StepId } from '../../core/model/operation.ts';
import { servicesNotUp, servicesNotUpText } from '../../core/model/servicesNotUp.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { EXIT, exitCodeOfJob, type ExitCode } from '../exitCodes.ts';
import { followJob } from '../followJob.ts';
import { findJob, readJob, readJobs } from '../jobs.ts';
import { jobTitle, nextCommands, someNodes } from '../jobText.ts';
import { JobWatcher } from '../JobWatcher.ts';
import { list, parsedBy, withTarget, type CommonOptions, type Launcher, type SessionContext } from '../launch.ts';
import { NODES_HELP, nodesMeant } from '../nodeSelection.ts';
import { printable } from '../../core/model/strangerText.ts';
import { formatTable } from '../output/table.ts';
import { formatDateTime, formatDuration, mark, plural } from '../output/words.ts';
import { unlessEnded } from '../waiting.ts';
import { takeBaton, tellJob } from './run.ts';

/** A step by its id or title. */
export const step = parsedBy((text: string): StepId => {
  const wanted = text.trim().toLowerCase().replaceAll(' ', '-').replace(/!$/, '');
  const found = INSTALL_STEPS.find((stepId) => stepId === wanted);
  if (!found) throw new PutError('usage', `there is no step ${text}; there are ${INSTALL_STEPS.join(', ')}`);
  return found;
});

interface BatonOptions {
  readonly takeBaton?: string | undefined;
}

export async function listJobs(context: SessionContext): Promise<ExitCode> {
  const jobs = await readJobs(context);
  const { terminal } = context.host;
  context.output.result({ jobs }, () =>
    jobs.length === 0
      ? 'No job was ever started on this system.'
      : formatTable(
          [
            { title: 'JOB', align: 'right' },
            { title: 'STATE' },
            { title: 'OPERATION', shrinks: true },
            { title: 'STEP' },
            { title: 'NODES', align: 'right' },
            { title: 'DRIVER' },
            { title: 'STARTED' },
            { title: 'TOOK' },
          ],
          jobs.map((job: JobSummary) =>
            job.problem !== undefined
              ? [String(job.jobNumber), 'unreadable', printable(job.problem), '', '', '', '', '']
              : [
                  String(job.jobNumber),
                  mark(job.state, terminal.style),
                  job.title,
                  job.currentStep,
                  String(job.nodes),
                  job.driver,
                  formatDateTime(job.startedAtMs),
                  formatDuration((job.endedAtMs ?? context.masterNowMs()) - job.startedAtMs),
                ],
          ),
          { columns: terminal.columns },
        ),
  );
  return EXIT.done;
}

/** Follows a job to its end; an ended one is shown as it is. */
export async function watchJob(context: SessionContext, named: string | undefined): Promise<ExitCode> {
  const job = await findJob(context, named, { orLast: true });
  const watcher = new JobWatcher(context, { stream: true });
  context.output.note(
    `${jobTitle(job)}, started by ${printable(job.startedBy)}. Ctrl-C stops looking on; the job goes on.`,
  );
  let told: string | undefined;
  const { view } = await followJob(context.host, context.session, job.jobId, {
    lookOn: true,
    onView: (latest) => {
      watcher.onView(latest);
      const waits =
        latest.state === 'attention' || latest.state === 'input' ? `${latest.state} ${latest.eventNumber}` : undefined;
      if (waits !== undefined && waits !== told) {
        const next = nextCommands(latest);
        context.output.note([`It waits for a person. Next:`, ...next.map((line) => `  ${line}`)].join('\n'));
      }
      told = waits;
    },
  });
  return tellJob(context, view, { stream: true });
}

function openCells(view: JobView, stepId: StepId): string[] {
  const cells = Object.entries(view.steps[stepId]?.cells ?? {});
  return cells
    .filter(([, cell]) => ['failed', 'unreachable', 'unknown'].includes(cell.state))
    .map(([nodeId]) => nodeId);
}

interface WhichNodes {
  readonly nodes?: readonly string[] | undefined;
  readonly failed?: boolean | undefined;
  readonly all?: boolean | undefined;
}

function forbidTwo({ nodes, failed, all }: WhichNodes): void {
  if ([nodes !== undefined, failed === true, all === true].filter(Boolean).length !== 1) {
    throw new PutError('usage', 'say which nodes: one of --nodes a,b, --failed and --all');
  }
}

/** The nodes of a job that a person means. Throws `usage`, `node-unknown`, `file-unreadable`. */
async function whichNodes(view: JobView, stepId: StepId, options: WhichNodes): Promise<string[]> {
  forbidTwo(options);
  const known = Object.keys(view.steps[stepId]?.cells ?? view.nodes);
  if (options.nodes) return nodesMeant(options.nodes, () => known);
  const open = openCells(view, stepId);
  if (open.length === 0) {
    const title = view.steps[stepId]?.title ?? stepId;
    throw new PutError('nothing-to-retry', `no node of ${title} has failed, is unreachable or unknown`);
  }
  return open;
}

/** Nodes that still need a decision, each with the packages that failed there. */
function stillOpen(view: JobView, stepId: StepId, left: readonly string[]): string {
  const failed = new Set(
    left.flatMap((nodeId) =>
      Object.entries(view.nodes[nodeId]?.outcomes ?? {}).flatMap(([name, outcome]) =>
        outcome === 'fail' ? [name] : [],
      ),
    ),
  );
  const packages = stepId !== view.currentStep || failed.size === 0 ? '' : `; failed there: ${[...failed].join(', ')}`;
  return `${plural(left.length, 'node')} still to decide on: ${someNodes(left)}${packages}`;
}

/** A next command without its explanation. */
const bare = (line: string): string => line.split('   ')[0] ?? line;

/** Tries the failed, unreachable and unknown nodes of a step again, and follows the job until it settles. */
export async function retryJob(
  context: SessionContext,
  named: string | undefined,
  options: BatonOptions & WhichNodes & { step?: StepId | undefined; wait?: boolean | undefined },
): Promise<ExitCode> {
  const { host, session, output } = context;
  const job = await findJob(context, named, { orLast: false });
  const before = await readJob(context, job.jobId);
  const seen = seenOf(before);
  await takeBaton(context, job.jobId, seen, options.takeBaton);
  const stepId = options.step ?? before.currentStep;
  const nodeIds = options.nodes === undefined ? undefined : await whichNodes(before, stepId, options);
  if (options.nodes !== undefined) forbidTwo(options);
  const { retried } = await unlessEnded(
    host,
    session,
    session.request('job.retry', { jobId: job.jobId, seen, stepId, ...(nodeIds ? { nodeIds } : {}) }),
  );
  output.note(`${plural(retried, 'node')} tried again at ${before.steps[stepId]?.title ?? stepId}.`);
  if (options.wait === false) {
    output.result(
      { jobId: job.jobId, jobNumber: job.jobNumber, stepId, retried },
      () => `Next: putctl watch ${job.jobNumber}`,
    );
    return EXIT.done;
  }
  const watcher = new JobWatcher(context, { stream: false });
  watcher.prime(before);
  const { view } = await followJob(host, session, job.jobId, {
    settledAfter: before.eventNumber,
    onView: (latest) => watcher.onView(latest),
  });
  return tellJob(context, view, { stream: false, more: { retried } });
}

/** Leaves failed or unreachable nodes behind, with a reason that stays in the record. */
export async function ignoreNodes(
  context: SessionContext,
  named: string | undefined,
  options: BatonOptions & WhichNodes & { step?: StepId | undefined; reason: string; package?: string | undefined },
): Promise<ExitCode> {
  const { host, session, output } = context;
  const job = await findJob(context, named, { orLast: false });
  const before = await readJob(context, job.jobId);
  const seen = seenOf(before);
  await takeBaton(context, job.jobId, seen, options.takeBaton);
  const stepId = options.step ?? before.currentStep;
  const nodeIds = await whichNodes(before, stepId, options);
  const { ignored } = await unlessEnded(
    host,
    session,
    session.request('job.ignore', {
      jobId: job.jobId,
      seen,
      stepId,
      nodeIds,
      reason: options.reason,
      ...(options.package === undefined ? {} : { packageName: options.package }),
    }),
  );
  // What was asked for may not be all that stands against the node: the job says how it is now.
  const after = await readJob(context, job.jobId);
  const left = openCells(after, stepId);
  const next = after.state === 'running' ? [`putctl watch ${job.jobNumber}`] : nextCommands(after);
  const title = before.steps[stepId]?.title ?? stepId;
  output.result({ jobId: job.jobId, jobNumber: job.jobNumber, stepId, ignored, left, next: next.map(bare) }, () =>
    [
      options.package === undefined
        ? `${plural(ignored, 'node')} ignored at ${title}.`
        : `${options.package} ignored on ${plural(ignored, 'node')} at ${title}.`,
      ...(left.length === 0 ? [] : [stillOpen(after, stepId, left)]),
      ...(next.length === 0 ? [] : ['Next:', ...next.map((line) => `  ${line}`)]),
    ].join('\n'),
  );
  return EXIT.done;
}

interface CancelOptions {
  readonly restartStep?: boolean | undefined;
  readonly exit?: boolean | undefined;
  readonly startServices?: boolean | undefined;
  readonly leaveServices?: boolean | undefined;
}

/**
 * What becomes of services that are not up when the operation is exited: as the options say, or a person is asked. Undefined: nobody
 * can be asked, or the person wants to go on with the operation.
 */
async function servicesAtExit(
  { host, output }: SessionContext,
  view: JobView,
  options: CancelOptions,
): Promise<'start' | 'leave' | undefined> {
  const notUp = servicesNotUpText(servicesNotUp(Object.values(view.nodes)));
  if (options.startServices === true) return 'start';
  if (options.leaveServices === true || notUp === undefined) return 'leave';
  output.note(`${printable(notUp)}.`);
  if (!host.terminal.canAsk || output.json) return undefined;
  const answer = await host.terminal.ask('Start it there before the operation ends? Type start, leave or back: ');
  const given = answer.trim().toLowerCase();
  return given === 'start' || given === 'leave' ? given : undefined;
}

export async function cancelJob(
  context: SessionContext,
  named: string | undefined,
  options: BatonOptions & CancelOptions,
): Promise<ExitCode> {
  const { host, session, output } = context;
  if ((options.restartStep === true) === (options.exit === true)) {
    throw new PutError(
      'usage',
      'say what Cancel means: --restart-step begins the current step anew, --exit ends the operation',
    );
  }
  if (options.startServices === true && (options.leaveServices === true || options.exit !== true)) {
    throw new PutError('usage', '--start-services belongs to --exit and goes without --leave-services');
  }
  const job = await findJob(context, named, { orLast: false });
  const choice = options.exit === true ? 'exit' : 'restart-step';
  const before = await readJob(context, job.jobId);
  const services = choice === 'exit' ? await servicesAtExit(context, before, options) : 'leave';
  if (services === undefined) {
    const { down, unknown } = servicesNotUp(Object.values(before.nodes));
    const next = ['--start-services', '--leave-services'].map((how) => `putctl cancel ${job.jobNumber} --exit ${how}`);
    output.result(
      { jobId: job.jobId, jobNumber: job.jobNumber, servicesDown: down, servicesUnknown: unknown, next },
      () =>
        [
          `Nothing was cancelled: exiting ${jobTitle(before)} now leaves services down. Say what becomes of them:`,
          `  ${next[0]}   starts them before the operation ends`,
          `  ${next[1]}   ends it and leaves them as they are`,
        ].join('\n'),
    );
    return EXIT.needsPerson;
  }
  const seen = seenOf(before);
  await takeBaton(context, job.jobId, seen, options.takeBaton);
  const startServices = services === 'start';
  await unlessEnded(
    host,
    session,
    session.request('job.cancel', { jobId: job.jobId, seen, choice, ...(startServices ? { startServices } : {}) }),
  );
  if (choice === 'restart-step') {
    output.result(
      { jobId: job.jobId, jobNumber: job.jobNumber, choice },
      () => `The step ${job.currentStep} begins anew. Next: putctl run --continue ${job.jobNumber}`,
    );
    return EXIT.done;
  }
  const { view } = await followJob(host, session, job.jobId, { lookOn: true });
  const left = servicesNotUp(Object.values(view.nodes));
  const leftText = servicesNotUpText(left);
  output.result(
    {
      jobId: job.jobId,
      jobNumber: job.jobNumber,
      choice,
      state: view.state,
      servicesDown: left.down,
      servicesUnknown: left.unknown,
    },
    () =>
      [
        `${jobTitle(view)} has ended: ${mark(view.state, host.terminal.style)}.`,
        ...(leftText === undefined
          ? []
          : [`Attention: ${printable(leftText)}.`, 'Next: putctl nodes start-services   starts what is not up']),
      ].join('\n'),
  );
  if (view.state !== 'exited') return exitCodeOfJob(view);
  return leftText === undefined ? EXIT.done : EXIT.warnings;
}

const JOB_ARGUMENT = 'number or id (default: the running job)';

export function defineJobCommands(program: Command, launch: Launcher): void {
  withTarget(program.command('jobs'))
    .description('list the jobs of the system, running and ended')
    .action((options: CommonOptions) => launch.withSession(options, listJobs));

  withTarget(program.command('watch'))
    .description('look on at a job: a line for every change, until it ends or Ctrl-C')
    .argument('[job]', 'number or id (default: the running job, else the last)')
    .action((job: string | undefined, options: CommonOptions) =>
      launch.withSession(options, (context) => watchJob(context, job)),
    )
    .addHelpText(
      'after',
      `
Examples:
  putctl watch                 the running job; after a cut of the line it goes on by itself
  putctl watch 12 --json | jq -c 'select(.change == "node" and .state == "failed")'

With --json every line is one JSON object: change (job, step, node, result), state, attempt, counts, cause. The exit code is
that of the job: 0 succeeded, 4 with warnings, 1 failed or exited.`,
    );

  withTarget(program.command('retry'))
    .description('try exactly the failed, unreachable and unknown nodes of a step again, then follow the job')
    .argument('[job]', JOB_ARGUMENT)
    .option('--step <step>', 'the step (default: the current one)', step)
    .option('--nodes <a,b>', `only these nodes: ${NODES_HELP}`, list)
    .option('--failed', 'every node that failed, or is unreachable or unknown (what is meant without --nodes)')
    .option('--all', 'the same, of every node of the job')
    .option('--no-wait', 'return at once instead of following the job')
    .option('--take-baton <reason>', 'take the job over from the person who drives it')
    .action(
      (
        job: string | undefined,
        options: CommonOptions & WhichNodes & { step?: StepId; wait?: boolean; takeBaton?: string },
      ) => launch.withSession(options, (context) => retryJob(context, job, options)),
    )
    .addHelpText(
      'after',
      `\nExamples:\n  putctl retry                      everything that failed at the current step\n  putctl retry 12 --nodes tpa-02    one node of job 12\n\nA retry is a new attempt; what came before stays in the record. Nodes that were fine are not touched again.`,
    );

  withTarget(program.command('ignore'))
    .description('go on without failed or unreachable nodes, with a reason that stays in the record')
    .argument('[job]', JOB_ARGUMENT)
    .option('--nodes <a,b>', `the nodes: ${NODES_HELP}`, list)
    .option('--failed', 'every node of the step that failed, or is unreachable or unknown')
    .option('--all', 'the same, of every node of the job')
    .requiredOption('--reason <text>', 'why; shown in the timeline and the report')
    .option('--package <name>', 'only the failure of this package')
    .option('--step <step>', 'the step (default: the current one)', step)
    .option('--take-baton <reason>', 'take the job over from the person who drives it')
    .action(
      (
        job: string | undefined,
        options: CommonOptions &
          WhichNodes & {
            step?: StepId;
            reason: string;
            package?: string;
            takeBaton?: string;
          },
      ) => launch.withSession(options, (context) => ignoreNodes(context, job, options)),
    )
    .addHelpText(
      'after',
      `\nExamples:\n  putctl ignore --failed --reason "disks are being replaced"      every node that failed at the current step\n  putctl ignore --nodes tpa-03 --reason "disk is being replaced, case 4711"\n  putctl ignore --nodes tpa-01,tpa-02 --package plicense --reason "no licence server here"\n  putctl run --continue             goes on when nothing is left to decide on`,
    );

  withTarget(program.command('cancel'))
    .description('Cancel, as the window asks it: begin the current step anew, or exit the operation')
    .argument('[job]', JOB_ARGUMENT)
    .option('--restart-step', 'begin the current step anew')
    .option('--exit', 'end the operation; what was done stays done')
    .option('--start-services', 'with --exit: start the services that are not up before the operation ends')
    .option('--leave-services', 'with --exit: leave services down that are down')
    .option('--take-baton <reason>', 'take the job over from the person who drives it')
    .action((job: string | undefined, options: CommonOptions & CancelOptions & BatonOptions) =>
      launch.withSession(options, (context) => cancelJob(context, job, options)),
    )
    .addHelpText(
      'after',
      `\nExamples:\n  putctl cancel --restart-step\n  putctl cancel 12 --exit                     asks about services that are down\n  putctl cancel 12 --exit --start-services    starts them before the operation ends\n\nWithout one of the two nothing is done: going back to the step needs no request. Where services are down, --exit needs one of\n--start-services and --leave-services, or a person who answers; else nothing is cancelled and the exit code is 2. It is 4 where\nservices stay down. While services are being started, cancel --exit --leave-services gives that up.`,
    );
}
