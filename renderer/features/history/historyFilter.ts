import type { JobState, JobSummary } from '../../../core/model/job.ts';

/** What a person looks for in the history; an empty text or 0 leaves it open. */
export interface HistoryFilter {
  readonly find: string;
  readonly state: JobState | '';
  readonly operationId: string;
  /** Who started or drove it. */
  readonly who: string;
  /** Started within this many days. */
  readonly days: number;
}

export const NO_HISTORY_FILTER: HistoryFilter = { find: '', state: '', operationId: '', who: '', days: 0 };
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

/** What can be chosen in the lists, each once in order. */
export function historyChoices(jobs: readonly JobSummary[]): {
  readonly operations: readonly (readonly [id: string, title: string])[];
  readonly people: readonly string[];
  readonly states: readonly JobState[];
} {
  const known = jobs.filter(({ problem }) => problem === undefined);
  return {
    operations: [...new Map(known.map(({ operationId, title }) => [operationId, title]))],
    people: [...new Set(known.flatMap(({ startedBy, driver }) => [startedBy, driver]))].sort(),
    states: [...new Set(known.map(({ state }) => state))].sort(),
  };
}
