import type { Command } from 'commander';
import type { InstalledPackage, NodeRow } from '../../core/model/node.ts';
import { factRows, type KnownFacts } from '../../core/model/knownFacts.ts';
import { servicesNotUp, servicesNotUpText } from '../../core/model/servicesNotUp.ts';
import { formatEvr } from '../../core/model/rpmVersion.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import { list, withListing, withTarget, type CommonOptions, type Launcher, type SessionContext } from '../launch.ts';
import { NODES_HELP, nodesMeant } from '../nodeSelection.ts';
import { printable } from '../../core/model/strangerText.ts';
import { formatTable } from '../output/table.ts';
import { formatDuration, mark, plural } from '../output/words.ts';
import type { JobHead } from '../../core/model/jobParts.ts';
import { isOver } from '../followJob.ts';
import { readHead } from '../jobPicture.ts';
import { readJobs } from '../jobs.ts';
import { silentNodesText, someNodes } from '../jobText.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { defineNodeAccess } from './nodeAccess.ts';
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
/** The same for what a person gave: names, patterns, files. */
export async function pickMeant(nodes: readonly NodeRow[], given: readonly string[] | undefined): Promise<NodeRow[]> {
  return pickNodes(nodes, given && (await nodesMeant(given, () => nodes.map(({ nodeId }) => nodeId))));
}

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

interface NodesShown {
  readonly nodes: readonly (NodeRow & { readonly packages?: readonly InstalledPackage[] })[];
  /** The job that runs. */
  readonly head: JobHead | undefined;
}

/** Nodes with what is shown of them beside their rows. */
async function nodesShown(
  context: SessionContext,
  rows: readonly NodeRow[],
  withPackages: boolean | undefined,
): Promise<NodesShown> {
  const running = (await readJobs(context)).findLast((job) => !isOver(job.state) && job.problem === undefined);
  const head = running && (await readHead(context, running.jobId));
  if (withPackages !== true) return { nodes: rows, head };
  const packagesOf = await readPackages(context, rows);
  return { nodes: rows.map((row) => ({ ...row, packages: packagesOf(row.nodeId) })), head };
}

