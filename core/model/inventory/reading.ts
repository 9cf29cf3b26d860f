import type { Inventory, InventoryNode, JumpHost, SshHost } from '../inventory.ts';
import { INVENTORY_LIMITS } from '../inventory.ts';

/** Something of an inventory file that a person has to know of. */
export interface InventoryProblem {
  /** A `fault` keeps the file from being used; a `note` says what of it is left out and changes nothing else. */
  readonly kind: 'fault' | 'note';
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** What is wrong there and what would be right. */
  readonly message: string;
}

/** What was read of a file: every node that could be read, and every problem. With a fault the file as a whole is not to be used. */
export interface InventoryReading {
  readonly inventory: Inventory;
  readonly problems: readonly InventoryProblem[];
  /** Where each name stands in the file. */
  readonly lines?: ReadonlyMap<string, number> | undefined;
}

export const faultsOf = (problems: readonly InventoryProblem[]): InventoryProblem[] =>
  problems.filter(({ kind }) => kind === 'fault');

export const problemText = ({ file, line, message }: InventoryProblem): string => `${file}: line ${line}: ${message}`;

/** Equal for hosts that are reached at one address in one way. */
export const wayOf = ({ address, port, jump }: SshHost): string => `${address.toLowerCase()} ${port} ${jump ?? ''}`;

/** Where a host is reached, for people. */
export const addressText = ({ address, port }: SshHost): string => (port === 22 ? address : `${address} port ${port}`);

/** Problems that are kept; a file that is something else altogether would have one a line. */
const MOST_PROBLEMS = 1000;

/** Gathers what a reader finds, and looks at what no single line tells: names and addresses that stand twice, ways that lead nowhere. */
export class InventoryCollector {
  readonly #file: string;
  readonly #problems: InventoryProblem[] = [];
  readonly #nodes: { readonly node: InventoryNode; readonly line: number }[] = [];
  readonly #jumpHosts: { readonly jumpHost: JumpHost; readonly line: number }[] = [];
  readonly #lineOfName = new Map<string, number>();
  readonly #lineOfWay = new Map<string, { name: string; line: number }>();
  #left = 0;

  constructor(file: string) {
    this.#file = file;
  }

  fault(line: number, message: string): void {
    this.#add('fault', line, message);
  }

  note(line: number, message: string): void {
    this.#add('note', line, message);
  }

  /** A node; named as a fault instead when its name or its address is there already. */
  node(node: InventoryNode, line: number): void {
    if (this.#nodes.length >= INVENTORY_LIMITS.nodes) {
      if (this.#nodes.length === INVENTORY_LIMITS.nodes && !this.#lineOfName.has('')) {
        this.#lineOfName.set('', line);
        this.fault(line, `more than ${INVENTORY_LIMITS.nodes} nodes; an inventory has at most that many`);
      }
      return;
    }
    if (this.#isTaken(node.nodeId, node, line)) return;
    this.#nodes.push({ node, line });
  }

  jumpHost(jumpHost: JumpHost, line: number): void {
    if (this.#jumpHosts.length >= INVENTORY_LIMITS.jumpHosts) {
      this.fault(line, `more than ${INVENTORY_LIMITS.jumpHosts} jump hosts`);
    } else if (!this.#isTaken(jumpHost.name, jumpHost, line)) this.#jumpHosts.push({ jumpHost, line });
  }

  finish(): InventoryReading {
    this.#checkWays();
    const problems = [...this.#problems].sort((a, b) => a.line - b.line);
    if (this.#left > 0) {
      problems.push({
        ...{ kind: 'fault', file: this.#file, line: problems.at(-1)?.line ?? 1 },
        message: `${this.#left} more problems are not listed; is this the right kind of file?`,
      });
    }
    const inventory = {
      nodes: this.#nodes.map(({ node }) => node),
      jumpHosts: this.#jumpHosts.map(({ jumpHost }) => jumpHost),
    };
    return { inventory, problems, lines: this.#lineOfName };
  }

  #add(kind: InventoryProblem['kind'], line: number, message: string): void {
    if (this.#problems.length < MOST_PROBLEMS) this.#problems.push({ kind, file: this.#file, line, message });
    else this.#left += 1;
  }

  #isTaken(name: string, host: SshHost, line: number): boolean {
    const before = this.#lineOfName.get(name);
    if (before !== undefined) {
      this.fault(line, `the name ${name} stands on line ${before} already; each node needs a name of its own`);
      return true;
    }
    const way = wayOf(host);
    const other = this.#lineOfWay.get(way);
    if (other) {
      const where = addressText(host);
      this.fault(line, `${name} has the address of ${other.name} on line ${other.line}: ${where}; give each its own`);
      return true;
    }
    this.#lineOfName.set(name, line);
    this.#lineOfWay.set(way, { name, line });
    return false;
  }

  /** Every `jump` leads to a jump host or a node, and comes to an end. */
  #checkWays(): void {
    const hosts = new Map<string, SshHost>();
    for (const { node } of this.#nodes) hosts.set(node.nodeId, node);
    for (const { jumpHost } of this.#jumpHosts) hosts.set(jumpHost.name, jumpHost);
    const check = (name: string, host: SshHost, line: number): void => {
      let [at, jumps]: [SshHost | undefined, number] = [host, 0];
      while (at?.jump !== undefined) {
        const next: SshHost | undefined = hosts.get(at.jump);
        jumps += 1;
        if (!next)
          return this.fault(line, `${name} is reached through ${at.jump}, which is no jump host and no node here`);
        if (next === host) return this.fault(line, `${name} would be reached through itself`);
        if (jumps > INVENTORY_LIMITS.jumps) {
          return this.fault(
            line,
            `${name} is reached through more than ${INVENTORY_LIMITS.jumps} hosts one after the other`,
          );
        }
        at = next;
      }
    };
    for (const { node, line } of this.#nodes) check(node.nodeId, node, line);
    for (const { jumpHost, line } of this.#jumpHosts) check(jumpHost.name, jumpHost, line);
  }
}
