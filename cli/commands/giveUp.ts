import type { Command } from 'commander';
import { eachOf, type JobHead } from '../../core/model/jobParts.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import { readPart } from '../jobPicture.ts';
import { withTarget, type Launcher, type SessionContext } from '../launch.ts';
import { nodesMeant } from '../nodeSelection.ts';
import { plural } from '../output/words.ts';
import { unlessEnded } from '../waiting.ts';
import { driveJob } from './drivenJob.ts';
import { type BatonOptions, forJobAndNodes, step, withJobAndNodes } from './jobOptions.ts';
import { readNodes } from './nodes.ts';
import type { StepId } from '../../core/model/operationSpec.ts';

interface GiveUpOptions extends BatonOptions {
  readonly nodes?: string[] | undefined;
  readonly silent?: boolean | undefined;
  readonly all?: boolean | undefined;
  readonly step?: StepId | undefined;
  readonly reason?: string | undefined;
}

/** The nodes that are meant: by name, all whose work is silent, or all whose work runs. */
async function givenUp(
  context: SessionContext,
  { jobId, steps }: JobHead,
  stepId: StepId,
  { nodes, silent, all }: GiveUpOptions,
): Promise<string[]> {
  if ([nodes !== undefined, silent === true, all === true].filter(Boolean).length !== 1)
    throw new PutError('usage', 'say which nodes: name them, or give --silent or --all');
  if (nodes) return nodesMeant(nodes, async () => (await readNodes(context)).map((row) => row.nodeId));
  const cells = [...eachOf(await readPart(context, jobId, `cells:${stepId}`))];
  const meant = cells.filter(([, cell]) => (all ? cell.state === 'running' : cell.silentSinceMs !== undefined));
  if (meant.length > 0) return meant.map(([nodeId]) => nodeId);
  const title = steps[stepId]?.title ?? stepId;
  throw new PutError('nothing-to-retry', `${title}: ${all ? 'nothing runs on any node' : 'no node is silent'}`);
}

/** Tells the work on nodes to stop: nobody waits for them any longer. */
export async function giveUp(
  context: SessionContext,
  named: string | undefined,
  options: GiveUpOptions,
): Promise<ExitCode> {
  const { host, session, output } = context;
  const { jobId, jobNumber, before, seen } = await driveJob(context, named, options);
  const stepId = options.step ?? before.currentStep;
  const nodeIds = await givenUp(context, before, stepId, options);
  const reason = options.reason === undefined ? {} : { reason: options.reason };
  const { stopping } = await unlessEnded(
    host,
    session,
    session.request('job.giveUp', { jobId, seen, stepId, nodeIds, ...reason }),
  );
  output.result({ jobId, jobNumber, stepId, stopping }, () =>
    [
      `${plural(stopping, 'node')} told to stop. Where that is confirmed the node is unknown, and can be retried or ignored;`,
      `otherwise it stays busy, and nothing is begun beside it. Next: putctl watch ${jobNumber}${output.aim}`,
    ].join('\n'),
  );
  return EXIT.done;
}

/** `give-up`: what runs on a node is not waited for any longer. */
export function defineGiveUp(program: Command, launch: Launcher): void {
  withJobAndNodes(withTarget(program.command('give-up')))
    .description('tell the work that runs on nodes to stop, such as on one that is silent; the others go on')
    .option('--silent', 'every node whose work tells nothing')
    .option('--all', 'every node whose work runs')
    .option('--step <step>', 'the step (default: the current one)', step)
    .option('--reason <text>', 'why; shown with the node and kept in the timeline')
    .option('--take-baton <reason>', 'take the job over from the person who drives it')
    .action(forJobAndNodes(launch, giveUp))
    .addHelpText(
      'after',
      `\nExamples:\n  putctl give-up tpa-003 --reason "its console shows a kernel panic"\n  putctl give-up --silent --reason "nobody answers"\n  putctl retry tpa-003                            probes it first, once it is back`,
    );
}
