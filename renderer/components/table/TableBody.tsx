import { defaultRangeExtractor, useVirtualizer, type Range } from '@tanstack/react-virtual';
import { useEffect, useState, type RefObject } from 'react';
import { createRowSlots } from './rowSlots.ts';
import { GroupLine, TableRow } from './TableRow.tsx';
import type { TableColumn } from './tableColumn.ts';
import type { TableRows } from './useTableRows.ts';

/** Height of a row, and of the head. */
export const ROW_PX = 28;
/** Rows made above and below those in sight, so that a quick turn of the wheel finds them. */
const OVERSCAN = 6;

/** Id of a line's element. */
export function rowDomId(domId: string, line: number): string {
  return `${domId}-${line}`;
}

/** Key of the row that an element is within; undefined in a title and beside the rows. */
export function rowKeyAt<Row>(table: TableRows<Row>, within: EventTarget): string | undefined {
  const line = (within as HTMLElement).closest<HTMLElement>('[data-line]')?.dataset['line'];
  const at = line === undefined ? undefined : table.lineAt(Number(line));
  return at && 'row' in at ? at.key : undefined;
}

interface TableBodyProps<Row> {
  readonly domId: string;
  readonly table: TableRows<Row>;
  readonly columns: readonly TableColumn<Row>[];
  readonly scroller: RefObject<HTMLDivElement | null>;
  /** Is given what brings a line into sight. */
  readonly toLine: RefObject<((line: number) => void) | undefined>;
  readonly opens: boolean;
  readonly openKey: string | undefined;
  readonly selected: ReadonlySet<string>;
  /** Is always there, in sight or not: the grid names it as its active row. */
  readonly activeLine: number | undefined;
  readonly rowClass: ((row: Row) => string | undefined) | undefined;
}

/** The rows in sight. A component of its own, so that a turn of the wheel draws rows and nothing else of the table. */
export function TableBody<Row>(props: TableBodyProps<Row>) {
  const { domId, table, columns, scroller, toLine, opens, openKey, selected, activeLine, rowClass } = props;
  const [slots] = useState(createRowSlots);
  const [span] = useState(createSteadySpan);
  // The virtualizer's functions stay in this component, so leaving it unmemoized costs nothing.
  // eslint-disable-next-line react-hooks/incompatible-library
  const list = useVirtualizer({
    count: table.lineCount,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: OVERSCAN,
    paddingStart: ROW_PX,
    scrollPaddingStart: ROW_PX,
    initialRect: { width: 900, height: 600 },
    rangeExtractor: (range) => {
      const inSight = defaultRangeExtractor(span(range));
      return activeLine === undefined || activeLine >= table.lineCount || inSight.includes(activeLine)
        ? inSight
        : [...inSight, activeLine].sort((a, b) => a - b);
    },
  });
  useEffect(() => {
    toLine.current = (line) => list.scrollToIndex(line);
  }, [toLine, list]);
  const shown = list.getVirtualItems().flatMap(({ index, start }) => {
    const line = table.lineAt(index);
    if (!line) return [];
    return [{ index, topPx: start - ROW_PX, line, key: 'row' in line ? line.key : `\n${line.group.key}` }];
  });
  const { names, inOrder } = slots.place(
    shown.map(({ key, line }) => ({ key, isRow: 'row' in line })),
    list.isScrolling,
  );
  return (
    <div
      className="table-body"
      role="rowgroup"
      style={{ height: list.getTotalSize() - ROW_PX }}
      onFocus={({ target }) => slots.hold(rowKeyAt(table, target))}
      onBlur={() => slots.hold(undefined)}
    >
      {inOrder.map((at) => {
        const { index, topPx, line } = shown[at] as (typeof shown)[number];
        if ('group' in line) {
          const { title, note } = line.group;
          return <GroupLine key={names[at]} line={index} topPx={topPx} title={title} note={note} />;
        }
        return (
          <TableRow
            key={names[at]}
            rowKey={line.key}
            domId={rowDomId(domId, index)}
            line={index}
            topPx={topPx}
            columns={columns}
            row={line.row}
            className={rowClass?.(line.row)}
            opens={opens}
            open={line.key === openKey}
            selected={selected.has(line.key)}
            active={index === activeLine}
          />
        );
      })}
    </div>
  );
}

/** Takes a line more where one less is in sight by a few px, so that the number of lines stays while the table is scrolled. */
function createSteadySpan(): (range: Range) => Range {
  let most = 0;
  return (range) => {
    const { startIndex, endIndex, count } = range;
    const lines = endIndex - startIndex + 1;
    // In another window there is another number of them.
    most = lines === most - 1 ? most : lines;
    return { ...range, endIndex: Math.min(count - 1, startIndex + most - 1) };
  };
}
