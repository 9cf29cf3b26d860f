import { type Inventory, type InventoryNode, inventoryNode, type JumpHost, type SshHost } from '../inventory.ts';
import { addressText, type InventoryProblem, wayOf } from './reading.ts';

export interface MergeOptions {
  /** Nodes that are there with other values are changed. */
  readonly update?: boolean | undefined;
  /** The new entries say all there is to say. */
  readonly complete?: boolean | undefined;
}

/** What taking nodes over comes to. Names of nodes and of jump hosts. */
export interface InventoryMerge {
  /** What is to be put into the file. */
  readonly put: Inventory;
  readonly added: readonly string[];
  readonly changed: readonly string[];
  /** There already with other values, and left as they are. */
  readonly different: readonly string[];
  readonly same: number;
}

/**
 * Takes nodes over into an inventory. Those that are there with other values are changed only with `update`, and only in what the new entry says: host
 * keys that are pinned stay, since a host that moved shows the same ones, and one that shows others is refused.
 */
export function mergeInventory(
  standing: Inventory,
  coming: Inventory,
  { update = false, complete = false }: MergeOptions,
): InventoryMerge {
  const [added, changed, different]: [string[], string[], string[]] = [[], [], []];
  let same = 0;
  const pick = <T extends InventoryNode | JumpHost>(
    before: readonly T[],
    after: readonly T[],
    name: (entry: T) => string,
  ): T[] => {
    const known = new Map(before.map((entry) => [name(entry), entry]));
    return after.flatMap((entry) => {
      const old = known.get(name(entry));
      if (!old) {
        added.push(name(entry));
        return [entry];
      }
      const merged = complete ? entry : keeping(old, entry, name(entry));
      if (isEqual(old, merged)) same += 1;
      else if (update) {
        changed.push(name(entry));
        return [merged];
      } else different.push(name(entry));
      return [];
    });
  };
  const put = {
    nodes: pick(standing.nodes, coming.nodes, ({ nodeId }) => nodeId),
    jumpHosts: pick(standing.jumpHosts, coming.jumpHosts, ({ name }) => name),
  };
  return { put, added, changed, different, same };
}

/** What keeps new entries from being put beside those that stand: an address that one of them has and keeps. */
export function faultsOfMerge(
  standing: Inventory,
  { put }: InventoryMerge,
  { file, lines }: { readonly file: string; readonly lines?: ReadonlyMap<string, number> | undefined },
): InventoryProblem[] {
  const coming = hostsOf(put);
  const taken = new Map<string, string>();
  for (const [name, host] of hostsOf(standing)) if (!coming.has(name)) taken.set(wayOf(host), name);
  return [...coming].flatMap(([name, host]) => {
    const other = taken.get(wayOf(host));
    if (other === undefined) return [];
    const message = `${name} has the address of ${other}, which is in the inventory already: ${addressText(host)}; give each its own`;
    return [{ kind: 'fault' as const, file, line: lines?.get(name) ?? 1, message }];
  });
}

const hostsOf = ({ nodes, jumpHosts }: Inventory): Map<string, SshHost> =>
  new Map<string, SshHost>([
    ...nodes.map((node) => [node.nodeId, node] as const),
    ...jumpHosts.map((jumpHost) => [jumpHost.name, jumpHost] as const),
  ]);

/**
 * The new entry with what only the old one says: a hosts file knows addresses, and nothing of cliques. What is as where nothing is said counts as
 * not said.
 */
function keeping<T extends InventoryNode | JumpHost>(old: T, entry: T, name: string): T {
  const unsaid: Readonly<Record<string, unknown>> = { ...inventoryNode({ name }) };
  const said = Object.entries(entry).filter(([key, value]) => JSON.stringify(unsaid[key]) !== JSON.stringify(value));
  return { ...old, ...Object.fromEntries(said) };
}

function isEqual(a: InventoryNode | JumpHost, b: InventoryNode | JumpHost): boolean {
  const textOf = (entry: object): string => JSON.stringify(Object.entries(entry).sort(([x], [y]) => (x < y ? -1 : 1)));
  return textOf(a) === textOf(b);
}
