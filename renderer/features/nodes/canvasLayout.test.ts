import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { partOf } from '../../../core/testing/splitJob.ts';
import { MockWorkbench } from '../../testing/mockBridge.ts';
import { groupCells, shownCells } from './grouping.ts';
import { indexAt, layoutCells, moveIndex, placeOf } from './canvasLayout.ts';

const mock = new MockWorkbench({ nodes: 2000 });
mock.advanceTo('package-install', 2);
const nodes = partOf(mock.job, 'nodes');
const ofStep = partOf(mock.job, 'cells:package-install');
const cells = shownCells(nodes, ofStep, [], '');

describe('the canvas map', () => {
  it('finds every cell under its own middle, at any width and grouping', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 60, max: 2400 }),
        fc.constantFrom('clique' as const, 'type' as const, 'state' as const),
        fc.integer({ min: 1, max: 2000 }),
        fc.integer({ min: 60, max: 1400 }),
        (width, grouping, count, height) => {
          const layout = layoutCells(groupCells(cells.slice(0, count), grouping), width, height, 4);
          expect(layout.count).toBe(count);
          for (let index = 0; index < count; index += 37) {
            const place = placeOf(layout, index);
            if (!place) throw new Error(`no place for ${index}`);
            expect(indexAt(layout, place.x + layout.cellWidth / 2, place.y + layout.cellHeight / 2)).toBe(index);
            expect(place.y + layout.cellHeight).toBeLessThanOrEqual(layout.height);
          }
        },
      ),
      { seed: 2, numRuns: 40 },
    );
  });

  it('has 10,000 nodes on one screen, whatever they are grouped by, and names where there is room', () => {
    const many = Array.from({ length: 10_000 }, (_, i) => {
      const one = cells[i % cells.length];
      if (!one) throw new Error('the mock has nodes');
      const node = { ...one.node, nodeId: `tpa-${i}`, clique: i >> 3, wave: 1 + (i % 5) };
      return { ...one, node };
    });
    for (const grouping of ['clique', 'type', 'system', 'wave', 'state'] as const) {
      const layout = layoutCells(groupCells(many, grouping), 1200, 640, 5);
      expect([grouping, layout.height <= 640, layout.cellWidth >= 5]).toEqual([grouping, true, true]);
    }
    // One group among small ones that is large has rows of its own.
    const withLarge = many.map((one, i) => (i % 18 ? one : { ...one, node: { ...one.node, clique: undefined } }));
    const mixed = layoutCells(groupCells(withLarge, 'clique'), 1200, 640, 5);
    expect([mixed.height <= 640, mixed.cellWidth >= 5]).toEqual([true, true]);
    for (let index = 0; index < mixed.count; index += 7) {
      const { x = 0, y = 0 } = placeOf(mixed, index) ?? {};
      expect(x + mixed.cellWidth).toBeLessThanOrEqual(1200);
      expect(indexAt(mixed, x + 2, y + 2)).toBe(index);
    }
    // In a window of 1280x800, beside the steps and a drawer, above what needs a person: small cells, but all of them.
    const fives = many.map((one, i) => ({
      ...one,
      known: undefined,
      node: { ...one.node, clique: i < 16 ? 1 : Math.floor(i / 5) },
    }));
    const narrow = layoutCells(groupCells(fives, 'clique'), 625, 310, 5);
    expect([narrow.height <= 310, narrow.columns]).toEqual([true, 5]);
    const few = layoutCells(groupCells(cells.slice(0, 128), 'clique'), 1200, 640, 4);
    expect([few.named, few.height <= 640]).toEqual([true, true]);
  });

  it('keeps every move of the keyboard inside the map', () => {
    const layout = layoutCells(groupCells(cells, 'clique'), 700, 500, 4);
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight', 'Home', 'End'), { maxLength: 60 }),
        (keys) => {
          let index = 0;
          for (const key of keys) index = moveIndex(layout, index, key);
          expect(index).toBeGreaterThanOrEqual(0);
          expect(index).toBeLessThan(layout.count);
        },
      ),
      { seed: 3, numRuns: 60 },
    );
  });
});

describe('the search and the filter', () => {
  it('leave exactly the nodes that match', () => {
    expect(shownCells(nodes, ofStep, [], 'tpa-0017').map(({ node }) => node.nodeId)).toEqual(['tpa-0017']);
    const running = shownCells(nodes, ofStep, ['running'], '');
    expect(running.length).toBeGreaterThan(0);
    expect(running.every(({ cell }) => cell.state === 'running')).toBe(true);
  });
});
