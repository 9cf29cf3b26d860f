import type { z } from 'zod';
import type { SelectionProblem } from '../model/job.ts';

/** Something that does not fit together in given answers: the name and what is wrong with it. */
export interface AnswerConflict {
  readonly at: string;
  readonly message: string;
}

/** What the master found when it judged an answer that is not given yet. */
export interface Verdict {
  readonly problems: readonly SelectionProblem[];
  /** What is left to be found on the nodes, in words. */
  readonly notes?: readonly string[] | undefined;
  /** Nodes without which there would be no problem; absent from older services. */
  readonly inTheWay?: readonly string[] | undefined;
}

/** Short names by which a plan file answers steps of a kind, so that the usual answers need no step id. */
export interface AnswerNames<Screen, Answer, Given extends object> {
  /** Schemas by name; a name belongs to one kind. */
  readonly schemas: z.ZodRawShape;
  /** The names may be changed when the step is over: what they say counts later too. */
  readonly lasting?: true;
  /** What excludes each other or needs another. */
  conflicts?(given: Given): AnswerConflict[];
  /**
   * The answer that the names give at a screen; its proposal where they say nothing.
   * @throws PutError naming what of them this system cannot do
   */
  answer(given: Given, screen: Screen, isSelected: (nodeId: string) => boolean): Answer;
}

/**
 * What all sides know of a kind of steps that ask: services that open the screen and judge the answer, windows that show it, putctl that answers from a plan
 * file. Screen and answer are opaque to everybody else.
 */
export interface AskShape<Screen, Answer, Given extends object = object> {
  /** What the step shows; members of newer software are passed over. */
  readonly screen: z.ZodType<Screen>;
  /** What a person answers; nothing else may stand in it. Its descriptions are the labels of the form that is made from it. */
  readonly answer: z.ZodType<Answer>;
  /** What stands on the screen before anything is changed: the answer before, else a proposal; undefined where nothing can be proposed. */
  propose(screen: Screen, before: Answer | undefined): Answer | undefined;
  /** What stands against every answer that could be given, in words. */
  obstacle?(screen: Screen): string | undefined;
  /** What is still wrong with an answer, in words that stand behind `Next is off:`; what the schema refuses need not be told here. */
  whyOff?(screen: Screen, draft: Answer | undefined, verdict?: Verdict): string | undefined;
  /** Nodes that alone stand against an answer, so that it could be given were they left out; none where that does not help. */
  inTheWay?(screen: Screen, draft: Answer | undefined, verdict?: Verdict): readonly string[];
  /**
   * For kinds whose answer is that a person accepts what is shown, warnings by name: that answer. It is given without a person only where the job was
   * told so.
   */
  accepting?(warnings: readonly string[]): Answer;
  /** The answer in words, a line each: for the preview of what will be done. */
  told?(answer: Answer): readonly string[];
  readonly names?: AnswerNames<Screen, Answer, Given> | undefined;
}
