import {
  useDeferredValue,
  useId,
  useMemo,
  useRef,
  useState,
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
} from 'react';
import { useActions, useApp } from '../../app/context.ts';
import { selectClosable } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';
import { ContextMenu, type MenuEntries } from '../ContextMenu.tsx';
import { AskError } from '../ErrorNote.tsx';
import { CHOICE_CLASS, choiceColumn, chooseRow, type RowChoice } from './rowChoice.tsx';
import { NOTHING_SELECTED, selectByKey, selectRow, type RowSelection, type SelectionKeys } from './rowSelection.ts';
import { TableHeader } from './TableHeader.tsx';
import { ROW_PX, rowDomId, rowKeyAt, TableBody } from './TableBody.tsx';
import { formatCount, type TableColumn } from './tableColumn.ts';
import { TableMenu } from './TableMenu.tsx';
import { tableText, type TableFormat } from './tableText.ts';
import { useTableColumns } from './useTableColumns.ts';
import { useTableRows, type RowGroup, type TableLine } from './useTableRows.ts';
import { News } from '../News.tsx';
import { useWidthPx } from '../useWidthPx.ts';

const PAGE_ROWS = 20;
/** Parts of a row that act by the table; any other button does its own work. */
const OWN_CLASSES = ['row-opener', CHOICE_CLASS];
const INTERACTIVE = 'button, a, input, select, textarea, label, [role=separator]';

interface DataTableProps<Row> {
  /** Columns, widths and order are kept under it. */
  readonly id: string;
  readonly label: string;
  /** Stay the same from one drawing to the next, so that only rows that changed are drawn. */
  readonly columns: readonly TableColumn<Row>[];
  readonly rows: readonly Row[];
  /** The rows under titles; together they are `rows`. */
  readonly groups?: readonly RowGroup<Row>[] | undefined;
  readonly keyOf: (row: Row) => string;
  /** Enter, or a click on the row. */
  readonly onOpen?: ((key: string) => void) | undefined;
  /** The row that is open elsewhere, in a drawer. */
  readonly openKey?: string | undefined;
  /** Given where the selection is known outside too. */
  readonly selection?: RowSelection | undefined;
  readonly onSelect?: ((selection: RowSelection) => void) | undefined;
  /** Given where rows are chosen as an answer, in place of a selection. Space and a click choose. */
  readonly choice?: RowChoice<Row> | undefined;
  /** What can be done with rows, for the menu of the right button. */
  readonly menuOf?: ((keys: readonly string[]) => MenuEntries) | undefined;
  readonly rowClass?: ((row: Row) => string | undefined) | undefined;
  /** Fills what is left of its surroundings; otherwise it is as high as its rows, up to a share of the window. */
  readonly fills?: boolean | undefined;
  /** Begin of the name of a saved file. */
  readonly fileName: string;
  /** In place of rows where there are none. */
  readonly empty?: ReactNode;
}

