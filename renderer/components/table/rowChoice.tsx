import { t } from '../../texts/en.ts';
import type { TableColumn } from './tableColumn.ts';

/** Rows that are an answer: each has a box to tick, or a dot where one alone can be chosen. What is marked in such a table is what is chosen. */
export interface RowChoice<Row> {
  /** Keys of the chosen rows. */
  readonly chosen: ReadonlySet<string>;
  /** Is told all that are chosen now, those that are not shown included. */
  readonly onChoose: (keys: ReadonlySet<string>) => void;
  readonly nameOf: (row: Row) => string;
  /** Cannot be chosen, and says why elsewhere in its row. */
  readonly isOff?: ((row: Row) => boolean) | undefined;
  readonly oneOnly?: boolean | undefined;
  /** Nothing can be chosen now. */
  readonly locked: boolean;
}

/** On the box of a row: the table itself acts on it. */
export const CHOICE_CLASS = 'row-choice';

const nothing = (): void => undefined;

/** The column of boxes. */
export function choiceColumn<Row>({
  nameOf,
  isOff,
  oneOnly,
  locked,
}: Pick<RowChoice<Row>, 'nameOf' | 'isOff' | 'oneOnly' | 'locked'>): TableColumn<Row> {
  return {
    ...{ id: 'choice', title: t.tables.chosen, kind: 'buttons', widthPx: 40 },
    value: () => undefined,
    show: (row, selected) => (
      <label className="check only">
        <input
          type={oneOnly ? 'radio' : 'checkbox'}
          className={CHOICE_CLASS}
          tabIndex={-1}
          aria-label={nameOf(row)}
          checked={selected}
          disabled={locked || isOff?.(row) === true}
          onChange={nothing}
        />
      </label>
    ),
  };
}

/** What is chosen after a row was pointed at: the row more or less, or with Shift all rows from `anchor` to it as the anchor is. */
export function chooseRow(
  chosen: ReadonlySet<string>,
  key: string,
  { order, anchor, oneOnly }: { order: readonly string[]; anchor: string | undefined; oneOnly: boolean },
): Set<string> {
  if (oneOnly) return new Set([key]);
  const next = new Set(chosen);
  const from = anchor === undefined ? -1 : order.indexOf(anchor);
  const to = order.indexOf(key);
  if (from === -1 || to === -1) {
    if (!next.delete(key)) next.add(key);
    return next;
  }
  const on = chosen.has(anchor ?? key);
  for (const one of order.slice(Math.min(from, to), Math.max(from, to) + 1)) {
    if (on) next.add(one);
    else next.delete(one);
  }
  return next;
}
