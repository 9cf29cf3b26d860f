import type { NodeGroup } from './grouping.ts';

/** Where the cells of the map stand, in px from the top left of the scrolled area. */
export interface CanvasLayout {
  readonly columns: number;
  readonly cellWidth: number;
  readonly cellHeight: number;
  readonly height: number;
  readonly groups: readonly { readonly top: number; readonly firstIndex: number; readonly group: NodeGroup }[];
  /** In the order of the groups. */
  readonly count: number;
}

const HEAD_PX = 30;
const GROUP_GAP_PX = 10;
/** Up to this many nodes the cells have room for a number; above, for the state's shape only. */
const NAMED_UP_TO = 1500;
export const GAP_PX = 2;

export function layoutCells(groups: readonly NodeGroup[], width: number, labelChars: number): CanvasLayout {
  const count = groups.reduce((sum, group) => sum + group.cells.length, 0);
  const named = count <= NAMED_UP_TO;
  const cellWidth = named ? 24 + Math.min(labelChars, 8) * 7 : 14;
  const cellHeight = named ? 24 : 14;
  const columns = Math.max(1, Math.floor((width + GAP_PX) / (cellWidth + GAP_PX)));
  let top = 0;
  let firstIndex = 0;
  const placed = groups.map((group) => {
    const entry = { top, firstIndex, group };
    top += HEAD_PX + Math.ceil(group.cells.length / columns) * (cellHeight + GAP_PX) + GROUP_GAP_PX;
    firstIndex += group.cells.length;
    return entry;
  });
  return { columns, cellWidth, cellHeight, height: top, groups: placed, count };
}

export function groupAt(layout: CanvasLayout, index: number): CanvasLayout['groups'][number] | undefined {
  return layout.groups.findLast((entry) => entry.firstIndex <= index);
}

/** Top left of a cell. */
export function placeOf(layout: CanvasLayout, index: number): { x: number; y: number } | undefined {
  const entry = groupAt(layout, index);
  if (!entry) return undefined;
  const within = index - entry.firstIndex;
  return {
    x: (within % layout.columns) * (layout.cellWidth + GAP_PX),
    y: entry.top + HEAD_PX + Math.floor(within / layout.columns) * (layout.cellHeight + GAP_PX),
  };
}

/** Index of the cell under a point; undefined between cells. */
export function indexAt(layout: CanvasLayout, x: number, y: number): number | undefined {
  const entry = layout.groups.findLast((group) => group.top <= y);
  if (!entry) return undefined;
  const row = Math.floor((y - entry.top - HEAD_PX) / (layout.cellHeight + GAP_PX));
  const column = Math.floor(x / (layout.cellWidth + GAP_PX));
  if (row < 0 || column < 0 || column >= layout.columns) return undefined;
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
      if (below <= end) return below;
      return Math.min(last, Math.max(end + 1, index));
    }
    case 'ArrowUp': {
      const above = index - layout.columns;
      return above >= entry.firstIndex ? above : Math.max(0, entry.firstIndex - 1);
    }
    default:
      return index;
  }
}
