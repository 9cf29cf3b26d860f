import type { CellCause } from '../../core/model/job.ts';
import type { FaultKind, InstalledPackage, NodeEntry, NodeFacts, NodeRow } from '../../core/model/node.ts';

/*
 * How nodes are reached: the few verbs that every driver implements once. Work runs detached on the node, with its log and its exit status in a small
 * folder there, so that a lost connection or a killed putservices finds it again. A node's trouble is an answer, never an exception; every call ends
 * by itself, at the latest when its signal is aborted and a deadline of the driver has passed.
 */

/** Parts of a node's facts that can be read apart. */
export const FACT_SECTIONS = [
  'os',
  'packages',
  'relations',
  'filesystems',
  'services',
  'rpm',
  'boot',
  'clock',
  'active-versions',
] as const;
export type FactSection = (typeof FACT_SECTIONS)[number];

/** An answer of a node, or its trouble. */
export type NodeAnswer<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly trouble: NodeTrouble };

/** `unreachable`: the node did not answer, so that what was asked may have been done. `refused`: it answered that it does not do it. */
export interface NodeTrouble {
  readonly kind: 'unreachable' | 'refused';
  readonly cause: CellCause;
  /** Name of the file that it is about. */
  readonly file?: string | undefined;
}

/** Names one piece of work on a node; there is at most one of a name. `part` tells the commands of one attempt apart. */
export interface WorkKey {
  readonly jobId: string;
  readonly stepId: string;
  readonly attempt: number;
  readonly part?: string | undefined;
}

/** A command as words, never a joined text; the driver quotes. */
export interface NodeCommand {
  readonly argv: readonly [string, ...string[]];
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly input?: string | undefined;
  /** A command that is run before it, whatever comes of it; the log tells its end (`commandFirst.ts`). It has the same variables. */
  readonly first?: readonly [string, ...string[]] | undefined;
  /** How long a lock of rpm that another transaction holds is waited for before it begins, in ms (`rpmLock.ts`). */
  readonly rpmLockWaitMs?: number | undefined;
  /** Nothing that it started goes on once it has ended, as a daemon does. */
  readonly leavesNothing?: true | undefined;
  /** What it writes is wanted as it comes; otherwise it may come at the end, or two seconds late. */
  readonly live?: true | undefined;
}

/** How a command ended: by itself, or by a signal. */
export interface CommandExit {
  readonly code: number | undefined;
  readonly signal?: string | undefined;
  /** Bytes of its log in all. */
  readonly logBytes: number;
}

/** What a look finds of a piece of work. `silentMs`: time since it last wrote, by the node's own clock. */
export type WorkState =
  | { readonly state: 'absent' }
  | { readonly state: 'running'; readonly sinceMs: number; readonly logBytes: number; readonly silentMs: number }
  | { readonly state: 'ended'; readonly exit: CommandExit };

/** For whose sake a node is asked: a node's own diary names it, and practice nodes know by it which trouble they are to have. */
export interface OnBehalf {
  readonly jobId: string;
  readonly stepId: string;
  readonly attempt: number;
  readonly mode: 'run' | 'probe';
}

/**
 * What is kept of a longer log: its first and its last bytes. Of a transaction of 1,500 packages rpm itself writes some 2 MB; what a command says of its end fits
 * into some hundred lines, which do not push what was said before out of the log of the job. A command that writes for hours fills no disk, of the node or of the master.
 */
export const LOG_FIRST_BYTES = 8 * 1024 * 1024;
export const LOG_LAST_BYTES = 64 * 1024;

/** Where the log of a piece of work goes, in bounded chunks. */
export interface LogSink {
  /** `offset`: bytes of the log before this chunk. Where it is beyond the end of the chunk before, those between are left out. */
  onChunk(offset: number, text: string): void;
}

/** A file of the master. */
export interface LocalFile {
  readonly path: string;
  readonly name: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** One node. */
export interface NodeHandle {
  readonly nodeId: string;
  /** The node was reached for this piece of work; before that nothing that it was asked has come to it. */
  readonly wasReached: boolean;
  /** Reads facts anew; sections that were not asked for may be missing or old. */
  facts(sections: readonly FactSection[], signal: AbortSignal): Promise<NodeAnswer<NodeFacts>>;
  /**
   * Brings files into a folder: part files, their digests checked on the node, renamed. Nothing is sent that is there. Answers of each what became of it; of trouble
   * with one (`NodeTrouble.file`), those before it may be there. `ofBytes`: what is missing of all.
   */
  put(
    files: readonly LocalFile[],
    folder: string,
    io: { readonly signal: AbortSignal; onProgress(bytes: number, ofBytes: number): void },
  ): Promise<NodeAnswer<readonly ('there' | 'copied')[]>>;
  /**
   * Removes packages (`*.rpm`) from a folder, and what an earlier try left of one, except those that are named and what a node would go back to by
   * itself, of whichever job; answers the names of what is gone. Links, folders and all other files stay.
   */
  tidy(folder: string, keep: readonly string[], signal: AbortSignal): Promise<NodeAnswer<readonly string[]>>;
  /** Files of a folder with their SHA-256, of those named. */
  digests(
    folder: string,
    names: readonly string[],
    signal: AbortSignal,
  ): Promise<NodeAnswer<Readonly<Record<string, string>>>>;
  /** Starts a command detached; a key that was started before is left as it is. */
  start(key: WorkKey, command: NodeCommand, signal: AbortSignal): Promise<NodeAnswer<'started' | 'there'>>;
  look(key: WorkKey, signal: AbortSignal): Promise<NodeAnswer<WorkState>>;
  /** Reads the log from an offset on, until the command ends; of a long one its first and last part. */
  follow(key: WorkKey, fromOffset: number, sink: LogSink, signal: AbortSignal): Promise<NodeAnswer<CommandExit>>;
  /** Ends the whole process group, and says whether that is confirmed. */
  stop(key: WorkKey): Promise<'stopped' | 'was-over' | 'not-confirmed'>;
  /** Boots the node anew; ends when another boot answers than `expected`. */
  reboot(expected: string, signal: AbortSignal): Promise<NodeAnswer<{ readonly bootId: string }>>;
}

/** Hears of facts as they are read. */
export type FactsListener = (facts: NodeFacts, sections: readonly FactSection[]) => void;

/** A node as it was last seen; a row of the list of nodes has the number of its packages instead of them (`seenRows.ts`). */
export interface SeenNode extends Omit<NodeRow, 'place' | 'packageCount' | 'packagesDigest'> {
  readonly packages: readonly InstalledPackage[];
}

/** A kind of nodes: practice nodes (`sim`), nodes by SSH, or through Ansible. */
export interface NodePort {
  readonly kind: 'sim' | 'ssh' | 'ansible';
  /** The inventory, in its order. */
  entries(): readonly NodeEntry[];
  /** One handle for each piece of work. @throws PutError node-unknown */
  node(nodeId: string, onBehalf: OnBehalf): NodeHandle;
  /** By node id; shares what did not change with the rows before. */
  rows(): Readonly<Record<string, SeenNode>>;
  onRowsChange(listener: () => void): () => void;
  /** Tells of facts that the driver reads by itself too; without it those that handles are asked for are all. */
  onFacts?(listener: FactsListener): () => void;
  /** Reads reachability, packages and service of every node anew. */
  refresh(): Promise<void>;
  /** Practice nodes only; absent elsewhere. */
  readonly practice?: {
    setFault(nodeId: string, stepId: string, kind: FaultKind, times: number): unknown;
    reset(): Promise<void>;
  };
  close(): Promise<void>;
}
