import { expect, it } from 'vitest';
import type { Cell } from './job.ts';
import { attentionKey, nodesOfLine, type Sharded } from './jobParts.ts';

const failed: Cell = { state: 'failed', attempt: 1, cause: { code: 'command-failed', message: 'exit 1' } };
const ok: Cell = { state: 'ok', attempt: 1 };
const line = { key: attentionKey(failed) };

it('finds the nodes of a line in every shard', () => {
  const unknown: Cell = { state: 'unknown', attempt: 1 };
  const cells: Sharded<Cell> = { shards: { 0: { a: failed, b: ok }, 1: { c: unknown, d: failed } } };
  expect(nodesOfLine(line, cells)).toEqual(['a', 'd']);
  expect(nodesOfLine({ key: attentionKey(unknown) }, cells)).toEqual(['c']);
});

it('looks at the nodes of a shard again only where the shard changed', () => {
  let looked = 0;
  const shard = Object.defineProperty<Record<string, Cell>>({}, 'a', {
    enumerable: true,
    get: () => {
      looked += 1;
      return failed;
    },
  });
  expect(nodesOfLine(line, { shards: { 0: shard, 1: { b: ok } } })).toEqual(['a']);
  expect(nodesOfLine(line, { shards: { 0: shard, 1: { b: failed } } })).toEqual(['a', 'b']);
  expect(nodesOfLine({ key: 'another' }, { shards: { 0: shard } })).toEqual([]);
  expect(looked).toBe(1);
});
