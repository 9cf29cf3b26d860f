import type { NodeGroup } from './grouping.ts';

/** Where a group stands, in px from the top left of the scrolled area, and the number of its first cell. */
interface PlacedGroup {
  readonly left: number;
  readonly top: number;
  readonly firstIndex: number;
  /** Cells in a row of it. */
  readonly columns: number;
  readonly width: number;
  readonly group: NodeGroup;
}

/** Sizes that every group and cell of a map has. */
interface MapSizes {
  /** Cells in a row of a group that stands beside others. */
  readonly columns: number;
  /** Cells in a row of a group that is too large for that, and takes the whole width. */
  readonly wideColumns: number;
  /** Groups of more nodes are too large. */
  readonly wideFrom: number;
  readonly cellWidth: number;
  readonly cellHeight: number;
  readonly gap: number;
  /** Height of a group's title; 0: its title is under the pointer. */
  readonly headHeight: number;
  /** Width of a group; groups stand beside each other where that leaves room. */
  readonly blockWidth: number;
  readonly blockGap: number;
  readonly rowGap: number;
}

/** Where the cells of the map stand. */
export interface CanvasLayout extends MapSizes {
  /** Cells have room for a short name. */
  readonly named: boolean;
  readonly height: number;
  readonly groups: readonly PlacedGroup[];
  readonly count: number;
}

const HEAD_PX = 30;
/** Room for the title of a group. */
const LEAST_BLOCK_PX = 200;
/** Up to this many nodes the cells have room for a number; above, for the state's shape only. */
const NAMED_UP_TO = 1500;
/** Groups up to this many nodes are packed as squares where there is no room for titles. */
const SQUARE_UP_TO = 100;
/** Groups of more times the nodes that most groups have take rows of their own. */
const LARGE_TIMES_USUAL = 4;
/** Groups up to this many nodes may be one row each. */
const ONE_ROW_UP_TO = 6;
/** Sizes of a cell without a name, the greatest first: the first with which all is in sight is taken. */
const CELL_SIZES_PX = [22, 18, 16, 14, 12, 10, 9, 8, 7, 6, 5, 4, 3];

/** The greatest cells with which the whole map is in sight: groups side by side, with their titles if there is room; the smallest scroll. */
export function layoutCells(
  groups: readonly NodeGroup[],
  width: number,
  height: number,
  labelChars: number,
): CanvasLayout {
  const count = groups.reduce((sum, group) => sum + group.cells.length, 0);
  const lengths = groups.map((group) => group.cells.length).sort((a, b) => a - b);
  const usual = lengths[lengths.length >> 1] ?? 1;
  // One large group, such as the nodes without a clique, does not make all others as wide as itself.
  const largeFrom = Math.min(SQUARE_UP_TO, LARGE_TIMES_USUAL * usual);
  const small = groups.filter((group) => group.cells.length <= largeFrom);
  const wideFrom = small.length > 0 ? largeFrom : Infinity;
  const largest = (small.length > 0 ? small : groups).reduce((most, group) => Math.max(most, group.cells.length), 1);
  const titled = (cellWidth: number, cellHeight: number): MapSizes => {
    const gap = cellHeight < 10 ? 1 : 2;
    const fitting = Math.max(1, Math.floor((width + gap) / (cellWidth + gap)));
    const columns = Math.min(fitting, largest);
    const blockWidth = Math.max(LEAST_BLOCK_PX, columns * (cellWidth + gap) - gap);
    return {
      ...{ columns, wideColumns: fitting, wideFrom, cellWidth, cellHeight, gap, headHeight: HEAD_PX },
      ...{ blockWidth, blockGap: 24, rowGap: 10 },
    };
  };
  const square = Math.ceil(Math.sqrt(largest));
  const packed = (size: number, wished: number): MapSizes => {
    const gap = size < 10 ? 1 : 2;
    const fitting = Math.max(1, Math.floor((width + gap) / (size + gap)));
    const columns = Math.min(wished, fitting);
    const space = Math.max(size < 4 ? 3 : 4, Math.round(size * 0.6));
    const blockWidth = columns * (size + gap) - gap;
    return {
      ...{ columns, wideColumns: fitting, wideFrom, cellWidth: size, cellHeight: size, gap, headHeight: 0, blockWidth },
      // Where most groups are one row, rows part them by themselves.
      ...{ blockGap: space, rowGap: columns < usual ? space - gap : size < 4 ? 0 : 1 },
    };
  };
  // Squares, or rows that most groups fill: five nodes are one row of five, not three and two.
  const shapes = small.length > 0 && usual <= ONE_ROW_UP_TO ? [usual, square] : [square];
  const named = count <= NAMED_UP_TO;
  const tries: { readonly sizes: MapSizes; readonly named: boolean }[] = [
    ...(named ? [{ sizes: titled(20 + Math.min(labelChars, 8) * 7, 24), named }] : []),
    ...CELL_SIZES_PX.flatMap((size) => [
      { sizes: titled(size, size), named: false },
      ...(largest <= SQUARE_UP_TO ? shapes.map((columns) => ({ sizes: packed(size, columns), named: false })) : []),
    ]),
  ];
  const fitting = tries.find(({ sizes }) => goThroughRows(groups, sizes, width) <= height);
  // So few nodes that names are worth a turn of the wheel; else the smallest cells.
  const chosen = fitting ?? (named ? tries[0] : tries.at(-1)) ?? { sizes: titled(14, 14), named: false };
  return { ...placed(groups, chosen.sizes, width), named: chosen.named, count };
}

