import type { CellMode, JobEventBody } from './events.ts';

/** What the shell has to do next. */
export type Command =
  /** Append this event to the journal, then go on with the state that it makes. */
  | { readonly kind: 'commit'; readonly event: JobEventBody }
  /** Ask the step's kind for the event that opens or skips it. */
  | { readonly kind: 'open-step'; readonly stepId: string }
  /** Ask the step's kind for the answer that the job was given for it. */
  | { readonly kind: 'answer-step'; readonly stepId: string }
  /** Ask the gate's kind for its verdict. */
  | { readonly kind: 'judge-gate'; readonly phase: string; readonly nextWave: number }
  /** Tell `timer-due` after so many ms, whatever the clock is set to meanwhile. */
  | { readonly kind: 'set-timer'; readonly timer: string; readonly waitMs: number }
  /** Tell `timer-due` once the master's clock says so, however it is set meanwhile. */
  | { readonly kind: 'set-alarm'; readonly timer: string; readonly atMs: number }
  /** Write the report and end the job. */
  | { readonly kind: 'end-job' }
  /** Start work, or its probe, on a node; the event that says so is in the journal already. */
  | { readonly kind: CellMode; readonly stepId: string; readonly nodeId: string; readonly attempt: number }
  /** Follow work that goes on on the node since before. */
  | { readonly kind: 'follow'; readonly stepId: string; readonly nodeId: string; readonly attempt: number }
  /** Tell running work on a node to stop. */
  | { readonly kind: 'abort'; readonly nodeId: string; readonly why?: string | undefined };
