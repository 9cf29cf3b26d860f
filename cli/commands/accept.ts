import type { Command } from 'commander';
import { seenOf } from '../../core/model/job.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import { findJob } from '../jobs.ts';
import { readHead } from '../jobPicture.ts';
import { jobTitle } from '../jobText.ts';
import { withTarget, type Launcher, type SessionContext } from '../launch.ts';
import { plural } from '../output/words.ts';
import { unlessEnded } from '../waiting.ts';
import { takeBaton } from './run.ts';
import { type BatonOptions, forJobAndNodes, step, withJobAndNodes } from './jobOptions.ts';
import { nodesKnown } from './nodes.ts';
import type { StepId } from '../../core/model/operationSpec.ts';

interface AcceptOptions extends BatonOptions {
  readonly step?: StepId | undefined;
  readonly nodes?: readonly string[] | undefined;
}

/** Accepts warnings that nodes came through steps with: of one step or of all, of some nodes or of all; also of an ended job. */
export async function acceptWarnings(
  context: SessionContext,
  named: string | undefined,
  options: AcceptOptions,
): Promise<ExitCode> {
  const { host, session, output } = context;
  const { jobId, jobNumber } = await findJob(context, named, { orLast: true });
  const head = await readHead(context, jobId);
  await takeBaton(context, jobId, seenOf(head), options.takeBaton);
  const { nodes } = options;
  const which = nodes && { nodeIds: await nodesKnown(context, nodes) };
  const warned = head.stepOrder.filter((stepId) => (head.steps[stepId]?.counts?.warned ?? 0) > 0);
  const accepted: { stepId: string; title: string; nodes: number }[] = [];
  let nothing: PutError | undefined;
  for (const stepId of options.step === undefined ? warned : [options.step]) {
    const seen = seenOf(await readHead(context, jobId));
    try {
      const request = session.request('job.accept', { jobId, seen, stepId, ...which });
      const answer = await unlessEnded(host, session, request);
      accepted.push({ stepId, title: head.steps[stepId]?.title ?? stepId, nodes: answer.accepted });
    } catch (error) {
      // What was accepted at one step may stand open at another.
      if (!(error instanceof PutError) || error.code !== 'nothing-to-accept') throw error;
      nothing = error;
    }
  }
  if (accepted.length === 0) {
    throw nothing ?? new PutError('nothing-to-accept', `job ${jobNumber} has no node with a warning`, { jobNumber });
  }
  output.result(
    { jobId, jobNumber, accepted: accepted.map(({ stepId, nodes: count }) => ({ stepId, nodes: count })) },
    () =>
      [
        `${jobTitle(head)}:`,
        ...accepted.map(({ title, nodes: count }) => `  ${title}: the warning of ${plural(count, 'node')} accepted`),
      ].join('\n'),
  );
  return EXIT.done;
}

/** `accept`. */
export function defineAccept(program: Command, launch: Launcher): void {
  withJobAndNodes(
    withTarget(program.command('accept')),
    'number or id of a job (default: the running job, else the last)',
  )
    .description('accept the warnings that nodes came through with, by your name; also of a job that has ended')
    .option('--step <step>', 'only the warnings of this step', step)
    .option('--take-baton <reason>', 'take the job over from the person who drives it')
    .action(forJobAndNodes(launch, acceptWarnings))
    .addHelpText(
      'after',
      `\nExamples:\n  putctl accept                     every warning of the job\n  putctl accept 12 tpa-02 --step package-install\n\nThe job goes on either way, and ends with warnings. To have a step done once more on such a node instead:\n  putctl retry tpa-02 --step package-install`,
    );
}
