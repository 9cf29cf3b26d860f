import type { Inventory, InventoryNode, JumpHost } from '../inventory.ts';

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
 * Takes nodes over into an inventory. Those that are there with other values are changed only with `update`. Host keys that are pinned, and the
 * service, stay where the new entry names none: a host that moved shows the same keys, and one that shows others is refused.
 */
export function mergeInventory(standing: Inventory, coming: Inventory, update: boolean): InventoryMerge {
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
      const merged = keeping(old, entry);
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

/** The new entry with what only the old one says: the keys that are pinned, and its service. */
function keeping<T extends InventoryNode | JumpHost>(old: T, entry: T): T {
  const hostKeys = entry.hostKeys.length > 0 ? entry.hostKeys : old.hostKeys;
  const service = 'service' in old && !('service' in entry) ? { service: old.service } : {};
  return { ...entry, ...service, hostKeys };
}

function isEqual(a: InventoryNode | JumpHost, b: InventoryNode | JumpHost): boolean {
  const textOf = (entry: object): string => JSON.stringify(Object.entries(entry).sort(([x], [y]) => (x < y ? -1 : 1)));
  return textOf(a) === textOf(b);
}
