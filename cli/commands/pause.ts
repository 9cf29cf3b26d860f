import type { Command } from 'commander';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import { jobTitle } from '../jobText.ts';
import { withTarget, type CommonOptions, type Launcher, type SessionContext } from '../launch.ts';
import { unlessEnded } from '../waiting.ts';
import { driveJob } from './drivenJob.ts';
import { JOB_ARGUMENT, type BatonOptions } from './jobOptions.ts';

interface PauseOptions extends BatonOptions {
  readonly reason?: string | undefined;
}

/** No further node is begun until the job is resumed; what runs comes to its end. */
export async function pauseJob(
  context: SessionContext,
  named: string | undefined,
  options: PauseOptions,
): Promise<ExitCode> {
  const { host, session, output } = context;
  const { jobId, jobNumber, before, seen } = await driveJob(context, named, options);
  const reason = options.reason === undefined ? {} : { reason: options.reason };
  await unlessEnded(host, session, session.request('job.pause', { jobId, seen, ...reason }));
  output.result({ jobId, jobNumber, paused: true }, () =>
    [
      `${jobTitle(before)} is paused: what runs comes to its end, no further node is begun.`,
      `Next: putctl resume ${jobNumber}`,
    ].join('\n'),
  );
  return EXIT.done;
}

/** A paused job goes on. */
export async function resumeJob(
  context: SessionContext,
  named: string | undefined,
  options: BatonOptions,
): Promise<ExitCode> {
  const { host, session, output } = context;
  const { jobId, jobNumber, before, seen } = await driveJob(context, named, options);
  await unlessEnded(host, session, session.request('job.resume', { jobId, seen }));
  output.result(
    { jobId, jobNumber, paused: false },
    () => `${jobTitle(before)} goes on. Next: putctl watch ${jobNumber}`,
  );
  return EXIT.done;
}

/** A job that waits for its time begins all the same. */
export async function beginNow(
  context: SessionContext,
  named: string | undefined,
  options: PauseOptions,
): Promise<ExitCode> {
  const { host, session, output } = context;
  const { jobId, jobNumber, before, seen } = await driveJob(context, named, options);
  const reason = options.reason === undefined ? {} : { reason: options.reason };
  await unlessEnded(host, session, session.request('job.beginNow', { jobId, seen, ...reason }));
  output.result(
    { jobId, jobNumber, begun: true },
    () => `${jobTitle(before)} begins out of its time. Next: putctl watch ${jobNumber}`,
  );
  return EXIT.done;
}

/** `pause`, `resume` and `begin-now`. */
export function definePause(program: Command, launch: Launcher): void {
  withTarget(program.command('pause'))
    .description('begin no further node until the job is resumed; what runs comes to its end')
    .argument('[job]', JOB_ARGUMENT)
    .option('--reason <text>', 'why; shown to everybody and kept in the timeline')
    .option('--take-baton <reason>', 'take the job over from the person who drives it')
    .action((job: string | undefined, options: CommonOptions & PauseOptions) =>
      launch.withSession(options, (context) => pauseJob(context, job, options)),
    )
    .addHelpText('after', `\nExamples:\n  putctl pause --reason "the site asks"\n  putctl resume`);
  withTarget(program.command('resume'))
    .description('let a paused job go on')
    .argument('[job]', JOB_ARGUMENT)
    .option('--take-baton <reason>', 'take the job over from the person who drives it')
    .action((job: string | undefined, options: CommonOptions & BatonOptions) =>
      launch.withSession(options, (context) => resumeJob(context, job, options)),
    )
    .addHelpText('after', `\nExamples:\n  putctl resume\n  putctl resume 12`);
  withTarget(program.command('begin-now'))
    .description('let a job begin that waits for its time (--not-before), or whose time is over (--not-after)')
    .argument('[job]', JOB_ARGUMENT)
    .option('--reason <text>', 'why; kept in the timeline')
    .option('--take-baton <reason>', 'take the job over from the person who drives it')
    .action((job: string | undefined, options: CommonOptions & PauseOptions) =>
      launch.withSession(options, (context) => beginNow(context, job, options)),
    )
    .addHelpText('after', `\nExamples:\n  putctl begin-now --reason "the site is ready"`);
}