function nodesText({ nodes, head }: NodesShown, { host, masterNowMs }: SessionContext): string {
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
      node.service && node.service.state !== 'none' ? `${node.service.name} ${node.service.state}` : '-',
      node.os === undefined ? '-' : `${node.os} ${node.arch ?? ''}`.trim(),
      String(node.packageCount),
    ]),
    { columns },
  );
  const faults = nodes.flatMap((node) =>
    (node.faults ?? []).map(
      (fault) => `${fault.nodeId}: ${fault.kind} at ${fault.stepId}, ${plural(fault.times, 'time')}`,
    ),
  );
  const parts = [table];
  if (nodes.some(({ packages }) => packages)) {
    const rows = nodes.flatMap((node) =>
      (node.packages ?? []).map((one, at) => [at === 0 ? node.nodeId : '', one.name, formatEvr(one), one.arch]),
    );
    parts.push(
      formatTable([{ title: 'NODE' }, { title: 'PACKAGE' }, { title: 'VERSION' }, { title: 'ARCH' }], rows, {
        columns,
      }),
    );
  }
  const silent = head && silentNodesText(head, masterNowMs());
  if (silent !== undefined) parts.push(`${mark('running', style, 'silent')}: ${silent}`);
  const notUp = servicesNotUpText(servicesNotUp(nodes));
  if (notUp !== undefined) parts.push(`${printable(notUp)}. Next: putctl nodes start-services`);
  if (faults.length > 0) parts.push(`Practice faults to come:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
  return parts.join('\n\n');
}

export async function showNodes(
  context: SessionContext,
  options: Pick<NodesOptions, 'packages' | 'nodes'>,
): Promise<ExitCode> {
  const shown = await nodesShown(context, await pickMeant(await readNodes(context), options.nodes), options.packages);
  context.output.result({ nodes: shown.nodes }, () => nodesText(shown, context));
  return EXIT.done;
}

/** Has every node read anew and shows what came of it. */
export async function refreshNodes(
  context: SessionContext,
  options: Pick<NodesOptions, 'packages'>,
): Promise<ExitCode> {
  // The answer comes when the nodes were read, so the topic that is read next shows the outcome.
  await unlessEnded(context.host, context.session, context.session.request('nodes.refresh', {}));
  const shown = await nodesShown(context, await readNodes(context), options.packages);
  const gone = shown.nodes.filter((node) => node.reachable !== 'yes').length;
  context.output.result({ nodes: shown.nodes, unreachable: gone }, () => nodesText(shown, context));
  return gone === 0 ? EXIT.done : EXIT.warnings;
}

/** Starts the services of the nodes named, or of all whose service is not known to be up. */
export async function startServices(context: SessionContext, options: Pick<NodesOptions, 'nodes'>): Promise<ExitCode> {
  const { host, session, output } = context;
  const known = async (): Promise<string[]> => (await readNodes(context)).map(({ nodeId }) => nodeId);
  const params = options.nodes === undefined ? {} : { nodeIds: await nodesMeant(options.nodes, known) };
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
        `Not over yet on ${plural(unfinished.length, 'node')}: ${someNodes(unfinished)}. It goes on at the master. Next: putctl nodes`,
      );
    }
    return lines.length > 0 ? lines.join('\n') : 'Every service is up as last read; nothing was started.';
  });
  if (failed.length > 0) return EXIT.failed;
  return unfinished.length > 0 ? EXIT.warnings : EXIT.done;
}

/** What is known of one node, part by part. */
async function showFacts(context: SessionContext, nodeId: string, read: boolean): Promise<ExitCode> {
  const { host, session, output, masterNowMs } = context;
  const answer = await unlessEnded(host, session, session.request('nodes.facts', { nodeId, read }));
  const known: KnownFacts = answer;
  output.result({ ...answer }, () => {
    const parts = factRows(known);
    if (parts.length === 0) return `Nothing was read of ${nodeId} yet. Next: putctl nodes facts ${nodeId} --read`;
    const rows = parts.flatMap(({ readAtMs, rows: lines }) =>
      lines.map(([name, value], at) => [
        name,
        value,
        at === 0 ? `${formatDuration(Math.max(0, masterNowMs() - readAtMs))} ago` : '',
      ]),
    );
    const columns = [{ title: nodeId }, { title: '', shrinks: true }, { title: 'READ' }];
    return formatTable(columns, rows, { columns: host.terminal.columns });
  });
  return EXIT.done;
}

export function defineNodes(program: Command, launch: Launcher): void {
  const listing = { of: 'nodes', name: 'nodeId' };
  const nodes = withListing(withTarget(program.command('nodes')), listing)
    .description('list the nodes of the system: type, clique, whether they answer, what is installed')
    .option('--packages', 'also every package of every node with its version')
    .option('--nodes <a,b>', `only these nodes: ${NODES_HELP}`, list)
    .action((options: NodesOptions) => launch.withSession(options, (context) => showNodes(context, options)));
  nodes.addHelpText(
    'after',
    `
Examples:
  putctl nodes
  putctl nodes --packages --nodes tpa-01,tpa-02
  putctl nodes start-services      start what is down; exit code 1 when one does not start
  putctl nodes refresh             read every node anew; exit code 4 when one does not answer
  putctl nodes --json | jq -r '.nodes[] | select(.reachable == "no") | .nodeId'`,
  );
  defineNodeAccess(nodes, launch);
  withTarget(nodes.command('facts'))
    .description('what is known of one node, each part with its age; --read reads it anew first')
    .argument('<node>', 'name of the node')
    .option('--read', 'read the node anew')
    .action((nodeId: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions & { read?: boolean }>();
      return launch.withSession(options, (context) => showFacts(context, nodeId, options.read === true));
    });
  withListing(withTarget(nodes.command('refresh')), listing)
    .description('read every node anew, wait for the outcome and show it')
    .option('--packages', 'also every package of every node with its version')
    .action((_options: object, command: Command) => {
      const options = command.optsWithGlobals<NodesOptions>();
      return launch.withSession(options, (context) => refreshNodes(context, options));
    });
  withTarget(nodes.command('start-services'))
    .description('start the service on every node where it is not known to be up, outside of an operation')
    .option('--nodes <a,b>', `on these nodes instead: ${NODES_HELP}`, list)
    .action((_options: object, command: Command) => {
      const options = command.optsWithGlobals<NodesOptions>();
      return launch.withSession(options, (context) => startServices(context, options));
    })
    .addHelpText(
      'after',
      `\nExamples:\n  putctl nodes start-services\n  putctl nodes start-services --nodes tpa-001,tpa-002\n\nNodes that a running operation works on are refused: it starts services itself. Exit codes: 0 all of them are up; 1 one did not start;\n3 an operation works on them; 4 not all are over yet.`,
    );
}
