import type { LibraryView } from '../../core/model/package.ts';

/** What jobs need of the package library; the File service has it. */
export interface JobLibrary {
  view(): LibraryView;
  /** Answers a function that stops listening. */
  onChange(listener: () => void): () => void;
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