/**
 * The one table of the windows. Only rows in sight exist. One stop for the Tab key: arrows move, Shift takes rows along, Space marks, Enter opens, Ctrl+A
 * marks all, Ctrl+C copies. Columns are sorted, widened, chosen; rows are copied and saved as CSV or JSON.
 */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { id, label, rows: given, groups, keyOf, onOpen, openKey, choice, menuOf, rowClass, fileName } = props;
  const domId = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const body = useRef<((line: number) => void) | undefined>(undefined);
  const [own, setOwn] = useState<RowSelection>(NOTHING_SELECTED);
  const [activeKey, setActiveKey] = useState<string | undefined>();
  const [menuAt, setMenuAt] = useState<{ x: number; y: number; keys: readonly string[] } | undefined>();
  const [savedAs, setSavedAs] = useState<string | undefined>();
  const { saveText } = useActions();
  const closable = useApp(selectClosable);
  const chosen = choice?.chosen;
  const selection = useMemo(
    () => (chosen ? { keys: chosen, anchor: own.anchor } : (props.selection ?? own)),
    [chosen, props.selection, own],
  );
  const select = props.onSelect ?? setOwn;
  const all = useChoosable(props.columns, choice);

  const widthPx = useWidthPx(scroller);
  const columns = useTableColumns(id, all, widthPx === undefined ? undefined : widthPx - MENU_PX);
  // The head shows the new order at once; the rows follow in pieces, between which the window takes the next input.
  const sortedBy = useDeferredValue(columns.sortedBy);
  const descending = useDeferredValue(columns.descending);
  const table = useTableRows(given, groups, keyOf, sortedBy, descending);
  const { rows, lineCount, lineAt, lineOf } = table;
  const template = columns.shown
    .map(({ column, widthPx, leastPx }) => `minmax(${leastPx}px, ${column.grows ? '1fr' : `${widthPx}px`})`)
    .join(' ');
  const leastWidthPx = columns.shown.reduce((sum, { leastPx }) => sum + leastPx, 0) + MENU_PX;
  const wishedPx = columns.shown.reduce((sum, { widthPx }) => sum + widthPx, 0) + MENU_PX;
  const shownColumns = columns.columns;

  const rowsOf = (wanted: readonly string[]): Row[] => {
    const chosen = new Set(wanted);
    return rows.filter((row) => chosen.has(keyOf(row)));
  };
  const copy = (which: readonly Row[]): void =>
    void navigator.clipboard?.writeText(tableText(columns.wanted, which, 'tabs'));
  const save = (format: TableFormat & ('csv' | 'json'), which: readonly Row[]): void => {
    setSavedAs(undefined);
    void saveText(`table:${id}`, `${fileName}.${format}`, tableText(columns.wanted, which, format)).then(setSavedAs);
  };
  // What is marked and shown leaves the table; all of it where nothing is.
  const marked = useMemo(
    () => (chosen || selection.keys.size === 0 ? [] : rows.filter((row) => selection.keys.has(keyOf(row)))),
    [rows, keyOf, chosen, selection.keys],
  );
  const leaving = marked.length > 1 ? marked : rows;
  const exports: MenuEntries = [
    { id: 'copy', text: t.tables.copy(leaving.length), disabled: rows.length === 0, run: () => copy(leaving) },
    { id: 'csv', text: t.tables.csv, disabled: rows.length === 0, run: () => save('csv', leaving) },
    { id: 'json', text: t.tables.json, disabled: rows.length === 0, run: () => save('json', leaving) },
    { id: 'reset', text: t.tables.reset, run: columns.reset },
  ];

  const activeLine = useMemo(() => (activeKey === undefined ? undefined : lineOf(activeKey)), [lineOf, activeKey]);
  const rowId = (line: number): string => rowDomId(domId, line);

  /** Marks a row, or chooses it. */
  const point = (key: string, held: SelectionKeys): void => {
    if (!choice) return select(selectRow(selection, key, held, table.keys()));
    const { isOff, locked, oneOnly = false, onChoose } = choice;
    if (locked) return;
    const canBe = rows.filter((row) => !isOff?.(row)).map(keyOf);
    if (!canBe.includes(key)) return;
    const anchor = held.shiftKey ? own.anchor : undefined;
    onChoose(chooseRow(choice.chosen, key, { order: canBe, anchor, oneOnly }));
    setOwn({ keys: own.keys, anchor: key });
  };

  const openMenu = (key: string, x: number, y: number): void => {
    const wanted = !choice && selection.keys.has(key) ? marked.map(keyOf) : [key];
    if (!choice && !selection.keys.has(key)) select({ keys: new Set([key]), anchor: key });
    setActiveKey(key);
    setMenuAt({ x, y, keys: wanted });
  };

  function chooseAll({ chosen, locked, oneOnly, isOff, onChoose }: NonNullable<typeof choice>): void {
    if (!locked && !oneOnly) onChoose(new Set([...chosen, ...rows.filter((row) => !isOff?.(row)).map(keyOf)]));
  }

  function onClick(event: MouseEvent<HTMLDivElement>): void {
    const key = rowKeyAt(table, event.target);
    const within = (event.target as HTMLElement).closest(INTERACTIVE);
    // A button of a row does its own work; it has no part in marking.
    if (key === undefined || (within && !OWN_CLASSES.some((name) => within.classList.contains(name)))) return;
    setActiveKey(key);
    point(key, event);
    // The box took the focus; the arrows belong to the table.
    if (choice) scroller.current?.focus({ preventScroll: true });
    if (onOpen && !event.shiftKey && !event.ctrlKey && !event.metaKey) onOpen(key);
  }

  function moveTo(line: number, event: KeyboardEvent): void {
    const step = line > (activeLine ?? -1) ? 1 : -1;
    let at = Math.max(0, Math.min(lineCount - 1, line));
    // Titles of groups are passed over, and at an end the other way is taken.
    for (const way of [step, -step]) {
      let found = at;
      while (isTitle(lineAt(found))) found += way;
      if (lineAt(found)) {
        at = found;
        break;
      }
    }
    const next = lineAt(at);
    if (!next || !('row' in next)) return;
    setActiveKey(next.key);
    if (event.shiftKey && !choice) {
      const from =
        selection.anchor === undefined && activeKey !== undefined ? { ...selection, anchor: activeKey } : selection;
      select(selectRow(from, next.key, event, table.keys()));
    }
    body.current?.(at);
  }

  function onKeyDown(event: KeyboardEvent<HTMLDivElement>): void {
    if (event.target !== event.currentTarget) return;
    const ctrl = event.ctrlKey || event.metaKey;
    const at = activeLine ?? -1;
    const to: Readonly<Record<string, number>> = {
      ArrowDown: at + 1,
      ArrowUp: at === -1 ? 0 : at - 1,
      PageDown: at + PAGE_ROWS,
      PageUp: at - PAGE_ROWS,
      Home: 0,
      End: lineCount - 1,
    };
    const target = to[event.key];
    const selected = choice
      ? undefined
      : selectByKey(selection, event, { active: activeKey, order: table.keys, closable });
    if (target !== undefined) moveTo(target, event);
    else if (selected) select(selected);
    else if (event.key === 'Enter' && activeKey !== undefined && onOpen) onOpen(activeKey);
    else if (choice && event.key === ' ' && activeKey !== undefined) point(activeKey, event);
    else if (choice && ctrl && event.key === 'a') chooseAll(choice);
    else if (ctrl && event.key === 'c' && window.getSelection()?.isCollapsed !== false) {
      copy(marked.length > 0 ? marked : activeKey === undefined ? rows : rowsOf([activeKey]));
    } else if ((event.key === 'ContextMenu' || (event.shiftKey && event.key === 'F10')) && activeKey !== undefined) {
      const row = document.getElementById(rowId(activeLine ?? 0))?.getBoundingClientRect();
      openMenu(activeKey, (row?.left ?? 0) + 24, row?.bottom ?? 0);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  return (
    <div
      className={props.fills ? 'data-table fills' : 'data-table'}
      style={{ maxWidth: Math.max(WIDE_PX, Math.round(wishedPx * ROOMY)) }}
    >
      <div
        ref={scroller}
        className="table-scroll"
        role="grid"
        tabIndex={0}
        aria-label={label}
        aria-rowcount={lineCount + 1}
        aria-colcount={columns.shown.length}
        aria-multiselectable={choice?.oneOnly !== true}
        aria-activedescendant={activeLine === undefined ? undefined : rowId(activeLine)}
        // As high as its rows, and a bar to push it sideways below them, not over the last one.
        style={props.fills ? undefined : { minHeight: 2 * ROW_PX + 2 }}
        onClick={onClick}
        onKeyDown={onKeyDown}
        onContextMenu={(event) => {
          const key = rowKeyAt(table, event.target);
          if (key === undefined) return;
          event.preventDefault();
          openMenu(key, event.clientX, event.clientY);
        }}
      >
        <div
          className="table-sheet"
          role="presentation"
          style={{ minWidth: leastWidthPx, '--columns': template } as never}
        >
          <TableHeader columns={columns.shown} />
          <TableBody
            domId={domId}
            table={table}
            columns={shownColumns}
            scroller={scroller}
            toLine={body}
            opens={onOpen !== undefined}
            openKey={openKey}
            selected={selection.keys}
            activeLine={activeLine}
            rowClass={rowClass}
          />
        </div>
      </div>
      <span className="table-menu">
        <TableMenu label={label} columns={columns} all={all} entries={exports} />
      </span>
      {rows.length === 0 && props.empty !== undefined && <p className="sub table-empty">{props.empty}</p>}
      <AskError ask={`table:${id}`} />
      {savedAs !== undefined && (
        <News as="p" className="table-foot">
          {t.tables.saved(savedAs)}
        </News>
      )}
      {menuAt && (
        <ContextMenu
          label={t.tables.rowsMenu(formatCount(menuAt.keys.length))}
          at={menuAt}
          entries={[
            ...(menuOf?.(menuAt.keys) ?? []),
            ...(menuOf ? [undefined] : []),
            {
              id: 'copy-rows',
              text: t.tables.copy(menuAt.keys.length),
              run: () => copy(rowsOf(menuAt.keys)),
            },
          ]}
          onClose={() => {
            setMenuAt(undefined);
            scroller.current?.focus();
          }}
        />
      )}
    </div>
  );
}

const isTitle = (line: TableLine<unknown> | undefined): boolean => line !== undefined && 'group' in line;

function useChoosable<Row>(
  columns: readonly TableColumn<Row>[],
  choice: RowChoice<Row> | undefined,
): readonly TableColumn<Row>[] {
  const { nameOf, isOff, oneOnly, locked = false } = choice ?? {};
  return useMemo(
    () => (nameOf ? [choiceColumn<Row>({ nameOf, isOff, oneOnly, locked }), ...columns] : columns),
    [columns, nameOf, isOff, oneOnly, locked],
  );
}

/** As wide as every table may become; on a wider screen a row is not drawn out so that its ends are hard to hold together. */
const WIDE_PX = 1400;
/** Or so many times as wide as its columns wish. */
const ROOMY = 1.4;
/** Room of the menu's button at the right end of the head. */
const MENU_PX = 28;
