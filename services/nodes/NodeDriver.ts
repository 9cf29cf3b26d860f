import type { CellCause, PackageOutcome, PlannedChange, PlannedPackage } from '../../core/model/job.ts';
import type {
  FaultKind,
  InstalledPackage,
  NodeEntry,
  NodeFacts,
  NodeRow,
  ServiceState,
} from '../../core/model/node.ts';

/** Work on one node. Each can be probed afterwards, so that nothing runs twice unprobed. */
export type NodeAction =
  | { readonly kind: 'facts' }
  | { readonly kind: 'spool'; readonly spoolArea: string; readonly packages: readonly PlannedPackage[] }
  | { readonly kind: 'stop-service' }
  | {
      readonly kind: 'install';
      readonly spoolArea: string;
      readonly packages: readonly PlannedPackage[];
      readonly changes: readonly PlannedChange[];
    }
  | { readonly kind: 'switch-versions'; readonly versions: Readonly<Record<string, string>> }
  | { readonly kind: 'start-service' }
  /** Reads back and compares: every package of `expected` at its version, the service up. */
  | {
      readonly kind: 'validate';
      readonly expected: readonly PlannedPackage[];
      readonly ignoredPackages: readonly string[];
    };

/** What the work tells while it runs; calls after the outcome are ignored. */
export interface ActionContext {
  readonly jobId: string;
  readonly stepId: string;
  readonly attempt: number;
  /** Aborted by Cancel and by the stop of putservices; the driver then ends soon with `unknown`. */
  readonly signal: AbortSignal;
  /** 0 to 100. */
  onProgress(percent: number): void;
  onPackage(packageName: string, outcome: PackageOutcome, cause?: CellCause): void;
  onLog(text: string): void;
}

/** `unknown`: it cannot be said what was done; a probe settles it. */
export interface ActionOutcome {
  readonly state: 'ok' | 'warned' | 'failed' | 'unreachable' | 'unknown';
  readonly cause?: CellCause | undefined;
  readonly facts?: NodeFacts | undefined;
  /** Packages on the node afterwards (install, validate). */
  readonly found?: readonly InstalledPackage[] | undefined;
  /** The node's service as it was seen at the end of the work; absent where the driver did not look. */
  readonly service?: ServiceState | undefined;
}

/** `yes`: done, do not run it again. `no` or `partly`: run it (again). Half-done package transactions are repaired by the run. */
export interface ProbeOutcome {
  readonly done: 'yes' | 'no' | 'partly' | 'unreachable';
  /** Packages that are done already, by name (install). */
  readonly packages: Readonly<Record<string, PackageOutcome>>;
  readonly found?: readonly InstalledPackage[] | undefined;
  /** The node's service as the probe saw it. */
  readonly service?: ServiceState | undefined;
  readonly cause?: CellCause | undefined;
}

/** How nodes are reached from the master: practice nodes (`sim`), later `ssh` and `ansible`. Never throws for a node's trouble. */
export interface NodeDriver {
  readonly kind: 'sim' | 'ssh' | 'ansible';
  entries(): readonly NodeEntry[];
  run(nodeId: string, action: NodeAction, context: ActionContext): Promise<ActionOutcome>;
  /** Finds out whether the action was done on the node; changes nothing there. */
  probe(nodeId: string, action: NodeAction, context: ActionContext): Promise<ProbeOutcome>;
  /** By node id; shares what did not change with the rows before. */
  rows(): Readonly<Record<string, NodeRow>>;
  onRowsChange(listener: () => void): () => void;
  /** Reads reachability, packages and service of every node anew. */
  refresh(): Promise<void>;
  /** Practice nodes only; absent elsewhere. */
  readonly practice?: {
    setFault(nodeId: string, stepId: string, kind: FaultKind, times: number): void;
    reset(): Promise<void>;
  };
  close(): Promise<void>;
}
