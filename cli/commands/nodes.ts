import type { Command } from 'commander';
import type { NodeRow } from '../../core/model/node.ts';
import { formatEvr } from '../../core/model/rpmVersion.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import { list, withTarget, type CommonOptions, type Launcher, type SessionContext } from '../launch.ts';
import { formatTable } from '../output/table.ts';
import { formatDuration, mark, plural } from '../output/words.ts';
import { someNodes } from '../jobText.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { readTopic, unlessEnded } from '../waiting.ts';

interface NodesOptions extends CommonOptions {
  readonly packages?: boolean;
  readonly nodes?: string[];
}

/** The nodes of the system, in the order of their names. */
export async function readNodes({ host, session }: SessionContext): Promise<NodeRow[]> {
  const { nodes } = await readTopic<{ nodes: Record<string, NodeRow> }>(host, session, 'nodes');
  return Object.values(nodes).sort((a, b) => (a.nodeId < b.nodeId ? -1 : 1));
}

/** The rows of the nodes named; throws `node-unknown` for one that is not there. */
export function pickNodes(nodes: readonly NodeRow[], named: readonly string[] | undefined): NodeRow[] {
  if (!named) return [...nodes];
  return named.map((nodeId) => {
    const row = nodes.find((node) => node.nodeId === nodeId);
    if (!row)
      throw new PutError(
        'node-unknown',
        `there is no node ${nodeId}; there are ${someNodes(nodes.map((node) => node.nodeId))}`,
        { nodeId },
      );
    return row;
  });
}

function nodesText(nodes: readonly NodeRow[], { host, masterNowMs }: SessionContext, withPackages: boolean): string {
  const { style, columns } = host.terminal;
  const reach = (node: NodeRow): string =>
    node.reachable === 'yes'
      ? mark('ok', style, 'yes')
      : node.reachable === 'no'
        ? mark('unreachable', style, 'no')
        : mark('unknown', style);
  const table = formatTable(
    [
      { title: 'NODE' },
      { title: 'TYPE' },
      { title: 'SYSTEM', align: 'right' },
      { title: 'CLIQUE', align: 'right' },
      { title: 'ADDRESS', shrinks: true },
      { title: 'REACHABLE' },
      { title: 'SEEN' },
      { title: 'SERVICE' },
      { title: 'OS', shrinks: true },
      { title: 'PACKAGES', align: 'right' },
    ],
    nodes.map((node) => [
      node.nodeId,
      node.type,
      String(node.system),
      node.clique === undefined ? '-' : String(node.clique),
      node.address,
      reach(node),
      node.seenAtMs === undefined ? 'never' : `${formatDuration(masterNowMs() - node.seenAtMs)} ago`,
      node.service ? `${node.service.name} ${node.service.state}` : '-',
      node.os === undefined ? '-' : `${node.os} ${node.arch ?? ''}`.trim(),
      String(node.packages.length),
    ]),
    { columns },
  );
  const faults = nodes.flatMap((node) =>
    (node.faults ?? []).map(
      (fault) => `${fault.nodeId}: ${fault.kind} at ${fault.stepId}, ${plural(fault.times, 'time')}`,
    ),
  );
  const parts = [table];
  if (withPackages) {
    const rows = nodes.flatMap((node) =>
      node.packages.map((one, at) => [at === 0 ? node.nodeId : '', one.name, formatEvr(one), one.arch]),
    );
    parts.push(
      formatTable([{ title: 'NODE' }, { title: 'PACKAGE' }, { title: 'VERSION' }, { title: 'ARCH' }], rows, {
        columns,
      }),
    );
  }
  if (faults.length > 0) parts.push(`Practice faults to come:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
  return parts.join('\n\n');
}

export async function showNodes(
  context: SessionContext,
  options: Pick<NodesOptions, 'packages' | 'nodes'>,
): Promise<ExitCode> {
  const nodes = pickNodes(await readNodes(context), options.nodes);
  context.output.result({ nodes }, () => nodesText(nodes, context, options.packages === true));
  return EXIT.done;
}

/** Has every node read anew and shows what came of it. */
export async function refreshNodes(
  context: SessionContext,
  options: Pick<NodesOptions, 'packages'>,
): Promise<ExitCode> {
  // The answer comes when the nodes were read, so the topic that is read next shows the outcome.
  await unlessEnded(context.host, context.session, context.session.request('nodes.refresh', {}));
  const nodes = await readNodes(context);
  const gone = nodes.filter((node) => node.reachable !== 'yes').length;
  context.output.result({ nodes, unreachable: gone }, () => nodesText(nodes, context, options.packages === true));
  return gone === 0 ? EXIT.done : EXIT.warnings;
}

export function defineNodes(program: Command, launch: Launcher): void {
  const nodes = withTarget(program.command('nodes'))
    .description('list the nodes of the system: type, clique, whether they answer, what is installed')
    .option('--packages', 'also every package of every node with its version')
    .option('--nodes <a,b>', 'only these nodes', list)
    .action((options: NodesOptions) => launch.withSession(options, (context) => showNodes(context, options)));
  nodes.addHelpText(
    'after',
    `
Examples:
  putctl nodes
  putctl nodes --packages --nodes tpa-01,tpa-02
  putctl nodes refresh             read every node anew; exit code 4 when one does not answer
  putctl nodes --json | jq -r '.nodes[] | select(.reachable == "no") | .nodeId'`,
  );
  withTarget(nodes.command('refresh'))
    .description('read every node anew, wait for the outcome and show it')
    .option('--packages', 'also every package of every node with its version')
    .action((_options: object, command: Command) => {
      const options = command.optsWithGlobals<NodesOptions>();
      return launch.withSession(options, (context) => refreshNodes(context, options));
    });
}
