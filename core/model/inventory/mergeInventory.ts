import { type Inventory, type InventoryNode, inventoryNode, type JumpHost } from '../inventory.ts';

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
