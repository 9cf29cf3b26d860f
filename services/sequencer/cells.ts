import { CELL_STATES, type Cell as ShownCell, type CellState } from '../../core/model/job.ts';
import { entriesOf, emptyColumn, valueAt, withValues, type Column } from './column.ts';

/** State of one (step, node) pair, as people see it and with what the machine needs besides. */
export interface Cell extends Omit<ShownCell, 'percent' | 'silentSinceMs'> {
  /** Items that were done with a warning. */
  readonly warnedItems?: readonly string[] | undefined;
  /** A person retries what came through with a warning: it is done once more although it is done. */
  readonly again?: true | undefined;
  /** Attempts of which nothing was begun on the node, as it was never reached for them. */
  readonly notBegun?: number | undefined;
  /** Only while unknown: it is found out by a probe before anything else; without it a person decides. */
  readonly probe?: true | undefined;
}

/** What is kept of a cell from attempt to attempt until it came through: that it is done once more, and how often it was not begun. */
export function keptOf({ again, warnedItems, notBegun }: Cell): Pick<Cell, 'again' | 'warnedItems' | 'notBegun'> {
  return {
    ...(again ? { again, ...(warnedItems ? { warnedItems } : {}) } : {}),
    ...(notBegun === undefined ? {} : { notBegun }),
  };
}

/** Whether work of the step may have begun on the node, in any attempt. */
export function mayHaveBegun({ attempt, notBegun = 0 }: Pick<Cell, 'attempt' | 'notBegun'>): boolean {
  return attempt > notBegun;
}

/** Counts of the cells of one wave; the states add up to its nodes. `probes` counts those of `unknown` that are to be probed. */
export type WaveCounts = Readonly<Record<CellState, number>> & { readonly probes: number };

/** Cells of one step. */
export interface CellTable {
  readonly column: Column<Cell>;
  /** By wave. */
  readonly waves: readonly WaveCounts[];
}

/** Which wave a node is in. */
export type WaveOf = (index: number) => number;

const WAITING: Cell = { state: 'waiting', attempt: 0 };

/** Cells of a step that nothing was done at: everything waits. */
export function waitingCells(nodesOfWaves: readonly number[]): CellTable {
  const none = Object.fromEntries(CELL_STATES.map((state) => [state, 0])) as Record<CellState, number>;
  return {
    column: emptyColumn(nodesOfWaves.reduce((sum, nodes) => sum + nodes, 0)),
    waves: nodesOfWaves.map((nodes) => ({ ...none, waiting: nodes, probes: 0 })),
  };
}

/** The cell of a node. */
export function cellAt(table: CellTable, index: number): Cell {
  return valueAt(table.column, index) ?? WAITING;
}

/** The table with other cells at some places; counts move with them. */
export function withCells(
  table: CellTable,
  changes: readonly (readonly [index: number, cell: Cell])[],
  waveOf: WaveOf,
): CellTable {
  if (changes.length === 0) return table;
  const waves = [...table.waves];
  const own = new Map<number, Record<CellState | 'probes', number>>();
  const latest = new Map<number, Cell>();
  for (const [index, cell] of changes) {
    const wave = waveOf(index);
    let counts = own.get(wave);
    if (!counts) {
      counts = { ...(waves[wave] as WaveCounts) };
      own.set(wave, counts);
      waves[wave] = counts;
    }
    const before = latest.get(index) ?? cellAt(table, index);
    counts[before.state] -= 1;
    counts[cell.state] += 1;
    if (before.probe) counts.probes -= 1;
    if (cell.probe) counts.probes += 1;
    latest.set(index, cell);
  }
  return { column: withValues(table.column, latest), waves };
}

/** Counts over all waves. */
export function totalCounts(table: CellTable): WaveCounts {
  const total = Object.fromEntries([...CELL_STATES, 'probes'].map((name) => [name, 0])) as Record<
    CellState | 'probes',
    number
  >;
  for (const counts of table.waves) {
    for (const name in counts) total[name as CellState] += counts[name as CellState];
  }
  return total;
}

/** Cells that wait for nothing but a person. */
export function undecided(counts: WaveCounts): number {
  return counts.failed + counts.unreachable + counts.unknown - counts.probes;
}

/** Cells whose work is still to come or under way. */
export function unsettled(counts: WaveCounts): number {
  return counts.waiting + counts.running + counts.probes;
}

/** Whether anything was begun on any of the nodes that are counted. */
export function worked(counts: WaveCounts): boolean {
  return CELL_STATES.some((state) => state !== 'waiting' && state !== 'skipped' && counts[state] > 0);
}

/** Counts taken from the cells themselves; for checks of what is kept. Walks all nodes. */
export function recounted(table: CellTable, waveOf: WaveOf): readonly WaveCounts[] {
  const sizes = table.waves.map((counts) => CELL_STATES.reduce((sum, state) => sum + counts[state], 0));
  return withCells(waitingCells(sizes), [...entriesOf(table.column)], waveOf).waves;
}
