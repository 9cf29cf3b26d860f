/** Rows that a person has marked, by key; `anchor` is where a range begins. */
export interface RowSelection {
  readonly keys: ReadonlySet<string>;
  readonly anchor?: string | undefined;
}

export const NOTHING_SELECTED: RowSelection = { keys: new Set() };

/** How a row is added: with Ctrl one more or less, with Shift all from the anchor on, otherwise it alone. */
export interface SelectionKeys {
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
}

/** The selection after a row was pointed at. `order`: the keys as they are shown. */
export function selectRow(
  selection: RowSelection,
  key: string,
  { shiftKey, ctrlKey, metaKey }: SelectionKeys,
  order: readonly string[],
): RowSelection {
  const adds = ctrlKey || metaKey;
  if (shiftKey) {
    const from = selection.anchor === undefined ? -1 : order.indexOf(selection.anchor);
    const to = order.indexOf(key);
    const start = from === -1 ? to : Math.min(from, to);
    const range = order.slice(start, Math.max(from, to) + 1);
    return { keys: new Set([...(adds ? selection.keys : []), ...range]), anchor: from === -1 ? key : selection.anchor };
  }
  if (!adds) return { keys: new Set([key]), anchor: key };
  const keys = new Set(selection.keys);
  if (!keys.delete(key)) keys.add(key);
  return { keys, anchor: key };
}
