import { t } from '../../texts/en.ts';
import type { ShownColumn } from './useTableColumns.ts';

const words = t.tables;

/** The head: a click sorts, the edge is dragged, Alt with an arrow widens by keyboard. */
export function TableHeader<Row>({ columns }: { readonly columns: readonly ShownColumn<Row>[] }) {
  return (
    <div className="table-head" role="rowgroup">
      <div className="table-line" role="row" aria-rowindex={1}>
        {columns.map(({ column, sorted, sort, resize, widen, resetWidth }, at) => (
          <div
            key={column.id}
            role="columnheader"
            aria-colindex={at + 1}
            aria-sort={column.kind === 'buttons' ? undefined : (sorted ?? 'none')}
            className={column.kind === 'number' ? 'table-cell number' : 'table-cell'}
          >
            {column.kind === 'buttons' ? (
              <span className="visually-hidden">{column.title}</span>
            ) : (
              <button
                type="button"
                className="sorter"
                title={words.sort(column.title)}
                onClick={sort}
                onKeyDown={(event) => {
                  if (!event.altKey || (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight')) return;
                  event.preventDefault();
                  widen(event.key === 'ArrowRight' ? 1 : -1);
                }}
              >
                <span className="sorter-title">{column.title}</span>
                <span className="sorter-mark" aria-hidden="true">
                  {sorted === undefined ? '' : sorted === 'ascending' ? '▲' : '▼'}
                </span>
              </button>
            )}
            <span
              className="column-edge"
              aria-hidden="true"
              title={words.widen}
              onMouseDown={resize}
              onTouchStart={resize}
              onDoubleClick={resetWidth}
            />
          </div>
        ))}
      </div>
    </div>
  );
}
