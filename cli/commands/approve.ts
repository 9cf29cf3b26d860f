import type { Command } from 'commander';
import { eachOf, type JobHead } from '../../core/model/jobParts.ts';
import { foldNames } from '../../core/model/nodeNames.ts';
import { printable } from '../../core/model/strangerText.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { askShapeOf } from '../../core/steps/registry.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import { findJob } from '../jobs.ts';
import { readHead, readPart } from '../jobPicture.ts';
import { approvalText, jobTitle, settingsText } from '../jobText.ts';
import { plural } from '../output/words.ts';
import { planText } from '../planText.ts';
import { withTarget, type CommonOptions, type Launcher, type SessionContext } from '../launch.ts';
import { unlessEnded } from '../waiting.ts';
import { JOB_ARGUMENT } from './jobOptions.ts';

interface ApproveOptions {
  readonly digest?: string | undefined;
  readonly withdraw?: boolean | undefined;
}

/** What is to be approved besides a plan, a line each: settings, and where there is no plan the nodes and what was answered, such as the command. */
async function besidesPlan(context: SessionContext, head: JobHead): Promise<string[]> {
  const { jobId, planned, steps, stepOrder } = head;
  const settings = settingsText(head);
  const lines = settings === undefined ? [] : [settings];
  if (planned) return lines;
  const nodeIds = [...eachOf(await readPart(context, jobId, 'nodes'))].map(([nodeId]) => nodeId);
  lines.push(`${plural(nodeIds.length, 'node')}: ${printable(foldNames(nodeIds))}`);
  for (const stepId of stepOrder) {
    const shape = askShapeOf(steps[stepId]?.kind ?? '');
    if (!shape?.told) continue;
    const answer = shape.answer.safeParse((await readPart(context, jobId, `step:${stepId}`)).input);
    const said = answer.success
      ? shape.told(answer.data)
      : ['this putctl does not understand the answer; look at it in a window'];
    for (const line of said) lines.push(`${printable(steps[stepId]?.title ?? stepId)}: ${printable(line)}`);
  }
  return lines;
}

/** Shows what is to be approved; the digest that is read here is what the next command names. */
async function showWhat(context: SessionContext, head: JobHead, digest: string): Promise<ExitCode> {
  const { output, host } = context;
  const plan = head.planned ? (await readPart(context, head.jobId, 'plan')).plan : undefined;
  const { jobId, jobNumber, approval } = head;
  const approved = approval?.approved?.digest === digest;
  const next = approved ? `putctl watch ${jobNumber}` : `putctl approve ${jobNumber} --digest ${digest}`;
  const lines = await besidesPlan(context, head);
  output.result({ jobId, jobNumber, approval, lines, ...(plan ? { plan } : {}), next: [next] }, () =>
    [
      ...(plan ? [planText(plan, host.terminal)] : []),
      ...lines,
      '',
      `${jobTitle(head)}: ${approvalText(head) ?? ''}`,
      approved
        ? `Nothing is left to approve. Next: ${next}`
        : `Nothing was approved. Who has read it and had no part in it says: ${next}`,
    ].join('\n'),
  );
  return approved ? EXIT.done : EXIT.needsPerson;
}

/** Approves what a job is about to do, as somebody who had no part in it. */
export async function approveJob(
  context: SessionContext,
  named: string | undefined,
  { digest, withdraw = false }: ApproveOptions,
): Promise<ExitCode> {
  const { host, session, output } = context;
  const { jobId, jobNumber } = await findJob(context, named, { orLast: false });
  const head = await readHead(context, jobId);
  if (withdraw) {
    if (digest !== undefined) throw new PutError('usage', 'say --digest to approve, or --withdraw to take that back');
    const { withdrawn } = await unlessEnded(host, session, session.request('job.withdrawApproval', { jobId }));
    output.result({ jobId, jobNumber, withdrawn }, () =>
      withdrawn
        ? `The approval of ${jobTitle(head)} is taken back; it waits for one before it changes anything.`
        : `Nobody approved ${jobTitle(head)}, so there is nothing to take back.`,
    );
    return EXIT.done;
  }
  if (digest === undefined) {
    const shown = head.approval?.digest;
    if (shown === undefined) {
      const why = head.approval ? 'what it does is not accepted yet' : 'it needs no approval';
      throw new PutError('approval-not-asked', `job ${jobNumber}: ${why}`, { jobNumber });
    }
    return showWhat(context, head, shown);
  }
  await unlessEnded(host, session, session.request('job.approve', { jobId, digest }));
  output.result({ jobId, jobNumber, digest, approvedBy: session.welcome.user }, () =>
    [
      `${jobTitle(head)} is approved by ${printable(session.welcome.user)}: ${digest}`,
      `It goes on by itself. Next: putctl watch ${jobNumber}${output.aim}`,
    ].join('\n'),
  );
  return EXIT.done;
}

/** `approve`: the second person. */
export function defineApprove(program: Command, launch: Launcher): void {
  withTarget(program.command('approve'))
    .description(
      'show what a job is about to do, and with its digest approve it, as another person than who made its plan',
    )
    .argument('[job]', JOB_ARGUMENT)
    .option('--digest <D>', 'approve just this, as it was shown; without it nothing is approved and the exit code is 2')
    .option('--withdraw', 'take your own approval back, before anything of what was approved has begun')
    .action((job: string | undefined, options: CommonOptions & ApproveOptions) =>
      launch.withSession(options, (context) => approveJob(context, job, options)),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  putctl approve\n  putctl approve 12 --digest sha256:4bf5...\n  putctl approve 12 --withdraw',
    );
}
