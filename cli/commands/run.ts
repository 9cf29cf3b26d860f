import type { Command } from 'commander';
import { newId } from '../../core/session/newId.ts';
import { isJobOver, seenOf, type JobSeen, type StepScreen, type JobOutcome } from '../../core/model/job.ts';
import { jobTopic, type JobHead } from '../../core/model/jobParts.ts';
import { DEFAULT_OPERATION, findOperation } from '../../core/model/operation.ts';
import { stepsOf } from '../../core/model/operationSpec.ts';
import { servicesNotUpText } from '../../core/model/servicesNotUp.ts';
import { errorOf, PutError } from '../../core/protocol/errors.ts';
import { withoutAnswerFor, type JobAnswers } from '../../core/steps/givenAnswers.ts';
import { contentOf } from '../../core/steps/knownScreen.ts';
import { askShapeOf } from '../../core/steps/registry.ts';
import { EXIT, exitCodeOfError, type ExitCode } from '../exitCodes.ts';
import { exitCodeOfHead, followJob, type FollowOptions, type Followed } from '../followJob.ts';
import { readHead, readPart, readPicture, readServices, type JobPicture } from '../jobPicture.ts';
import { IGNORE_FAILED, IGNORE_FAILED_HELP, ignoreInTheWay } from '../ignoreFailed.ts';
import { findJob } from '../jobs.ts';
import { bareCommand, jobDocument, jobText, jobTitle, nextCommands, someNodes } from '../jobText.ts';
import { JobWatcher } from '../JobWatcher.ts';
import {
  tellError,
  withDetailedExit,
  withTarget,
  type CommonOptions,
  type Launcher,
  type SessionContext,
} from '../launch.ts';
import { readNamedText } from '../namedText.ts';
import { answersOf, parsePlan, PLAN_FILE_BYTES, requireUnchanged, type PlanFile } from '../planFile.ts';
import { screenText } from '../screenText.ts';
import { HintedError } from '../target.ts';
import { unlessEnded, waitForState } from '../waiting.ts';
import { WARNING_HELP, warningNames } from '../warningNames.ts';
import { pickNodes, readNodes } from './nodes.ts';
import { settingsOf, withSettings, type SettingOptions } from './settingOptions.ts';

export interface RunOptions extends SettingOptions {
  readonly operation?: string | undefined;
  readonly plan?: string | undefined;
  readonly continue?: boolean | string | undefined;
  readonly yes?: boolean | undefined;
  readonly watch?: boolean | undefined;
  readonly until?: string | undefined;
  readonly keep?: boolean | undefined;
  readonly takeBaton?: string | undefined;
  readonly replan?: boolean | undefined;
  readonly proposed?: boolean | undefined;
  readonly acceptWarning?: string[] | undefined;
  readonly ignoreFailed?: string | undefined;
}

/** Reads a plan file. Throws `file-unreadable` or `plan-invalid`. */
export async function readPlanFile(path: string): Promise<PlanFile> {
  const text = await readNamedText(path, {
    shown: `--plan ${path}`,
    mostBytes: PLAN_FILE_BYTES,
    invalid: 'plan-invalid',
  });
  return parsePlan(text, path);
}

