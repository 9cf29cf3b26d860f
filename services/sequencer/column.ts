/*
 * One value a node, kept in shards: a change copies one shard and the list of shards, so that it costs nearly the same at ten nodes and at ten
 * thousand, and a view sees by identity which shards changed.
 */

/** Nodes of one shard; close to the square root of the largest systems, where a change is cheapest. */
export const SHARD_NODES = 128;

/** Values by node index, from 0; null stands for none, so that it is the same after JSON. Never changed in place. */
export interface Column<T> {
  readonly length: number;
  readonly shards: readonly (readonly (T | null)[] | null)[];
}

/** A column without values. */
export function emptyColumn<T>(length: number): Column<T> {
  return { length, shards: Array.from({ length: Math.ceil(length / SHARD_NODES) }, () => null) };
}

/** The value of a node; undefined where there is none. */
export function valueAt<T>(column: Column<T>, index: number): T | undefined {
  return column.shards[Math.floor(index / SHARD_NODES)]?.[index % SHARD_NODES] ?? undefined;
}

/** The column with other values at some places; each shard is copied once. */
export function withValues<T>(
  column: Column<T>,
  changes: Iterable<readonly [index: number, value: T | undefined]>,
): Column<T> {
  const shards = [...column.shards];
  const own = new Map<number, (T | null)[]>();
  for (const [index, value] of changes) {
    if (index < 0 || index >= column.length) continue;
    const at = Math.floor(index / SHARD_NODES);
    let shard = own.get(at);
    if (!shard) {
      shard = [...(shards[at] ?? new Array<T | null>(shardLength(column, at)).fill(null))];
      own.set(at, shard);
      shards[at] = shard;
    }
    shard[index % SHARD_NODES] = value ?? null;
  }
  return own.size === 0 ? column : { length: column.length, shards };
}

function shardLength(column: { readonly length: number }, at: number): number {
  return Math.min(SHARD_NODES, column.length - at * SHARD_NODES);
}

/** Every value with its index, in order. Walks all nodes: for acts of a person, never for an event of a node. */
export function* entriesOf<T>(column: Column<T>): Generator<readonly [index: number, value: T]> {
  for (const [at, shard] of column.shards.entries()) {
    if (!shard) continue;
    for (const [place, value] of shard.entries()) if (value !== null) yield [at * SHARD_NODES + place, value];
  }
}

/** Indices whose value is another object in `after`; only shards that are others are gone through. */
export function* differences<T>(before: Column<T> | undefined, after: Column<T>): Generator<number> {
  for (const [at, shard] of after.shards.entries()) {
    const was = before?.shards[at];
    if (shard === was || !shard) continue;
    for (const [place, value] of shard.entries()) if (value !== (was?.[place] ?? null)) yield at * SHARD_NODES + place;
  }
}
