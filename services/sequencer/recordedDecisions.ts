import type { RunWindow } from '../../core/model/runWindow.ts';
import type { ApprovedBefore } from './events.ts';

/* What persons decided about a job, and what was seen of its time, as its state keeps it. */

/** A place of the job at which its time is looked at: a step in a wave. */
export interface Place {
  readonly stepId: string;
  readonly wave: number;
}

/** What became of the looks at the time of a job. */
export interface RunWindowLook {
  /** The last look. `open` counts for what follows from it at once; the others until something changes. */
  readonly look?: (Place & { readonly verdict: 'early' | 'open' | 'late'; readonly eventNumber: number }) | undefined;
  /** A person let the job begin before its time, so that it has no such time any more. */
  readonly early?: true | undefined;
  /** A person let it begin here after its time. */
  readonly late?: Place | undefined;
}

/** What a person left at that: the warnings of nodes at a step. */
export interface Acceptance {
  readonly stepId: string;
  readonly nodeIds: readonly string[];
  readonly user: string;
  readonly atMs: number;
  /** The job had ended. */
  readonly afterEnd?: true | undefined;
}

/** What a person came to who confirmed nodes: those that stay, and those that had gone back before. */
export interface Confirmation {
  readonly user: string;
  readonly atMs: number;
  readonly confirmed: readonly string[];
  readonly wentBack: readonly string[];
  /** The job had ended. */
  readonly afterEnd?: true | undefined;
}

/** What was approved, by whom and when. */
export interface Approved {
  /** Of what was shown. */
  readonly digest: string;
  readonly user: string;
  readonly atMs: number;
  /** The answer that accepted it. */
  readonly answer: unknown;
  /** The time in which the job was to begin then; absent in what was written down by earlier versions. */
  readonly window?: RunWindow | undefined;
  /** Digest of the plan file, where that was approved before the job was started. */
  readonly planFile?: string | undefined;
}

/** The approval of a job that needs one. */
export interface Approval {
  /** What was accepted last, to be approved; absent while nothing is. */
  readonly asked?:
    | {
        readonly digest: string;
        readonly stepId: string;
        /** As it was accepted, where the job was given another time since: `digest` is made of it and the time of now. */
        readonly accepted?: { readonly digest: string; readonly window: RunWindow } | undefined;
      }
    | undefined;
  /** The last approval; it counts while it is of what is asked for. */
  readonly approved?: Approved | undefined;
  /** Counts as long as the job goes by the answers of that plan file and by nothing else. */
  readonly before?: ApprovedBefore | undefined;
}
