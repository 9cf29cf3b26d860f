import type { Sharded } from '../../core/model/jobParts.ts';
import { SHARD_NODES } from '../sequencer/column.ts';

/** A part in shards as it was made last; a shard whose sources are the same objects stays the same object. */
export type ShardedView<T> = (
  ids: readonly string[],
  /** What a shard is made of, by its number. */
  sourcesOf: (shard: number) => readonly unknown[],
  /** The value of a node by its index; undefined: none. The value before is given, so that an equal one can stay the same object. */
  valueOf: (index: number, before: T | undefined) => T | undefined,
) => Sharded<T>;

/** Makes a part in shards anew where its sources changed. */
export function shardedView<T>(): ShardedView<T> {
  let idsBefore: readonly string[] | undefined;
  let made: { readonly sources: readonly unknown[]; readonly shard: Readonly<Record<string, T>> }[] = [];
  let view: Sharded<T> = { shards: {} };
  return (ids, sourcesOf, valueOf) => {
    let changed = idsBefore !== ids;
    if (changed) made = [];
    idsBefore = ids;
    const count = Math.ceil(ids.length / SHARD_NODES);
    for (let at = 0; at < count; at += 1) {
      const sources = sourcesOf(at);
      const before = made[at];
      if (before && sources.every((source, i) => source === before.sources[i])) continue;
      const shard: Record<string, T> = {};
      let same = before !== undefined;
      for (let index = at * SHARD_NODES; index < Math.min(ids.length, (at + 1) * SHARD_NODES); index += 1) {
        const nodeId = ids[index] as string;
        const known = before?.shard[nodeId];
        const value = valueOf(index, known);
        if (value !== undefined) shard[nodeId] = value;
        same &&= value === known;
      }
      made[at] = { sources, shard: same && before ? before.shard : shard };
      changed ||= !same;
    }
    if (changed) {
      view = {
        shards: Object.fromEntries(made.flatMap(({ shard }, at) => (isEmpty(shard) ? [] : [[String(at), shard]]))),
      };
    }
    return view;
  };
}

function isEmpty(shard: object): boolean {
  for (const _name in shard) return false;
  return true;
}
