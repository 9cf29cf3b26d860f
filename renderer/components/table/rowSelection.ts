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

/**
 * The selection after a key, the same in every view that marks: Space takes the active row in or out, Ctrl+A takes all, Escape none. Undefined where the key is not
 * for the marks. `closable`: something stands over the view that Escape closes first.
 */
export function selectByKey(
  selection: RowSelection,
  event: SelectionKeys & { readonly key: string },
  { active, order, closable }: { active: string | undefined; order: () => readonly string[]; closable: boolean },
): RowSelection | undefined {
  const { key, shiftKey, ctrlKey, metaKey } = event;
  if (key === ' ' && active !== undefined)
    return selectRow(selection, active, { shiftKey, ctrlKey: true, metaKey: false }, order());
  if (key === 'a' && (ctrlKey || metaKey)) {
    const all = order();
    return { keys: new Set(all), anchor: all[0] };
  }
  return key === 'Escape' && !closable && selection.keys.size > 0 ? NOTHING_SELECTED : undefined;
}
