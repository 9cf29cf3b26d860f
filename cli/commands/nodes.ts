import { Option, type Command } from 'commander';
import { isJobOver, CELL_STATES, type CellState } from '../../core/model/job.ts';
import { factRows, type KnownFacts } from '../../core/model/knownFacts.ts';
import type { InstalledPackage, NodeRow } from '../../core/model/node.ts';
import { NODE_TYPES_HELP } from '../../core/model/nodeTypeWords.ts';
import { printable } from '../../core/model/strangerText.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import { readHead } from '../jobPicture.ts';
import { readJobs } from '../jobs.ts';
import { someNodes } from '../jobText.ts';
import {
  list,
  withDetailedExit,
  withListing,
  withTarget,
  type CommonOptions,
  type Launcher,
  type SessionContext,
  withMeant,
} from '../launch.ts';
import { NODES_HELP, nodesMeant } from '../nodeSelection.ts';
import {
  FAILED_HELP,
  lastJobStates,
  nodeStates,
  nodeTypes,
  selectedNodes,
  withNodeSelectors,
  type NodeSelectors,
} from '../nodeSelectors.ts';
import { formatTable } from '../output/table.ts';
import { agoText, mark, plural } from '../output/words.ts';
import { readTopic, unlessEnded } from '../waiting.ts';
import { withNodesNamed } from './jobOptions.ts';
import { defineNodeAccess } from './nodeAccess.ts';
import {
  cellStates,
  nodesText,
  sortNodes,
  SORTS,
  stateToFilter,
  type NodeSort,
  type NodesShown,
  type ShownNode,
} from './nodeList.ts';

interface NodesOptions extends CommonOptions, NodeSelectors {
  readonly packages?: boolean | undefined;
  readonly name?: string[] | undefined;
  readonly state?: readonly CellState[] | undefined;
  readonly sort?: NodeSort | undefined;
  readonly each?: boolean | undefined;
}

/** The nodes of the system, in the order of their names. */
export async function readNodes(context: SessionContext): Promise<NodeRow[]> {
  const { host, session } = context;
  const { nodes } = await readTopic<{ nodes: Record<string, NodeRow> }>(host, session, 'nodes');
  return Object.values(nodes).sort((a, b) => (a.nodeId < b.nodeId ? -1 : 1));
}

/** The same in the order of the inventory, in which the master divides nodes into waves. */
export async function readNodesInOrder(context: SessionContext): Promise<NodeRow[]> {
  return (await readNodes(context)).sort((a, b) => (a.place ?? 0) - (b.place ?? 0));
}

/** Lists that are asked for at once. */
const ASKED_AT_ONCE = 8;

/** The installed packages of nodes, as the master last saw them; equal lists are asked for once. */
export async function readPackages(
  { host, session }: SessionContext,
  nodes: readonly NodeRow[],
): Promise<(nodeId: string) => readonly InstalledPackage[]> {
  const digests = new Map(nodes.flatMap((row) => (row.packageCount > 0 ? [[row.nodeId, row.packagesDigest]] : [])));
  const asked = [...new Map([...digests].map(([nodeId, digest]) => [digest, nodeId]))];
  const lists = new Map<string | undefined, readonly InstalledPackage[]>();
  for (let from = 0; from < asked.length; from += ASKED_AT_ONCE) {
    await Promise.all(
      asked.slice(from, from + ASKED_AT_ONCE).map(async ([digest, nodeId]) => {
        const known: KnownFacts = await unlessEnded(host, session, session.request('nodes.facts', { nodeId }));
        lists.set(digest, known.facts.packages ?? []);
      }),
    );
  }
  return (nodeId) => (digests.has(nodeId) ? (lists.get(digests.get(nodeId)) ?? []) : []);
}

/** The rows of the nodes named; throws `node-unknown` for one that is not there. */
export function pickNodes(nodes: readonly NodeRow[], named: readonly string[] | undefined): NodeRow[] {
  if (!named) return [...nodes];
  const byName = new Map(nodes.map((node) => [node.nodeId, node]));
  return named.map((nodeId) => {
    const row = byName.get(nodeId);
    if (!row)
      throw new PutError(
        'node-unknown',
        `there is no node ${nodeId}; there are ${someNodes(nodes.map((node) => node.nodeId))}`,
        { nodeId },
      );
    return row;
  });
}

/** The names of the nodes of the system that a person means; throws `node-unknown` for one that is not there. */
export async function nodesKnown(context: SessionContext, given: readonly string[]): Promise<string[]> {
  const nodes = await readNodes(context);
  const meant = await nodesMeant(given, () => nodes.map(({ nodeId }) => nodeId));
  return pickNodes(nodes, meant).map(({ nodeId }) => nodeId);
}

