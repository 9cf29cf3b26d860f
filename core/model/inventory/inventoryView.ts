import type { BecomeWay, NodeService } from '../inventory.ts';
import type { NodeEntry } from '../node.ts';
import type { InventoryProblem } from './reading.ts';

/** How a host is reached, as it is shown. Of pinned host keys the fingerprints are shown (`SHA256:...`). */
export interface HostRow {
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly jump?: string | undefined;
  readonly keys: readonly string[];
}

export interface InventoryRow extends NodeEntry, HostRow {
  readonly become: BecomeWay;
  readonly tags: readonly string[];
  readonly service?: NodeService | undefined;
}

/** The inventory as everybody may see it; the state of topic `inventory`. */
export interface InventoryView {
  /** `practice`: the nodes are made with the practice system, and nothing of them can be changed. */
  readonly kind: 'nodes' | 'practice';
  /** Path of nodes.yaml on the master. */
  readonly file?: string | undefined;
  /** By name, as the file has them now. */
  readonly nodes: Readonly<Record<string, InventoryRow>>;
  readonly jumpHosts: Readonly<Record<string, HostRow>>;
  /** The file has changes that are not in effect: `job` until the running job ends, `faults` until they are mended. */
  readonly waitsFor?: 'job' | 'faults' | undefined;
  /** Nodes of the inventory that is in effect. */
  readonly nodesInEffect: number;
  /** The first faults of the file. */
  readonly problems: readonly InventoryProblem[];
  readonly problemCount: number;
  /** The line for authorized_keys by which nodes let the master in. */
  readonly publicLine?: string | undefined;
  /** Systems of which the password for sudo was given since the start of putservices; `*` all of them. It is kept in memory alone. */
  readonly sudoGivenFor: readonly string[];
}

/** A host that answered a probe. */
export interface ProbedHost {
  readonly address: string;
  readonly port: number;
  /** What it says first, such as `SSH-2.0-OpenSSH_9.2`. */
  readonly banner: string;
  /** Its host key; absent where it showed none that is known here. */
  readonly key?: string | undefined;
  readonly fingerprint?: string | undefined;
  /** The node of the inventory that has this address, or this host key. */
  readonly node?: string | undefined;
}
