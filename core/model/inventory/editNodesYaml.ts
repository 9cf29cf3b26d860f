import { Document, isMap, isScalar, isSeq, parseDocument, YAMLSeq, type Node, type YAMLMap } from 'yaml';
import type {
  Inventory,
  InventoryNode,
  JumpHost,
  NodeDefaults,
  NodeLine,
  NodeService,
  ServicesByType,
} from '../inventory.ts';
import { inventoryNode, nodeDefaultsSchema, servicesSchema } from '../inventory.ts';

/** What is changed in an inventory. Entries are named by their names; the order of the file stays, new ones come last. */
export interface InventoryEdit {
  /** Nodes and jump hosts as they are to be: those that are there are changed, others are added. */
  readonly put?: Inventory | undefined;
  /** Names of nodes and jump hosts that go; one that is not there is no fault. */
  readonly remove?: readonly string[] | undefined;
  /** Host keys by name of node or jump host, in place of those pinned. */
  readonly hostKeys?: Readonly<Record<string, readonly string[]>> | undefined;
}

const HEAD = ` The nodes of this system and how each is reached by SSH; docs/real-nodes.md tells every word.
 Changes are seen within seconds, and take effect once no job runs. putctl inventory check names what is wrong.`;

/**
 * The text of nodes.yaml after a change; what a person wrote beside it (comments, order, form) stays. `text` must be without a fault
 * (`readNodesYaml`); undefined or empty: a new file is made.
 */
export function editNodesYaml(text: string | undefined, edit: InventoryEdit): string {
  const document = openDocument(text);
  const gone = new Set(edit.remove ?? []);
  const defaults = nodeDefaultsSchema.safeParse(plain(document.get('defaults', true), document)).data ?? {};
  const services = servicesSchema.safeParse(plain(document.get('services', true), document)).data ?? {};
  const parts = {
    jumpHosts: (edit.put?.jumpHosts ?? []).map((jumpHost) => lineOfJumpHost(jumpHost, defaults)),
    nodes: (edit.put?.nodes ?? []).map((node) => lineOfNode(node, defaults, services)),
  };
  for (const [part, lines] of Object.entries(parts)) {
    const list = listOf(document, part, lines.length > 0);
    if (!list) continue;
    if (gone.size > 0) list.items = list.items.filter((item) => !gone.has(nameOf(item)));
    const known = new Map(list.items.map((item) => [nameOf(item), item]));
    for (const line of lines) {
      const entry = known.get(line.name);
      if (isMap(entry)) setMembers(document, entry, line);
      else list.add(document.createNode(line, { flow: true }));
    }
    for (const [name, keys] of Object.entries(edit.hostKeys ?? {})) {
      const entry = known.get(name);
      if (isMap(entry)) setMember(document, entry, 'hostKeys', keys.length > 0 ? [...keys] : undefined);
    }
  }
  // Long lines stay as they are: a host key in two lines cannot be searched for.
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}

function openDocument(text: string | undefined): Document {
  const document = parseDocument(text ?? '', { version: '1.2', logLevel: 'silent', uniqueKeys: false });
  if (isMap(document.contents)) return document;
  const fresh = new Document({ version: 1, nodes: [] }, { version: '1.2' });
  fresh.commentBefore = document.commentBefore ?? document.comment ?? HEAD;
  return fresh;
}

/** The list of a part; made where entries are to come into it. */
function listOf(document: Document, part: string, make: boolean): YAMLSeq | undefined {
  const found: unknown = document.get(part, true);
  if (isSeq(found) && found.items.length > 0) return found;
  if (!make) return undefined;
  // An empty list is mostly written as `[]`, into which entries would come side by side.
  const list = new YAMLSeq();
  if (isSeq(found)) list.comment = found.comment;
  if (part !== 'nodes' && isMap(document.contents) && !document.has(part)) {
    const at = document.contents.items.findIndex((pair) => isScalar(pair.key) && pair.key.value === 'nodes');
    document.contents.items.splice(at < 0 ? document.contents.items.length : at, 0, document.createPair(part, list));
    return document.get(part, true) as YAMLSeq;
  }
  document.set(part, list);
  return list;
}

const nameOf = (entry: unknown): string => (isMap(entry) ? String(entry.get('name')) : '');
const plain = (node: unknown, document: Document): unknown => (node as Node | undefined)?.toJS(document) as unknown;

/** Brings the members of an entry to what they are to be; those that it does not have go. */
function setMembers(document: Document, entry: YAMLMap, line: Readonly<Record<string, unknown>>): void {
  const before = plain(entry, document) as Record<string, unknown>;
  for (const name of Object.keys(before)) if (!Object.hasOwn(line, name)) entry.delete(name);
  for (const [name, value] of Object.entries(line)) {
    if (JSON.stringify(before[name]) !== JSON.stringify(value)) setMember(document, entry, name, value);
  }
}

function setMember(document: Document, entry: YAMLMap, name: string, value: unknown): void {
  if (value === undefined) entry.delete(name);
  else entry.set(name, Array.isArray(value) ? document.createNode(value, { flow: true }) : document.createNode(value));
}

/** What has to be said of a node beside the defaults of the file. */
function lineOfNode(node: InventoryNode, defaults: NodeDefaults, services: ServicesByType): NodeLine {
  const { nodeId, address, hostKeys, service, ...said } = node;
  const ofType = JSON.stringify(service) === JSON.stringify(services[node.type]);
  const unsaid: object = inventoryNode({ name: nodeId }, defaults);
  const differs = ([name, value]: [string, unknown]): boolean =>
    JSON.stringify((unsaid as Record<string, unknown>)[name]) !== JSON.stringify(value);
  // Where a default would make something of nothing, nothing cannot be said; it is rare enough to be left.
  const own = Object.fromEntries(Object.entries(said).filter(differs));
  return {
    name: nodeId,
    ...(address === nodeId ? {} : { address }),
    ...own,
    ...(own['user'] !== undefined && own['become'] === undefined ? { become: node.become } : {}),
    ...(hostKeys.length > 0 ? { hostKeys: [...hostKeys] } : {}),
    ...(service && !ofType ? { service: ownService(service) } : {}),
  };
}

/** Words as lists that can be changed. */
function ownService({ name, start, stop, status }: NodeService): NonNullable<NodeLine['service']> {
  const words = { start, stop, status };
  const said = Object.entries(words).flatMap(([verb, list]) => (list ? [[verb, [...list]] as const] : []));
  return { name, ...Object.fromEntries(said) };
}

function lineOfJumpHost({ name, address, port, user, jump, hostKeys }: JumpHost, defaults: NodeDefaults) {
  return {
    name,
    ...(address === name ? {} : { address }),
    ...(port === 22 ? {} : { port }),
    ...(user === (defaults.user ?? 'root') ? {} : { user }),
    ...(jump === undefined ? {} : { jump }),
    ...(hostKeys.length > 0 ? { hostKeys: [...hostKeys] } : {}),
  };
}
