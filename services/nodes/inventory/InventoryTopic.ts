import type { Inventory, SshHost } from '../../../core/model/inventory.ts';
import type { HostRow, InventoryRow, InventoryView } from '../../../core/model/inventory/inventoryView.ts';
import { faultsOf } from '../../../core/model/inventory/reading.ts';
import { sshFingerprintOf } from '../../../core/node/ssh/sshHostKey.ts';
import type { StateTopic } from '../../service.ts';
import type { InventoryStore } from './InventoryStore.ts';
import type { SudoPasswords } from './SudoPasswords.ts';

/** Faults that the view names; a check names more. */
const SHOWN_PROBLEMS = 20;

/** Topic `inventory`: made when somebody looks, after something changed; what did not change is shared with the state before. */
export class InventoryTopic implements StateTopic {
  readonly kind = 'state';
  readonly #store: InventoryStore;
  readonly #passwords: SudoPasswords;
  readonly #publicLine: string;
  readonly #listeners = new Set<() => void>();
  readonly #rows = new WeakMap<SshHost, HostRow | InventoryRow>();
  readonly #stopListening: () => void;
  #seen: Inventory | undefined;
  #parts: Pick<InventoryView, 'nodes' | 'jumpHosts'> = { nodes: {}, jumpHosts: {} };
  #view: InventoryView | undefined;
  #number = 1;

  constructor(store: InventoryStore, passwords: SudoPasswords, publicLine: string) {
    this.#store = store;
    this.#passwords = passwords;
    this.#publicLine = publicLine;
    this.#stopListening = store.onNews(() => this.changed());
  }

  changed(): void {
    this.#view = undefined;
    this.#number += 1;
    for (const listener of [...this.#listeners]) listener();
  }

  state(): InventoryView {
    this.#view ??= this.#make();
    return this.#view;
  }

  number(): number {
    return this.#number;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#stopListening();
    this.#listeners.clear();
  }

  /** The node or jump host of that name, as the file has it. */
  row(name: string): InventoryRow | HostRow | undefined {
    const { nodes, jumpHosts } = this.state();
    return nodes[name] ?? jumpHosts[name];
  }

  /** Fingerprints of the pinned keys, by name of node or jump host. */
  fingerprints({ nodes, jumpHosts }: Inventory): Map<string, readonly string[]> {
    return new Map([
      ...nodes.map((node) => [node.nodeId, fingerprintsOf(node)] as const),
      ...jumpHosts.map((jumpHost) => [jumpHost.name, fingerprintsOf(jumpHost)] as const),
    ]);
  }

  #make(): InventoryView {
    const { inventory, problems } = this.#store.standing();
    if (inventory !== this.#seen) {
      this.#seen = inventory;
      this.#parts = {
        nodes: Object.fromEntries(inventory.nodes.map((node) => [node.nodeId, this.#row(node, rowOfNode)])),
        jumpHosts: Object.fromEntries(inventory.jumpHosts.map((one) => [one.name, this.#row(one, rowOfHost)])),
      };
    }
    const faults = faultsOf(problems);
    return {
      ...{ kind: 'nodes', file: this.#store.file, ...this.#parts },
      ...{ waitsFor: this.#store.waitsFor(), problems: faults.slice(0, SHOWN_PROBLEMS), problemCount: faults.length },
      nodesInEffect: this.#store.current().nodes.length,
      ...{ publicLine: this.#publicLine, sudoGivenFor: this.#passwords.givenFor() },
    };
  }

  #row<T extends SshHost, R extends HostRow>(host: T, make: (host: T) => R): R {
    const known = this.#rows.get(host) as R | undefined;
    const row = known ?? make(host);
    this.#rows.set(host, row);
    return row;
  }
}

function rowOfNode({ hostKeys: _keys, ...node }: Inventory['nodes'][number]): InventoryRow {
  return { ...node, keys: fingerprintsOf({ hostKeys: _keys }) };
}

function rowOfHost({ hostKeys: _keys, name: _name, ...host }: Inventory['jumpHosts'][number]): HostRow {
  return { ...host, keys: fingerprintsOf({ hostKeys: _keys }) };
}

const fingerprintsOf = ({ hostKeys }: Pick<SshHost, 'hostKeys'>): string[] =>
  hostKeys.map((key) => sshFingerprintOf(Buffer.from(key.split(' ')[1] ?? '', 'base64')));
