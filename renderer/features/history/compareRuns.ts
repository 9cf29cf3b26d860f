import type { AnswerOutline, JobHead, StepHead } from '../../../core/model/jobParts.ts';
import { nodesInTrouble } from '../../../core/model/cellCounts.ts';
import type { JobPlan, StepState } from '../../../core/model/job.ts';
import { settingsInWords } from '../../../core/model/settingWords.ts';
import { formatEvr } from '../../../core/model/rpmVersion.ts';
import { t } from '../../texts/en.ts';

/** What is known of one of two runs that are compared. */
export interface ComparedRun {
  readonly head: JobHead;
  /** Absent: it has none, or it has not come yet. */
  readonly plan?: JobPlan | undefined;
}

type Pair<T> = readonly [T | undefined, T | undefined];

/** One step of a run in figures. */
export interface StepFigures {
  readonly state: StepState;
  /** The master's clock. */
  readonly startedAtMs?: number | undefined;
  readonly endedAtMs?: number | undefined;
  /** Absent: it has not ended. */
  readonly tookMs?: number | undefined;
  /** Attempts at the whole step. */
  readonly attempts: number;
  readonly done?: number | undefined;
  /** Failed, unreachable or unknown. */
  readonly trouble?: number | undefined;
  /** Nodes that a person decided to go on without. */
  readonly ignored?: number | undefined;
}

/** The same step of both runs; one of them may not have it. */
export interface ComparedStep {
  readonly stepId: string;
  readonly title: string;
  readonly runs: Pair<StepFigures>;
}

/** Something that was decided, or a version, as it was in each run. */
export interface ComparedValue {
  readonly key: string;
  readonly title: string;
  readonly values: Pair<string>;
  readonly differs: boolean;
}

export function stepFigures({ state, startedAtMs, endedAtMs, attempt, counts }: StepHead): StepFigures {
  return {
    ...{ state, startedAtMs, endedAtMs, attempts: attempt },
    ...(startedAtMs === undefined || endedAtMs === undefined ? {} : { tookMs: endedAtMs - startedAtMs }),
    ...(counts ? { done: counts.ok, trouble: nodesInTrouble(counts), ignored: counts.ignored } : {}),
  };
}

/** Keys of both in the order of the first, what only the second has where it stands there. */
function merged(a: readonly string[], b: readonly string[]): string[] {
  const order = [...a];
  b.forEach((key, i) => {
    if (order.includes(key)) return;
    const before = b.slice(0, i).findLast((one) => order.includes(one));
    order.splice(before === undefined ? 0 : order.indexOf(before) + 1, 0, key);
  });
  return order;
}

/** Steps of both runs side by side. */
export function compareSteps(runs: readonly [ComparedRun, ComparedRun]): readonly ComparedStep[] {
  const [a, b] = runs.map(({ head }) => head) as [JobHead, JobHead];
  return merged(a.stepOrder, b.stepOrder).map((stepId): ComparedStep => {
    const steps = [a.steps[stepId], b.steps[stepId]] as const;
    return {
      stepId,
      title: (steps[0] ?? steps[1])?.title ?? stepId,
      runs: [steps[0] && stepFigures(steps[0]), steps[1] && stepFigures(steps[1])],
    };
  });
}

const words = t.operations.compare;

function valueText(value: AnswerOutline[string]): string {
  if (typeof value === 'boolean') return value ? words.yes : words.no;
  if (typeof value !== 'object') return String(value);
  const members = Object.entries(value).map(([name, one]) => `${name} ${String(one)}`);
  return members.length === 0 ? words.none : members.join(', ');
}

/** Where a step asks for one thing, its title says which. */
function outlineText(outline: AnswerOutline): string {
  const entries = Object.entries(outline);
  const [only] = entries;
  if (only && entries.length === 1) return valueText(only[1]);
  return entries.map(([name, value]) => `${name}: ${valueText(value)}`).join('; ');
}

function pairs(titles: ReadonlyMap<string, string>, a: Record<string, string>, b: Record<string, string>) {
  return merged(Object.keys(a), Object.keys(b)).map((key): ComparedValue => {
    const values = [a[key], b[key]] as const;
    return { key, title: titles.get(key) ?? key, values, differs: values[0] !== values[1] };
  });
}

/** Answers that were given at each step, and settings that the runs began with; `momentText` says a moment by the reader's clock. */
export function compareAnswers(
  runs: readonly [ComparedRun, ComparedRun],
  momentText: (atMs: number) => string,
): readonly ComparedValue[] {
  const titles = new Map<string, string>();
  const [a, b] = runs.map(({ head }) => {
    const made: Record<string, string> = {};
    for (const { name, title, text } of settingsInWords(head, momentText)) {
      titles.set(name, title);
      made[name] = text;
    }
    for (const stepId of head.stepOrder) {
      titles.set(stepId, head.steps[stepId]?.title ?? stepId);
      const outline = head.answered[stepId];
      if (outline) made[stepId] = outlineText(outline);
    }
    return made;
  }) as [Record<string, string>, Record<string, string>];
  return pairs(titles, a, b);
}

/** Planned versions, by package; builds for several architectures stand together. */
export function compareVersions(runs: readonly [ComparedRun, ComparedRun]): readonly ComparedValue[] {
  const [a, b] = runs.map(({ plan }) => {
    const made: Record<string, string> = {};
    for (const one of plan?.packages ?? []) made[one.label ?? one.name] = formatEvr(one);
    return made;
  }) as [Record<string, string>, Record<string, string>];
  return pairs(new Map(), a, b);
}
