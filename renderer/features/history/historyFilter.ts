import type { JobState, JobSummary } from '../../../core/model/job.ts';
import { NO_FILTER, type HistoryFilter } from '../../stores/filters.ts';

export const HISTORY_DAYS = [1, 7, 30, 365] as const;
const DAY_MS = 86_400_000;

/** The jobs that are looked for. One whose journal cannot be read is found by its number alone. */
export function filterHistory(
  jobs: readonly JobSummary[],
  filter: HistoryFilter,
  nowMs: number,
): readonly JobSummary[] {
  const { state, operationId, who, days } = filter;
  const find = filter.find.trim().toLowerCase();
  return jobs.filter((job) => {
    const known = job.problem === undefined;
    if (state !== '' && !(known && job.state === state)) return false;
    if (operationId !== '' && !(known && job.operationId === operationId)) return false;
    if (who !== '' && !(known && (job.startedBy === who || job.driver === who))) return false;
    if (days > 0 && !(known && job.startedAtMs >= nowMs - days * DAY_MS)) return false;
    if (find === '') return true;
    const texts = known
      ? [job.title, job.currentStepTitle ?? job.currentStep, job.startedBy, job.driver, String(job.jobNumber)]
      : [String(job.jobNumber)];
    return texts.some((text) => text.toLowerCase().includes(find));
  });
}

/** What can be chosen in the lists, each once in order; what is looked for now is among it though no job is so any more. */
export function historyChoices(
  jobs: readonly JobSummary[],
  { state, operationId, who }: Pick<HistoryFilter, 'state' | 'operationId' | 'who'> = NO_FILTER.history,
): {
  readonly operations: readonly (readonly [id: string, title: string])[];
  readonly people: readonly string[];
  readonly states: readonly JobState[];
} {
  const known = jobs.filter(({ problem }) => problem === undefined);
  const people = new Set(known.flatMap(({ startedBy, driver }) => [startedBy, driver]));
  const states = new Set(known.map((job) => job.state));
  const operations = new Map(known.map((job) => [job.operationId, job.title]));
  if (who !== '') people.add(who);
  if (state !== '') states.add(state);
  if (operationId !== '' && !operations.has(operationId)) operations.set(operationId, operationId);
  return { operations: [...operations], people: [...people].sort(), states: [...states].sort() };
}
