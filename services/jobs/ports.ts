import type { LibraryView } from '../../core/model/package.ts';
import type { SelectionContext } from '../../core/model/selection.ts';

/** The library as a selection is judged against it. */
export interface SelectionLibrary extends LibraryView {
  readonly filesOf?: SelectionContext['filesOf'];
}

/** What jobs need of the package library; the File service has it. */
export interface JobLibrary {
  view(): LibraryView;
  /** Files that a package brings; undefined for one that the library does not have. */
  filesOf?(fileName: string): ReturnType<NonNullable<SelectionContext['filesOf']>>;
  /** Answers a function that stops listening. */
  onChange(listener: () => void): () => void;
}

/** The library as a selection is judged against it, now. */
export function selectionLibrary(library: JobLibrary): SelectionLibrary {
  return { ...library.view(), filesOf: (fileName) => library.filesOf?.(fileName) };
}

/** Puts a line into the timeline of the system; the chat service has it. `user` absent: the sequencer itself. */
export type Tell = (entry: {
  readonly text: string;
  readonly jobId?: string | undefined;
  readonly user?: string | undefined;
  /** Names the event, so that telling it again after a crash is harmless. */
  readonly eventId?: string | undefined;
}) => unknown;

/** How long work on a node may take. Milliseconds. */
export interface WorkDeadlines {
  /** Work in all, by kind of action; a probe has its own. Longer work is stopped and its cell becomes unknown. */
  readonly totalMs: Readonly<Record<string, number>>;
  readonly probeMs: number;
  /** Work that tells nothing (no progress, package or log line) for this long is stopped. */
  readonly silenceMs: number;
  /** Stopped work has this long to come to its end before it is given up. */
  readonly abortGraceMs: number;
}

/** Long enough for slow disks and large packages; a site with other nodes sets its own. */
export const WORK_DEADLINES: WorkDeadlines = {
  totalMs: {
    facts: 2 * 60_000,
    spool: 2 * 3_600_000,
    'stop-service': 30 * 60_000,
    install: 2 * 3_600_000,
    'switch-versions': 30 * 60_000,
    'start-service': 30 * 60_000,
    validate: 10 * 60_000,
  },
  probeMs: 2 * 60_000,
  silenceMs: 10 * 60_000,
  abortGraceMs: 10_000,
};
