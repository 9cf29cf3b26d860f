import type { LibraryView } from '../../core/model/package.ts';
import type { SelectionContext } from '../../core/model/selection.ts';
import type { CellCause } from '../../core/model/job.ts';
import { PutError } from '../../core/protocol/errors.ts';
import type { NodeHandle, NodePort, OnBehalf } from '../nodes/NodePort.ts';
import type { ProbeOutcome, WorkOutcome } from '../sequencer/events.ts';
import { probeWork, runWork, type WorkOfNode } from '../steps/openStep.ts';
import type { SelectionLibrary } from '../steps/SelectionLibrary.ts';
import type { StepIo } from '../steps/StepKind.ts';

/** What jobs need of the package library; the File service has it. */
export interface JobLibrary {
  view(): LibraryView;
  /** Files that a package brings; undefined for one that the library does not have. */
  filesOf?(fileName: string): ReturnType<NonNullable<SelectionContext['filesOf']>>;
  /** Where a file of the library is on disk. */
  filePath?(fileName: string): string;
  /** Answers a function that stops listening. */
  onChange(listener: () => void): () => void;
}

/** The library as a selection is judged against it, now. */
export function selectionLibrary(library: JobLibrary): SelectionLibrary {
  return { ...library.view(), filesOf: (fileName) => library.filesOf?.(fileName) };
}

/** A line for the timeline of the system. `user` absent: the sequencer itself. */
export interface ToldLine {
  readonly text: string;
  readonly jobId?: string | undefined;
  readonly user?: string | undefined;
  /** Names the event, so that telling it again after a crash is harmless. */
  readonly eventId?: string | undefined;
}

/** Puts lines into the timeline of the system, all or none; the chat service has it. */
export type Tell = (...lines: readonly ToldLine[]) => unknown;

/** Does the work of steps on nodes, and its probes. A node's trouble is an outcome; what is thrown is a fault of the software. */
export interface NodeWorker {
  run(nodeId: string, work: WorkOfNode, io: Omit<StepIo, 'libraryPath'>): Promise<WorkOutcome>;
  probe(nodeId: string, work: WorkOfNode, io: Omit<StepIo, 'libraryPath'>): Promise<ProbeOutcome>;
}

/** Work by its step kind, through the handles of a node port. A node that the port does not have is its own trouble: nothing was begun. */
export function workThrough(nodes: NodePort, libraryPath: StepIo['libraryPath']): NodeWorker {
  const handle = (nodeId: string, onBehalf: OnBehalf): NodeHandle | CellCause => {
    try {
      return nodes.node(nodeId, onBehalf);
    } catch (error) {
      if (!(error instanceof PutError)) throw error;
      const { code, message } = error;
      return { code, message };
    }
  };
  return {
    run: async (nodeId, work, io) => {
      const node = handle(nodeId, { ...io, mode: 'run' });
      if ('code' in node) return { state: 'failed', cause: node, notBegun: true };
      return runWork(node, work, { ...io, libraryPath });
    },
    probe: async (nodeId, work, io) => {
      const node = handle(nodeId, { ...io, mode: 'probe' });
      return 'code' in node ? { done: 'error', cause: node } : probeWork(node, work, { ...io, libraryPath });
    },
  };
}

/** How long work on a node may take, where its step says nothing of it. Milliseconds. */
export interface WorkDeadlines {
  /** Work in all. Longer work is stopped and its cell becomes unknown. */
  readonly workMs: number;
  /** Work in all, by step kind, before what steps say: for practice nodes, which are faster. */
  readonly byKind?: Readonly<Record<string, number>> | undefined;
  readonly probeMs: number;
  /** Work that tells nothing (no progress, package or log line) for this long is asked for, then stopped. */
  readonly silenceMs: number;
  /** Work that told nothing for so long is shown as silent; 30 s without it. */
  readonly silenceToldMs?: number | undefined;
  /** Stopped work has this long to come to its end before it is given up. */
  readonly abortGraceMs: number;
}

/** Long enough for slow disks and large packages; a site with other nodes sets its own. */
export const WORK_DEADLINES: WorkDeadlines = {
  workMs: 2 * 3_600_000,
  probeMs: 2 * 60_000,
  silenceMs: 10 * 60_000,
  abortGraceMs: 10_000,
};
