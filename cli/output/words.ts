import { msSince } from '../../core/model/age.ts';
import type { CellCounts, CellState, JobState, StepState } from '../../core/model/job.ts';
import { CELL_STATES } from '../../core/model/job.ts';
import { STATE_WORDS } from '../../core/model/stateWords.ts';

type Mark = CellState | StepState | JobState | 'free' | 'held' | 'idle' | 'off';

/** A shape of its own for each state, so that nothing is told by colour alone; the second one is for terminals without Unicode. */
const SHAPES: Readonly<Record<Mark, readonly [string, string]>> = {
  waiting: ['\u25cb', '.'],
  running: ['\u25d0', '>'],
  ok: ['\u25a0', '#'],
  succeeded: ['\u25a0', '#'],
  warned: ['\u25b2', '!'],
  failed: ['\u2716', 'F'],
  ignored: ['\u2298', 'i'],
  skipped: ['X', 'X'],
  unreachable: ['\u25c7', '-'],
  unknown: ['?', '?'],
  input: ['\u25b6', '*'],
  attention: ['\u25b2', '!'],
  exited: ['\u25a1', 'o'],
  'rolled-back': ['\u21b6', '<'],
  free: ['\u25cb', '.'],
  held: ['\u25a0', '#'],
  idle: ['\u25d0', '-'],
  off: ['\u00d7', 'x'],
};

const COLOURS: Readonly<Partial<Record<Mark, number>>> = {
  ok: 34,
  succeeded: 34,
  running: 36,
  failed: 31,
  unreachable: 31,
  warned: 33,
  attention: 33,
  input: 33,
  unknown: 35,
};

/** How this terminal shows text. */
export interface Style {
  readonly colour: boolean;
  readonly unicode: boolean;
}

/** The word of a state, as windows have it. */
function wordOf(state: Mark): string {
  return (STATE_WORDS as Partial<Record<Mark, string>>)[state] ?? state;
}

/** Shape and word of a state, for a table: no colour, so that columns stay aligned. */
export function mark(state: Mark, style: Style, word: string = wordOf(state)): string {
  return `${SHAPES[state][style.unicode ? 0 : 1]} ${word}`;
}

/** The same for running text, coloured where the terminal allows it. */
export function colouredMark(state: Mark, style: Style, word: string = wordOf(state)): string {
  const colour = COLOURS[state];
  const text = mark(state, style, word);
  return style.colour && colour !== undefined ? `\u001b[${colour}m${text}\u001b[0m` : text;
}

/** Colours a cell by the shape that `mark` begins it with; undefined where the terminal has no colours. Blanks behind it stay as they are. */
export function paintMark({ colour, unicode }: Style): ((cell: string) => string) | undefined {
  if (!colour) return undefined;
  const codes = new Map(
    (Object.entries(COLOURS) as [Mark, number][]).map(([state, code]) => [SHAPES[state][unicode ? 0 : 1], code]),
  );
  return (cell) => {
    const code = codes.get([...cell][0] ?? '');
    const text = cell.trimEnd();
    return code === undefined ? cell : `\u001b[${code}m${text}\u001b[0m${cell.slice(text.length)}`;
  };
}

/** A size in the largest unit that keeps it readable; binary units. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 || Math.abs(value) >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit] ?? ''}`;
}

/** A length of time: `42s`, `5m 03s`, `2h 07m`, `3d 04h`. Never negative, since two clocks may differ. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number): string => String(value).padStart(2, '0');
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${two(seconds % 60)}s`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h ${two(Math.floor(seconds / 60) % 60)}m`;
  return `${Math.floor(seconds / 86_400)}d ${two(Math.floor(seconds / 3600) % 24)}h`;
}

/** `7s ago`; of a moment that is still to come by the clock of the master, which was set back since, it is not known. */
export function agoText(atMs: number, nowMs: number): string {
  const agoMs = msSince(atMs, nowMs);
  return agoMs === undefined ? 'unknown: the clock was set back' : `${formatDuration(agoMs)} ago`;
}

/** `for 2m 20s`, of what began then and lasts; the same where the clock was set back since. */
export function lastingText(sinceMs: number, nowMs: number): string {
  const forMs = msSince(sinceMs, nowMs);
  return forMs === undefined ? 'for an unknown time: the clock was set back' : `for ${formatDuration(forMs)}`;
}

/** `2m 20s`, from one moment to another; `unknown` where the clock was set back between them. */
export function spanText(fromMs: number, toMs: number): string {
  const spanMs = msSince(fromMs, toMs);
  return spanMs === undefined ? 'unknown' : formatDuration(spanMs);
}

/** Time of day of this machine's zone, to the second. */
export function formatTime(atMs: number): string {
  const date = new Date(atMs);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** Time of day of this machine's zone; with its date where that is not today's. */
export function formatMoment(atMs: number, nowMs: number): string {
  const today = new Date(atMs).toDateString() === new Date(nowMs).toDateString();
  return today ? formatTime(atMs) : `${formatDateTime(atMs).slice(0, 10)} ${formatTime(atMs)}`;
}

/** Date and time of this machine's zone, to the minute. */
export function formatDateTime(atMs: number): string {
  const date = new Date(atMs);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${formatTime(atMs).slice(0, 5)}`;
}

/** `1 node`, `2 nodes`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** How many cells are in each state; every state is there, and the sum is the number of cells. */
export function countCells(cells: Iterable<{ readonly state: CellState }>): CellCounts {
  const counts = Object.fromEntries(CELL_STATES.map((state) => [state, 0])) as Record<CellState, number>;
  for (const cell of cells) counts[cell.state]++;
  return counts;
}
