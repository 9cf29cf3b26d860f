import {
  holds,
  isConditionFault,
  parseCondition,
  type ConditionPath,
  type ConditionValue,
} from '../model/condition.ts';
import { stepsOf, type OperationSpec, type StepSpec } from '../model/operationSpec.ts';

/** What conditions ask about: the operation, its settings and the answers so far. */
export interface AskedAbout {
  readonly spec: Pick<OperationSpec, 'phases'>;
  readonly settings: Readonly<Record<string, unknown>>;
  /** By step id. */
  readonly answers: Readonly<Record<string, unknown>>;
}

/** The one word that stands for an answer in a condition: of a choice the value chosen, of any other that it was given. */
function wordOf(answer: unknown): ConditionValue | undefined {
  if (typeof answer !== 'object' || answer === null) return undefined;
  const parts = Object.entries(answer as Readonly<Record<string, unknown>>).filter(([name]) => name !== 'stepId');
  const only = parts[0]?.[1];
  return parts.length === 1 && (typeof only === 'string' || typeof only === 'number' || typeof only === 'boolean')
    ? only
    : true;
}

/** What a name of a condition stands for in a job; undefined where it is not known. */
function valueIn({ settings, answers }: AskedAbout, [root, name = '']: ConditionPath): ConditionValue | undefined {
  switch (root) {
    case 'settings': {
      const value = settings[name];
      if (value === undefined) return false;
      return typeof value === 'object' ? true : (value as ConditionValue);
    }
    case 'answers':
      return wordOf(answers[name]);
    default:
      return undefined;
  }
}

/** Why a step is left out, in words; undefined where its condition holds or is not known. */
export function whyLeftOut(job: AskedAbout, step: StepSpec): string | undefined {
  if (step.when === undefined) return undefined;
  const condition = parseCondition(step.when);
  if (isConditionFault(condition)) return undefined;
  if (holds(condition, (path) => valueIn(job, path)) !== false) return undefined;
  return (
    step.otherwise ??
    `${step.when.replace(/answers\.([\w-]+)/g, (_, id: string) => stepsOf(job.spec).find((one) => one.id === id)?.title ?? id)} does not hold`
  );
}

/** Every step of the operation, with why it is left out as far as that is known by now. */
export function openedOrSkipped(job: AskedAbout): { readonly step: StepSpec; readonly skip: string | undefined }[] {
  return stepsOf(job.spec).map((step) => ({ step, skip: whyLeftOut(job, step) }));
}
