import type { CellState } from '../../../core/model/job.ts';
import type { NodeCell } from './grouping.ts';

/** Colours of the map by their names in tokens.css. */
export type Colours = Readonly<Record<string, string>>;

const COLOUR_NAMES = [
  ...['ok', 'ok-ink', 'ok-soft', 'run', 'run-soft', 'warn', 'warn-soft', 'fail', 'fail-soft', 'gone', 'gone-soft'],
  ...['wait', 'wait-soft', 'ink', 'ink-2', 'ink-3', 'accent', 'focus', 'sunken', 'panel'],
  ...['map-ok', 'map-run', 'map-wait'],
];

/** The colours of the theme that is shown. */
export function readColours(): Colours {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(COLOUR_NAMES.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
}

export const colourOf = (colours: Colours, name: string): string => colours[name] || '#888888';

/** Trouble is drawn stronger than what is done: filled where there is room for a shape only. `small`: the ground of a cell that has no room for a shape. */
const PAINT: Readonly<Record<CellState, { fill: string; ink: string; small?: string; strong?: true }>> = {
  ok: { fill: 'ok-soft', ink: 'ok-ink', small: 'map-ok' },
  running: { fill: 'run-soft', ink: 'run', small: 'map-run' },
  waiting: { fill: 'wait-soft', ink: 'ink-3', small: 'map-wait' },
  failed: { fill: 'fail-soft', ink: 'fail', strong: true },
  warned: { fill: 'warn-soft', ink: 'warn', strong: true },
  unreachable: { fill: 'gone-soft', ink: 'gone', strong: true },
  unknown: { fill: 'gone-soft', ink: 'ink-2', strong: true },
  ignored: { fill: 'sunken', ink: 'ink-2' },
  skipped: { fill: 'sunken', ink: 'ink-3' },
};

type Pen = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** The state's shape on the canvas, the same shapes as StateMark, about (x, y); `r` is half its size. */
function drawShape(pen: Pen, state: CellState, x: number, y: number, r: number): void {
  pen.beginPath();
  pen.lineWidth = r < 4 ? 1.2 : 1.5;
  switch (state) {
    case 'ok':
      pen.fillRect(x - r, y - r, 2 * r, 2 * r);
      return;
    case 'running':
      pen.arc(x, y, r, 0, 2 * Math.PI);
      pen.stroke();
      pen.beginPath();
      pen.arc(x, y, r, Math.PI / 2, (3 * Math.PI) / 2);
      pen.fill();
      return;
    case 'waiting':
      pen.strokeRect(x - r * 0.85, y - r * 0.85, 1.7 * r, 1.7 * r);
      return;
    case 'failed':
      pen.lineWidth = r < 4 ? 1.4 : 2;
      pen.moveTo(x - r, y - r);
      pen.lineTo(x + r, y + r);
      pen.moveTo(x + r, y - r);
      pen.lineTo(x - r, y + r);
      pen.stroke();
      return;
    case 'warned':
      pen.moveTo(x, y - r * 1.1);
      pen.lineTo(x + r * 1.1, y + r);
      pen.lineTo(x - r * 1.1, y + r);
      pen.fill();
      return;
    case 'unreachable':
      pen.arc(x, y, r * 0.9, 0, 2 * Math.PI);
      pen.moveTo(x - r * 1.1, y + r * 1.1);
      pen.lineTo(x + r * 1.1, y - r * 1.1);
      pen.stroke();
      return;
    case 'unknown':
      pen.font = `bold ${Math.max(6, Math.round(r * 2.7))}px sans-serif`;
      pen.textAlign = 'center';
      pen.textBaseline = 'middle';
      pen.fillText('?', x, y + 0.5);
      pen.textAlign = 'start';
      pen.textBaseline = 'alphabetic';
      return;
    case 'ignored':
      pen.arc(x, y, r, 0, 2 * Math.PI);
      pen.moveTo(x - r * 0.6, y);
      pen.lineTo(x + r * 0.6, y);
      pen.stroke();
      return;
    case 'skipped':
      pen.strokeRect(x - r, y - r, 2 * r, 2 * r);
      pen.moveTo(x - r / 2, y - r / 2);
      pen.lineTo(x + r / 2, y + r / 2);
      pen.moveTo(x + r / 2, y - r / 2);
      pen.lineTo(x - r / 2, y + r / 2);
      pen.stroke();
  }
}

/** Sizes and colours that a cell is painted with. */
export interface CellPaint {
  readonly colours: Colours;
  readonly width: number;
  readonly height: number;
  readonly named: boolean;
  readonly nameOf: (nodeId: string) => string;
  /** Cells without name or progress, painted once for each state that is more than rectangles. */
  readonly stamps: Map<CellState, OffscreenCanvas>;
  readonly scale: number;
}

/** Narrower cells have no room for the shape of every state. */
const SHAPE_FROM_PX = 10;

function paintState(pen: Pen, state: CellState, x: number, y: number, paint: CellPaint): void {
  const { colours, width, height, named } = paint;
  const { fill, ink, small, strong } = PAINT[state];
  const isSmall = width < SHAPE_FROM_PX;
  const filled = strong && isSmall;
  pen.fillStyle = colourOf(colours, filled ? ink : isSmall ? (small ?? fill) : fill);
  pen.fillRect(x, y, width, height);
  // Below this a shape is a blot: colour and place of strong states are what is left, the words are under the pointer.
  if (width < 6) return;
  pen.fillStyle = colourOf(colours, filled ? 'panel' : ink);
  pen.strokeStyle = pen.fillStyle;
  if (named) drawShape(pen, state, x + 10, y + height / 2, 4);
  else if (!isSmall) drawShape(pen, state, x + width / 2, y + height / 2, Math.min(5.5, width * 0.29));
  else if (strong) drawShape(pen, state, x + width / 2, y + height / 2, width * 0.28);
}

/** Most cells are in these: two rectangles are drawn in a third of the time that a stamp takes. */
const RECTANGLES: ReadonlySet<CellState> = new Set(['ok', 'waiting']);

/** A painted cell of a state, made once. */
function stampOf(state: CellState, paint: CellPaint): OffscreenCanvas | undefined {
  const made = paint.stamps.get(state);
  if (made) return made;
  if (typeof OffscreenCanvas === 'undefined') return undefined;
  const stamp = new OffscreenCanvas(Math.ceil(paint.width * paint.scale), Math.ceil(paint.height * paint.scale));
  const pen = stamp.getContext('2d');
  if (!pen) return undefined;
  pen.scale(paint.scale, paint.scale);
  paintState(pen, state, 0, 0, paint);
  paint.stamps.set(state, stamp);
  return stamp;
}

/** How a cell stands out. */
export interface CellLook {
  readonly active: boolean;
  readonly open: boolean;
  readonly marked: boolean;
}

/** Paints one cell with its top left at (x, y). */
export function paintCell(
  pen: CanvasRenderingContext2D,
  { node, cell }: NodeCell,
  x: number,
  y: number,
  paint: CellPaint,
  look: CellLook,
): void {
  const { colours, width, height, named, nameOf } = paint;
  const stamp = RECTANGLES.has(cell.state) ? undefined : stampOf(cell.state, paint);
  if (stamp) pen.drawImage(stamp, x, y, width, height);
  else paintState(pen, cell.state, x, y, paint);
  const ink = colourOf(colours, PAINT[cell.state].ink);
  if (named) {
    pen.fillStyle = ink;
    pen.font = "500 11.5px 'IBM Plex Mono', monospace";
    pen.fillText(nameOf(node.nodeId).slice(-8), x + 18, y + 16);
  }
  if (cell.percent !== undefined && cell.state === 'running' && height >= 10) {
    pen.fillStyle = ink;
    pen.fillRect(x, y + height - 3, (width * cell.percent) / 100, 3);
  }
  if (cell.silentSinceMs !== undefined) frame(pen, x, y, width, height, colourOf(colours, 'warn'));
  if (look.marked) frame(pen, x, y, width, height, colourOf(colours, 'ink'));
  if (look.active || look.open) frame(pen, x, y, width, height, colourOf(colours, 'focus'));
}

function frame(pen: Pen, x: number, y: number, width: number, height: number, colour: string): void {
  const line = width < 8 ? 1.5 : 2;
  pen.strokeStyle = colour;
  pen.lineWidth = line;
  pen.strokeRect(x + line / 2, y + line / 2, width - line, height - line);
}
