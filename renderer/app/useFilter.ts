import { filterOf, isFiltering, NO_FILTER, type FilterKind, type FilterKinds } from '../stores/filters.ts';
import { useActions, useApp } from './context.ts';

/** What is looked for in a list of a thing, whether anything is left out by it, and how that is changed or ended. */
export function useFilter<K extends FilterKind>(kind: K, of: string) {
  const filter = useApp((state) => filterOf(state.filters, kind, of));
  const { setFilter } = useActions();
  return {
    filter,
    filters: isFiltering(filter),
    change: (part: Partial<FilterKinds[K]>) => setFilter(kind, of, { ...filter, ...part }),
    clear: () => setFilter(kind, of, NO_FILTER[kind]),
  };
}
