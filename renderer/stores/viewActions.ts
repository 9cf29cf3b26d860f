import { NOTHING_SELECTED, type RowSelection } from '../components/table/rowSelection.ts';
import type { TablePreferences } from '../components/table/tableColumn.ts';
import { withFilter, type FilterKind, type FilterKinds } from './filters.ts';
import type { AppStore } from './store.ts';
import {
  sideWidth,
  type Grouping,
  type InventoryDialogAsked,
  type Place,
  type SystemTab,
  type Theme,
  type Times,
  type ViewKind,
} from './viewSlice.ts';
import { without } from './without.ts';
import { draftKey } from './workSlice.ts';

/** Where a person is, how it looks, and what they began and did not send: of this window alone. */
export function createViewActions({ getState: get, setState: set }: AppStore) {
  const go = (place: Place): void =>
    set({
      ...{ place, placeChosen: true, shownStep: undefined, openNode: undefined },
      selectedNodes: NOTHING_SELECTED,
    });

  return {
    go,
    showSystem: (systemId: string, tab: SystemTab) => go({ kind: 'system', systemId, tab }),
    showJob: (systemId: string, jobId: string) => go({ kind: 'job', systemId, jobId }),
    compareJobs: (systemId: string, jobIds: readonly [string, string]) => go({ kind: 'compare', systemId, jobIds }),
    showStep: (stepId: string | undefined) => set({ shownStep: stepId }),
    /** Opens a node's drawer; on a narrow window it takes the place of the help. */
    showNode: (nodeId: string | undefined) =>
      set(nodeId === undefined ? { openNode: nodeId } : { openNode: nodeId, helpOpen: false }),
    selectNodes: (selectedNodes: RowSelection) => set({ selectedNodes }),
    /** Columns, widths and order of a table; members that are given undefined are as at first. */
    setTable: (id: string, changed: TablePreferences) =>
      set(({ tables }) => ({ tables: { ...tables, [id]: { ...tables[id], ...changed } } })),
    setSideWidth: (px: number) => set({ sideWidthPx: sideWidth(px) }),
    setTheme: (theme: Theme) => set({ theme }),
    setSingleKeys: (singleKeys: boolean) => set({ singleKeys }),
    showOverlay: (overlay: 'palette' | 'shortcuts' | undefined) => set({ overlay }),
    setTimes: (times: Times) => set({ times }),
    showSettings: (): void => {
      const from = get().place;
      if (from.kind !== 'settings') go({ kind: 'settings', from });
    },
    setViewKind: (viewKind: ViewKind) => set({ viewKind }),
    setGrouping: (grouping: Grouping) => set({ grouping }),
    /** What is looked for in a list; kept for the thing that the list is of. */
    setFilter: <K extends FilterKind>(kind: K, of: string, filter: FilterKinds[K]) =>
      set(({ filters }) => ({ filters: withFilter(filters, kind, of, filter) })),
    setHelp: (helpOpen: boolean) => set({ helpOpen }),
    forgetError: (key: string) => set((state) => ({ errors: without(state.errors, key) })),
    showSystemForm: (systemForm: string | undefined) => set({ systemForm }),
    showInventoryDialog: (inventoryDialog: InventoryDialogAsked | undefined) => set({ inventoryDialog }),
    keepTyped: (about: string, value: unknown) =>
      set(({ typed }) => ({ typed: value === undefined ? without(typed, about) : { ...typed, [about]: value } })),
    setDraft: (jobId: string, stepId: string, attempt: number, answer: unknown) =>
      set((state) => ({ drafts: { ...state.drafts, [draftKey(jobId, stepId, attempt)]: answer } })),
    setMessage: (jobId: string, text: string) => set((state) => ({ messages: { ...state.messages, [jobId]: text } })),
  };
}
