import { describe, expect, it } from 'vitest';
import {
  judgeInSlices,
  planInSlices,
  recommendInSlices,
  recommendPackages,
  type SelectionContext,
} from './selection.ts';
import type { Slices } from './slices.ts';
import { largeSelection } from './testing/largeSelection.ts';

/** Slices that work comes to: the measure of it, whatever the machine. */
function slicesOf(work: Slices<unknown>): number {
  let count = 0;
  while (!work.next().done) count += 1;
  return count;
}

const FIGURES = { packages: 60, kinds: 4, osPackages: 40 };

function workOf(context: SelectionContext): number[] {
  const recommended = slicesOf(recommendInSlices(context));
  const fileNames = recommendPackages(context)
    .filter((one) => one.selected)
    .map((one) => one.fileName);
  return [recommended, slicesOf(judgeInSlices(context, fileNames)), slicesOf(planInSlices(context, fileNames))];
}

describe('the work of a selection', () => {
  it('grows with the kinds of nodes, not with the nodes', () => {
    const few = workOf(largeSelection({ ...FIGURES, nodes: 4 }));
    const many = workOf(largeSelection({ ...FIGURES, nodes: 4000 }));
    // The nodes are gone through once, two hundred a slice, when they are sorted into kinds.
    expect(many[0]).toBeLessThanOrEqual((few[0] ?? 0) + 4000 / 200 + 1);
    expect(many.slice(1)).toEqual(few.slice(1));
  });

  it('grows with packages times kinds, and not faster', () => {
    const [, some = 0] = workOf(largeSelection({ ...FIGURES, nodes: 8 }));
    const [, twice = 0] = workOf(largeSelection({ ...FIGURES, packages: 120, nodes: 8 }));
    expect(twice).toBeLessThan(some * 2.2);
  });

  it('is the same for equal lists that are not one object', () => {
    const context = largeSelection({ ...FIGURES, nodes: 40 }, false);
    const [, apart] = workOf(context);
    const [, together] = workOf(largeSelection({ ...FIGURES, nodes: 40 }));
    expect(apart).toBe(together);
    expect(recommendPackages(context)).toEqual(recommendPackages(largeSelection({ ...FIGURES, nodes: 40 })));
  });
});
