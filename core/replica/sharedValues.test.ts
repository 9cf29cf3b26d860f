import fc from 'fast-check';
import { decode, encode } from 'cborg';
import { describe, expect, it } from 'vitest';
import { applyPatch, diffTrees, patchOf } from './patch.ts';
import { shareRepeats, withoutTable } from './sharedValues.ts';
import type { Patch } from './patchShape.ts';

const list = fc.constantFrom(
  [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
  ['a-1.0-1.noarch', 'b-2.0-1.noarch'],
  [Number.NaN, 'long enough to be shared'],
  [null, 'long enough to be shared'],
  { state: 'waiting', attempt: 0, percent: 1 },
  [],
  {},
);
const { tree } = fc.letrec((tie) => ({
  tree: fc.dictionary(
    fc.stringMatching(/^[a-f]{1,2}$/),
    fc.oneof({ depthSize: 'small' }, list, fc.integer(), tie('tree')),
    { maxKeys: 6, noNullPrototype: true },
  ),
}));

describe('shareRepeats', () => {
  it('makes a patch that does the same, over the wire too', () => {
    fc.assert(
      fc.property(tree, tree, (before, after) => {
        const patch = diffTrees(before, after);
        if (!patch) return;
        const shared = patchOf(decode(encode(shareRepeats(patch))));
        expect(applyPatch(before as object, shared)).toEqual(after);
        // Without its table it does the same inside of another patch.
        const inside = { c: { inner: withoutTable(shared) } };
        expect(applyPatch<object>({ inner: before }, inside)).toEqual({ inner: after });
      }),
      { numRuns: 1_000, seed: 77 },
    );
  });

  it('does the same where a member is set and then changed inside, as parts of large patches do', () => {
    const packages = Array.from({ length: 10 }, (_, i) => `package-${i}`);
    const patch: Patch = {
      s: { nodes: {} },
      c: { nodes: { c: { a: { s: { before: packages, n: 1 } }, b: { s: { before: [...packages], n: 2 } } } } },
    };
    const before = { nodes: { gone: 1 }, other: 2 };
    const shared = shareRepeats(patch);
    expect(shared.x).toEqual([packages]);
    expect(applyPatch(before, shared)).toEqual(applyPatch(before, patch));
  });

  it('sends equal lists of many nodes once, and the ends keep one', () => {
    const nodes = Object.fromEntries(
      Array.from({ length: 500 }, (_, i) => [
        `tpa-${i}`,
        {
          nodeId: `tpa-${i}`,
          before: Array.from({ length: 40 }, (_, k) => ({ name: `package-${k}`, version: '1.0' })),
        },
      ]),
    );
    const patch = { s: { nodes } };
    const shared = shareRepeats(patch);
    expect(encode(shared).length).toBeLessThan(encode(patch).length / 20);
    const after = applyPatch({}, patchOf(decode(encode(shared)))) as typeof patch.s;
    expect(after).toEqual({ nodes });
    expect(after.nodes['tpa-7']?.before).toBe(after.nodes['tpa-400']?.before);
  });

  it('looks through a patch once, however many watchers get it', () => {
    const patch = { s: { a: ['a value that repeats itself'], b: ['a value that repeats itself'] } };
    expect(shareRepeats(patch)).toBe(shareRepeats(patch));
    expect(shareRepeats(patch).x).toHaveLength(1);
  });

  it('leaves a patch without repeats as it is', () => {
    const patch = { s: { a: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], b: 'x' }, d: ['c'] };
    expect(shareRepeats(patch)).toBe(patch);
  });

  it('is refused where it names a value that is not there', () => {
    for (const e of [{ a: 1 }, { a: -1 }, { a: 0.5 }, { a: 'x' }, 7]) {
      expect(() => patchOf({ x: [1], c: { inner: { e } } })).toThrow(/patch\.c\.inner\.e/);
    }
    expect(() => patchOf({ x: 3 })).toThrow(/patch\.x/);
    expect(() => patchOf({ c: { inner: { x: [1], e: { a: 0 } } } })).toThrow(/names no entry/);
  });
});
