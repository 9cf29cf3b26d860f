/** A column as far as its place in a narrow window goes. */
export interface FittingColumn {
  readonly id: string;
  /** As wide as it wants to be. */
  readonly wishPx: number;
  /** As narrow as it may become. */
  readonly leastPx: number;
  /** A name, or what the table is about and grows: it yields last. */
  readonly yieldsLast: boolean;
  /** Its turn to be left out where the room is short, lowest first; undefined: it stays. */
  readonly folds: number | undefined;
}

/**
 * Which columns have a place in so much room, and how narrow each may become: texts yield first, then secondary columns fold in their order, then names and what grows yield;
 * what still has no place is reached by scrolling sideways. `roomPx` is undefined until it is measured.
 */
export function fitColumns<Column extends FittingColumn>(
  columns: readonly Column[],
  roomPx: number | undefined,
): readonly Column[] {
  const held = columns.map((column) => (column.yieldsLast ? { ...column, leastPx: column.wishPx } : column));
  if (roomPx === undefined) return held;
  const turns = held
    .filter(({ folds }) => folds !== undefined)
    .sort((a, b) => (a.folds ?? 0) - (b.folds ?? 0))
    .map(({ id }) => id);
  const folded = new Set<string>();
  const stays = ({ id }: Column): boolean => !folded.has(id);
  const neededPx = (): number => held.filter(stays).reduce((sum, { leastPx }) => sum + leastPx, 0);
  for (const id of turns) {
    if (neededPx() <= roomPx) break;
    folded.add(id);
  }
  // One that went before comes back where a wider one made room for it.
  for (const column of held.filter(({ id }) => folded.has(id)).sort((a, b) => (b.folds ?? 0) - (a.folds ?? 0)))
    if (neededPx() + column.leastPx <= roomPx) folded.delete(column.id);
  return (neededPx() <= roomPx ? held : columns).filter(stays);
}
