import type { CellCause } from '../../core/model/job.ts';
import type { InstalledPackage, NodeEntry, NodeFacts, ServiceState } from '../../core/model/node.ts';
import type { OperationSpec } from '../../core/model/operationSpec.ts';
import type { RunWindow } from '../../core/model/runWindow.ts';

/** A plan file that somebody approved before the job was started with it. */
export interface ApprovedBefore {
  /** Of the plan file. */
  readonly digest: string;
  readonly user: string;
  readonly atMs: number;
}

/** `run` does the work of the step on the node; `probe` finds out whether it was done before, or still goes on. */
export type CellMode = 'run' | 'probe';
/** `look`: before anything is begun, other work that is not known to have ended there is asked for. */
export type StartMode = CellMode | 'look';

/** How an item of the work (a package) ended on a node. */
export type ItemOutcome = 'successful' | 'fail' | 'waiting';

/** What work on a node came to. `unknown`: it cannot be said what was done; a probe settles it. */
export interface WorkOutcome {
  readonly state: 'ok' | 'warned' | 'failed' | 'unreachable' | 'unknown';
  /** With `unknown`: the work itself may still go on. With `unreachable` that is always so, unless it was not begun. */
  readonly mayGoOn?: true | undefined;
  /** The node was never reached for it, so that nothing of it was begun there. */
  readonly notBegun?: true | undefined;
  readonly cause?: CellCause | undefined;
  readonly facts?: NodeFacts | undefined;
  /** Packages on the node afterwards. */
  readonly found?: readonly InstalledPackage[] | undefined;
  /** The node's service as it was seen at the end; absent where nobody looked. */
  readonly service?: ServiceState | undefined;
  readonly items?: Readonly<Record<string, ItemOutcome>> | undefined;
  /** The node goes back by itself unless it is confirmed: not before so many ms from the beginning of the attempt on. `over`: it does not any more. */
  readonly goesBack?: { readonly inMs: number } | 'over' | undefined;
  /** Items that were done with a warning: a person who retries has them done once more. */
  readonly warnedItems?: readonly string[] | undefined;
  /** What the step's kind keeps of the work besides, for its tables; the machine does not look into it. Small, and plain JSON. */
  readonly result?: object | undefined;
}

/** `yes`: done, it is not run again; with a cause there is something to look at. `no`, `partly`: it is run. `running`: the work goes on there and is followed. */
export interface ProbeOutcome extends Pick<
  WorkOutcome,
  'cause' | 'found' | 'service' | 'items' | 'warnedItems' | 'result'
> {
  readonly done: 'yes' | 'no' | 'partly' | 'running' | 'unreachable' | 'error';
}

/** Nodes that a step leaves alone, and why. */
export interface Skips {
  readonly reason: string;
  readonly nodeIds: readonly string[];
}

/** What an answer means to the machine; the answer itself is a matter of its step kind. */
export interface AnswerEffects {
  /** The selection, in order; what was known of nodes before is forgotten. */
  readonly select?: readonly string[] | undefined;
  /** Other types and systems than the inventory says, by node id. */
  readonly assign?: Readonly<Record<string, Partial<Pick<NodeEntry, 'type' | 'system'>>>> | undefined;
  /** The nodes of each wave, in order; together the selection. */
  readonly waves?: readonly (readonly string[])[] | undefined;
  /** The answer accepts what was shown, which is approved by its digest. `asBound`: it is what the answers given to the job bind. */
  readonly shows?: { readonly digest: string; readonly asBound?: true | undefined } | undefined;
}

/** Answers to ask steps that a job has from its start, by whatever names its kinds give them. */
export interface GivenAnswers {
  readonly answers: Readonly<Record<string, unknown>>;
  /** What would happen is accepted as well, without a person. */
  readonly acceptPlan: boolean;
  readonly by: string;
}

/**
 * Everything that ever happens to a job. Events are numbered, committed to the journal before their effect, and never changed; the state of a job is
 * what its events make of it. No step, operation or package has a name here: those are data of the spec in the first event.
 */
