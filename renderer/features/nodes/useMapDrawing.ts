import { useEffect, useRef, useState, type RefObject } from 'react';
import type { CanvasLayout } from './canvasLayout.ts';
import { groupHeight, placeIn } from './canvasLayout.ts';
import { colourOf, paintCell, readColours, type CellPaint } from './canvasPaint.ts';
import type { NodeCell } from './grouping.ts';

/** What stands on the map now. */
export interface MapPicture {
  readonly layout: CanvasLayout;
  readonly nameOf: (nodeId: string) => string;
  /** Index of the cell that the keyboard is at; -1: none. */
  readonly active: number;
  readonly openNode: string | undefined;
  readonly marked: ReadonlySet<string>;
  /** Height scrolled away above. */
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** What a cell was drawn as. */
interface DrawnCell {
  readonly item: NodeCell;
  readonly look: number;
}

interface Drawn {
  /** Everything that moves cells or changes their colours; where it differs all is drawn anew. */
  readonly frame: string;
  readonly paint: CellPaint;
  readonly titles: readonly string[];
  /** By group: its title stands there. */
  readonly heads: boolean[];
  readonly cells: (DrawnCell | undefined)[];
  /** Nothing is left to be drawn. */
  readonly whole: boolean;
}

const frameOf = ({ layout, top, width, height }: MapPicture, look: number, scale: number): string => {
  const { columns, cellWidth, cellHeight, headHeight, blockWidth, count, groups } = layout;
  return [
    columns,
    cellWidth,
    cellHeight,
    headHeight,
    blockWidth,
    count,
    groups.length,
    top,
    width,
    height,
    look,
    scale,
  ].join();
};

/** Cells that are painted between two looks at the clock, and how long a frame may draw, in ms: the rest is drawn in the next ones. */
const CELLS_A_LOOK = 256;
const DRAW_MS = 8;
/** While nothing stands there yet, which is waited for. */
const FIRST_DRAW_MS = 20;

/**
 * Draws the map on the canvas in the frames after a change. A job changes some hundred cells a second of ten thousand: what stands there already is not
 * drawn again.
 */
export function useMapDrawing(canvas: RefObject<HTMLCanvasElement | null>, picture: MapPicture): void {
  const [look, setLook] = useState(0);
  const drawn = useRef<Drawn | undefined>(undefined);

  useEffect(() => {
    // A change of theme changes the colours, fonts come after the first drawing.
    const theme = new MutationObserver(() => setLook((n) => n + 1));
    theme.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
    void document.fonts?.ready.then(() => setLook((n) => n + 1));
    return () => theme.disconnect();
  }, []);

  useEffect(() => {
    const area = canvas.current;
    const pen = area?.getContext('2d');
    if (!area || !pen) return undefined;
    let request = 0;
    const frame = (): void => {
      const made = drawMap(area, pen, picture, look, drawn.current);
      drawn.current = made;
      if (made.whole) area.dataset['drawn'] = String(picture.layout.count);
      else request = requestAnimationFrame(frame);
    };
    request = requestAnimationFrame(frame);
    return () => cancelAnimationFrame(request);
  }, [canvas, picture, look]);
}

/** Draws what does not stand there yet, for a while; the next call goes on where it is not whole. */
export function drawMap(
  area: HTMLCanvasElement,
  pen: CanvasRenderingContext2D,
  picture: MapPicture,
  look: number,
  before: Drawn | undefined,
): Drawn {
  const { layout, width, height, top, active, openNode, marked, nameOf } = picture;
  const scale = window.devicePixelRatio || 1;
  const frame = frameOf(picture, look, scale);
  const titles = layout.headHeight === 0 ? [] : layout.groups.map(({ group }) => `${group.title}\n${group.note}`);
  const same = before?.frame === frame && before.titles.every((title, i) => title === titles[i]);
  const paint: CellPaint = same
    ? { ...before.paint, nameOf }
    : {
        ...{ colours: readColours(), width: layout.cellWidth, height: layout.cellHeight, named: layout.named },
        ...{ nameOf, stamps: new Map(), scale },
      };
  const cells = same ? before.cells : [];
  if (!same) {
    if (area.width !== Math.round(width * scale)) area.width = Math.round(width * scale);
    if (area.height !== Math.round(height * scale)) area.height = Math.round(height * scale);
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, width, height);
  }
  const isFirst = before?.whole !== true;
  // A map that was cleared stands there again in the same frame: half of it would flicker.
  const untilMs = performance.now() + (isFirst ? FIRST_DRAW_MS : same ? DRAW_MS : Infinity);
  const heads = same ? before.heads : [];
  let painted = 0;
  for (const [at, entry] of layout.groups.entries()) {
    if (entry.top + groupHeight(layout, entry) < top || entry.top > top + height) continue;
    if (layout.headHeight > 0 && heads[at] !== true)
      drawTitle(pen, entry.group, entry.left, entry.top - top, entry.width, paint);
    heads[at] = true;
    for (const [within, item] of entry.group.cells.entries()) {
      const index = entry.firstIndex + within;
      const { nodeId } = item.node;
      const isActive = index === active;
      const isOpen = nodeId === openNode;
      const isMarked = marked.has(nodeId);
      const bits = (isActive ? 1 : 0) + (isOpen ? 2 : 0) + (isMarked ? 4 : 0);
      const known = cells[index];
      if (known && known.item === item && known.look === bits) continue;
      const place = placeIn(layout, entry, within);
      if (place.y + layout.cellHeight < top || place.y > top + height) continue;
      if (painted > 0 && painted % CELLS_A_LOOK === 0 && performance.now() > untilMs)
        return { frame, paint, titles, heads, cells, whole: false };
      painted += 1;
      if (known) pen.clearRect(place.x, place.y - top, layout.cellWidth, layout.cellHeight);
      paintCell(pen, item, place.x, place.y - top, paint, { active: isActive, open: isOpen, marked: isMarked });
      cells[index] = { item, look: bits };
    }
  }
  return { frame, paint, titles, heads, cells, whole: true };
}

function drawTitle(
  pen: CanvasRenderingContext2D,
  { title, note }: { readonly title: string; readonly note: string },
  x: number,
  y: number,
  width: number,
  { colours }: CellPaint,
): void {
  pen.save();
  pen.beginPath();
  pen.rect(x, y, width, 30);
  pen.clip();
  pen.fillStyle = colourOf(colours, 'ink');
  pen.font = "600 13px 'IBM Plex Sans', sans-serif";
  pen.fillText(title, x, y + 19);
  const titleWidth = pen.measureText(title).width;
  pen.fillStyle = colourOf(colours, 'ink-3');
  pen.font = "12px 'IBM Plex Sans', sans-serif";
  pen.fillText(note, x + titleWidth + 10, y + 19);
  pen.restore();
}