const blocksIn = ({ blockWidth, blockGap }: MapSizes, width: number): number =>
  Math.max(1, Math.floor((width + blockGap) / (blockWidth + blockGap)));

/**
 * Goes through groups row by row and answers the height of all. `place` hears where each stands: beside how many others of its row, from which height on, and
 * whether it takes the whole width.
 */
function goThroughRows(
  groups: readonly NodeGroup[],
  sizes: MapSizes,
  width: number,
  place?: (group: NodeGroup, before: number, top: number, isWide: boolean) => void,
): number {
  const { columns, wideColumns, wideFrom, cellHeight, gap, headHeight, rowGap } = sizes;
  const blocks = blocksIn(sizes, width);
  let top = 0;
  let inRow = 0;
  let tallest = 0;
  // Gone through for each size that is tried, so that nothing is made for a group.
  const endRow = (): void => {
    if (inRow > 0) top += headHeight + tallest * (cellHeight + gap) + rowGap;
    inRow = 0;
    tallest = 0;
  };
  for (const group of groups) {
    const { length } = group.cells;
    const isWide = length > wideFrom;
    if (isWide || inRow === blocks) endRow();
    place?.(group, inRow, top, isWide);
    tallest = Math.max(tallest, Math.ceil(length / (isWide ? wideColumns : columns)));
    inRow += 1;
    if (isWide) endRow();
  }
  endRow();
  return top;
}

function placed(groups: readonly NodeGroup[], sizes: MapSizes, width: number): Omit<CanvasLayout, 'named' | 'count'> {
  const { columns, wideColumns, blockWidth, blockGap } = sizes;
  const places: PlacedGroup[] = [];
  let firstIndex = 0;
  const height = goThroughRows(groups, sizes, width, (group, before, top, isWide) => {
    const own = isWide ? { columns: wideColumns, width } : { columns, width: blockWidth };
    places.push({ ...own, left: before * (blockWidth + blockGap), top, firstIndex, group });
    firstIndex += group.cells.length;
  });
  return { ...sizes, height, groups: places };
}

/** The group of a cell, found by halves: there are as many groups as cliques. */
export function groupAt({ groups }: CanvasLayout, index: number): PlacedGroup | undefined {
  let low = 0;
  let high = groups.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((groups[middle]?.firstIndex ?? 0) <= index) low = middle;
    else high = middle - 1;
  }
  return groups[low];
}

/** Height of a group with its title. */
export function groupHeight({ headHeight, cellHeight, gap }: CanvasLayout, entry: PlacedGroup): number {
  return headHeight + Math.ceil(entry.group.cells.length / entry.columns) * (cellHeight + gap);
}

/** Top left of a cell of a group. */
export function placeIn(
  { cellWidth, cellHeight, gap, headHeight }: CanvasLayout,
  entry: PlacedGroup,
  within: number,
): { x: number; y: number } {
  return {
    x: entry.left + (within % entry.columns) * (cellWidth + gap),
    y: entry.top + headHeight + Math.floor(within / entry.columns) * (cellHeight + gap),
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
  const row = Math.floor((y - entry.top - layout.headHeight) / (layout.cellHeight + layout.gap));
  const column = Math.floor((x - entry.left) / (layout.cellWidth + layout.gap));
  if (row < 0 || column >= entry.columns) return undefined;
  const within = row * entry.columns + column;
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
      const below = index + entry.columns;
      const end = entry.firstIndex + entry.group.cells.length - 1;
      return below <= end ? below : Math.min(last, end + 1);
    }
    case 'ArrowUp': {
      const above = index - entry.columns;
      return above >= entry.firstIndex ? above : Math.max(0, entry.firstIndex - 1);
    }
    default:
      return index;
  }
}
