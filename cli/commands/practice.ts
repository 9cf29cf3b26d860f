import { Argument, type Command } from 'commander';
import { FAULT_KINDS, type FaultKind } from '../../core/model/node.ts';
import type { StepId } from '../../core/model/operation.ts';
import { newId } from '../../core/session/newId.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import { wholeNumber, withTarget, type CommonOptions, type Launcher, type SessionContext } from '../launch.ts';
import { plural } from '../output/words.ts';
import { step } from './job.ts';

export async function setFault(
  context: SessionContext,
  nodeId: string,
  stepId: StepId,
  kind: FaultKind,
  times: number,
): Promise<ExitCode> {
  const requestId = newId(context.host.random);
  await context.session.request('practice.setFault', { requestId, nodeId, stepId, kind, times });
  context.output.result({ nodeId, stepId, kind, times }, () =>
    times === 0
      ? `No ${kind} to come on ${nodeId} at ${stepId}.`
      : `${nodeId} will have ${kind} at ${stepId}, ${plural(times, 'time')}.`,
  );
  return EXIT.done;
}

export async function resetPractice({ host, session, output }: SessionContext): Promise<ExitCode> {
  await session.request('practice.reset', { requestId: newId(host.random) });
  output.result({ reset: true }, () => 'Every practice node is as on the first day; faults are forgotten.');
  return EXIT.done;
}

export function definePractice(program: Command, launch: Launcher): void {
  const practice = program
    .command('practice')
    .description('trouble for training: faults of practice nodes, and back to the first day');
  withTarget(practice.command('fault'))
    .description('tell a practice node to have trouble at a step')
    .argument('<node>', 'the node')
    .argument('<step>', 'the step, for example package-install', step)
    .addArgument(new Argument('<kind>', 'what happens').choices(FAULT_KINDS))
    .option('--times <n>', 'how often; 0 takes it back', wholeNumber(0, 1000), 1)
    .action((nodeId: string, stepId: StepId, kind: FaultKind, options: CommonOptions & { times: number }) =>
      launch.withSession(options, (context) => setFault(context, nodeId, stepId, kind, options.times)),
    )
    .addHelpText(
      'after',
      `\nExample:\n  putctl practice fault tpa-02 package-install fail     fails once; then practise: putctl run --yes; putctl retry`,
    );
  withTarget(practice.command('reset'))
    .description('put every practice node back to the state of a fresh practice system')
    .action((options: CommonOptions) => launch.withSession(options, resetPractice));
}
