import { Option, type Command } from 'commander';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import { seenOf } from '../../core/model/job.ts';
import { printable } from '../../core/model/strangerText.ts';
import { readHead } from '../jobPicture.ts';
import { findJob } from '../jobs.ts';
import { jobTitle, someNodes } from '../jobText.ts';
import { plural } from '../output/words.ts';
import { withTarget, type CommonOptions, type Launcher, type SessionContext, withMeant } from '../launch.ts';
import { unlessEnded } from '../waiting.ts';
import { driveJob } from './drivenJob.ts';
import { type BatonOptions, JOB_ARGUMENT, forJobAndNodes, waveNumber, withJobAndNodes } from './jobOptions.ts';
import { nodesKnown } from './nodes.ts';
import { takeBaton } from './run.ts';

interface WaveOptions extends BatonOptions {
  /** The stop is before this wave, from 2; what runs goes on up to it. */
  readonly beforeWave?: number | undefined;
}

interface PauseOptions extends WaveOptions {
  readonly reason?: string | undefined;
}

const beforeOf = ({ beforeWave }: WaveOptions): { beforeWave?: number } =>
  beforeWave === undefined ? {} : { beforeWave };

/** No further node is begun until the job is resumed, at once or from a wave on; what runs comes to its end. */
export async function pauseJob(
  context: SessionContext,
  named: string | undefined,
  options: PauseOptions,
): Promise<ExitCode> {
  const { host, session, output } = context;
  const { jobId, jobNumber, before, seen } = await driveJob(context, named, options);
  const reason = options.reason === undefined ? {} : { reason: options.reason };
  await unlessEnded(host, session, session.request('job.pause', { jobId, seen, ...reason, ...beforeOf(options) }));
  const { beforeWave } = options;
  const [what, next] =
    beforeWave === undefined
      ? ['is paused: what runs comes to its end, no further node is begun.', '']
      : [`goes on and stops before wave ${beforeWave}.`, ` --before-wave ${beforeWave}   takes that back`];
  output.result(
    { jobId, jobNumber, paused: beforeWave === undefined || before.paused !== undefined, ...beforeOf(options) },
    () => [`${jobTitle(before)} ${what}`, `Next: putctl resume ${jobNumber}${output.aim}${next}`].join('\n'),
  );
  return EXIT.done;
}

/** A paused job goes on, or a stop before a wave is taken back. */
export async function resumeJob(
  context: SessionContext,
  named: string | undefined,
  options: WaveOptions,
): Promise<ExitCode> {
  const { host, session, output } = context;
  const { jobId, jobNumber, before, seen } = await driveJob(context, named, options);
  await unlessEnded(host, session, session.request('job.resume', { jobId, seen, ...beforeOf(options) }));
  const { beforeWave } = options;
  const what = beforeWave === undefined ? 'goes on' : `does not stop before wave ${beforeWave} any more`;
  // What a pause of the whole job is like is not changed by a stop that is taken back.
  const paused = beforeWave !== undefined && before.paused !== undefined;
  output.result(
    { jobId, jobNumber, paused, ...beforeOf(options) },
    () => `${jobTitle(before)} ${what}. Next: putctl watch ${jobNumber}${output.aim}`,
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
    () => `${jobTitle(before)} begins out of its time. Next: putctl watch ${jobNumber}${output.aim}`,
  );
  return EXIT.done;
}

/** Confirms nodes that would go back by themselves: those named, or all of the job. */
export async function confirmNodes(
  context: SessionContext,
  named: string | undefined,
  nodes: readonly string[],
  options: BatonOptions,
): Promise<ExitCode> {
  const { host, session, output } = context;
  const { jobId, jobNumber } = await findJob(context, named, { orLast: true });
  const before = await readHead(context, jobId);
  await takeBaton(context, jobId, seenOf(before), options.takeBaton);
  const nodeIds = nodes.length === 0 ? {} : { nodeIds: await nodesKnown(context, nodes) };
  const result = await unlessEnded(host, session, session.request('job.confirm', { jobId, ...nodeIds }));
  const { confirmed, failed, unfinished } = result;
  output.result({ jobId, jobNumber, confirmed, failed, unfinished }, () =>
    [
      `${jobTitle(before)}: ${plural(confirmed.length, 'node')} confirmed${confirmed.length > 0 ? `: ${someNodes(confirmed)}` : ''}`,
      ...failed.map(({ nodeId, code, message }) => `${printable(nodeId)}: ${printable(message)} (${code})`),
      ...(unfinished.length > 0
        ? [`Not over yet: ${someNodes(unfinished)}. Next: putctl confirm ${jobNumber}${output.aim}`]
        : []),
    ].join('\n'),
  );
  return failed.length > 0 ? EXIT.failed : unfinished.length > 0 ? EXIT.needsPerson : EXIT.done;
}

/** `pause`, `resume`, `begin-now` and `confirm`. */
export function definePause(program: Command, launch: Launcher): void {
  withMeant(withTarget(program.command('pause')), (nodes) => [`hold ${nodes.join(' ')} --reason TEXT`])
    .description('begin no further node until the job is resumed; what runs comes to its end')
    .argument('[job]', JOB_ARGUMENT)
    .option('--reason <text>', 'why; shown to everybody and kept in the timeline')
    .addOption(new Option('--before-wave <number>', 'go on up to this wave, and stop before it').argParser(waveNumber))
    .option('--take-baton <reason>', 'take the job over from the person who drives it')
    .action((job: string | undefined, options: CommonOptions & PauseOptions) =>
      launch.withSession(options, (context) => pauseJob(context, job, options)),
    )
    .addHelpText(
      'after',
      `\nExamples:\n  putctl pause --reason "the site asks"\n  putctl resume\n  putctl pause --before-wave 3`,
    );
  withMeant(withTarget(program.command('resume')), (nodes) => [`release ${nodes.join(' ')}`])
    .description('let a paused job go on, or take back a stop before a wave')
    .argument('[job]', JOB_ARGUMENT)
    .addOption(
      new Option('--before-wave <number>', 'take back the stop before this wave instead').argParser(waveNumber),
    )
    .option('--take-baton <reason>', 'take the job over from the person who drives it')
    .action((job: string | undefined, options: CommonOptions & WaveOptions) =>
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
  withJobAndNodes(
    withTarget(program.command('confirm')),
    'number or id of a job (default: the running job, else the last)',
  )
    .description(
      'confirm nodes that go back by themselves otherwise (--confirm-within): all of the job, or some by name',
    )
    .option('--take-baton <reason>', 'take the job over from the person who drives it')
    .action(
      forJobAndNodes(launch, (context, job, options: BatonOptions & { nodes?: readonly string[] }) =>
        confirmNodes(context, job, options.nodes ?? [], options),
      ),
    )
    .addHelpText('after', `\nExamples:\n  putctl confirm\n  putctl confirm 12 tpa-001 'tpa-01*'`);
}
