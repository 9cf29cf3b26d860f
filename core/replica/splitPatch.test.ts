import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeBody, encodeBody } from '../protocol/body.ts';
import { applyPatch, diffTrees, patchOf } from './patch.ts';
import { shareRepeats } from './sharedValues.ts';
import { splitPatch } from './splitPatch.ts';
import type { Patch } from './patchShape.ts';

const key = fc.stringMatching(/^[a-z]{1,6}$/);
const leaf = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.array(fc.integer(), { maxLength: 5 }),
);
const { tree } = fc.letrec((tie) => ({
  tree: fc.dictionary(key, fc.oneof({ depthSize: 'small' }, leaf, tie('tree')), { maxKeys: 8, noNullPrototype: true }),
}));

function partsOf(patch: Patch, bytes: number): Patch[] {
  const parts = splitPatch(patch, bytes);
  const taken: Patch[] = [];
  while (!parts.done) taken.push(parts.take(bytes).patch);
  expect(parts.take(bytes).patch).toEqual({});
  return taken;
}

it('makes of the parts what the whole patch makes, each part small', () => {
  fc.assert(
    fc.property(tree, tree, (before, after) => {
      const patch = diffTrees(before, after);
      if (!patch) return;
      const parts = partsOf(patch, 300);
      const whole = applyPatch(before as object, patch);
      expect(parts.reduce((state, part) => applyPatch(state, part), before as object)).toEqual(whole);
      for (const part of parts) expect(encodeBody(part).length).toBeLessThan(600);
    }),
    { numRuns: 300, seed: 128 },
  );
});

it('gives a long list a part of its own, and names the place of what no message could carry', () => {
  const list = Array.from({ length: 1000 }, (_, i) => i);
  expect(partsOf({ s: { a: 1, list, b: 2 } }, 300)).toEqual([{ s: { a: 1 } }, { s: { list } }, { s: { b: 2 } }]);
  expect(() => splitPatch({ c: { rows: { s: { text: 'x'.repeat(5_000_000) } } } }, 300)).toThrow(/rows\.text/);
});

it('sends a list that no message could carry in pieces', () => {
  const list = Array.from({ length: 100_001 }, (_, i) => ({
    name: `virt-${i}`,
    sense: '=',
    version: `1.${i}`,
    flags: 8,
  }));
  const patch = { c: { packages: { s: { 'many.rpm': { name: 'many', provides: list, signed: false } } } } };
  const before = { packages: { 'a.rpm': { name: 'a' } } };
  const parts = partsOf(patch, 65_536);
  expect(parts.length).toBeGreaterThan(8);
  for (const part of parts) expect(encodeBody(shareRepeats(part)).length).toBeLessThan(2 * 65_536);
  const after = parts.reduce<object>(
    (state, part) => applyPatch(state, patchOf(decodeBody(encodeBody(shareRepeats(part))))),
    before,
  );
  expect(after).toEqual(applyPatch<object>(before, patch));
  expect(before).toEqual({ packages: { 'a.rpm': { name: 'a' } } });
  const texts = ['short', 'x'.repeat(5_000_000)];
  expect(() => splitPatch({ s: { texts } }, 300)).toThrow(/texts\.1 has/);
});

it('counts what is alike once in each part, so that thousands of nodes with few lists are few parts', () => {
  const lists = Array.from({ length: 6 }, (_, kind) =>
    Array.from({ length: 60 }, (_, i) => ({
      packageName: `package-${i}`,
      action: 'upgrade',
      to: `2.${kind}`,
      wayBack: true,
    })),
  );
  const nodes = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`tpa-${i}`, lists[i % lists.length]]));
  const patch = { s: { plan: { nodes } } };
  const parts = partsOf(patch, 65_536).map(shareRepeats);
  for (const part of parts) expect(encodeBody(part).length).toBeLessThan(2 * 65_536);
  expect(parts.reduce((sum, part) => sum + encodeBody(part).length, 0)).toBeLessThan(3_000_000);
  expect(parts.reduce<object>(applyPatch, {})).toEqual({ plan: { nodes } });
});

it('takes apart what came off the wire: members forgotten first, and items put at the end of a list', () => {
  fc.assert(
    fc.property(tree, tree, fc.array(fc.integer(), { maxLength: 4 }), (before, after, items) => {
      const state = { kept: before, list: [1], old: { gone: 1 } };
      const patch = {
        c: {
          kept: { n: true as const, s: after },
          old: { n: true as const, c: { inner: { n: true as const, s: after } } },
        },
        a: { list: items },
      };
      const parts = partsOf(patch, 200);
      expect(parts.reduce<object>((now, part) => applyPatch(now, part), state)).toEqual(applyPatch(state, patch));
    }),
    { numRuns: 100, seed: 7 },
  );
});
