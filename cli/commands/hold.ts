import type { Command } from 'commander';
import { eachOf, type JobHead } from '../../core/model/jobParts.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import { readPart } from '../jobPicture.ts';
import { JobWatcher } from '../JobWatcher.ts';
import { withTarget, type Launcher, type SessionContext } from '../launch.ts';
import { nodesMeant } from '../nodeSelection.ts';
import { FAILED_HELP, failedOfJob } from '../nodeSelectors.ts';
import { plural } from '../output/words.ts';
import { unlessEnded } from '../waiting.ts';
import { driveJob, followOn } from './drivenJob.ts';
import { type BatonOptions, forJobAndNodes, withJobAndNodes } from './jobOptions.ts';

interface NodesOptions extends BatonOptions {
  readonly nodes?: readonly string[] | undefined;
  readonly failed?: boolean | undefined;
  readonly all?: boolean | undefined;
}

/** The nodes of a job that a person means; a pattern is of its selection. */
async function nodesOfJob(context: SessionContext, head: JobHead, options: NodesOptions): Promise<string[]> {
  const { jobId, jobNumber } = head;
  const { nodes, failed, all } = options;
  if ([nodes !== undefined, failed === true, all === true].filter(Boolean).length !== 1)
    throw new PutError('usage', 'say which nodes once: --nodes a,b, or one of the options that mean several (--help)');
  if (failed === true) return failedOfJob(context, head);
  if (all === true) {
    const held = [...eachOf(await readPart(context, jobId, 'held'))].map(([nodeId]) => nodeId);
    if (held.length > 0) return held;
    throw new PutError('nothing-to-retry', `--all: no node of job ${jobNumber} is held`, { jobNumber });
  }
  return nodesMeant(nodes ?? [], async () =>
    [...eachOf(await readPart(context, jobId, 'nodes'))].map(([nodeId]) => nodeId),
  );
}

/** Nothing further is begun on nodes, while the others go on. */
export async function holdNodes(
  context: SessionContext,
  named: string | undefined,
  options: NodesOptions & { readonly reason: string },
): Promise<ExitCode> {
  const { host, session, output } = context;
  const { jobId, jobNumber, before, seen } = await driveJob(context, named, options);
  const nodeIds = await nodesOfJob(context, before, options);
  const { reason } = options;
  const asked = session.request('job.hold', { jobId, seen, nodeIds, reason });
  const { held } = await unlessEnded(host, session, asked);
  output.result({ jobId, jobNumber, held }, () =>
    [
      `${plural(held, 'node')} held: what runs there comes to its end, nothing further is begun, and the others go on.`,
      `Next: putctl release ${jobNumber} --nodes ${nodeIds.slice(0, 3).join(',')}${nodeIds.length > 3 ? ',...' : ''}${output.aim}`,
    ].join('\n'),
  );
  return EXIT.done;
}

/** Nodes that are held or were ignored come back; with `wait` the job is followed until it settles. */
export async function releaseNodes(
  context: SessionContext,
  named: string | undefined,
  options: NodesOptions & { readonly wait?: boolean | undefined },
): Promise<ExitCode> {
  const { host, session, output } = context;
  const { jobId, jobNumber, before, seen } = await driveJob(context, named, options);
  const nodeIds = await nodesOfJob(context, before, options);
  const watcher = options.wait === true ? new JobWatcher(context, { stream: false }) : undefined;
  await watcher?.prime(before);
  const { released } = await unlessEnded(host, session, session.request('job.release', { jobId, seen, nodeIds }));
  const text = `${plural(released, 'node')} released. What was missed is caught up before the next phase or question, after the others.`;
  if (watcher) {
    output.note(text);
    return followOn(context, watcher, before, { released });
  }
  output.result({ jobId, jobNumber, released }, () => `${text}\nNext: putctl watch ${jobNumber}${output.aim}`);
  return EXIT.done;
}

/** `hold`, `release` and `catch-up`. */
export function defineHold(program: Command, launch: Launcher): void {
  withJobAndNodes(withTarget(program.command('hold')))
    .description('hold nodes while the others go on, also such as are away; what they miss they catch up later')
    .option('--failed', FAILED_HELP)
    .requiredOption('--reason <text>', 'why; shown to everybody and kept in the timeline and the report')
    .option('--take-baton <reason>', 'take the job over from the person who drives it')
    .action(forJobAndNodes(launch, holdNodes))
    .addHelpText(
      'after',
      `\nExamples:\n  putctl hold tpa-03 --reason "its disk is changed"\n  putctl release tpa-03\n\nA job waits at the end of the change, and before its last step, while nodes are held that missed something: release them, or\ngo on without them with: putctl run --continue`,
    );
  withJobAndNodes(withTarget(program.command('release')))
    .description('let held nodes take part again; what they missed they catch up, in order')
    .option('--all', 'every node that is held')
    .option('--take-baton <reason>', 'take the job over from the person who drives it')
    .action(forJobAndNodes<NodesOptions>(launch, releaseNodes))
    .addHelpText('after', `\nExamples:\n  putctl release tpa-03\n  putctl release 12 "tpa-*"`);
  withJobAndNodes(withTarget(program.command('catch-up')))
    .description('bring held or ignored nodes back for what they missed, and follow the job until it settles')
    .option('--all', 'every node that is held')
    .option('--no-wait', 'return at once instead of following the job')
    .option('--take-baton <reason>', 'take the job over from the person who drives it')
    .action(
      forJobAndNodes(launch, (context, job, options: NodesOptions & { wait?: boolean }) =>
        releaseNodes(context, job, { ...options, wait: options.wait !== false }),
      ),
    )
    .addHelpText('after', `\nExamples:\n  putctl catch-up tpa-03        one that was ignored at Shutdown, and is back`);
}
