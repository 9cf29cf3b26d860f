// @vitest-environment jsdom
import { afterEach, expect, it, vi } from 'vitest';
import type { Cell } from '../../../core/model/job.ts';
import { layoutCells } from './canvasLayout.ts';
import type { NodeCell, NodeGroup } from './grouping.ts';
import { drawMap, type MapPicture } from './useMapDrawing.ts';

const waiting: Cell = { state: 'waiting', attempt: 0 };
const items = Array.from({ length: 2000 }, (_, i): NodeCell => ({
  node: { nodeId: `tpa-${i}`, address: '10.0.0.1', type: 'TPA', system: 1 },
  cell: waiting,
}));
const pictureOf = (cells: readonly NodeCell[]): MapPicture => {
  const groups: NodeGroup[] = [{ key: 'all', title: 'All', note: '', cells }];
  return {
    ...{ layout: layoutCells(groups, 1200, 800, 4), nameOf: (name) => name, active: -1, openNode: undefined },
    ...{ marked: new Set<string>(), top: 0, width: 1200, height: 800 },
  };
};

/** A canvas that counts the cells that are painted on it, and what is cleared. */
function countingPen() {
  const counted = { cells: 0, cleared: 0 };
  const pen = new Proxy<Record<string, unknown>>(
    {},
    {
      get: (own, name) => {
        if (name === 'measureText') return () => ({ width: 10 });
        if (name === 'clearRect') return () => (counted.cleared += 1);
        if (name === 'strokeRect') return () => (counted.cells += 1);
        return own[String(name)] ?? (() => undefined);
      },
      set: () => true,
    },
  );
  return { counted, pen: pen as unknown as CanvasRenderingContext2D, area: document.createElement('canvas') };
}

afterEach(() => vi.restoreAllMocks());

it('draws a large map in slices, each cell once, and then only what changed', () => {
  const { counted, pen, area } = countingPen();
  // Each look at the clock finds the time of a frame used up.
  let nowMs = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => (nowMs += 20));
  const picture = pictureOf(items);
  let drawn = drawMap(area, pen, picture, 0, undefined);
  let slices = 1;
  for (; !drawn.whole; slices += 1) {
    expect(counted.cells).toBeLessThan(items.length);
    drawn = drawMap(area, pen, picture, 0, drawn);
  }
  expect(slices).toBeGreaterThan(3);
  expect(counted).toEqual({ cells: items.length, cleared: 1 });
  vi.restoreAllMocks();
  const changed = items.map((item, i) => (i === 7 ? { ...item, cell: { ...waiting } } : item));
  drawn = drawMap(area, pen, pictureOf(changed), 0, drawn);
  expect(drawn.whole).toBe(true);
  expect(counted).toEqual({ cells: items.length + 1, cleared: 2 });
});

it('draws a map that moved at once, so that no half of it is seen', () => {
  const { counted, pen, area } = countingPen();
  let nowMs = 0;
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
  const picture = pictureOf(items);
  const drawn = drawMap(area, pen, picture, 0, undefined);
  counted.cells = 0;
  clock.mockImplementation(() => (nowMs += 20));
  expect(drawMap(area, pen, { ...picture, width: 1199 }, 0, drawn).whole).toBe(true);
  expect(counted.cells).toBe(items.length);
});
