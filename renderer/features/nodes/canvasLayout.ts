import type { NodeGroup } from './grouping.ts';

/** Where a group stands, in px from the top left of the scrolled area, and the number of its first cell. */
interface PlacedGroup {
  readonly left: number;
  readonly top: number;
  readonly firstIndex: number;
  readonly group: NodeGroup;
}

/** Where the cells of the map stand. */
export interface CanvasLayout {
  /** Cells in a row of a group. */
  readonly columns: number;
  readonly cellWidth: number;
  readonly cellHeight: number;
  /** Width of a group; groups stand beside each other where that leaves room. */
  readonly blockWidth: number;
  readonly height: number;
  readonly groups: readonly PlacedGroup[];
  readonly count: number;
}

const HEAD_PX = 30;
const GROUP_GAP_PX = 10;
const BLOCK_GAP_PX = 24;
/** Room for the title of a group. */
const LEAST_BLOCK_PX = 200;
/** Up to this many nodes the cells have room for a number; above, for the state's shape only. */
const NAMED_UP_TO = 1500;
export const GAP_PX = 2;

export function layoutCells(groups: readonly NodeGroup[], width: number, labelChars: number): CanvasLayout {
  const count = groups.reduce((sum, group) => sum + group.cells.length, 0);
  const largest = groups.reduce((most, group) => Math.max(most, group.cells.length), 1);
  const named = count <= NAMED_UP_TO;
  const cellWidth = named ? 20 + Math.min(labelChars, 8) * 7 : 14;
  const cellHeight = named ? 24 : 14;
  const fitting = Math.max(1, Math.floor((width + GAP_PX) / (cellWidth + GAP_PX)));
  const columns = Math.min(fitting, largest);
  const blockWidth = Math.max(LEAST_BLOCK_PX, columns * (cellWidth + GAP_PX) - GAP_PX);
  const blocks = Math.max(1, Math.floor((width + BLOCK_GAP_PX) / (blockWidth + BLOCK_GAP_PX)));

  const placed: PlacedGroup[] = [];
  let top = 0;
  let firstIndex = 0;
  for (let row = 0; row < groups.length; row += blocks) {
    let tallest = 0;
    for (const [i, group] of groups.slice(row, row + blocks).entries()) {
      placed.push({ left: i * (blockWidth + BLOCK_GAP_PX), top, firstIndex, group });
      firstIndex += group.cells.length;
      tallest = Math.max(tallest, Math.ceil(group.cells.length / columns));
    }
    top += HEAD_PX + tallest * (cellHeight + GAP_PX) + GROUP_GAP_PX;
  }
  return { columns, cellWidth, cellHeight, blockWidth, height: top, groups: placed, count };
}

export function groupAt(layout: CanvasLayout, index: number): PlacedGroup | undefined {
  return layout.groups.findLast((entry) => entry.firstIndex <= index);
}

/** Height of a group with its title. */
export function groupHeight(layout: CanvasLayout, entry: PlacedGroup): number {
  return HEAD_PX + Math.ceil(entry.group.cells.length / layout.columns) * (layout.cellHeight + GAP_PX);
}

/** Top left of a cell of a group. */
export function placeIn(layout: CanvasLayout, entry: PlacedGroup, within: number): { x: number; y: number } {
  return {
    x: entry.left + (within % layout.columns) * (layout.cellWidth + GAP_PX),
    y: entry.top + HEAD_PX + Math.floor(within / layout.columns) * (layout.cellHeight + GAP_PX),
  };
}

/** Top left of a cell. */
export function placeOf(layout: CanvasLayout, index: number): { x: number; y: number } | undefined {
  const entry = groupAt(layout, index);
  return entry && placeIn(layout, entry, index - entry.firstIndex);
}

/** Index of the cell under a point; undefined between cells. */
export function indexAt(layout: CanvasLayout, x: number, y: number): number | undefined {
  const entry = layout.groups.findLast((group) => group.top <= y && group.left <= x);
  if (!entry) return undefined;
  const row = Math.floor((y - entry.top - HEAD_PX) / (layout.cellHeight + GAP_PX));
  const column = Math.floor((x - entry.left) / (layout.cellWidth + GAP_PX));
  if (row < 0 || column >= layout.columns) return undefined;
  const within = row * layout.columns + column;
  return within < entry.group.cells.length ? entry.firstIndex + within : undefined;
}

/** The index an arrow key leads to; rows continue into the next group. */
export function moveIndex(layout: CanvasLayout, index: number, key: string): number {
  const last = layout.count - 1;
  const entry = groupAt(layout, index);
  if (!entry) return 0;
  switch (key) {
    case 'ArrowRight':
      return Math.min(last, index + 1);
    case 'ArrowLeft':
      return Math.max(0, index - 1);
    case 'Home':
      return 0;
    case 'End':
      return last;
    case 'ArrowDown': {
      const below = index + layout.columns;
      const end = entry.firstIndex + entry.group.cells.length - 1;
      return below <= end ? below : Math.min(last, end + 1);
    }
    case 'ArrowUp': {
      const above = index - layout.columns;
      return above >= entry.firstIndex ? above : Math.max(0, entry.firstIndex - 1);
    }
    default:
      return index;
  }
}
