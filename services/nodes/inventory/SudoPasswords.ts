import { type GroupName, groupNameOf } from '../../../core/model/groupName.ts';
import type { Inventory } from '../../../core/model/inventory.ts';

/** Stands for every system. */
const ALL = '*';

/**
 * Passwords for sudo that people gave, by system. They are in memory alone and gone with the process. One that a node refused is forgotten at once:
 * tried on node after node it would lock the account everywhere.
 */
export class SudoPasswords {
  readonly #inventory: () => Inventory;
  readonly #onChange: () => void;
  readonly #bySystem = new Map<GroupName, string>();

  constructor(inventory: () => Inventory, onChange: () => void) {
    this.#inventory = inventory;
    this.#onChange = onChange;
  }

  /** An empty password is forgotten. `system` absent: all systems. */
  give(system: GroupName | undefined, password: string): void {
    const key = keyOf(system);
    if (password === '') this.#bySystem.delete(key);
    else this.#bySystem.set(key, password);
    this.#onChange();
  }

  sudoPassword(nodeId: string): string | undefined {
    const system = this.#systemOf(nodeId);
    return (system === undefined ? undefined : this.#bySystem.get(system)) ?? this.#bySystem.get(ALL);
  }

  wrongSudoPassword(nodeId: string): void {
    const system = this.#systemOf(nodeId);
    if (system === undefined || !this.#bySystem.delete(system)) this.#bySystem.delete(ALL);
    this.#onChange();
  }

  /** Systems of which there is one; `*` for all. */
  givenFor(): string[] {
    return [...this.#bySystem.keys()].map(String).sort();
  }

  #systemOf(nodeId: string): GroupName | undefined {
    return this.#inventory().nodes.find((node) => node.nodeId === nodeId)?.system;
  }
}

const keyOf = (system: GroupName | undefined): GroupName =>
  system === undefined ? ALL : typeof system === 'string' ? groupNameOf(system) : system;
