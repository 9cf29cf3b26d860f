import type { z } from 'zod';
import type { Cell, CellCause, PackageOutcome } from '../../core/model/job.ts';
import type { Slices } from '../../core/model/slices.ts';
import type { StepSpec } from '../../core/model/operationSpec.ts';
import type { Verdict } from '../../core/steps/AskShape.ts';
import type { NodeHandle } from '../nodes/NodePort.ts';
import type { SelectionLibrary } from './SelectionLibrary.ts';
import type { AnswerEffects, ProbeOutcome, WorkOutcome } from '../sequencer/events.ts';
import type { JobSoFar } from './JobSoFar.ts';

/** What a step kind is asked with. */
export interface StepContext<Params = object> {
  readonly job: JobSoFar;
  readonly step: StepSpec;
  /** `with` of the step, checked. */
  readonly params: Params;
  readonly library: SelectionLibrary;
  readonly nowMs: number;
  /** For the work on a node that a person has done once more: the items (packages) that it came through with a warning. Absent: it is done where it is not. */
  readonly again?: readonly string[] | undefined;
}

/** A step opens with a screen, or there is nothing to ask, and why. */
export type Opening<Screen> = { readonly screen: Screen } | { readonly skip: string };

/** An answer as it is kept, and what it means to the job. */
export interface Judged {
  readonly answer: unknown;
  readonly effects?: AnswerEffects | undefined;
}

/** What the work on a node is done for, and whom it tells of itself while it goes on. */
export interface StepIo {
  readonly jobId: string;
  readonly stepId: string;
  readonly attempt: number;
  /** Aborted by Cancel, by a deadline and by the stop of putservices; the reason is a `CellCause`. */
  readonly signal: AbortSignal;
  /** 0 to 100. */
  readonly onProgress: (percent: number) => void;
  readonly onItem: (item: string, outcome: PackageOutcome, cause?: CellCause) => void;
  readonly onLog: (text: string) => void;
  /** So many bytes of an output are not kept, which stands in the log at their place. */
  readonly onLeftOut?: ((bytes: number) => void) | undefined;
  /**
   * From now on work that tells nothing for a while is asked for by this, and before it is given up: how long it has written nothing, in ms by the
   * node's own clock; 0 where it has ended, undefined where the node does not answer or does not know of it.
   */
  whenSilent(ask: () => Promise<number | undefined>): void;
  /** Path of a file of the package library. */
  libraryPath(fileName: string): string;
}

/** The work of a step on one node: written once, whatever driver reaches the node. */
export interface NodeWorkOf<Params, Work> {
  /** Why the step has nothing to do on a node; undefined where it has. */
  whyNot?(context: StepContext<Params>, nodeId: string): string | undefined;
  /** Whether a node is begun with only after all others of the step are through. Absent: none is. */
  goesLast?(context: StepContext<Params>, nodeId: string): boolean;
  /** What there is to do on a node. */
  workFor(context: StepContext<Params>, nodeId: string): Work;
  /** A deadline that the work itself has, in ms; otherwise the step's counts. */
  deadlineMs?(work: Work): number | undefined;
  /** Does it, or follows it where it goes on since before. A node's trouble is an outcome, never an exception. */
  run(node: NodeHandle, work: Work, io: StepIo): Promise<WorkOutcome>;
  /** Finds out whether it was done; changes nothing on the node. */
  probe(node: NodeHandle, work: Work, io: StepIo): Promise<ProbeOutcome>;
}

/** Work of some kind; what `workFor` answers belongs to `run` and `probe` of the same kind. */
export type AnyNodeWork<Params = object> = NodeWorkOf<Params, unknown>;

/** Hides what the work of a kind looks like, so that kinds stand in one list. */
export function nodeWork<Params, Work>(work: NodeWorkOf<Params, Work>): AnyNodeWork<Params> {
  return work;
}

/** What the tables of a step are made from: the job, and how each node stands at the step. */
export interface TableContext {
  readonly job: JobSoFar;
  readonly step: StepSpec;
  /** Every selected node, in order; `result`: what the work of the cell's attempt came to. */
  readonly nodes: readonly { readonly nodeId: string; readonly cell: Cell; readonly result: object | undefined }[];
}

/** Rows of a table, with what to know of the whole in words. */
export interface StepTable<Row = object> {
  readonly rows: readonly Row[];
  readonly notes: readonly string[];
}

/** A kind whose step asks a person; with `work` the answer is carried out on the nodes. */
export interface AskKind<Params, Screen, Answer> {
  readonly form: 'ask';
  readonly params: z.ZodType<Params>;
  /**
   * Finds out beforehand, with places to pause, what opening takes long to find out; `open` then answers at once.
   * Throws what opening would.
   */
  prepare?(context: StepContext<Params>): Slices<unknown>;
  /** @throws PutError when the step cannot begin */
  open(context: StepContext<Params>): Opening<Screen>;
  /** @throws PutError naming what is wrong with the answer */
  judge(context: StepContext<Params>, screen: Screen, answer: Answer): Judged;
  /** Finds out beforehand, with places to pause, what judging an answer takes long to find out. */
  prepareAnswer?(context: StepContext<Params>, answer: Answer): Slices<unknown>;
  /** What stands against an answer before it is given; absent: nothing is known before it is judged. */
  check?(context: StepContext<Params>, answer: Answer): Verdict;
  /**
   * The answer of a wave, after that of the waves before, so that nobody is asked again; undefined where a person has to choose. Absent: each wave
   * is asked.
   */
  answerAgain?(screen: Screen, before: Answer): Answer | undefined;
  /** What is shown of an answer that is kept; absent: all of it. */
  shown?(kept: object): unknown;
  /** Of what is accepted, what another person approves; absent: all that is shown. The same for the same deeds, whenever it was made. */
  toApprove?(screen: Screen): object;
  /** Whether what is shown is what the answers given to the job bind. Absent: they bind nothing. */
  isAsBound?(job: JobSoFar, screen: Screen): boolean;
  /** In what two answers that are kept differ, in words, for whoever approved the first one. */
  changesSince?(before: object, now: object): readonly string[];
  /**
   * Whether the answer that the job was given may be taken without a person. Absent: it may.
   * @throws PutError where it cannot be used
   */
  mayAnswerByItself?(context: StepContext<Params>, screen: Screen): boolean;
  /** True where the screen is made from the library, and anew when that changes. */
  readonly fromLibrary?: true;
  readonly work?: AnyNodeWork<Params>;
}

/** A kind whose step works on the nodes. */
export interface WorkKind<Params> extends AnyNodeWork<Params> {
  readonly form: 'work';
  readonly params: z.ZodType<Params>;
  /** Its work changes no package of a node, whatever else it does there. */
  readonly leavesPackages?: true;
}

/** A kind that concludes the job. */
export interface ConcludeKind<Params> {
  readonly form: 'conclude';
  readonly params: z.ZodType<Params>;
}
