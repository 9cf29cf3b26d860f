import { Argument, type Command } from 'commander';
import { FAULT_KINDS, type FaultKind } from '../../core/model/node.ts';
import { newId } from '../../core/session/newId.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import { wholeNumber, withTarget, type CommonOptions, type Launcher, type SessionContext } from '../launch.ts';
import { someNodes } from '../jobText.ts';
import { NODES_HELP, nodesMeant } from '../nodeSelection.ts';
import { plural } from '../output/words.ts';
import { unlessEnded } from '../waiting.ts';
import { step } from './jobOptions.ts';
import { readNodes } from './nodes.ts';
import type { StepId } from '../../core/model/operationSpec.ts';

export async function setFault(
  context: SessionContext,
  named: string,
  stepId: StepId,
  kind: FaultKind,
  times: number,
): Promise<ExitCode> {
  const { host, session, output } = context;
  const known = async (): Promise<string[]> => (await readNodes(context)).map((row) => row.nodeId);
  const nodeIds = await nodesMeant([named], known);
  for (const nodeId of nodeIds) {
    const fault = { requestId: newId(host.random), nodeId, stepId, kind, times };
    await unlessEnded(host, session, session.request('practice.setFault', fault));
  }
  const nodes = nodeIds.length === 1 ? { nodeId: nodeIds[0] } : { nodeIds };
  output.result({ ...nodes, stepId, kind, times }, () =>
    times === 0
      ? `No ${kind} to come on ${someNodes(nodeIds)} at ${stepId}.`
      : `${someNodes(nodeIds)} will have ${kind} at ${stepId}, ${plural(times, 'time')}.`,
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
    .argument('<node>', `the node, or several: ${NODES_HELP}`)
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
