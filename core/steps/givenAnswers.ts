import { z } from 'zod';
import type { JobView } from '../model/job.ts';
import { stepsOf, type OperationSpec, type StepSpec } from '../model/operationSpec.ts';
import { PutError } from '../protocol/errors.ts';
import type { AnswerConflict } from './AskShape.ts';
import { ASK_SHAPES, askShapeOf, type AnyAskShape, type AskKindName, type NamesOf } from './registry.ts';
import { faultOf } from '../protocol/schemaWords.ts';
import { whyAnswerOff } from './whyOff.ts';

/*
 * Answers to the steps of an operation that ask, given at its start and kept with the job, so that it goes on without a person: by step id for every
 * kind, and by short names for the usual ones. What is left out is answered with the proposal of the step's screen.
 */

type Intersection<U> = (U extends unknown ? (one: U) => void : never) extends (all: infer All) => void ? All : never;
type Flat<T> = { readonly [P in keyof T]: T[P] };

/** Answers by the short names of the kinds, and by step id. */
export type JobAnswers = Flat<Intersection<NamesOf<AskKindName>>> & {
  /** By step id, as the step's kind has it. A step that stands here is not answered by short names. */
  readonly answers?: Readonly<Record<string, unknown>> | undefined;
};

const SHAPES: readonly (readonly [string, AnyAskShape])[] = Object.entries(ASK_SHAPES);
const KIND_OF_NAME = new Map(
  SHAPES.flatMap(([kind, { names }]) => Object.keys(names?.schemas ?? {}).map((name) => [name, kind] as const)),
);

/** Short names and answers by step id; which step ids and answers fit is a matter of the operation, see `parseAnswers`. */
export const JOB_ANSWER_PARTS: z.ZodRawShape = {
  ...Object.fromEntries(SHAPES.flatMap(([, { names }]) => Object.entries(names?.schemas ?? {}))),
  answers: z.record(z.string().max(60), z.unknown()).optional(),
};
const jobAnswersSchema = z.strictObject(JOB_ANSWER_PARTS);

/** Parts of the answers that exclude each other or need another: the part and what is wrong with it. */
export function answerConflicts(answers: JobAnswers): AnswerConflict[] {
  return SHAPES.flatMap(([, { names }]) => names?.conflicts?.(answers) ?? []);
}

/** What is wrong with answers by step id for an operation: step ids that it has not, and what the schema of a step's kind refuses. */
export function stepAnswerFaults(spec: Pick<OperationSpec, 'phases' | 'title'>, answers: JobAnswers): AnswerConflict[] {
  const asking = stepsOf(spec).filter((step) => askShapeOf(step.use));
  return Object.entries(answers.answers ?? {}).flatMap(([stepId, answer]): AnswerConflict[] => {
    const step = asking.find(({ id }) => id === stepId);
    const shape = step && askShapeOf(step.use);
    if (!shape) {
      const there = asking.map(({ id }) => id).join(', ') || 'none';
      return [
        { at: `answers.${stepId}`, message: `${spec.title} has no step ${stepId} that asks; there are ${there}` },
      ];
    }
    const read = shape.answer.safeParse(answer);
    if (read.success) return [];
    const { place, message } = faultOf(read.error);
    return [{ at: ['answers', stepId, ...(place === '' ? [] : [place])].join('.'), message }];
  });
}

/** Answers from the wire or a journal, checked. @throws PutError input-invalid naming the place */
export function parseAnswers(spec: Pick<OperationSpec, 'phases' | 'title'>, value: unknown): JobAnswers {
  const parsed = jobAnswersSchema.safeParse(value);
  if (!parsed.success) {
    const fault = faultOf(parsed.error);
    const place = `answers.${fault.place}`;
    throw new PutError('input-invalid', `${place}: ${fault.message}`, { place });
  }
  const answers = parsed.data as JobAnswers;
  const conflict = [...answerConflicts(answers), ...stepAnswerFaults(spec, answers)][0];
  if (!conflict) return answers;
  throw new PutError(
    'input-invalid',
    `${conflict.at.startsWith('answers.') ? '' : 'answers.'}${conflict.at}: ${conflict.message}`,
    { place: conflict.at },
  );
}

/** A part of the answers, with the step that it is for; undefined for what may be changed at any time. */
export interface AnswerPart {
  /** A short name, or a step id. */
  readonly part: string;
  readonly stepId: string | undefined;
}

