import type { Command } from 'commander';
import { isJobOver, type JobSummary } from '../../core/model/job.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { EXIT, unacceptedWarnings, type ExitCode } from '../exitCodes.ts';
import { needsPerson, standing } from '../../core/model/needsPerson.ts';
import { exitCodeOfHead, followJob } from '../followJob.ts';
import { readHead, readPart, readPicture, readServices } from '../jobPicture.ts';
import { findJob, readJobs } from '../jobs.ts';
import { bareCommand, nextCommands } from '../jobText.ts';
import { parsedBy, withTarget, type CommonOptions, type Launcher, type SessionContext } from '../launch.ts';
import { folded } from '../output/prose.ts';
import { formatDateTime, plural } from '../output/words.ts';
import { assessmentText, otherJobText, statusDocument, statusText, runningNext } from '../statusText.ts';
import { tellJob } from './run.ts';

const unacceptedText = (warnings: number): string =>
  `${plural(warnings, 'warning')} of the plan ${warnings === 1 ? 'was' : 'were'} accepted by nobody, hence exit code ${EXIT.warnings}: the report tells ${warnings === 1 ? 'it' : 'them'}.`;

/** One job on one screen: the one named, the running one, or the last. */
async function showStatus(context: SessionContext, named: string | undefined): Promise<ExitCode> {
  const { host, output, masterNowMs } = context;
  const jobs = await readJobs(context);
  if (jobs.length === 0) {
    output.result({ jobs: 0 }, () => `No job was ever started on this system. Next: putctl plan${output.aim}`);
    return EXIT.done;
  }
  const job = await findJob(context, named, { orLast: true });
  const head = await readHead(context, job.jobId);
  const [services, screen, report] = await Promise.all([
    readServices(context, job.jobId),
    head.screen ? readPart(context, job.jobId, `step:${head.screen.stepId}`) : undefined,
    head.report ? readPart(context, job.jobId, 'report') : undefined,
  ]);
  const nowMs = masterNowMs();
  const exitCode = exitCodeOfHead(head, report?.report);
  const unaccepted = unacceptedWarnings(report?.report);
  const waits = nextCommands(head, screen?.screen);
  const commands = isJobOver(head.state)
    ? [
        `putctl report ${head.jobNumber}   what came of it`,
        ...(head.canRollback
          ? [`putctl rollback ${head.jobNumber} --all --preview   what going back to the versions before would come to`]
          : []),
      ]
    : waits.length > 0
      ? waits
      : runningNext(head);
  const next = output.next(commands);
  const others = jobs.filter(
    (one: JobSummary) => one.jobId !== job.jobId && !isJobOver(one.state) && one.problem === undefined,
  );
  const picture = { head, services };
  output.result(
    {
      ...statusDocument(picture, nowMs),
      ...(others.length === 0
        ? {}
        : { others: others.map(({ jobNumber, title, state }) => ({ jobNumber, title, state })) }),
      exitCode,
      next: next.map(bareCommand),
    },
    () =>
      folded(
        [
          statusText(picture, host.terminal, nowMs, next),
          ...(unaccepted === 0 ? [] : [unacceptedText(unaccepted)]),
          ...(others.length === 0 ? [] : [`Beside it: ${others.map(otherJobText).join('; ')}`]),
          `Read from the master at ${formatDateTime(nowMs)}, its clock.`,
        ].join('\n\n'),
        host.terminal.columns,
      ),
  );
  return exitCode;
}

const WAITED_FOR = ['done', 'attention'] as const;
type WaitedFor = (typeof WAITED_FOR)[number];

const waitedFor = parsedBy((text: string): WaitedFor => {
  const found = WAITED_FOR.find((one) => one === text);
  if (found) return found;
  throw new PutError('usage', `${text} is nothing to wait for; there are ${WAITED_FOR.join(' and ')}`);
});

/** Waits, in silence, until a job is over, or until that or a person is needed. */
async function waitForJob(context: SessionContext, named: string | undefined, until: WaitedFor): Promise<ExitCode> {
  const { host, session, output } = context;
  const job = await findJob(context, named, { orLast: true });
  let told: string | undefined;
  const { head } = await followJob(host, session, job.jobId, {
    lookOn: until === 'done',
    onHead: (latest) => {
      const waits = needsPerson(standing(latest)) ? assessmentText(latest) : undefined;
      // What a person does at the master for the journal is no decision on the job: it goes on by itself.
      if ((until === 'done' || latest.journalFault) && waits !== undefined && waits !== told)
        output.note(`${waits} putctl status ${latest.jobNumber} says what to do; waiting goes on.`);
      told = waits;
    },
  });
  return tellJob(context, await readPicture(context, head), { stream: false });
}

/** `status` and `wait`. */
export function defineStatus(program: Command, launch: Launcher): void {
  withTarget(program.command('status'))
    .description(
      'a job on one screen: how it is, what is done, how fast, who is needed, who is silent, what comes next',
    )
    .argument('[job]', 'number or id (default: the running job, else the last)')
    .action((job: string | undefined, options: CommonOptions) =>
      launch.withSession(options, (context) => showStatus(context, job)),
    )
    .addHelpText(
      'after',
      `
Examples:
  putctl status
  putctl status 12 --json | jq -r .summary

Exit codes: 0 it runs, or succeeded; 2 it waits for a person; 4 ended with warnings; 1 failed or exited.`,
    );
  withTarget(program.command('wait'))
    .description('wait until a job is over, or needs a person; tells where it stands then')
    .argument('[job]', 'number or id (default: the running job, else the last)')
    .option(
      '--for <what>',
      'done: until it is over; attention: until a person is needed, or it is over',
      waitedFor,
      'done',
    )
    .action((job: string | undefined, options: CommonOptions & { for: WaitedFor }) =>
      launch.withSession(options, (context) => waitForJob(context, job, options.for)),
    )
    .addHelpText(
      'after',
      `
Examples:
  putctl wait --timeout 2h                   exit code 124 where it is not over by then; it goes on
  putctl wait 12 --for attention             returns where a person is needed, with exit code 2

Exit codes: those of the job, as of putctl status. A lost line is waited out.`,
    );
}