/** Nodes with what is shown of them beside their rows. */
async function nodesShown(
  context: SessionContext,
  rows: readonly NodeRow[],
  options: Pick<NodesOptions, 'packages' | 'state'>,
): Promise<NodesShown> {
  const running = (await readJobs(context)).findLast((job) => !isJobOver(job.state) && job.problem === undefined);
  // What came of the last job is asked for by --state; without it the list is about now.
  const job = running
    ? await nodeStates(context, await readHead(context, running.jobId))
    : options.state === undefined
      ? undefined
      : await lastJobStates(context);
  const withState = rows.map((row): ShownNode => {
    const state = job?.states.get(row.nodeId);
    return state === undefined ? row : { ...row, state };
  });
  const wanted = options.state;
  const nodes = wanted ? withState.filter((node) => wanted.includes(stateToFilter(node, job) as CellState)) : withState;
  if (options.packages !== true) return { nodes, job };
  const packagesOf = await readPackages(context, nodes);
  return { nodes: nodes.map((row) => ({ ...row, packages: packagesOf(row.nodeId) })), job };
}

const documentOf = ({ nodes, job }: NodesShown): object => ({
  nodes,
  ...(job ? { job: { jobNumber: job.head.jobNumber, state: job.head.state, stepId: job.stepId } } : {}),
});

/** Nodes that did not come through; a list of none where a command that acts on them would have nothing to act on. */
async function failedSoFar(context: SessionContext): Promise<readonly string[]> {
  try {
    return (await selectedNodes(context, { failed: true }, () => Promise.resolve([]))) ?? [];
  } catch (error) {
    if (!(error instanceof PutError) || error.code !== 'nothing-to-retry') throw error;
    context.output.note(printable(error.message));
    return [];
  }
}

/** The nodes that are asked for, in the order that is asked for. */
export async function showNodes(context: SessionContext, options: NodesOptions): Promise<ExitCode> {
  const all = await readNodes(context);
  const { type, failed } = options;
  const meant = await selectedNodes(context, { ...options, type: undefined, failed: undefined, all: undefined }, () =>
    Promise.resolve(all),
  );
  const those = failed === true ? new Set(await failedSoFar(context)) : undefined;
  const picked = pickNodes(all, meant).filter(
    (row) => (type === undefined || type.includes(row.type)) && (!those || those.has(row.nodeId)),
  );
  const shown = await nodesShown(context, picked, options);
  const sorted = { ...shown, nodes: sortNodes(shown.nodes, options.sort) };
  context.output.result(documentOf(sorted), () => nodesText(sorted, context, options, all.length));
  return EXIT.done;
}

/** Has every node read anew and shows what came of it. */
export async function refreshNodes(
  context: SessionContext,
  options: Pick<NodesOptions, 'packages' | 'state'>,
): Promise<ExitCode> {
  // The answer comes when the nodes were read, so the topic that is read next shows the outcome.
  await unlessEnded(context.host, context.session, context.session.request('nodes.refresh', {}));
  const shown = await nodesShown(context, await readNodes(context), options);
  const gone = shown.nodes.filter((node) => node.reachable !== 'yes').length;
  // Let in, and not read: what stands in its row is from before.
  const unread = shown.nodes.filter((node) => node.reachable === 'yes' && node.cause !== undefined).length;
  context.output.result({ ...documentOf(shown), unreachable: gone }, () =>
    nodesText(shown, context, {}, shown.nodes.length),
  );
  return gone + unread === 0 ? EXIT.done : EXIT.warnings;
}

/** Starts the services of the nodes named, or of all whose service is not known to be up. */
export async function startServices(context: SessionContext, options: NodeSelectors): Promise<ExitCode> {
  const { host, session, output } = context;
  const nodeIds = await selectedNodes(context, options, () => readNodes(context));
  const params = nodeIds === undefined ? {} : { nodeIds };
  const answer = await unlessEnded(host, session, session.request('nodes.startServices', params));
  const { started, failed, unfinished } = answer;
  output.result(answer, () => {
    const lines: string[] = [];
    if (started.length > 0) lines.push(`Started on ${plural(started.length, 'node')}: ${someNodes(started)}.`);
    for (const one of failed) {
      lines.push(`${mark('failed', host.terminal.style)}  ${one.nodeId}: ${printable(one.message)} (${one.code})`);
    }
    if (unfinished.length > 0) {
      lines.push(
        `Not over yet on ${plural(unfinished.length, 'node')}: ${someNodes(unfinished)}. It goes on at the master. Next: putctl nodes${output.aim}`,
      );
    }
    return lines.length > 0 ? lines.join('\n') : 'Every service is up as last read; nothing was started.';
  });
  if (failed.length > 0) return EXIT.failed;
  if (unfinished.length > 0) return EXIT.warnings;
  return started.length > 0 ? EXIT.done : EXIT.nothingToDo;
}

