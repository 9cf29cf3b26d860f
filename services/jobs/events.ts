import type { CellCause, JobReport, PackageOutcome, StepInput, StepScreen } from '../../core/model/job.ts';
import type { JobAnswers } from '../../core/model/jobAnswers.ts';
import type { NodeEntry } from '../../core/model/node.ts';
import type { StepId } from '../../core/model/operation.ts';
import type { ActionOutcome, ProbeOutcome } from '../nodes/NodeDriver.ts';

/** `run` does the work of the step on the node; `probe` finds out whether it was done before. */
export type CellMode = 'run' | 'probe';

/**
 * Everything that ever happens to a job. Events are numbered, committed to the journal before their effect, and never changed;
 * the state of a job is what its events make of it.
 */
export type JobEventBody =
  | {
      readonly kind: 'job-started';
      readonly jobId: string;
      readonly jobNumber: number;
      readonly operationId: string;
      readonly title: string;
      readonly user: string;
      /** The nodes that the driver knows, in the order of the inventory. */
      readonly inventory: readonly NodeEntry[];
      /** Nodes that are worked on at once. */
      readonly concurrency: number;
      /** Answers to the input steps; with them the job goes on without a person. */
      readonly answers?: JobAnswers | undefined;
      /** The plan is accepted as well. */
      readonly acceptPlan?: boolean | undefined;
    }
  /** A step begins: an input step with its screen, or work on nodes. `skips` names nodes that the step leaves alone, with the reason. */
  | {
      readonly kind: 'step-opened';
      readonly stepId: StepId;
      readonly screen?: StepScreen | undefined;
      readonly skips?: Readonly<Record<string, string>> | undefined;
    }
  /** The step could not begin; a person mends the cause, then retries or goes back. */
  | { readonly kind: 'step-stuck'; readonly stepId: StepId; readonly cause: CellCause }
  /** The library changed while a person looks at a screen made from it. */
  | { readonly kind: 'screen-changed'; readonly stepId: StepId; readonly screen: StepScreen }
  | { readonly kind: 'step-skipped'; readonly stepId: StepId; readonly note: string }
  /** Next. `skips` as in step-opened, for an input step with work on nodes. */
  | {
      readonly kind: 'input-given';
      readonly stepId: StepId;
      readonly input: StepInput;
      readonly user: string;
      readonly skips?: Readonly<Record<string, string>> | undefined;
      /** The master gave it, from the answers that `user` gave the job. */
      readonly byAnswers?: true | undefined;
    }
  /** A person gave the job other answers, or let it go on by those it has. `changed`: the parts that are other ones. */
  | {
      readonly kind: 'answers-given';
      readonly answers: JobAnswers;
      readonly acceptPlan: boolean;
      readonly changed: readonly string[];
      readonly user: string;
    }
  /** The answer for a step cannot be used: a person decides. */
  | { readonly kind: 'answers-stopped'; readonly stepId: StepId; readonly cause: CellCause }
  | {
      readonly kind: 'cells-started';
      readonly stepId: StepId;
      readonly cells: readonly { readonly nodeId: string; readonly mode: CellMode }[];
    }
  | {
      readonly kind: 'cell-ended';
      readonly stepId: StepId;
      readonly nodeId: string;
      readonly attempt: number;
      readonly outcome: ActionOutcome;
    }
  /** Work that was told to stop is not known to have ended: its node is not free until `cell-ended` or `cell-probed` comes. */
  | {
      readonly kind: 'work-lingers';
      readonly stepId: StepId;
      readonly nodeId: string;
      readonly attempt: number;
      readonly mode: CellMode;
      readonly cause: CellCause;
    }
  | {
      readonly kind: 'cell-probed';
      readonly stepId: StepId;
      readonly nodeId: string;
      readonly attempt: number;
      /** `error`: the probe itself failed, so nothing is known. */
      readonly outcome: ProbeOutcome | { readonly done: 'error'; readonly cause: CellCause };
    }
  | {
      readonly kind: 'package-changed';
      readonly stepId: StepId;
      readonly nodeId: string;
      readonly attempt: number;
      readonly packageName: string;
      readonly outcome: PackageOutcome;
      readonly cause?: CellCause | undefined;
    }
  /** Every cell is settled and some need a decision. */
  | { readonly kind: 'step-attention'; readonly stepId: StepId }
  /** By itself, or by a person with Next after everything was ignored. */
  | { readonly kind: 'step-ended'; readonly stepId: StepId; readonly user?: string | undefined }
  | { readonly kind: 'retried'; readonly stepId: StepId; readonly nodeIds: readonly string[]; readonly user: string }
  | {
      readonly kind: 'ignored';
      readonly stepId: StepId;
      readonly nodeIds: readonly string[];
      readonly packageName?: string | undefined;
      readonly reason: string;
      readonly user: string;
    }
  | { readonly kind: 'step-restarted'; readonly stepId: StepId; readonly user: string }
  /** Back to the input step `stepId`. */
  | { readonly kind: 'went-back'; readonly stepId: StepId; readonly user: string }
  /** `startServices`: the services that are not known to be up are started before the job ends. A second exit gives that up. */
  | { readonly kind: 'exit-asked'; readonly user: string; readonly startServices?: true | undefined }
  | { readonly kind: 'baton-taken'; readonly user: string; readonly reason: string }
  /** putservices was started anew: what was running is unknown until it is probed. */
  | { readonly kind: 'service-restarted' }
  | { readonly kind: 'job-ended'; readonly report: JobReport };

export type JobEvent = JobEventBody & {
  /** The master's clock in milliseconds since 1970. */
  readonly atMs: number;
  /** Names the request that asked for it (`requestKey`), so that the request is known when it comes again. */
  readonly asked?: string | undefined;
};
