import { readFile, stat } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import { newId } from '../../core/session/newId.ts';
import { seenOf, type JobSeen, type JobView, type StepInput } from '../../core/model/job.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { EXIT, exitCodeOfJob, type ExitCode } from '../exitCodes.ts';
import { followJob, isOver, type FollowOptions, type Followed } from '../followJob.ts';
import { findJob, readJob } from '../jobs.ts';
import { jobDocument, jobText, jobTitle, nextCommands, planText } from '../jobText.ts';
import { JobWatcher } from '../JobWatcher.ts';
import { withTarget, type CommonOptions, type Launcher, type SessionContext } from '../launch.ts';
import { answerOf, EMPTY_PLAN } from '../planAnswers.ts';
import { parsePlan, PLAN_FILE_BYTES, type PlanFile } from '../planFile.ts';
import { HintedError } from '../target.ts';
import { unlessEnded, waitForState } from '../waiting.ts';
import { pickNodes, readNodes } from './nodes.ts';

export interface RunOptions {
  readonly plan?: string | undefined;
  readonly continue?: boolean | string | undefined;
  readonly yes?: boolean | undefined;
  readonly watch?: boolean | undefined;
  readonly until?: 'plan' | undefined;
  readonly keep?: boolean | undefined;
  readonly takeBaton?: string | undefined;
}

/** Reads a plan file. Throws `file-unreadable` or `plan-invalid`. */
export async function readPlanFile(path: string): Promise<PlanFile> {
  let text: string;
  try {
    const { size } = await stat(path);
    if (size > PLAN_FILE_BYTES)
      throw new PutError('plan-invalid', `${path}: larger than ${PLAN_FILE_BYTES} bytes`, { path });
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof PutError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new PutError(
      'file-unreadable',
      `--plan ${path}: ${code === 'ENOENT' ? 'there is no such file' : code}`,
      { path },
      { cause: error },
    );
  }
  return parsePlan(text, path);
}

async function startJob(context: SessionContext): Promise<string> {
  const { host, session } = context;
  const jobId = newId(host.random);
  try {
    await unlessEnded(host, session, session.request('job.start', { jobId, operationId: 'install-upgrade-software' }));
  } catch (error) {
    if (!(error instanceof PutError) || error.code !== 'job-running') throw error;
    throw new HintedError(error, [
      'putctl watch          follows the running job',
      'putctl run --continue   takes it up where it waits',
    ]);
  }
  return jobId;
}

/** Takes the baton of a job first, where the person said so. */
export async function takeBaton(
  { host, session }: SessionContext,
  jobId: string,
  seen: JobSeen,
  reason: string | undefined,
): Promise<void> {
  if (reason !== undefined) await unlessEnded(host, session, session.request('job.takeBaton', { jobId, seen, reason }));
}

/** Ends a job from here and waits until it has ended; gives its last view. */
export async function exitJob({ host, session }: SessionContext, jobId: string, seen: JobSeen): Promise<JobView> {
  await unlessEnded(host, session, session.request('job.cancel', { jobId, seen, choice: 'exit' }));
  return waitForState<JobView, JobView>(host, session, `job:${jobId}`, (view) =>
    isOver(view.state) ? view : undefined,
  );
}

/** Tells where a job stands and what comes next; answers the exit code. */
export function tellJob(
  context: SessionContext,
  view: JobView,
  options: { stream: boolean; more?: object | undefined },
): ExitCode {
  const { host, output, masterNowMs } = context;
  const exitCode = exitCodeOfJob(view.state);
  const next = nextCommands(view);
  const document = { ...jobDocument(view), ...options.more, exitCode, next: next.map((line) => line.split('   ')[0]) };
  output.passing('');
  if (options.stream && output.json) output.line({ change: 'result', ...document });
  else
    output.result(document, () =>
      [
        jobText(view, host.terminal, masterNowMs()),
        ...(next.length === 0 ? [] : [`\nIt waits for a person. Next:\n  ${next.join('\n  ')}`]),
      ].join('\n'),
    );
  return exitCode;
}

/** Answers from the plan; at the step Plan the person is asked first. */
function answers(context: SessionContext, plan: PlanFile, options: RunOptions): NonNullable<FollowOptions['answer']> {
  const { host, output } = context;
  return async (view): Promise<StepInput | 'person' | 'stop'> => {
    if (view.screen?.stepId !== 'plan') return answerOf(plan, view);
    if (options.until === 'plan') return 'stop';
    if (options.yes === true) return answerOf(plan, view);
    if (!host.terminal.canAsk || output.json) return 'person';
    output.note(planText(view.screen.plan, host.terminal));
    const given = (await host.terminal.ask('Go on with this plan? Type yes or no: ')).trim().toLowerCase();
    return given === 'yes' ? answerOf(plan, view) : 'person';
  };
}