/** What is known of nodes, part by part; of several one after the other. */
async function showFacts(context: SessionContext, given: readonly string[], read: boolean): Promise<ExitCode> {
  const nodeIds = await nodesMeant(given, async () => (await readNodes(context)).map(({ nodeId }) => nodeId));
  const { output } = context;
  const show = (document: object, words: () => string): void =>
    nodeIds.length === 1 ? output.result(document, words) : output.line(document, words);
  for (const nodeId of nodeIds) await showFactsOf(context, nodeId, read, show);
  return EXIT.done;
}

async function showFactsOf(
  { host, session, output, masterNowMs }: SessionContext,
  nodeId: string,
  read: boolean,
  show: (document: object, words: () => string) => void,
): Promise<void> {
  const answer = await unlessEnded(host, session, session.request('nodes.facts', { nodeId, read }));
  const known: KnownFacts = answer;
  show({ ...answer }, () => {
    const parts = factRows(known);
    if (parts.length === 0)
      return `Nothing was read of ${nodeId} yet. Next: putctl nodes facts ${nodeId} --read${output.aim}`;
    const rows = parts.flatMap(({ readAtMs, rows: lines }) =>
      lines.map(([name, value], at) => [name, value, at === 0 ? agoText(readAtMs, masterNowMs()) : '']),
    );
    const columns = [{ title: nodeId }, { title: '', shrinks: true }, { title: 'READ' }];
    return formatTable(columns, rows, { columns: host.terminal.columns });
  });
}

export function defineNodes(program: Command, launch: Launcher): void {
  const listing = {
    of: 'nodes',
    name: 'nodeId',
    fields: [
      'address',
      'type',
      'system',
      'clique',
      'state',
      'reachable',
      'seenAtMs',
      'service.name',
      'service.state',
      'os',
      'arch',
      'packageCount',
    ],
  };
  const nodes = withListing(withTarget(program.command('nodes')), listing)
    .description('list the nodes of the system: type, clique, whether they answer, what is installed')
    .option(
      '--state <s,s>',
      `only nodes in these states of the running job, else of the last: ${CELL_STATES.join(', ')}`,
      cellStates,
    )
    .option('--type <T,T>', `only nodes of these types: ${NODE_TYPES_HELP}`, nodeTypes)
    .argument('[nodes...]', `only these nodes: ${NODES_HELP}`)
    .option('--name <a,b>', 'the same by an option', list)
    .addOption(new Option('--nodes <a,b>', 'the same').argParser(list))
    .option('--failed', `only ${FAILED_HELP}`)
    .addOption(new Option('--sort <by>', 'order (default: name)').choices(Object.keys(SORTS)))
    .option('--each', 'a line for every node, also where many are equal')
    .option('--packages', 'also every package of every node with its version')
    .action((words: string[], { name, nodes = name, ...options }: NodesOptions) =>
      launch.withSession(options, (context) => showNodes(context, withNodesNamed(words, { ...options, nodes }))),
    );
  nodes.addHelpText(
    'after',
    `
Examples:
  putctl nodes
  putctl nodes --state failed,unreachable
  putctl nodes 'tpa-0*' --type TPA --sort seen
  putctl nodes tpa-01 tpa-02 --packages
  putctl nodes start-services      start what is down; exit code 1 when one does not start
  putctl nodes refresh             read every node anew; exit code 4 when one cannot be read
  putctl nodes --type TPA -o name           names alone, for a script`,
  );
  defineNodeAccess(nodes, launch);
  withTarget(nodes.command('facts'))
    .description('what is known of one node, each part with its age; --read reads it anew first')
    .argument('<nodes...>', `the node, or several: ${NODES_HELP}`)
    .option('--read', 'read the nodes anew')
    .action((nodes: string[], _options: object, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions & { read?: boolean }>();
      return launch.withSession(options, (context) => showFacts(context, nodes, options.read === true));
    });
  withMeant(withListing(withTarget(nodes.command('refresh')), listing), (names) => [
    `nodes facts ${names.join(',')} --read`,
  ])
    .description('read every node anew, wait for the outcome and show it')
    .option('--packages', 'also every package of every node with its version')
    .action((_options: object, command: Command) => {
      const options = command.optsWithGlobals<NodesOptions>();
      return launch.withSession(options, (context) => refreshNodes(context, options));
    });
  withDetailedExit(withNodeSelectors(withTarget(nodes.command('start-services')), 'on these nodes instead'))
    .argument('[nodes...]', `the same behind the command: ${NODES_HELP}`)
    .description('start the service on every node where it is not known to be up, outside of an operation')
    .action((words: string[], _options: object, command: Command) => {
      const options = command.optsWithGlobals<NodesOptions>();
      return launch.withSession(options, (context) => startServices(context, withNodesNamed(words, options)));
    })
    .addHelpText(
      'after',
      `\nExamples:\n  putctl nodes start-services\n  putctl nodes start-services tpa-001 tpa-002\n\nNodes that a running operation works on are refused: it starts services itself. Exit codes: 0 all of them are up; 1 one did not start;\n3 an operation works on them; 4 not all are over yet.`,
    );
}
