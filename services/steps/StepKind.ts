import type { z } from 'zod';
import type { StepInput, StepScreen } from '../../core/model/job.ts';
import type { Slices } from '../../core/model/slices.ts';
import type { StepSpec } from '../../core/model/operationSpec.ts';
import type { NodeAction } from '../nodes/NodeDriver.ts';
import type { SelectionLibrary } from '../jobs/ports.ts';
import type { AnswerEffects } from '../sequencer/events.ts';
import type { JobSoFar } from './JobSoFar.ts';

/** What a step kind is asked with. */
export interface StepContext<Params = object> {
  readonly job: JobSoFar;
  readonly step: StepSpec;
  /** `with` of the step, checked. */
  readonly params: Params;
  readonly library: SelectionLibrary;
  readonly nowMs: number;
}

/** A step opens with a screen, or there is nothing to ask, and why. */
export type Opening<Screen> = { readonly screen: Screen } | { readonly skip: string };

/** An answer as it is kept, and what it means to the job. */
export interface Judged {
  readonly answer: unknown;
  readonly effects?: AnswerEffects | undefined;
}

/** The work of a step on one node. */
export interface NodeWorkOf<Params> {
  /** Why the step has nothing to do on a node; undefined where it has. */
  whyNot?(context: StepContext<Params>, nodeId: string): string | undefined;
  action(context: StepContext<Params>, nodeId: string): NodeAction;
}

/** A kind whose step asks a person; with `work` the answer is carried out on the nodes. */
export interface AskKind<Params, Screen extends StepScreen, Input extends StepInput> {
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
  judge(context: StepContext<Params>, screen: Screen, answer: Input): Judged;
  /**
   * Whether the answer that the job was given may be taken without a person. Absent: it may.
   * @throws PutError where it cannot be used
   */
  mayAnswerByItself?(context: StepContext<Params>, screen: Screen): boolean;
  /** What stands against every answer that could be given, in words. */
  obstacle?(screen: Screen): string | undefined;
  /** True where the screen is made from the library, and anew when that changes. */
  readonly fromLibrary?: true;
  readonly work?: NodeWorkOf<Params>;
}

/** A kind whose step works on the nodes. */
export interface WorkKind<Params> extends NodeWorkOf<Params> {
  readonly form: 'work';
  readonly params: z.ZodType<Params>;
}

/** A kind that concludes the job. */
export interface ConcludeKind<Params> {
  readonly form: 'conclude';
  readonly params: z.ZodType<Params>;
}

/** Screen and answer of a kind, by its name. */
export type ScreenOf<K extends string> = StepScreen & { readonly stepId: K };
export type InputOf<K extends string> = StepInput & { readonly stepId: K };
