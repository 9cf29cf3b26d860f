/** A line of a table that is to have an element. */
export interface SlotLine {
  /** Of the row; of a title it is another than that of any row. */
  readonly key: string;
  readonly isRow: boolean;
}

export interface RowSlots {
  /**
   * Names of the elements of the lines, as many as there are lines. A line keeps its element while it has one. `moving`: the table is scrolled; then a row that
   * comes gets the element of a row that went, so that scrolling makes none. At rest it gets one of its own: rows that change places by themselves are other
   * elements under the pointer. `inOrder`: positions of the lines as their elements are to stand in the page, which is as the lines follow each other, but while
   * it moves: then none is moved, since a moved element costs as much as a new one.
   */
  readonly place: (
    lines: readonly SlotLine[],
    moving: boolean,
  ) => { names: readonly string[]; inOrder: readonly number[] };
  /** The row in which the focus is: its element never becomes that of another row, on which a key would act. */
  readonly hold: (key: string | undefined) => void;
}

export function createRowSlots(): RowSlots {
  const byKey = new Map<string, SlotLine & { readonly name: string }>();
  let standing: readonly string[] = [];
  let made = 0;
  let held: string | undefined;
  return {
    place(lines, moving) {
      const wanted = new Set(lines.map(({ key }) => key));
      const free: string[] = [];
      for (const { key, name, isRow } of [...byKey.values()]) {
        if (wanted.has(key)) continue;
        byKey.delete(key);
        if (moving && isRow && key !== held) free.push(name);
      }
      const names = lines.map((line) => {
        const known = byKey.get(line.key);
        if (known) return known.name;
        const name = (line.isRow ? free.pop() : undefined) ?? `line ${(made += 1)}`;
        byKey.set(line.key, { ...line, name });
        return name;
      });
      const inOrder = [...names.keys()];
      if (moving) {
        const before = new Map(standing.map((name, at) => [name, at]));
        const placeOf = (at: number): number => before.get(names[at] ?? '') ?? standing.length + at;
        inOrder.sort((a, b) => placeOf(a) - placeOf(b));
      }
      standing = inOrder.map((at) => names[at] ?? '');
      return { names, inOrder };
    },
    hold: (key) => (held = key),
  };
}
