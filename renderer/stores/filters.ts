import { STATE_ORDER } from '../../core/model/cellCounts.ts';
import type { CellState, JobState } from '../../core/model/job.ts';
import { JOB_STATE_WORDS } from '../../core/model/stateWords.ts';

/* What a person looks for in a list, by the thing that the list is of: nodes of an operation are looked for anew in the next one. */

/** Which nodes of an operation are shown: by words, and by state where any is named. */
export interface NodeFilter {
  readonly find: string;
  readonly states: readonly CellState[];
}

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

/** Which nodes of a system are shown. */
export interface SystemNodesFilter {
  readonly find: string;
  readonly reachable: 'yes' | 'no' | 'unknown' | '';
}

/** The lists that are filtered: nodes of an operation; operations that are over, and nodes, of a system. */
export interface FilterKinds {
  readonly job: NodeFilter;
  readonly history: HistoryFilter;
  readonly nodes: SystemNodesFilter;
}
export type FilterKind = keyof FilterKinds;
/** By `filterKey`; of a list that is not filtered there is none. */
export type Filters = Readonly<Record<string, FilterKinds[FilterKind]>>;

export const NO_FILTER: FilterKinds = {
  job: { find: '', states: [] },
  history: { find: '', state: '', operationId: '', who: '', days: 0 },
  nodes: { find: '', reachable: '' },
};

/** Filters that are kept; beyond them the one that was changed longest ago is forgotten. */
const MOST_FILTERS = 60;
const LONGEST_TEXT = 200;

export const filterKey = (kind: FilterKind, of: string): string => `${kind} ${of}`;

const isEmpty = (value: unknown): boolean =>
  Array.isArray(value) ? value.length === 0 : typeof value === 'string' ? value.trim() === '' : value === 0;

/** Whether anything is left out by it. */
export function isFiltering(filter: FilterKinds[FilterKind]): boolean {
  return Object.values(filter).some((value) => !isEmpty(value));
}

/** The filter of a list; the same object while it is. */
export function filterOf<K extends FilterKind>(filters: Filters, kind: K, of: string): FilterKinds[K] {
  const key = filterKey(kind, of);
  return (Object.hasOwn(filters, key) ? filters[key] : NO_FILTER[kind]) as FilterKinds[K];
}

/** The filters with another one for a list. */
export function withFilter<K extends FilterKind>(
  filters: Filters,
  kind: K,
  of: string,
  filter: FilterKinds[K],
): Filters {
  const key = filterKey(kind, of);
  const others = Object.entries(filters).filter(([other]) => other !== key);
  const kept = isFiltering(filter) ? [[key, filter] as const] : [];
  return Object.fromEntries([...others, ...kept].slice(-MOST_FILTERS));
}

const READ: { readonly [K in FilterKind]: (stored: Readonly<Record<string, unknown>>) => FilterKinds[K] } = {
  job: ({ find, states }) => ({
    find: textOf(find),
    states: STATE_ORDER.filter((state) => Array.isArray(states) && states.includes(state)),
  }),
  history: ({ find, state, operationId, who, days }) => ({
    ...{ find: textOf(find), operationId: textOf(operationId), who: textOf(who) },
    state: typeof state === 'string' && Object.hasOwn(JOB_STATE_WORDS, state) ? (state as JobState) : '',
    days: typeof days === 'number' && days > 0 ? days : 0,
  }),
  nodes: ({ find, reachable }) => ({
    find: textOf(find),
    reachable: (['yes', 'no', 'unknown'] as const).find((one) => one === reachable) ?? '',
  }),
};

const textOf = (value: unknown): string => (typeof value === 'string' ? value.slice(0, LONGEST_TEXT) : '');

/** Filters read from storage, every member checked; what is not understood leaves nothing out. */
export function checkedFilters(stored: unknown): Filters {
  if (typeof stored !== 'object' || stored === null) return {};
  let filters: Filters = {};
  for (const [key, one] of Object.entries(stored) as [string, unknown][]) {
    const at = key.indexOf(' ');
    const kind = (Object.keys(READ) as FilterKind[]).find((name) => name === key.slice(0, Math.max(0, at)));
    if (kind && typeof one === 'object' && one !== null)
      filters = withFilter(filters, kind, key.slice(at + 1), READ[kind](one as Record<string, unknown>));
  }
  return filters;
}
