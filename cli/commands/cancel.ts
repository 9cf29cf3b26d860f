import type { Command } from 'commander';
import { seenOf } from '../../core/model/job.ts';
import { callsForPerson } from '../../core/model/reportLine.ts';
import { servicesNotUpText, type ServicesNotUp } from '../../core/model/servicesNotUp.ts';
import { JOB_STATE_WORDS } from '../../core/model/stateWords.ts';
import { printable } from '../../core/model/strangerText.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { confirm, YES_HELP } from '../confirm.ts';
import { EXIT, exitCodeOfJob, type ExitCode } from '../exitCodes.ts';
import { followJob } from '../followJob.ts';
import { readHead, readPicture, readServices } from '../jobPicture.ts';
import { findJob } from '../jobs.ts';
import { jobTitle } from '../jobText.ts';
import { withTarget, type CommonOptions, type Launcher, type SessionContext } from '../launch.ts';
import { mark, plural } from '../output/words.ts';
import { unlessEnded } from '../waiting.ts';
import { JOB_ARGUMENT, type BatonOptions } from './jobOptions.ts';
import { takeBaton } from './run.ts';

interface CancelOptions {
  readonly restartStep?: boolean | undefined;
  readonly exit?: boolean | undefined;
  readonly startServices?: boolean | undefined;
  readonly leaveServices?: boolean | undefined;
  readonly yes?: boolean | undefined;
}

const saysOfServices = ({ startServices, leaveServices }: CancelOptions): boolean =>
  startServices === true || leaveServices === true;

/**
 * What becomes of services that are not up when the operation is exited: as the options say, or a person is asked. Undefined: nobody
 * can be asked, or the person wants to go on with the operation.
 */
async function servicesAtExit(
  { host, output }: SessionContext,
  services: ServicesNotUp,
  options: CancelOptions,
): Promise<'start' | 'leave' | undefined> {
  const notUp = servicesNotUpText(services);
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
  const before = await readHead(context, job.jobId);
  const notUp = choice === 'exit' ? await readServices(context, job.jobId) : undefined;
  const services = notUp ? await servicesAtExit(context, notUp, options) : 'leave';
  if (notUp && services === undefined) {
    const { down, unknown } = notUp;
    const next = ['--start-services', '--leave-services'].map(
      (how) => `putctl cancel ${job.jobNumber} --exit ${how} --yes`,
    );
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
  // Who was asked about the services has said already that the operation is to end.
  const isAsked = notUp !== undefined && servicesNotUpText(notUp) !== undefined && !saysOfServices(options);
  if (choice === 'exit' && !isAsked)
    await confirm(context, `End ${jobTitle(before)} (${plural(before.nodes, 'node')})`, options);
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
      () => `The step ${job.currentStep} begins anew. Next: putctl run --continue ${job.jobNumber}${output.aim}`,
    );
    return EXIT.done;
  }
  const { head } = await followJob(host, session, job.jobId, { lookOn: true });
  const { services: left, report } = await readPicture(context, head);
  const leftText = servicesNotUpText(left);
  // What else a person has to see to, such as nodes on which a change was ended amid its work.
  const others = (report?.lines ?? []).filter(
    (line) => callsForPerson(line) && !(leftText !== undefined && line.includes(leftText)),
  );
  output.result(
    {
      jobId: job.jobId,
      jobNumber: job.jobNumber,
      choice,
      state: head.state,
      servicesDown: left.down,
      servicesUnknown: left.unknown,
    },
    () =>
      [
        `${jobTitle(head)} has ended: ${mark(head.state, host.terminal.style, JOB_STATE_WORDS[head.state])}.`,
        ...(leftText === undefined
          ? []
          : [
              `Attention: ${printable(leftText)}.`,
              `Next: putctl nodes start-services${output.aim}   starts what is not up`,
            ]),
        ...others.map(printable),
      ].join('\n'),
  );
  if (head.state !== 'exited') return exitCodeOfJob(head.state, report);
  return leftText === undefined && others.length === 0 ? EXIT.done : EXIT.warnings;
}

export function defineCancel(program: Command, launch: Launcher): void {
  withTarget(program.command('cancel'))
    .description('Cancel, as the window asks it: begin the current step anew, or exit the operation')
    .argument('[job]', JOB_ARGUMENT)
    .option('--restart-step', 'begin the current step anew')
    .option('--exit', 'end the operation; what was done stays done')
    .option('--start-services', 'with --exit: start the services that are not up before the operation ends')
    .option('--leave-services', 'with --exit: leave services down that are down')
    .option('-y, --yes', `with --exit: ${YES_HELP}`)
    .option('--take-baton <reason>', 'take the job over from the person who drives it')
    .action((job: string | undefined, options: CommonOptions & CancelOptions & BatonOptions) =>
      launch.withSession(options, (context) => cancelJob(context, job, options)),
    )
    .addHelpText(
      'after',
      `\nExamples:\n  putctl cancel --restart-step\n  putctl cancel 12 --exit                     asks about services that are down\n  putctl cancel 12 --exit --start-services --yes    starts them before the operation ends\n\nWithout one of the two nothing is done: going back to the step needs no request. Where services are down, --exit needs one of\n--start-services and --leave-services, or a person who answers; else nothing is cancelled and the exit code is 2. It is 4 where\nservices stay down. Ending an operation is asked about, or needs --yes. While services are being started, cancel --exit --leave-services gives that up.`,
    );
}
