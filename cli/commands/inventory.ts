import { readFile, stat, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { Option, type Command } from 'commander';
import { decodeText } from '../../core/model/decodeText.ts';
import { inventoryNode, nodeDefaultsSchema, SSH_PORT } from '../../core/model/inventory.ts';
import { editNodesYaml } from '../../core/model/inventory/editNodesYaml.ts';
import type { InventoryView, ProbedHost } from '../../core/model/inventory/inventoryView.ts';
import { INVENTORY_FORMS, type InventoryForm } from '../../core/model/inventory/readInventory.ts';
import { faultsOf, type InventoryProblem, problemText } from '../../core/model/inventory/reading.ts';
import { byNumber } from '../../core/model/naturalOrder.ts';
import { printable } from '../../core/model/strangerText.ts';
import { PutError } from '../../core/protocol/errors.ts';
import type { MethodResult } from '../../core/protocol/methods.ts';
import { nodeTypeName } from '../../core/model/nodeTypeWords.ts';
import { confirm, YES_HELP } from '../confirm.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import { someNodes } from '../jobText.ts';
import {
  withListing,
  withTarget,
  wholeNumber,
  type CommonOptions,
  type Launcher,
  type SessionContext,
  withMeant,
} from '../launch.ts';
import { nodesMeant } from '../nodeSelection.ts';
import { formatTable } from '../output/table.ts';
import { plural } from '../output/words.ts';
import { readTopic, unlessEnded } from '../waiting.ts';
import { pinKeys } from './hostKeys.ts';

/** Larger files are not sent: 10,000 nodes with their host keys fit. */
const FILE_BYTES = 3 * 1024 * 1024;
/** Problems that are printed; --json has all that the master names. */
const PRINTED_PROBLEMS = 40;

interface FileOptions {
  readonly form?: InventoryForm;
  readonly update?: boolean;
  readonly yes?: boolean;
}

export const readInventoryView = ({ host, session }: SessionContext): Promise<InventoryView> =>
  readTopic<InventoryView>(host, session, 'inventory');

function problemLines(problems: readonly InventoryProblem[]): string[] {
  const lines = problems.slice(0, PRINTED_PROBLEMS).map((problem) => {
    const what = problem.kind === 'note' ? 'note: ' : '';
    return `${what}${printable(problemText(problem))}`;
  });
  if (problems.length > lines.length) lines.push(`and ${problems.length - lines.length} more (--json names them)`);
  return lines;
}

function viewText(view: InventoryView, { host }: SessionContext): string {
  const named = Object.entries(view.nodes).sort(([a], [b]) => byNumber(a, b));
  const rows = named.map(([name, node]) => [
    name,
    node.port === SSH_PORT ? node.address : `${node.address} port ${node.port}`,
    nodeTypeName(node.type),
    String(node.system),
    node.clique === undefined ? '-' : String(node.clique),
    node.become === 'sudo' ? `${node.user} (sudo)` : node.user,
    node.jump ?? '-',
    node.keys.length > 0 ? 'pinned' : 'no',
    node.tags.join(',') || '-',
  ]);
  const { columns } = host.terminal;
  const table = formatTable(
    [
      ...[{ title: 'NODE' }, { title: 'ADDRESS', shrinks: true }, { title: 'TYPE' }],
      ...[
        { title: 'SYSTEM', align: 'right' as const },
        { title: 'CLIQUE', align: 'right' as const },
      ],
      ...[
        { title: 'USER' },
        { title: 'JUMP', yields: 2 },
        { title: 'HOST KEY' },
        { title: 'TAGS', shrinks: true, yields: 1 },
      ],
    ],
    rows,
    { columns },
  );
  const jumpHosts = Object.entries(view.jumpHosts).map(
    ([name, one]) =>
      `  ${name}: ${one.user}@${one.address} port ${one.port}${one.keys.length > 0 ? '' : ', host key not pinned'}`,
  );
  const none =
    view.problemCount > 0
      ? 'nodes.yaml names no node that can be read.'
      : 'No nodes are named yet. Next: putctl inventory add NAME address=ADDRESS';
  const parts = [rows.length > 0 ? table : none];
  if (view.waitsFor === 'faults' && rows.length > 0)
    parts.unshift('As far as the file can be read; none of this is in effect before its faults are mended:');
  if (view.kind === 'practice')
    parts.push('These are practice nodes: they are made with the system, and nothing of them can be changed.');
  if (jumpHosts.length > 0) parts.push(`Jump hosts:\n${jumpHosts.join('\n')}`);
  const unpinned = [...Object.values(view.nodes), ...Object.values(view.jumpHosts)].filter(
    ({ keys }) => keys.length === 0,
  );
  if (view.kind === 'nodes' && unpinned.length > 0) {
    parts.push(
      `Of ${plural(unpinned.length, 'host')} no host key is pinned; nothing is done there. Next: putctl inventory pin`,
    );
  }
  if (view.waitsFor === 'job') parts.push('Changes of the file take effect when the running job has ended.');
  if (view.problemCount > 0) {
    parts.push(
      `The file has ${plural(view.problemCount, 'fault')}; what was in effect before stays until they are mended (${plural(view.nodesInEffect, 'node')}):\n${problemLines(view.problems).join('\n')}`,
    );
  }
  return parts.join('\n\n');
}

const namesOf = ({ nodes, jumpHosts }: InventoryView): string[] => [...Object.keys(nodes), ...Object.keys(jumpHosts)];

/** The inventory with these nodes and jump hosts alone. @throws PutError node-unknown */
async function onlyNamed(view: InventoryView, given: readonly string[]): Promise<InventoryView> {
  if (given.length === 0) return view;
  const known = namesOf(view);
  const names = new Set(await nodesMeant(given, () => known));
  for (const name of names)
    if (!known.includes(name))
      throw new PutError('node-unknown', `the inventory has no ${name}; there are ${someNodes(known)}`, { name });
  const only = <T>(rows: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(rows).filter(([name]) => names.has(name)));
  return { ...view, nodes: only(view.nodes), jumpHosts: only(view.jumpHosts) };
}

async function showInventory(context: SessionContext, named: readonly string[] = []): Promise<ExitCode> {
  const view = await onlyNamed(await readInventoryView(context), named);
  context.output.result({ ...view }, () => viewText(view, context));
  return view.problemCount > 0 ? EXIT.failed : EXIT.done;
}

async function readText(path: string): Promise<{ text: string; name: string }> {
  try {
    const { size } = await stat(path);
    if (size > FILE_BYTES) throw new PutError('file-unreadable', `${path}: larger than ${FILE_BYTES} bytes`, { path });
    const decoded = decodeText(await readFile(path));
    if ('problem' in decoded) throw new PutError('file-unreadable', `${path}: ${decoded.problem}`, { path });
    return { text: decoded.text, name: basename(path) };
  } catch (error) {
    if (error instanceof PutError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new PutError('file-unreadable', `${path}: ${code}`, { path }, { cause: error });
  }
}

const requestOf = async (path: string, { form }: FileOptions): Promise<object> => ({
  ...(await readText(path)),
  ...(form === undefined ? {} : { form }),
});

/** `2 nodes and 1 jump host`. */
function hostsText(nodes: number, jumpHosts: number): string {
  return jumpHosts === 0 ? plural(nodes, 'node') : `${plural(nodes, 'node')} and ${plural(jumpHosts, 'jump host')}`;
}

/** What is wrong with a file, or with that of the master, and what taking it over would do. */
async function checkInventory(
  context: SessionContext,
  path: string | undefined,
  options: FileOptions,
): Promise<ExitCode> {
  const { session, host, output } = context;
  const params = path === undefined ? {} : await requestOf(path, options);
  const answer = await unlessEnded(host, session, session.request('inventory.check', params));
  const faults = faultsOf(answer.problems).length;
  const { jumpHosts = [], added } = answer;
  output.result({ ...answer, faults }, () => {
    const what = path === undefined ? 'nodes.yaml of the master' : `${path}, read as ${answer.form}`;
    const lines = [
      `${what}: ${hostsText(answer.nodes, jumpHosts.length)}, ${plural(faults, 'fault')}.`,
      ...problemLines(answer.problems),
    ];
    if (path !== undefined && faults === 0) {
      const gates = added.filter((name) => jumpHosts.includes(name)).length;
      lines.push(
        `Importing it would add ${hostsText(added.length - gates, gates)}; ${answer.changed.length} are there with other values (--update changes them), ${answer.same} are so already.`,
      );
    }
    return lines.join('\n');
  });
  return faults > 0 ? EXIT.failed : EXIT.done;
}

type Added = MethodResult<'inventory.add'>;

function addedText({ added, changed, different, same, notes }: Added): string {
  const lines = problemLines(notes);
  if (added.length > 0) lines.push(`Added: ${someNodes(added)}.`);
  if (changed.length > 0) lines.push(`Changed: ${someNodes(changed)}.`);
  if (different.length > 0)
    lines.push(`Left as they are, with other values: ${someNodes(different)}. --update changes them.`);
  if (added.length + changed.length === 0)
    lines.push(same > 0 ? 'They are so already; nothing was changed.' : 'Nothing was changed.');
  return lines.join('\n');
}

async function importInventory(context: SessionContext, path: string, options: FileOptions): Promise<ExitCode> {
  const { session, host, output } = context;
  const params = { ...(await requestOf(path, options)), update: options.update === true };
  const answer = await unlessEnded(host, session, session.request('inventory.add', params));
  output.result({ ...answer }, () => {
    const next =
      answer.added.length > 0
        ? '\nNext: putctl inventory pin   shows the host keys of those that have none pinned, and pins them; then putctl nodes authorize   lets the master in'
        : '';
    return addedText(answer) + next;
  });
  return answer.different.length > 0 ? EXIT.warnings : EXIT.done;
}

const NODE_WORDS = ['address', ...Object.keys(nodeDefaultsSchema.shape)];

/** `address=10.0.0.1 type=TPA` as the request has it, `clique=` takes back what was said; throws `usage` for a word that is none. */
function nodeOfWords(name: string, words: readonly string[]): { name: string } & Record<string, unknown> {
  const node: { name: string } & Record<string, unknown> = { name };
  for (const word of words) {
    const at = word.indexOf('=');
    const [key, value] = [word.slice(0, at), word.slice(at + 1)];
    if (at < 1 || !NODE_WORDS.includes(key)) {
      throw new PutError('usage', `${word}: what is said of a node is ${NODE_WORDS.map((one) => `${one}=`).join(' ')}`);
    }
    if (value === '') node[key] = null;
    else
      node[key] =
        key === 'tags' ? value.split(',').filter((tag) => tag !== '') : key === 'port' ? Number(value) : value;
  }
  return node;
}

async function addNode(
  context: SessionContext,
  name: string,
  words: readonly string[],
  options: FileOptions,
): Promise<ExitCode> {
  const { session, host, output } = context;
  const params = { nodes: [nodeOfWords(name, words)], update: options.update === true };
  const answer = await unlessEnded(host, session, session.request('inventory.add', params));
  output.note(addedText(answer));
  const { nodes } = await readInventoryView(context);
  if ((nodes[name]?.keys.length ?? 0) > 0) {
    output.result({ ...answer, pinned: [] }, () => 'Its host key is pinned.');
    return EXIT.done;
  }
  return pinKeys(context, [name], { yes: options.yes, with: answer });
}

async function removeNodes(
  context: SessionContext,
  given: readonly string[],
  options: Pick<FileOptions, 'yes'>,
): Promise<ExitCode> {
  const { session, host, output } = context;
  const names = await nodesMeant(given, async () => namesOf(await readInventoryView(context)));
  await confirm(context, `Take ${someNodes(names)} out of the inventory of ${session.welcome.systemName}`, options);
  const { removed } = await unlessEnded(host, session, session.request('inventory.remove', { names }));
  output.result({ removed }, () => {
    const absent = names.filter((name) => !removed.includes(name));
    const lines =
      removed.length > 0 ? [`Removed from the inventory: ${someNodes(removed)}. Nothing was done on them.`] : [];
    if (absent.length > 0) lines.push(`Not there: ${someNodes(absent)}.`);
    return lines.join('\n');
  });
  return EXIT.done;
}

/** Names for hosts that a probe found, from their addresses. */
const nameOf = ({ address }: ProbedHost): string => `node-${address.replace(/\./g, '-')}`;

async function probe(
  context: SessionContext,
  subnet: string,
  { port, out }: { readonly port?: number; readonly out?: string },
): Promise<ExitCode> {
  const { session, host, output } = context;
  output.passing(`Asking ${subnet} for SSH...`);
  const answer = await unlessEnded(
    host,
    session,
    session.request('inventory.probe', { subnet, ...(port === undefined ? {} : { port }) }),
  );
  output.passing('');
  const fresh = answer.found.filter((one) => one.node === undefined);
  if (out !== undefined) {
    const nodes = fresh.map((one) =>
      inventoryNode({
        name: nameOf(one),
        address: one.address,
        port: one.port,
        ...(one.key === undefined ? {} : { hostKeys: [one.key] }),
      }),
    );
    await writeFile(out, editNodesYaml(undefined, { put: { nodes, jumpHosts: [] } }), { flag: 'wx' }).catch(
      (error: unknown) => {
        const code = (error as NodeJS.ErrnoException).code ?? String(error);
        throw new PutError('output-unwritable', `${out}: ${code === 'EEXIST' ? 'it is there already' : code}`, {
          path: out,
        });
      },
    );
  }
  output.result({ ...answer }, () => {
    const rows = answer.found.map((one) => [one.address, one.banner, one.fingerprint ?? '-', one.node ?? '-']);
    const columns = [{ title: 'ADDRESS' }, { title: 'SAYS', shrinks: true }, { title: 'HOST KEY' }, { title: 'NODE' }];
    const lines = [
      rows.length > 0
        ? formatTable(columns, rows, { columns: host.terminal.columns })
        : 'Nothing that speaks SSH answered.',
      '',
      `${plural(answer.asked, 'address', 'addresses')} asked, ${rows.length} answered, ${fresh.length} of them not in the inventory.`,
    ];
    if (answer.unfinished > 0) lines.push(`For ${answer.unfinished} there was no time left: probe a smaller part.`);
    if (out !== undefined)
      lines.push(
        `${out} has those that are new. Name them, compare their host keys, then: putctl inventory import ${out}`,
      );
    else if (fresh.length > 0) lines.push('--out FILE writes those that are new into a file to be imported.');
    return lines.join('\n');
  });
  return answer.unfinished > 0 ? EXIT.warnings : EXIT.done;
}

export function defineInventory(program: Command, launch: Launcher): void {
  const formOption = (): Option =>
    new Option('--form <form>', 'what the file is; without it that is told by its name and contents').choices(
      INVENTORY_FORMS,
    );
  const listing = {
    of: 'nodes',
    name: 'nodeId',
    fields: ['address', 'port', 'type', 'system', 'clique', 'user', 'jump'],
  };
  const inventory = withMeant(withListing(withTarget(program.command('inventory')), listing), (names) => [
    `inventory show ${names.join(' ')}`,
  ])
    .description('the nodes of the target system and how the master reaches each (nodes.yaml)')
    .action((options: CommonOptions) => launch.withSession(options, (context) => showInventory(context)));
  inventory.addHelpText(
    'after',
    `
Examples:
  putctl inventory                                        what is there, and what is wrong with it
  putctl inventory add tpa-001 address=10.0.0.1 type=TPA clique=1
  putctl inventory import hosts.ini                       an Ansible inventory, a hosts file, an mpplist, a nodes.yaml
  putctl inventory probe 10.0.0.0/24 --out found.yaml     what speaks SSH there
  putctl inventory pin                                    host keys that are not pinned yet, to be compared and pinned
  putctl nodes authorize                                  the line for authorized_keys on the nodes

Everybody reads it; admins change it. The file itself is nodes.yaml in the state folder of the master and can be edited there.
Changes take effect at once, or when the running job has ended. Exit code 1 when the file has a fault.`,
  );
  withListing(withTarget(inventory.command('show')), listing)
    .description('the same: what is in the inventory, and what is wrong with it')
    .argument('[names...]', 'only these nodes and jump hosts: names, patterns or @FILE')
    .action((names: string[], _options: object, command: Command) =>
      launch.withSession(command.optsWithGlobals(), (context) => showInventory(context, names)),
    );
  withTarget(inventory.command('check'))
    .description('every problem by its line: of the master, or of a file before it is imported')
    .argument('[file]', 'a file of this machine')
    .addOption(formOption())
    .action((path: string | undefined, _options: object, command: Command) => {
      const options = command.optsWithGlobals<FileOptions & CommonOptions>();
      return launch.withSession(options, (context) => checkInventory(context, path, options));
    });
  withTarget(inventory.command('add'))
    .description('add one node, show its host key, and pin that once it was compared (admins)')
    .argument('<name>', 'name of the node')
    .argument('[words...]', `what is said of it: ${NODE_WORDS.map((one) => `${one}=`).join(' ')}`)
    .option('--update', 'change the node where it is there with other values')
    .option('--yes', 'pin the host key that it shows without asking')
    .action((name: string, words: string[], _options: object, command: Command) => {
      const options = command.optsWithGlobals<FileOptions & CommonOptions>();
      return launch.withSession(options, (context) => addNode(context, name, words, options));
    });
  withTarget(inventory.command('remove'))
    .description('take nodes or jump hosts out; nothing is done on them (admins)')
    .argument('<names...>', 'names, patterns or @FILE')
    .option('-y, --yes', YES_HELP)
    .action((names: string[], _options: object, command: Command) => {
      const options = command.optsWithGlobals<FileOptions & CommonOptions>();
      return launch.withSession(options, (context) => removeNodes(context, names, options));
    });
  withTarget(inventory.command('import'))
    .description(
      'take nodes over from a file, all or none: nodes.yaml, an Ansible inventory, a hosts file, an mpplist (admins)',
    )
    .argument('<file>', 'a file of this machine')
    .addOption(formOption())
    .option('--update', 'change nodes that are there with other values; else they stay')
    .action((path: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<FileOptions & CommonOptions>();
      return launch.withSession(options, (context) => importInventory(context, path, options));
    });
  withTarget(inventory.command('probe'))
    .description('look for SSH at every address of a subnet, at most 1,024 (admins)')
    .argument('<subnet>', 'such as 10.0.0.0/24 or 10.0.0.1-10.0.0.40')
    .option('--port <n>', 'where sshd listens', wholeNumber(1, 65_535))
    .option('--out <file>', 'write those that are not in the inventory into a new file')
    .action((subnet: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions & { port?: number; out?: string }>();
      return launch.withSession(options, (context) => probe(context, subnet, options));
    });
  withTarget(inventory.command('pin'))
    .description('show host keys that are not pinned yet, and pin them once they were compared (admins)')
    .argument('[names...]', 'these nodes and jump hosts; without names all of which none is pinned')
    .option('--yes', 'pin what they show without asking')
    .action((names: string[], _options: object, command: Command) => {
      const options = command.optsWithGlobals<FileOptions & CommonOptions>();
      return launch.withSession(options, (context) => pinUnpinned(context, names, options));
    });
  withTarget(inventory.command('repin'))
    .description(
      'show the host keys of nodes beside those pinned, and pin the new ones: after a node was installed anew (admins)',
    )
    .argument('<names...>', 'names, patterns or @FILE')
    .option('--yes', 'pin what they show without asking')
    .action((names: string[], _options: object, command: Command) => {
      const options = command.optsWithGlobals<FileOptions & CommonOptions>();
      return launch.withSession(options, (context) => pinUnpinned(context, names, options));
    });
}

async function pinUnpinned(context: SessionContext, given: readonly string[], { yes }: FileOptions): Promise<ExitCode> {
  const { nodes, jumpHosts } = await readInventoryView(context);
  // A node behind a jump host can be asked only once that is trusted.
  const all = { ...jumpHosts, ...nodes };
  const names =
    given.length > 0
      ? await nodesMeant(given, () => Object.keys(all))
      : Object.keys(all).filter((name) => all[name]?.keys.length === 0);
  if (names.length === 0) {
    context.output.result({ shown: [], failed: [], pinned: [] }, () => 'The host keys of all are pinned.');
    return EXIT.done;
  }
  return pinKeys(context, names, { yes });
}
