import { Fragment, memo, type ReactNode } from 'react';
import { formatCount, type TableColumn } from './tableColumn.ts';
import { MiddleName } from './MiddleName.tsx';

interface TableRowProps<Row> {
  readonly rowKey: string;
  readonly domId: string;
  /** From 0; the head is before it. */
  readonly line: number;
  readonly topPx: number;
  readonly columns: readonly TableColumn<Row>[];
  readonly row: Row;
  readonly className: string | undefined;
  /** Its name opens it. */
  readonly opens: boolean;
  readonly open: boolean;
  readonly selected: boolean;
  readonly active: boolean;
}

function contentOf<Row>(
  column: TableColumn<Row>,
  row: Row,
  { rowKey, opens, selected }: { readonly rowKey: string; readonly opens: boolean; readonly selected: boolean },
): ReactNode {
  if (column.show) {
    const shown = column.show(row, selected);
    // What a person began in one row is not gone on with in another one that gets the same element.
    return column.stateless || typeof shown !== 'object' ? shown : <Fragment key={rowKey}>{shown}</Fragment>;
  }
  if (column.kind !== 'name') return textOf(column, row);
  const name = <MiddleName text={textOf(column, row)} />;
  // The grid is the stop of the Tab key, and Enter opens the row.
  return opens ? (
    <button type="button" className="link row-opener" tabIndex={-1}>
      {name}
    </button>
  ) : (
    name
  );
}

function textOf<Row>(column: TableColumn<Row>, row: Row): string {
  const value = column.value(row);
  if (value === undefined) return '';
  return typeof value === 'number' ? formatCount(value) : String(value);
}

function TableRowOf<Row>({ rowKey, domId, line, topPx, columns, row, ...rest }: TableRowProps<Row>) {
  const { className, opens, open, selected, active } = rest;
  const classes = [
    'table-line',
    className,
    open && 'open',
    selected && 'selected',
    active && 'active',
    opens && 'opens',
  ];
  // One cell opens the row: its first name.
  const opener = opens ? columns.find(({ kind }) => kind === 'name') : undefined;
  return (
    <div
      id={domId}
      role="row"
      data-line={line}
      aria-rowindex={line + 2}
      aria-selected={selected}
      className={classes.filter(Boolean).join(' ')}
      style={{ top: topPx }}
    >
      {columns.map((column, at) => (
        <div
          key={column.id}
          role="gridcell"
          aria-colindex={at + 1}
          className={cellClass(column)}
          title={titleOf(column, row)}
        >
          {contentOf(column, row, { rowKey, opens: column === opener, selected })}
        </div>
      ))}
    </div>
  );
}

function cellClass<Row>({ kind }: TableColumn<Row>): string {
  if (kind === 'number') return 'table-cell number';
  if (kind === 'name') return 'table-cell mono';
  return kind === 'buttons' ? 'table-cell row-buttons' : 'table-cell';
}

/** Texts shorter than that fit any column. */
const LEAST_TOLD_CHARS = 5;

/** What may not fit is under the pointer whole. */
function titleOf<Row>(column: TableColumn<Row>, row: Row): string | undefined {
  if (column.kind === 'buttons' || column.kind === 'number') return undefined;
  const text = String((column.exported ?? column.value)(row) ?? '');
  return text.length >= LEAST_TOLD_CHARS ? text : undefined;
}

/** Drawn again only when something of it changed: a table of many rows changes many times a second. */
export const TableRow = memo(TableRowOf) as typeof TableRowOf;

/** The title of a group. */
export function GroupLine({
  line,
  topPx,
  title,
  note,
}: {
  readonly line: number;
  readonly topPx: number;
  readonly title: string;
  readonly note: string;
}) {
  return (
    <div className="table-line table-group" role="row" aria-rowindex={line + 2} style={{ top: topPx }}>
      <div role="gridcell" className="table-cell">
        <b>{title}</b> <small>{note}</small>
      </div>
    </div>
  );
}