/** The step of an operation that a short name is for: the first of its kind. */
function stepOfName(spec: Pick<OperationSpec, 'phases'>, name: string): string | undefined {
  const kind = KIND_OF_NAME.get(name);
  if (kind === undefined || askShapeOf(kind)?.names?.lasting) return undefined;
  return stepsOf(spec).find((step) => step.use === kind)?.id;
}

/** Parts in which two sets of answers differ. */
export function changedAnswers(
  spec: Pick<OperationSpec, 'phases'>,
  before: JobAnswers,
  after: JobAnswers,
): AnswerPart[] {
  const differing = (a: object, b: object): string[] =>
    [...new Set([...Object.keys(a), ...Object.keys(b)])].filter(
      (name) => JSON.stringify(a[name as never]) !== JSON.stringify(b[name as never]),
    );
  const { answers: stepsBefore = {}, ...namesBefore } = before;
  const { answers: stepsAfter = {}, ...namesAfter } = after;
  return [
    ...differing(namesBefore, namesAfter).map((part) => ({ part, stepId: stepOfName(spec, part) })),
    ...differing(stepsBefore, stepsAfter).map((part) => ({ part, stepId: part })),
  ];
}

/** What takes the answers for a step away, so that it is answered with its proposal: null for each part, as `mergedAnswers` reads it. */
export function withoutAnswerFor(step: { readonly stepId: string; readonly kind: string }): Record<string, unknown> {
  const names = [...KIND_OF_NAME].filter(([, kind]) => kind === step.kind && !askShapeOf(kind)?.names?.lasting);
  return { ...Object.fromEntries(names.map(([name]) => [name, null])), answers: { [step.stepId]: null } };
}

/** Answers with parts that are named put in place of those before, those by step id one by one; null takes one away. */
export function mergedAnswers(before: JobAnswers, changes: object): Record<string, unknown> {
  const merged = (a: object, b: object): Record<string, unknown> =>
    Object.fromEntries(Object.entries({ ...a, ...b }).filter(([, part]) => part !== null));
  const of = (value: object): object => (value as { answers?: object | null }).answers ?? {};
  const bySteps = merged(of(before), of(changes));
  const { answers: _answers, ...names } = merged(before, changes);
  return { ...names, ...(Object.keys(bySteps).length > 0 ? { answers: bySteps } : {}) };
}

/** The step that waits, as `givenAnswer` needs to know it. */
export interface AskedStep {
  readonly step: Pick<StepSpec, 'id' | 'title' | 'use'>;
  readonly screen: unknown;
  readonly isSelected: (nodeId: string) => boolean;
}

/**
 * What given answers say at the step that waits; its proposal where they say nothing. A plan is accepted: whoever calls asks the person first.
 * @throws PutError naming the part that this system cannot do
 */
export function givenAnswer(given: JobAnswers, { step, screen, isSelected }: AskedStep): unknown {
  const shape = askShapeOf(step.use);
  if (!shape) throw new PutError('step-kind-unknown', `this software has no step kind ${step.use}`, { use: step.use });
  const own = given.answers?.[step.id];
  if (own === undefined && shape.names) return shape.names.answer(given, screen, isSelected);
  const read = own === undefined ? undefined : shape.answer.safeParse(own);
  const answer = read?.success ? read.data : (own ?? shape.propose(screen, undefined));
  const off = whyAnswerOff(shape, screen, answer);
  if (off === undefined) return answer;
  const place = `answers.${step.id}`;
  throw new PutError('input-invalid', `${place}: ${off}`, { place, stepId: step.id });
}

/** The step of a job that waits for an answer. @throws PutError internal where none does */
export function askedIn({
  screen,
  currentStep,
  steps,
  nodes,
}: Pick<JobView, 'screen' | 'currentStep' | 'steps' | 'nodes'>): AskedStep {
  if (screen?.stepId !== currentStep)
    throw new PutError('internal', `step ${currentStep} shows no screen to answer`, { stepId: currentStep });
  const { stepId: id, kind: use, content } = screen;
  const title = steps[id]?.title ?? id;
  return { step: { id, title, use }, screen: content, isSelected: (nodeId) => Object.hasOwn(nodes, nodeId) };
}
