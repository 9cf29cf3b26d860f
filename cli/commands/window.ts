import type { Command } from 'commander';
import { instantMs } from '../../core/model/instant.ts';
import type { JobHead } from '../../core/model/jobParts.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import { readHead } from '../jobPicture.ts';
import { jobTitle, mayBeginText } from '../jobText.ts';
import { withTarget, type CommonOptions, type Launcher, type SessionContext } from '../launch.ts';
import { formatDateTime } from '../output/words.ts';
import { unlessEnded } from '../waiting.ts';
import { driveJob } from './drivenJob.ts';
import { JOB_ARGUMENT, type BatonOptions } from './jobOptions.ts';
import { instant } from './settingOptions.ts';

interface WindowOptions extends BatonOptions {
  readonly notBefore?: string | undefined;
  readonly notAfter?: string | undefined;
  readonly reason?: string | undefined;
}

/** How a time is taken away. */
const NONE = 'none';

const timeOf = (option: string, text: string | undefined): string | null | undefined =>
  text === NONE ? null : instant(option, text);

/** What becomes of a job with the time that it has now; `waited`: for its time, until it was set. */
function outcomeText(head: JobHead, approvalWaits: boolean, waited: boolean, nowMs: number): string {
  const { runWindow, paused, steps, currentStep } = head;
  const { notBefore, notAfter } = runWindow ?? {};
  if (notBefore !== undefined && instantMs(notBefore) > nowMs) return mayBeginText(head) ?? 'has the time that was set';
  const until = notAfter === undefined ? '' : `, until ${formatDateTime(instantMs(notAfter))}`;
  if (approvalWaits) return `may change nodes at any time${until}, once it is approved`;
  if (paused) return `may change nodes at any time${until}, once it is resumed`;
  if (!waited) return `may change nodes at any time${until}`;
  return `waited for its time and begins at once${until}: ${steps[currentStep]?.title ?? currentStep}`;
}

/** Gives a job another time in which it may begin. */
export async function setWindow(
  context: SessionContext,
  named: string | undefined,
  options: WindowOptions,
): Promise<ExitCode> {
  const { host, session, output } = context;
  const { reason } = options;
  const said = {
    notBefore: timeOf('--not-before', options.notBefore),
    notAfter: timeOf('--not-after', options.notAfter),
  };
  const change = Object.fromEntries(Object.entries(said).filter(([, time]) => time !== undefined));
  if (Object.keys(change).length === 0)
    throw new PutError('usage', `say when: --not-before TIME or --not-after TIME, or ${NONE} to take one away`);
  const { jobId, jobNumber, before, seen } = await driveJob(context, named, options);
  const why = reason === undefined ? {} : { reason };
  await unlessEnded(host, session, session.request('job.setWindow', { jobId, seen, ...change, ...why }));
  const head = await readHead(context, jobId);
  const { runWindow, approval } = head;
  const approvalWaits = approval?.digest !== undefined && approval.approved === undefined;
  const { notBefore, notAfter } = runWindow ?? {};
  output.result({ jobId, jobNumber, notBefore, notAfter, approvalWaits }, () =>
    [
      `${jobTitle(head)} ${outcomeText(head, approvalWaits, before.runWindow?.waits !== undefined, context.masterNowMs())}.`,
      ...(approvalWaits
        ? [
            `What is approved has its time in it: it has to be approved anew. Next: putctl approve ${jobNumber}${output.aim}`,
          ]
        : [`Next: putctl watch ${jobNumber}${output.aim}`]),
    ].join('\n'),
  );
  return EXIT.done;
}

export function defineWindow(program: Command, launch: Launcher): void {
  withTarget(program.command('window'))
    .description('give a job another time in which it may begin to change nodes')
    .argument('[job]', JOB_ARGUMENT)
    .option('--not-before <time>', `change nothing before: 2026-11-27T01:00 (here), with Z or +01:00, or ${NONE}`)
    .option('--not-after <time>', `begin no wave after this time, or ${NONE}`)
    .option('--reason <text>', 'why; kept in the timeline')
    .option('--take-baton <reason>', 'take the job over from the person who drives it')
    .action((job: string | undefined, options: CommonOptions & WindowOptions) =>
      launch.withSession(options, (context) => setWindow(context, job, options)),
    )
    .addHelpText(
      'after',
      `
Examples:
  putctl window --not-before 2026-11-27T02:00 --reason "the site sleeps later"
  putctl window 12 --not-after ${NONE}

A time that is not named stays as it is. Where a second person approves jobs, the approval is of the time too: it is asked for anew.`,
    );
}