/** Starts a job and answers its id. @throws PutError with what comes next where another one runs */
export async function startJob(
  context: SessionContext,
  operationId: string,
  answers: JobAnswers,
  options: Pick<RunOptions, 'yes' | 'until'>,
  settings: Record<string, unknown>,
): Promise<string> {
  const { host, session } = context;
  const jobId = newId(host.random);
  const acceptPlan = options.yes === true && options.until === undefined;
  const request = {
    ...{ jobId, operationId, answers, acceptPlan },
    ...(Object.keys(settings).length > 0 ? { settings } : {}),
  };
  try {
    await unlessEnded(host, session, session.request('job.start', request));
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

/** Ends a job from here and waits until it has ended; gives its last head. */
export async function exitJob({ host, session }: SessionContext, jobId: string, seen: JobSeen): Promise<JobHead> {
  await unlessEnded(host, session, session.request('job.cancel', { jobId, seen, choice: 'exit' }));
  return waitForState<JobHead, JobHead>(host, session, jobTopic(jobId), (view) =>
    isJobOver(view.state) ? view : undefined,
  );
}

/** Tells where a job stands and what comes next; answers the exit code. */
export function tellJob(
  context: SessionContext,
  picture: JobPicture,
  options: { stream: boolean; more?: object | undefined; wanted?: JobOutcome | undefined },
): ExitCode {
  const { host, output, masterNowMs } = context;
  const { head } = picture;
  const { report } = picture;
  const ended = head.state === options.wanted ? EXIT.done : exitCodeOfHead(head, report);
  const unchanged = head.planned && report !== undefined && report.installed + report.failed + report.ignored === 0;
  const exitCode = output.exitCode(
    head.state === 'succeeded' && ended === EXIT.done && unchanged ? EXIT.nothingToDo : ended,
  );
  const next = output.next(nextCommands(head, picture.screen));
  const document = {
    ...jobDocument(picture, context.masterNowMs()),
    ...options.more,
    exitCode,
    next: next.map(bareCommand),
  };
  output.passing('');
  if (options.stream && output.json) output.line({ change: 'result', ...document });
  else
    output.result(document, () =>
      [
        jobText(picture, host.terminal, masterNowMs()),
        ...(next.length === 0 ? [] : [`\nIt waits for a person. Next:\n  ${next.join('\n  ')}`]),
      ].join('\n'),
    );
  return exitCode;
}

/** The screen that waits for a person, with what it shows; undefined where none does any more. */
async function readScreen(context: SessionContext, { jobId, screen }: JobHead): Promise<StepScreen | undefined> {
  return screen && (await readPart(context, jobId, `step:${screen.stepId}`)).screen;
}

/** Whether at a step a person accepts what is shown, so that nothing else answers it. */
const asksAcceptance = (kind: string | undefined): boolean => askShapeOf(kind ?? '')?.accepting !== undefined;

/** What waits for a person's acceptance is shown and asked for here, where that was not said before. */
function accepts(context: SessionContext, options: RunOptions): NonNullable<FollowOptions['answer']> {
  const { host, output } = context;
  return async (view): Promise<Readonly<Record<string, unknown>> | 'person' | 'stop' | 'asked'> => {
    const { stopped } = view.answers ?? {};
    if (stopped && options.ignoreFailed !== undefined && (await ignoreInTheWay(context, view, options.ignoreFailed)))
      return 'asked';
    if (stopped) throw errorOf({ ...stopped.cause, details: { stepId: stopped.stepId } });
    const shape = askShapeOf(view.screen?.kind ?? '');
    if (!shape?.accepting) return 'person';
    if (options.until === view.currentStep) return 'stop';
    if (!host.terminal.canAsk || output.json) return 'person';
    const screen = await readScreen(context, view);
    if (!screen) return 'person';
    output.note(screenText(screen, host.terminal));
    const title = view.steps[view.currentStep]?.title ?? view.currentStep;
    const typed = (await host.terminal.ask(`Go on with this (${title})? Type yes or no: `)).trim().toLowerCase();
    const acceptWarnings = view.answers?.acceptWarnings;
    return typed === 'yes'
      ? (shape.accepting(options.acceptWarning ?? acceptWarnings ?? []) as Readonly<Record<string, unknown>>)
      : 'person';
  };
}

/** What the job does while nobody looks on, as far as it was told. */
function goesOn({ session }: SessionContext, view: JobHead | undefined, options: RunOptions): string {
  // Nothing is heard of the master: what it does is not known.
  if (!session.line)
    return 'The line is lost; what was asked for is with the master, and does not need putctl: putctl status';
  const steps = view ? view.stepOrder.slice(view.stepOrder.indexOf(view.currentStep)) : [];
  const waitsAt = steps.find((stepId) => asksAcceptance(view?.steps[stepId]?.kind));
  const step = waitsAt === undefined ? undefined : view?.steps[waitsAt];
  if (options.yes === true || !step || step.state === 'ok') return 'The job goes on at the master: putctl watch';
  return `The job goes on at the master up to the step ${step.title} and waits there: putctl run --continue --yes`;
}

/** Tells where a job that was followed stands; answers the exit code. */
export type TellJob = (
  context: SessionContext,
  picture: JobPicture,
  options: { stream: boolean },
) => ExitCode | Promise<ExitCode>;

/** Follows a job to its end, or to where a person is needed, and tells where it stands. `own`: it was started here. */
export async function runToEnd(
  context: SessionContext,
  jobId: string,
  options: RunOptions,
  own: boolean,
  tell: TellJob = tellJob,
): Promise<ExitCode> {
  const stream = options.watch === true;
  const watcher = new JobWatcher(context, { stream });
  let latest: JobHead | undefined;
  let followed: Followed;
  try {
    const { ignoreFailed } = options;
    for (let settledAfter = -1; ; settledAfter = followed.head.eventNumber) {
      followed = await followJob(context.host, context.session, jobId, {
        answer: accepts(context, options),
        continueIgnored: !own || ignoreFailed !== undefined,
        settledAfter,
        onHead: (head) => watcher.onHead((latest = head)),
      });
      if (followed.reason !== 'person' || ignoreFailed === undefined) break;
      if (!(await ignoreInTheWay(context, followed.head, ignoreFailed))) break;
    }
    await watcher.finish();
  } catch (error) {
    context.output.passing('');
    const exitCode = await leaveBehind(context, jobId, error, options, own);
    if (exitCode !== undefined) return exitCode;
    if (exitCodeOfInterrupt(context, error)) context.output.note(`Detached. ${goesOn(context, latest, options)}`);
    throw error;
  } finally {
    watcher.close();
  }
  const { head: view } = followed;
  if (followed.reason !== 'stopped') return tell(context, await readPicture(context, view), { stream });
  const screen = await readScreen(context, view);
  if (options.keep !== true) await exitJob(context, jobId, seenOf(view));
  const title = view.steps[view.currentStep]?.title ?? view.currentStep;
  const plan = contentOf(screen, 'plan')?.plan;
  context.output.passing('');
  context.output.result(
    {
      jobId,
      jobNumber: view.jobNumber,
      kept: options.keep === true,
      ...(plan ? { plan } : { screen: screen?.content }),
    },
    () =>
      [
        screen ? screenText(screen, context.host.terminal) : '',
        options.keep === true
          ? `${jobTitle(view)} waits at the step ${title}. Next: putctl run --continue ${view.jobNumber} --yes${context.output.aim}, or putctl cancel ${view.jobNumber} --exit${context.output.aim}`
          : `${jobTitle(view)} was exited; nothing was changed.`,
      ].join('\n'),
  );
  return EXIT.done;
}

const exitCodeOfInterrupt = (context: SessionContext, error: unknown): boolean =>
  context.host.stop.aborted || (error instanceof PutError && exitCodeOfError(error) === EXIT.interrupted);

/**
 * An answer could not be used. A job started here that has changed nothing must not stay behind and block the system: it is exited and
 * the error is thrown with that. One that is under way waits for a person: the exit code says so.
 */
async function leaveBehind(
  context: SessionContext,
  jobId: string,
  error: unknown,
  options: RunOptions,
  own: boolean,
): Promise<ExitCode | undefined> {
  if (!(error instanceof PutError) || exitCodeOfInterrupt(context, error) || error.code === 'baton-needed')
    return undefined;
  const left = await readHead(context, jobId).catch(() => undefined);
  if (left?.state !== 'input') return undefined;
  if (own && options.keep !== true && !left.planned) {
    await exitJob(context, jobId, seenOf(left));
    const nodeIds = left.answers?.stopped?.nodeIds ?? [];
    const without =
      nodeIds.length === 0
        ? []
        : [`putctl run ... --ignore-failed REASON   goes on without what stands in the way: ${someNodes(nodeIds)}`];
    throw new HintedError(error, ['the operation was exited; no node was changed', ...without]);
  }
  const { host, output } = context;
  tellError(
    host,
    output.form,
    new HintedError(error, output.next(nextCommands(left, await readScreen(context, left)))),
  );
  const notUp = servicesNotUpText(await readServices(context, jobId));
  if (notUp !== undefined) output.note(`Meanwhile ${notUp}.`);
  return EXIT.needsPerson;
}

/** Lets a job that somebody started go on by the answers it has, and by those given now. */
async function goOn(context: SessionContext, view: JobHead, answers: JobAnswers, options: RunOptions): Promise<void> {
  const { host, session, output } = context;
  if (view.driver !== session.welcome.user) {
    throw new HintedError(
      new PutError('baton-needed', `${view.driver} drives job ${view.jobNumber}`, { driver: view.driver }),
      output.next([`putctl run --continue ${view.jobNumber} --take-baton REASON   takes it over`]),
    );
  }
  const acceptPlan = options.yes === true || view.answers?.acceptPlan === true;
  const already = view.answers?.active === true && view.answers.acceptPlan === acceptPlan;
  if (already && Object.keys(answers).length === 0 && options.proposed !== true) return;
  // A person who wants the proposal takes the answer for this step away.
  const kind = view.steps[view.currentStep]?.kind ?? '';
  const dropped = options.proposed === true ? withoutAnswerFor({ stepId: view.currentStep, kind }) : {};
  const changes = { ...dropped, ...answers };
  const change = Object.keys(changes).length === 0 ? {} : { answers: changes };
  const request = { jobId: view.jobId, seen: seenOf(view), ...change, acceptPlan };
  await unlessEnded(host, session, session.request('job.setAnswers', request));
  if (!view.answers) output.note('The job had no answers yet: what waits is answered as proposed.');
}

/** @throws PutError usage where no person is waited for at the step: the job would go through it by its answers. */
function requireStop(operationId: string, until: string | undefined): void {
  const spec = findOperation(operationId);
  if (until === undefined || !spec) return;
  const stops = stepsOf(spec).flatMap(({ id, use }) => (asksAcceptance(use) ? [id] : []));
  if (stops.includes(until)) return;
  const there = stops.length === 0 ? `${spec.title} waits nowhere` : `there is ${stops.join(', ')}`;
  throw new PutError('usage', `--until ${until}: the job does not wait there for a person; ${there}`, { until });
}

/** Starts an operation with answers, or takes up a job, and follows it. */
export async function runOperation(context: SessionContext, options: RunOptions): Promise<ExitCode> {
  const takesUp = options.continue !== undefined && options.continue !== false;
  if (!takesUp && options.plan === undefined && options.yes !== true && options.until === undefined) {
    throw new PutError(
      'usage',
      'give --plan FILE, or --yes to take every proposal, or --continue to take up the running job',
    );
  }
  const plan = options.plan === undefined ? undefined : await readPlanFile(options.plan);
  if (plan && options.replan !== true) requireUnchanged(plan, options.plan ?? '');
  const operationId = options.operation ?? plan?.operation ?? DEFAULT_OPERATION.id;
  if (plan && operationId !== plan.operation) {
    throw new PutError('usage', `${options.plan ?? ''} is a plan of ${plan.operation}, not of ${operationId}`);
  }
  if (!takesUp) requireStop(operationId, options.until);
  const answers: JobAnswers = {
    ...(plan ? answersOf(plan) : {}),
    ...(options.acceptWarning ? { acceptWarnings: options.acceptWarning } : {}),
    ...(options.replan === true ? { replan: true } : {}),
  };
  const settings = settingsOf(plan?.settings, options);
  if (takesUp && Object.keys(settings).length > 0) {
    throw new PutError('usage', 'settings belong to a job from its start: --continue cannot change them');
  }
  if (takesUp) {
    const job = await findJob(context, typeof options.continue === 'string' ? options.continue : undefined, {
      orLast: false,
    });
    if (isJobOver(job.state))
      throw new PutError('job-over', `job ${job.jobNumber} has ended (${job.state})`, { jobNumber: job.jobNumber });
    let view = await readHead(context, job.jobId);
    if (options.takeBaton !== undefined && view.driver !== context.session.welcome.user) {
      await takeBaton(context, job.jobId, seenOf(view), options.takeBaton);
      const { user } = context.session.welcome;
      view = await waitForState<JobHead, JobHead>(context.host, context.session, jobTopic(job.jobId), (now) =>
        now.driver === user ? now : undefined,
      );
    }
    context.output.note(`Taking up ${jobTitle(job)} at ${view.steps[view.currentStep]?.title ?? view.currentStep}.`);
    await goOn(context, view, answers, options);
    return runToEnd(context, job.jobId, options, false);
  }
  // Names that the system does not know are told before anything is started.
  if (plan?.nodes) pickNodes(await readNodes(context), plan.nodes);
  const jobId = await startJob(context, operationId, answers, options, settings);
  return runToEnd(context, jobId, options, true);
}

export function defineRun(program: Command, launch: Launcher): void {
  withDetailedExit(withSettings(withTarget(program.command('run'))))
    .description('run an operation with the answers of a plan file, and follow it to its end')
    .option('--operation <id>', `operation to run (default: that of the plan file, else ${DEFAULT_OPERATION.id})`)
    .argument('[plan]', 'plan file, as --plan')
    .option('--plan <file>', 'plan file (see `putctl plan`); what it leaves out is answered as the screen proposes')
    .option('--continue [job]', 'take up a job that is running, waits, or had its failures ignored')
    .option('-y, --yes', 'accept the plan; without it a person is asked, or exit code 2 without a terminal')
    .option(
      '--watch',
      'every change as a line on the standard output; with --json lines of JSON, the last one the result',
    )
    .option('--until <step>', 'stop at this step, where a person accepts what is shown, and show it: plan')
    .option('--keep', 'with --until: leave the operation waiting there; else it is exited')
    .option('--replan', 'accept a plan that differs from what the plan file agreed on')
    .option('--proposed', 'with --continue: the step that waits is answered as its screen proposes')
    .option('--accept-warning <w,w>', WARNING_HELP, warningNames)
    .option(IGNORE_FAILED, IGNORE_FAILED_HELP)
    .option('--take-baton <reason>', 'with --continue: take the job over from the person who drives it')
    .action((file: string | undefined, options: CommonOptions & RunOptions) => {
      if (file !== undefined && options.plan !== undefined)
        throw new PutError('usage', `give one plan file: ${file}, or --plan ${options.plan}`);
      return launch.withSession(options, (context) =>
        runOperation(context, file === undefined ? options : { ...options, plan: file }),
      );
    })
    .addHelpText(
      'after',
      `
Examples:
  putctl run plan.yaml --yes                   from the first step to Finished!
  putctl run --yes                             the same with every proposal
  putctl run --plan plan.yaml --until plan     the master's plan, read from the nodes; then nothing is left
  putctl run --plan plan.yaml --yes --watch --json > run.log
  putctl run --yes --canary 2 --waves '25 %' --stop-before 2 --gate-service tdat
  putctl run plan.yaml --yes --not-before 2026-11-27T01:00 --not-after 2026-11-27T04:00

The answers belong to the job on the master from its start: a lost line, Ctrl-C or a closed laptop never stops it, before the plan
neither, and --continue goes on by them. Without --yes it waits at the step Plan. Exit codes: 0 succeeded; 4 ended with warnings,
or the plan had one that was not accepted by name; 1 failed or exited; 2 a node failed or cannot be reached and a person decides (retry, ignore, cancel:
the commands are printed); 3 another person drives the job, or another operation is running.
A plan that the system cannot do is told with its place; the operation is exited before any node was changed.`,
    );
}
