import { readFileSync } from 'node:fs';
import { decode, encode } from 'cborg';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rememberDifference } from './knownDifferences.ts';
import { applyPatch, diffTrees, patchOf } from './patch.ts';
import type { Patch } from './patchShape.ts';

const SEED = 20_261_122;

const name = fc
  .oneof(
    fc.constantFrom('a', 'b', 'c', 'state', 'constructor', 'prototype', 'toString', 'hasOwnProperty'),
    fc.string({ maxLength: 3 }),
  )
  .filter((key) => key !== '__proto__');
const leaf = fc.oneof(
  fc.integer(),
  fc.string({ maxLength: 4 }),
  fc.boolean(),
  fc.constant(null),
  fc.constant(Number.NaN),
);
const tree = fc.object({ key: name, values: [leaf], maxDepth: 3, maxKeys: 5, withNullPrototype: false });

/** A tree and one made of it by a few changes, as states follow each other. */
const neighbours = fc.tuple(tree, tree).map(([before, other]) => [before, { ...before, ...other }] as const);

describe('diffTrees and applyPatch', () => {
  it.each([
    ['any two trees', fc.tuple(tree, tree)],
    ['a tree and its successor', neighbours],
  ])('make the state after of the state before: %s', (_what, both) => {
    fc.assert(
      fc.property(both, ([before, after]) => {
        const frozen = structuredClone(before);
        const patch = diffTrees(before, after);
        expect(applyPatch(before, patch ?? {})).toEqual(after);
        expect(before).toEqual(frozen);
        if (patch === undefined) expect(before).toEqual(after);
        else expect(diffTrees(applyPatch(before, patch), after)).toBeUndefined();
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  it('do so over the wire', () => {
    fc.assert(
      fc.property(fc.tuple(tree, tree), ([before, after]) => {
        const patch = diffTrees(before, after);
        if (!patch) return;
        expect(applyPatch(before, patchOf(decode(encode(patch))))).toEqual(after);
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  it('write what changed and nothing else', () => {
    const before = { a: { x: 1, y: 2 }, list: [1, 2], gone: 1, same: [{ k: 1 }] };
    const after = { a: { x: 1, y: 3 }, list: [1], same: [{ k: 1 }], fresh: {} };
    expect(diffTrees(before, after)).toEqual({ s: { list: [1], fresh: {} }, d: ['gone'], c: { a: { s: { y: 3 } } } });
    expect(diffTrees(before, { ...before })).toBeUndefined();
  });

  it('do what docs/protocol.md shows', () => {
    const document = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8');
    const text = /```json patch\n([^`]*)```/.exec(document)?.[1] ?? '';
    const { before, patch, after } = JSON.parse(text) as Record<'before' | 'patch' | 'after', object>;
    expect(applyPatch(before, patchOf(patch))).toEqual(after);
    expect(diffTrees(before, after)).toEqual(patch);
    const sharedText = /```json shared\n([^`]*)```/.exec(document)?.[1] ?? '';
    const shared = JSON.parse(sharedText) as Record<'before' | 'patch' | 'after', object>;
    expect(applyPatch(shared.before, patchOf(shared.patch))).toEqual(shared.after);
  });

  it('share what did not change, and skip shared parts unread', () => {
    const shared = { deep: { deeper: 1 } };
    const before = { shared, other: { a: 1 }, n: 1 };
    const after = applyPatch(before, { s: { n: 2 } });
    expect(after.shared).toBe(shared);
    expect(after.other).toBe(before.other);
    const unreadable = new Proxy({}, { ownKeys: () => expect.unreachable() });
    expect(diffTrees({ unreadable, n: 1 }, { unreadable, n: 2 })).toEqual({ s: { n: 2 } });
  });

  it('count a member undefined as absent, at every depth', () => {
    expect(diffTrees({ a: undefined }, {})).toBeUndefined();
    expect(diffTrees({}, { a: undefined })).toBeUndefined();
    expect(diffTrees({ a: 1 }, { a: undefined })).toEqual({ d: ['a'] });
    expect(diffTrees({ a: undefined }, { a: 1 })).toEqual({ s: { a: 1 } });
    expect(diffTrees({ l: [{ a: undefined }] }, { l: [{}] })).toBeUndefined();
    expect(diffTrees({ l: [{ a: undefined }] }, { l: [{ b: 1 }] })).toEqual({ s: { l: [{ b: 1 }] } });
  });

  it('delete and set members with names that every object has', () => {
    expect(diffTrees({ toString: 1 }, {})).toEqual({ d: ['toString'] });
    expect(applyPatch({}, { c: { constructor: { s: { prototype: 1 } } } })).toEqual({ constructor: { prototype: 1 } });
    expect(({} as Record<string, unknown>).prototype).toBeUndefined();
  });

  it('replace bytes and dates whole', () => {
    const bytes = Uint8Array.of(1, 2);
    expect(diffTrees({ b: Uint8Array.of(1) }, { b: bytes })).toEqual({ s: { b: bytes } });
  });

  it('drop members that would change the prototype, at every depth', () => {
    const hostile = JSON.parse(
      '{"s":{"__proto__":{"polluted":1},"a":1},"c":{"__proto__":{"s":{"polluted":1}},"inner":{"s":{"__proto__":{"polluted":1}}}}}',
    ) as Patch;
    const after = applyPatch({ inner: {} }, hostile) as Record<string, unknown>;
    expect(after).toEqual({ inner: {}, a: 1 });
    expect(Object.getPrototypeOf(after)).toBe(Object.prototype);
    expect(Object.getPrototypeOf(after.inner)).toBe(Object.prototype);
    expect(after.polluted).toBeUndefined();
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(diffTrees({}, JSON.parse('{"__proto__":{"x":1}}') as object)).toBeUndefined();
  });
});

describe('a difference that is known', () => {
  it('is made once for two states, whoever asks', () => {
    const before = { cells: { a: 1, b: 2 } };
    const after = { cells: { a: 1, b: 3 } };
    const patch = diffTrees(before, after);
    expect(patch).toEqual({ c: { cells: { s: { b: 3 } } } });
    expect(diffTrees(before, after)).toBe(patch);
    expect(diffTrees(after, before)).toEqual({ c: { cells: { s: { b: 2 } } } });
  });

  it('is taken as it is inside of larger states, and nothing is compared', () => {
    const before = { list: [1] };
    const after = { list: [1, 2] };
    const patch: Patch = { a: { list: [2] } };
    rememberDifference(before, after, patch);
    const found = diffTrees({ job: before, number: 1 }, { job: after, number: 2 });
    expect(found).toEqual({ s: { number: 2 }, c: { job: patch } });
    expect(found?.c?.['job']).toBe(patch);
    expect(applyPatch<object>({ job: before, number: 1 }, found ?? {})).toEqual({ job: after, number: 2 });
  });
});

it('puts items at the end of a list, and leaves the list before as it was', () => {
  const before = { list: [1], other: 'x' };
  expect(applyPatch<object>(before, { a: { list: [2, 3], made: [4], other: [5] } })).toEqual({
    ...{ list: [1, 2, 3], made: [4], other: [5] },
  });
  expect(before).toEqual({ list: [1], other: 'x' });
});

describe('patchOf', () => {
  it.each([
    [null],
    [1],
    ['s'],
    [[]],
    [{ s: 1 }],
    [{ d: 'a' }],
    [{ d: [1] }],
    [{ c: [] }],
    [{ c: { a: 1 } }],
    [{ c: { a: { d: 1 } } }],
    [{ a: [] }],
    [{ a: { list: 1 } }],
  ])('refuses %j', (value) => {
    expect(() => patchOf(value)).toThrowError(expect.objectContaining({ code: 'message-invalid' }));
  });

  it('names the place', () => {
    expect(() => patchOf({ c: { nodes: { c: { n1: { d: 1 } } } } })).toThrowError(
      'patch.c.nodes.c.n1.d is not a list of names',
    );
  });
});
