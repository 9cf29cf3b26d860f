import type { Command } from 'commander';
import { seenOf } from '../../core/model/job.ts';
import type { JobHead } from '../../core/model/jobParts.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import { readHead, readPicture } from '../jobPicture.ts';
import { bareCommand, jobTitle, nextCommands } from '../jobText.ts';
import { withTarget, type CommonOptions, type Launcher, type SessionContext } from '../launch.ts';
import { unlessEnded } from '../waiting.ts';
import { driveJob } from './drivenJob.ts';
import { JOB_ARGUMENT, step, type BatonOptions } from './jobOptions.ts';
import type { StepId } from '../../core/model/operationSpec.ts';

const titleOf = ({ steps }: JobHead, stepId: StepId): string => steps[stepId]?.title ?? stepId;

/** @throws PutError usage for a step that was not answered in this job, or is not behind it */
function requireAnswered(head: JobHead, stepId: StepId): void {
  const place = (id: StepId): number => head.stepOrder.indexOf(id);
  if (place(stepId) < place(head.currentStep) && Object.hasOwn(head.answered, stepId)) return;
  const there = head.stepOrder.filter((id) => Object.hasOwn(head.answered, id) && place(id) < place(head.currentStep));
  const which = there.length === 0 ? 'none was answered before this one' : `there is ${there.join(', ')}`;
  throw new PutError('usage', `--step ${stepId}: the job cannot go back to it; ${which}`, { stepId });
}

/** Takes answers back, up to the last one or to that of a step, as long as nothing has begun on a node that cannot be taken back. */
export async function goBack(
  context: SessionContext,
  named: string | undefined,
  options: BatonOptions & { readonly step?: StepId | undefined },
): Promise<ExitCode> {
  const { host, session, output } = context;
  const { jobId, jobNumber, before } = await driveJob(context, named, options);
  if (options.step !== undefined) requireAnswered(before, options.step);
  let head = await readHead(context, jobId);
  do {
    await unlessEnded(host, session, session.request('job.back', { jobId, seen: seenOf(head) }));
    head = await readHead(context, jobId);
  } while (options.step !== undefined && options.step !== head.currentStep);
  const { screen } = await readPicture(context, head);
  const next = output.next(nextCommands(head, screen));
  output.result({ jobId, jobNumber, stepId: head.currentStep, state: head.state, next: next.map(bareCommand) }, () =>
    [
      `${jobTitle(head)} is back at ${titleOf(head, head.currentStep)}; no answer is given by itself until a person lets it go on.`,
      ...(next.length > 0 ? ['Next:', ...next.map((line) => `  ${line}`)] : []),
    ].join('\n'),
  );
  return EXIT.done;
}

export function defineBack(program: Command, launch: Launcher): void {
  withTarget(program.command('back'))
    .description('take answers back: go back to the step that asked before, to answer it anew')
    .argument('[job]', JOB_ARGUMENT)
    .option('--step <step>', 'back to this step (default: the one that was answered last)', step)
    .option('--take-baton <reason>', 'take the job over from the person who drives it')
    .action((job: string | undefined, options: CommonOptions & BatonOptions & { step?: StepId }) =>
      launch.withSession(options, (context) => goBack(context, job, options)),
    )
    .addHelpText(
      'after',
      `\nExamples:\n  putctl back                                    to the answer before\n  putctl back 12 --step select-packages          other packages after all\n  putctl run --continue 12 --plan plan.yaml      goes on, with what the file says now\n\nPossible until the first step begins that cannot be taken back: while the job waits for an approval, for its time or for a person who\nresumes it, too. What changed on nodes is brought back with: putctl rollback`,
    );
}