export type JobEventBody =
  | {
      readonly kind: 'job-started';
      readonly jobId: string;
      readonly jobNumber: number;
      readonly user: string;
      readonly spec: OperationSpec;
      /** Settings of the job, defaults filled in. */
      readonly settings: Readonly<Record<string, unknown>>;
      readonly inventory: readonly NodeEntry[];
      readonly given?: GivenAnswers | undefined;
      /** What cannot be taken back waits for the approval by another person. `before`: the plan file of the answers was approved. */
      readonly approval?: { readonly before?: ApprovedBefore | undefined } | undefined;
    }
  /** A step begins in a wave: with a screen it asks, with `skips` it works on nodes, with neither it concludes the job. */
  | {
      readonly kind: 'step-opened';
      readonly stepId: string;
      readonly screen?: unknown;
      readonly skips?: readonly Skips[] | undefined;
      /** Nodes that are begun with only after all others here are through. */
      readonly last?: readonly string[] | undefined;
    }
  /** It could not begin; a person mends the cause, then retries or goes back. */
  | { readonly kind: 'step-stuck'; readonly stepId: string; readonly cause: CellCause }
  /** What the screen was made from has changed. */
  | { readonly kind: 'screen-changed'; readonly stepId: string; readonly screen: unknown }
  | { readonly kind: 'step-skipped'; readonly stepId: string; readonly note: string }
  /** Next. `skips` where work on nodes follows the answer. */
  | {
      readonly kind: 'answered';
      readonly stepId: string;
      readonly answer: unknown;
      readonly user: string;
      /** The master gave it, from the answers that `user` gave the job, or (`asBefore`) as it was answered in a wave before. */
      readonly byGiven?: true | undefined;
      readonly asBefore?: true | undefined;
      readonly effects?: AnswerEffects | undefined;
      readonly skips?: readonly Skips[] | undefined;
      readonly last?: readonly string[] | undefined;
    }
  /** A person gave the job other answers, or let it go on by those it has. `changed`: the parts that are other ones. */
  | {
      readonly kind: 'answers-given';
      readonly given: GivenAnswers;
      readonly changed: readonly string[];
      readonly user: string;
    }
  /** The given answer for a step cannot be used: a person decides. */
  | {
      readonly kind: 'answers-stopped';
      readonly stepId: string;
      readonly cause: CellCause;
      /** Nodes without which the answer could be used. */
      readonly nodeIds?: readonly string[] | undefined;
    }
  | {
      readonly kind: 'cells-started';
      readonly stepId: string;
      readonly cells: readonly { readonly nodeId: string; readonly mode: StartMode }[];
    }
  | {
      readonly kind: 'cell-ended';
      readonly stepId: string;
      readonly nodeId: string;
      readonly attempt: number;
      readonly outcome: WorkOutcome;
    }
  | {
      readonly kind: 'cell-probed';
      readonly stepId: string;
      readonly nodeId: string;
      readonly attempt: number;
      readonly outcome: ProbeOutcome;
    }
  /** What became of an item while the work goes on. Only jobs of earlier versions have it; today the end of the work brings it. */
  | {
      readonly kind: 'item-seen';
      readonly stepId: string;
      readonly nodeId: string;
      readonly attempt: number;
      readonly item: string;
      readonly outcome: ItemOutcome | 'running';
    }
  /** Work was told to stop and is not known to have ended: its node is not free until `cell-ended` or `cell-probed` comes. */
  | {
      readonly kind: 'work-lingers';
      readonly stepId: string;
      readonly nodeId: string;
      readonly attempt: number;
      readonly cause: CellCause;
      /** What it was told to stop for; absent in what was written down by earlier versions. */
      readonly stoppedFor?: CellCause | undefined;
    }
  /** Nothing runs any more and a person decides: cells failed, or the limit of failures was reached. */
  | { readonly kind: 'step-attention'; readonly stepId: string }
  /** By itself, or by a person with Next after everything was ignored. */
  | { readonly kind: 'step-ended'; readonly stepId: string; readonly user?: string | undefined }
  /** The gate before a wave: passed, held until a person decides, or looked at again at a time of the master's clock. */
  | {
      readonly kind: 'gate-judged';
      readonly verdict: 'passed' | 'held' | 'later';
      readonly reason: string;
      readonly againAtMs?: number | undefined;
    }
  /** A person lets the next wave begin although the gate is held, or before its time. */
  | { readonly kind: 'gate-passed'; readonly user: string; readonly reason: string }
  | { readonly kind: 'retried'; readonly stepId: string; readonly nodeIds: readonly string[]; readonly user: string }
  | {
      readonly kind: 'ignored';
      readonly stepId: string;
      readonly nodeIds: readonly string[];
      /** Only this item (package) is given up; the node goes on with the others. */
      readonly item?: string | undefined;
      readonly reason: string;
      readonly user: string;
    }
  /** Work that runs on these nodes is told to stop: a person waits for it no longer. What it came to is told by its end. */
  | {
      readonly kind: 'given-up';
      readonly stepId: string;
      readonly nodeIds: readonly string[];
      readonly reason: string;
      readonly user: string;
    }
  /** An item that was ignored at the step is not given up any more; without an item the nodes need a decision again. */
  | {
      readonly kind: 'ignore-undone';
      readonly stepId: string;
      readonly nodeIds: readonly string[];
      readonly item?: string | undefined;
      readonly user: string;
    }
  /** Nothing further is begun on these nodes, while the others go on, until they are released. */
  | { readonly kind: 'held'; readonly nodeIds: readonly string[]; readonly reason: string; readonly user: string }
  /** Nodes that are held or were left out come back; what they missed they catch up. */
  | { readonly kind: 'released'; readonly nodeIds: readonly string[]; readonly user: string }
  /** These nodes go through the steps that they missed, before the job goes on with all. */
  | { readonly kind: 'catch-up-begun'; readonly nodeIds: readonly string[] }
  /** A person lets the job go on although these nodes are held and have not caught up. */
  | {
      readonly kind: 'went-on-without';
      readonly nodeIds: readonly string[];
      readonly reason: string;
      readonly user: string;
    }
  /** A person asks the running job to stop before a wave (from 0), or takes that back. */
  | {
      readonly kind: 'wave-stop-set';
      readonly wave: number;
      readonly stop: boolean;
      readonly reason?: string | undefined;
      readonly user: string;
    }
  /** A person goes on although the limit of failures was reached. */
  | { readonly kind: 'limit-lifted'; readonly user: string; readonly reason: string }
  | { readonly kind: 'step-restarted'; readonly stepId: string; readonly user: string }
  /** Back to the ask step `stepId`. */
  | { readonly kind: 'went-back'; readonly stepId: string; readonly user: string }
  /** No further work is begun until `resumed`; what runs goes on. */
  | { readonly kind: 'paused'; readonly user: string; readonly reason: string }
  | { readonly kind: 'resumed'; readonly user: string }
  /** Another person approves what was accepted, by the digest of what was shown. */
  | { readonly kind: 'approved'; readonly user: string; readonly digest: string }
  /** A person confirmed nodes that would have gone back by themselves; the nodes said so. `wentBack`: those of them that had gone back before. */
  | {
      readonly kind: 'nodes-confirmed';
      readonly nodeIds: readonly string[];
      readonly wentBack?: readonly string[] | undefined;
      readonly user: string;
    }
  /** A person read the warnings that these nodes came through a step with, and leaves it at that. */
  | { readonly kind: 'accepted'; readonly stepId: string; readonly nodeIds: readonly string[]; readonly user: string }
  /** Who approved takes it back before what was approved has begun. */
  | { readonly kind: 'approval-withdrawn'; readonly user: string }
  /** The master's clock was looked at before something begins that the job has a time for; the time of the event is what was seen. */
  | { readonly kind: 'window-looked' }
  /** A person gave the job another time, or none; `was`: the one before. `digest`: of what is accepted with that time, where it is to be approved. */
  | {
      readonly kind: 'window-set';
      readonly window: RunWindow;
      readonly was: RunWindow;
      readonly user: string;
      readonly reason: string;
      readonly digest?: string | undefined;
    }
  /** A person lets it begin before or after that time. */
  | { readonly kind: 'window-passed'; readonly user: string; readonly reason: string }
  /** `step`: a step of the spec that is gone through once more before the job ends. A second exit without it gives that up. */
  | { readonly kind: 'exit-asked'; readonly user: string; readonly step?: string | undefined }
  /** The nodes go back: the spec's rollback begins over them. `then`: whether the job ends afterwards, or goes on with the others. */
  | {
      readonly kind: 'rollback-asked';
      readonly user: string;
      readonly reason: string;
      readonly nodeIds: readonly string[];
      readonly then: 'end' | 'go-on';
    }
  /** The steps of the rollback are through. */
  | { readonly kind: 'rollback-ended' }
  | { readonly kind: 'baton-taken'; readonly user: string; readonly reason: string }
  /** The time that `set-timer` or `set-alarm` asked for has come. */
  | { readonly kind: 'timer-due'; readonly timer: string }
  /** putservices was started anew: what was running is unknown until it is probed. */
  | { readonly kind: 'service-restarted' }
  | { readonly kind: 'job-ended'; readonly report: unknown };

/** What people may still say of a job that has ended: what they confirmed or accepted, which lets it do nothing, and that its nodes go back, which takes it up once more. */
export const AFTER_THE_END: readonly JobEventBody['kind'][] = ['nodes-confirmed', 'accepted', 'rollback-asked'];

export type JobEvent = JobEventBody & {
  /** The master's clock in milliseconds since 1970. */
  readonly atMs: number;
  /** Names the request that asked for it, so that the request is known when it comes again. */
  readonly asked?: string | undefined;
};
