import type { GroupName } from './groupName.ts';
import type { PackageRelation, PackageRelations } from './package.ts';

/** Node types of a target system, the manual's words: AWS and SWS are the administration and service workstations. In the order in which they are shown. */
export const NODE_TYPES = ['TPA', 'HSN', 'NONTPA', 'AWS', 'SWS', 'UNKNOWN'] as const;
/** TPA runs the database, HSN is a hot standby TPA node, NONTPA a node of the system without the database. */
export type NodeType = (typeof NODE_TYPES)[number];

/** A node as the inventory names it. */
export interface NodeEntry {
  readonly nodeId: string;
  readonly address: string;
  readonly type: NodeType;
  /** System that Find All Systems found or the inventory names; nodes of one number or name are one system. */
  readonly system: GroupName;
  /** Clique: nodes that share storage; absent for workstations. */
  readonly clique?: GroupName | undefined;
}

/** An installed package: one row of the node's rpm database. */
export interface InstalledPackage {
  readonly name: string;
  readonly epoch: number;
  readonly version: string;
  readonly release: string;
  readonly arch: string;
}

/** `none`: the node has no service that is stopped and started. */
export type ServiceState = 'up' | 'down' | 'unknown' | 'none';

/** What is read from a node once per job. Sizes in bytes. */
export interface NodeFacts {
  readonly nodeId: string;
  readonly os: string;
  readonly arch: string;
  readonly kernel: string;
  readonly memoryBytes: number;
  /** Name of the network all nodes of one system see each other on, with a key that is equal for them (Find All Systems). */
  readonly groupingKey: string;
  readonly fileSystems: readonly { readonly path: string; readonly totalBytes: number; readonly freeBytes: number }[];
  readonly service: {
    /** Empty where there is none. */
    readonly name: string;
    readonly state: ServiceState;
    /** Commands of the site; without them `systemctl` is asked with the name. */
    readonly start?: readonly string[] | undefined;
    readonly stop?: readonly string[] | undefined;
  };
  readonly packages: readonly InstalledPackage[];
  /**
   * What the headers of the installed packages say, by build (`formatNevra`). Absent, or without a build of `packages`: not read; what
   * depends on it is left to rpm on the node, never refused. Builds that are not in `packages` are passed over, so that one table can
   * serve many nodes. It may be large (1,500 packages a node are usual): drivers give equal nodes the same object, and it is kept on
   * the master, never sent to a client.
   */
  readonly relations?: Readonly<Record<string, PackageRelations>> | undefined;
  /** Active version by component, where several are installed side by side; absent: not read. */
  readonly activeVersions?: Readonly<Record<string, string>> | undefined;
  /** The node's rpm; absent: not read. */
  readonly rpm?: RpmFacts | undefined;
  /** Names the boot of the node; absent: not read. */
  readonly boot?:
    | {
        readonly id: string;
        readonly uptimeSeconds: number;
        /** Other nodes of the inventory that were seen to be this very machine: the same boot, and the same machine id, or host keys where it has none. */
        readonly alsoNamed?: readonly string[] | undefined;
        /** The node is the master itself: putservices was in that boot too. Whether the next boot starts it again, or a person has to. */
        readonly ofMaster?: 'comes-back' | 'by-hand' | undefined;
      }
    | undefined;
  /** The node's clock less the master's when it was read, in ms, the way of the answer included; absent: not read. */
  readonly clockOffsetMs?: number | undefined;
}

/** What is known of a node's rpm. */
export interface RpmFacts {
  readonly version: string;
  /** What it provides itself, `rpmlib(...)` (`rpm --showrc` lists it); absent: not read. */
  readonly features?: readonly PackageRelation[] | undefined;
}

/** A row of the nodes list: the inventory entry and what was last seen. */
export interface NodeRow extends NodeEntry {
  /** Its place in the inventory, from 0, in whose order nodes are divided into waves; absent from older services. */
  readonly place?: number | undefined;
  readonly reachable: 'yes' | 'no' | 'unknown';
  /** Why it was not reached, or not read, at the last look: a code of errorCatalogue.ts, and what was seen. */
  readonly cause?: { readonly code: string; readonly message: string } | undefined;
  readonly seenAtMs?: number | undefined;
  /** putservices itself runs on this node, as was seen by its boot. */
  readonly isMaster?: true | undefined;
  readonly os?: string | undefined;
  readonly arch?: string | undefined;
  readonly service?: { readonly name: string; readonly state: ServiceState } | undefined;
  /** Installed packages; their list is asked for (`nodes.facts`). */
  readonly packageCount: number;
  /** Equal for nodes with the same list of packages; absent: never read. */
  readonly packagesDigest?: string | undefined;
  /** Practice nodes only: faults waiting to happen. */
  readonly faults?: readonly PracticeFault[] | undefined;
}

/** Kinds of trouble that a practice node can be told to have at a step. */
export const FAULT_KINDS = [
  'fail',
  'hang',
  'unreachable',
  'power-loss',
  'pre-script',
  'post-script',
  'disk-full',
  'slow',
  'stuck',
  'reboot',
  'clock-off',
  'slow-answers',
  'long-log',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export interface PracticeFault {
  readonly nodeId: string;
  readonly stepId: string;
  readonly kind: FaultKind;
  /** How many more times it happens. */
  readonly times: number;
}
