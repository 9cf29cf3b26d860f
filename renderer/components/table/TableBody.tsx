import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, type RefObject } from 'react';
import { GroupLine, TableRow } from './TableRow.tsx';
import type { TableColumn } from './tableColumn.ts';
import type { TableLine } from './useTableRows.ts';

/** Height of a row, and of the head. */
export const ROW_PX = 28;
/** Rows made above and below those in sight, so that a quick turn of the wheel finds them. */
const OVERSCAN = 12;

/** Id of a line's element. */
export function rowDomId(domId: string, line: number): string {
  return `${domId}-${line}`;
}

interface TableBodyProps<Row> {
  readonly domId: string;
  readonly lines: readonly TableLine<Row>[];
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
  const { domId, lines, columns, scroller, toLine, opens, openKey, selected, activeLine, rowClass } = props;
  // The virtualizer's functions stay in this component, so leaving it unmemoized costs nothing.
  // eslint-disable-next-line react-hooks/incompatible-library
  const list = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: OVERSCAN,
    paddingStart: ROW_PX,
    scrollPaddingStart: ROW_PX,
    initialRect: { width: 900, height: 600 },
    rangeExtractor: (range) => {
      const inSight = defaultRangeExtractor(range);
      return activeLine === undefined || activeLine >= lines.length || inSight.includes(activeLine)
        ? inSight
        : [...inSight, activeLine].sort((a, b) => a - b);
    },
  });
  useEffect(() => {
    toLine.current = (line) => list.scrollToIndex(line);
  }, [toLine, list]);
  return (
    <div className="table-body" role="rowgroup" style={{ height: list.getTotalSize() - ROW_PX }}>
      {list.getVirtualItems().map(({ index, start }) => {
        const line = lines[index];
        if (!line) return null;
        if ('group' in line) {
          const { key, title, note } = line.group;
          return <GroupLine key={`group ${key}`} line={index} topPx={start - ROW_PX} title={title} note={note} />;
        }
        return (
          <TableRow
            key={line.key}
            domId={rowDomId(domId, index)}
            line={index}
            topPx={start - ROW_PX}
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
