import type { Command } from 'commander';
import type { StepId } from '../../core/model/operation.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import { list, withTarget, type CommonOptions, type Launcher, type SessionContext } from '../launch.ts';
import { NODES_HELP, nodesMeant } from '../nodeSelection.ts';
import { plural } from '../output/words.ts';
import { unlessEnded } from '../waiting.ts';
import { driveJob } from './drivenJob.ts';
import { JOB_ARGUMENT, step, type BatonOptions } from './jobOptions.ts';
import { readNodes } from './nodes.ts';

interface GiveUpOptions extends BatonOptions {
  readonly nodes: string[];
  readonly step?: StepId | undefined;
  readonly reason?: string | undefined;
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
  const nodeIds = await nodesMeant(options.nodes, async () => (await readNodes(context)).map((row) => row.nodeId));
  const reason = options.reason === undefined ? {} : { reason: options.reason };
  const { stopping } = await unlessEnded(
    host,
    session,
    session.request('job.giveUp', { jobId, seen, stepId, nodeIds, ...reason }),
  );
  output.result({ jobId, jobNumber, stepId, stopping }, () =>
    [
      `${plural(stopping, 'node')} told to stop. Where that is confirmed the node is unknown, and can be retried or ignored;`,
      `otherwise it stays busy, and nothing is begun beside it. Next: putctl watch ${jobNumber}`,
    ].join('\n'),
  );
  return EXIT.done;
}

/** `give-up`: what runs on a node is not waited for any longer. */
export function defineGiveUp(program: Command, launch: Launcher): void {
  withTarget(program.command('give-up'))
    .description('tell the work that runs on nodes to stop, such as on one that is silent; the others go on')
    .argument('[job]', JOB_ARGUMENT)
    .requiredOption('--nodes <a,b>', `the nodes: ${NODES_HELP}`, list)
    .option('--step <step>', 'the step (default: the current one)', step)
    .option('--reason <text>', 'why; shown with the node and kept in the timeline')
    .option('--take-baton <reason>', 'take the job over from the person who drives it')
    .action((job: string | undefined, options: CommonOptions & GiveUpOptions) =>
      launch.withSession(options, (context) => giveUp(context, job, options)),
    )
    .addHelpText(
      'after',
      `\nExamples:\n  putctl give-up --nodes tpa-003 --reason "its console shows a kernel panic"\n  putctl retry --nodes tpa-003                    probes it first, once it is back`,
    );
}
