import {
  columnResizingFeature,
  columnSizingFeature,
  columnVisibilityFeature,
  rowSortingFeature,
  tableFeatures,
  useTable,
  type Updater,
} from '@tanstack/react-table';
import { useMemo } from 'react';
import { useActions, useApp } from '../../app/context.ts';
import { fitColumns } from './fitColumns.ts';
import { NO_TABLE_PREFERENCES, type TableColumn } from './tableColumn.ts';

const features = tableFeatures({
  columnResizingFeature,
  columnSizingFeature,
  columnVisibilityFeature,
  rowSortingFeature,
});
const LEAST_WIDTH_PX = 44;
const MOST_WIDTH_PX = 1600;
/** A step of a width by keyboard. */
const WIDTH_STEP_PX = 16;
/** Share of its width that a column of texts keeps in a narrow window. */
const YIELDS_TO = 0.7;
/** A head is never cut by yielding: width of a character of it, and of what stands around it. */
const HEAD_CHARACTER_PX = 6.6;
const HEAD_ROOM_PX = 22;
/** Rows are sorted and shown by the list beside, which has those in sight only. */
const NO_DATA: object[] = [];

const after = <T>(before: T, updater: Updater<T>): T =>
  typeof updater === 'function' ? (updater as (before: T) => T)(before) : updater;

/** Texts yield where the window is narrow; numbers, buttons, and what a person set keep their width. */
function leastWidth<Row>({ kind, holds, title }: TableColumn<Row>, widthPx: number, set: boolean): number {
  if (set || holds || kind === 'number' || kind === 'buttons') return widthPx;
  const headPx = title.length * HEAD_CHARACTER_PX + HEAD_ROOM_PX;
  return Math.min(widthPx, Math.max(LEAST_WIDTH_PX, headPx, Math.round(widthPx * YIELDS_TO)));
}

/** A column as it is shown now. */
export interface ShownColumn<Row> {
  readonly column: TableColumn<Row>;
  readonly widthPx: number;
  /** As narrow as it may become before the table is scrolled sideways. */
  readonly leastPx: number;
  readonly sorted: 'ascending' | 'descending' | undefined;
  /** Ascending, descending, as it came. */
  readonly sort: () => void;
  /** Begins a change of width by pointer. */
  readonly resize: (event: unknown) => void;
  readonly widen: (steps: number) => void;
  readonly resetWidth: () => void;
}

export interface TableColumns<Row> {
  /** Those that have a place, in their order. */
  readonly shown: readonly ShownColumn<Row>[];
  /** The same; the same list while they are. */
  readonly columns: readonly TableColumn<Row>[];
  /** With those that have no place in so narrow a window: what leaves the program does not go by the window. */
  readonly wanted: readonly TableColumn<Row>[];
  readonly sortedBy: TableColumn<Row> | undefined;
  readonly descending: boolean;
  readonly isShown: (columnId: string) => boolean;
  /** Wanted, and without a place. */
  readonly isFolded: (columnId: string) => boolean;
  readonly show: (columnId: string, shown: boolean) => void;
  /** Columns, widths and order as at first. */
  readonly reset: () => void;
}

/**
 * The columns of a table by the headless table: which are shown, how wide, what is sorted by; kept under `id` between starts. `roomPx` is what they have, once
 * it is measured: secondary columns fold where it is short, but for one that a person chose or sorts by.
 */