async function runToEnd(
  context: SessionContext,
  jobId: string,
  plan: PlanFile,
  options: RunOptions,
  own: boolean,
): Promise<ExitCode> {
  const stream = options.watch === true;
  const watcher = new JobWatcher(context, { stream });
  let followed: Followed;
  try {
    followed = await followJob(context.host, context.session, jobId, {
      answer: answers(context, plan, options),
      continueIgnored: !own,
      onView: (view) => watcher.onView(view),
    });
  } catch (error) {
    context.output.passing('');
    // A plan that this system cannot do must not leave an operation behind that blocks it. Nothing was changed on a node yet.
    if (
      own &&
      options.keep !== true &&
      error instanceof PutError &&
      !context.host.stop.aborted &&
      error.code !== 'baton-needed'
    ) {
      const left = await readJob(context, jobId).catch(() => undefined);
      if (left?.state === 'input' && left.plan === undefined) {
        await exitJob(context, jobId, seenOf(left));
        throw new HintedError(error, ['the operation was exited; no node was changed']);
      }
    }
    if (context.host.stop.aborted) context.output.note(`Detached. The job goes on at the master: putctl watch`);
    throw error;
  }
  if (followed.reason !== 'stopped') return tellJob(context, followed.view, { stream });
  const { view } = followed;
  if (options.keep !== true) await exitJob(context, jobId, seenOf(view));
  const made = view.screen?.stepId === 'plan' ? view.screen.plan : undefined;
  context.output.passing('');
  context.output.result({ jobId, jobNumber: view.jobNumber, kept: options.keep === true, plan: made }, () =>
    [
      made ? planText(made, context.host.terminal) : '',
      options.keep === true
        ? `${jobTitle(view)} waits at the step Plan. Next: putctl run --continue ${view.jobNumber} --yes, or putctl cancel ${view.jobNumber} --exit`
        : `${jobTitle(view)} was exited; nothing was changed.`,
    ].join('\n'),
  );
  return EXIT.done;
}

/** Starts Install/Upgrade Software, or takes up a job, and carries it through with a plan. */
export async function runOperation(context: SessionContext, options: RunOptions): Promise<ExitCode> {
  const goOn = options.continue !== undefined && options.continue !== false;
  const plan = options.plan === undefined ? EMPTY_PLAN : await readPlanFile(options.plan);
  if (!goOn && options.plan === undefined && options.yes !== true && options.until === undefined) {
    throw new PutError(
      'usage',
      'give --plan FILE, or --yes to take every proposal, or --continue to take up the running job',
    );
  }
  if (goOn) {
    const job = await findJob(context, typeof options.continue === 'string' ? options.continue : undefined, {
      orLast: false,
    });
    if (isOver(job.state))
      throw new PutError('job-over', `job ${job.jobNumber} has ended (${job.state})`, { jobNumber: job.jobNumber });
    const seen = seenOf(await readJob(context, job.jobId));
    await takeBaton(context, job.jobId, seen, options.takeBaton);
    context.output.note(`Taking up ${jobTitle(job)} at ${job.currentStep}.`);
    return runToEnd(context, job.jobId, plan, options, false);
  }
  // Names that the system does not know are told before anything is started.
  if (plan.nodes) pickNodes(await readNodes(context), plan.nodes);
  const jobId = await startJob(context);
  return runToEnd(context, jobId, plan, options, true);
}

export function defineRun(program: Command, launch: Launcher): void {
  withTarget(program.command('run'))
    .description('run Install/Upgrade Software with the answers of a plan file, and follow it to its end')
    .option('--plan <file>', 'plan file (see `putctl plan`); what it leaves out is answered as the screen proposes')
    .option('--continue [job]', 'take up a job that is running, waits, or had its failures ignored')
    .option('-y, --yes', 'accept the step Plan; without it a person is asked, or exit code 2 without a terminal')
    .option(
      '--watch',
      'every change as a line on the standard output; with --json lines of JSON, the last one the result',
    )
    .addOption(new Option('--until <step>', 'stop at this step and show it').choices(['plan']))
    .option('--keep', 'with --until: leave the operation waiting there; else it is exited')
    .option('--take-baton <reason>', 'with --continue: take the job over from the person who drives it')
    .action((options: CommonOptions & RunOptions) =>
      launch.withSession(options, (context) => runOperation(context, options)),
    )
    .addHelpText(
      'after',
      `
Examples:
  putctl run --plan plan.yaml --yes            from the first step to Finished!
  putctl run --yes                             the same with every proposal
  putctl run --plan plan.yaml --until plan     the master's plan, read from the nodes; then nothing is left
  putctl run --plan plan.yaml --yes --watch --json > run.log

Everything runs on the master node: a lost line, Ctrl-C or a closed laptop never stops the job. Exit codes: 0 succeeded;
4 ended with warnings; 1 failed or exited; 2 a node failed or cannot be reached and a person decides (retry, ignore, cancel:
the commands are printed); 3 another person drives the job, or another operation is running.
A plan that the system cannot do is told with its place; the operation is exited before any node was changed.`,
    );
}