export function useTableColumns<Row>(
  id: string,
  columns: readonly TableColumn<Row>[],
  roomPx: number | undefined,
): TableColumns<Row> {
  const preferences = useApp((state) => state.tables[id]) ?? NO_TABLE_PREFERENCES;
  const { setTable } = useActions();
  const { sortBy, descending = false, shown, widthsPx } = preferences;
  const definitions = useMemo(
    () =>
      columns.map(({ id: columnId, value, widthPx, kind }) => ({
        id: columnId,
        accessorFn: value as (row: object) => unknown,
        size: widthPx,
        minSize: Math.min(widthPx, LEAST_WIDTH_PX),
        maxSize: MOST_WIDTH_PX,
        enableSorting: kind !== 'buttons',
        enableHiding: kind !== 'buttons',
        sortDescFirst: false,
      })),
    [columns],
  );
  const visibility = useMemo(
    () =>
      Object.fromEntries(
        columns.map(({ id: columnId, offAtFirst, kind }) => [
          columnId,
          kind === 'buttons' || (shown?.[columnId] ?? offAtFirst !== true),
        ]),
      ),
    [columns, shown],
  );
  const sorting = useMemo(() => (sortBy === undefined ? [] : [{ id: sortBy, desc: descending }]), [sortBy, descending]);
  const sizing = useMemo(() => ({ ...widthsPx }), [widthsPx]);
  const table = useTable<typeof features, object>({
    features,
    data: NO_DATA,
    columns: definitions,
    columnResizeMode: 'onChange',
    state: { sorting, columnVisibility: visibility, columnSizing: sizing },
    onSortingChange: (updater) => {
      const [next] = after(sorting, updater);
      setTable(id, { sortBy: next?.id, descending: next?.desc });
    },
    onColumnVisibilityChange: (updater) => setTable(id, { shown: after(visibility, updater) }),
    onColumnSizingChange: (updater) => setTable(id, { widthsPx: after(sizing, updater) }),
  });
  const visible = useMemo(() => columns.filter(({ id: columnId }) => visibility[columnId]), [columns, visibility]);
  const byId = useMemo(() => new Map(columns.map((column) => [column.id, column])), [columns]);
  const headers = table.getFlatHeaders();
  const placed = fitColumns(
    headers.flatMap((header) => {
      const column = byId.get(header.column.id);
      if (!column) return [];
      const widthPx = header.column.getSize();
      const isChosen = shown?.[column.id] === true || sortBy === column.id;
      return [
        {
          ...{
            id: column.id,
            header,
            column,
            wishPx: widthPx,
            yieldsLast: column.kind === 'name' || column.grows === true,
          },
          leastPx: leastWidth(column, widthPx, widthsPx?.[column.id] !== undefined),
          folds: isChosen ? undefined : column.folds,
        },
      ];
    }),
    roomPx,
  );
  const shownColumns = placed.map(({ header, column, wishPx: widthPx, leastPx }): ShownColumn<Row> => {
    const order = header.column.getIsSorted();
    const setWidth = (px: number): void =>
      setTable(id, {
        widthsPx: { ...widthsPx, [column.id]: Math.max(LEAST_WIDTH_PX, Math.min(MOST_WIDTH_PX, px)) },
      });
    return {
      column,
      widthPx,
      leastPx,
      sorted: order === false ? undefined : order === 'asc' ? 'ascending' : 'descending',
      sort: () => header.column.toggleSorting(),
      resize: header.getResizeHandler(),
      widen: (steps) => setWidth(widthPx + steps * WIDTH_STEP_PX),
      resetWidth: () => {
        const rest = { ...widthsPx };
        delete rest[column.id];
        setTable(id, { widthsPx: rest });
      },
    };
  });
  const placedIds = placed.map((one) => one.id).join(' ');
  const placedColumns = useMemo(() => {
    const ids = new Set(placedIds.split(' '));
    return visible.filter((column) => ids.has(column.id));
  }, [visible, placedIds]);
  return {
    shown: shownColumns,
    columns: placedColumns,
    wanted: visible,
    sortedBy: sortBy === undefined ? undefined : byId.get(sortBy),
    descending,
    isShown: (columnId) => placedColumns.some((column) => column.id === columnId),
    isFolded: (columnId) => visibility[columnId] === true && !placedColumns.some((column) => column.id === columnId),
    show: (columnId, is) => setTable(id, { shown: { ...shown, [columnId]: is } }),
    reset: () => setTable(id, { sortBy: undefined, descending: undefined, shown: undefined, widthsPx: undefined }),
  };
}
