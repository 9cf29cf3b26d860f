import { TROUBLE_STATES } from '../../../core/model/cellCounts.ts';
import type { NodeCell } from './grouping.ts';

/** How many nodes stood how, over time; all lists have the same length. Times are the master's, in s as charts have them. */
export interface StepCurve {
  readonly atSeconds: readonly number[];
  readonly running: readonly number[];
  /** As `endedNodes` counts them: of what is unknown nobody saw the end. */
  readonly ended: readonly number[];
  /** Failed, unreachable or unknown as they stand now. */
  readonly trouble: readonly number[];
}

/** Points of the picture at most; it is no wider than that many px. */
const MOST_POINTS = 1200;

/** The curve of a step up to `nowMs`, from begin and end of each node's last attempt. Undefined while nothing has begun. */
export function stepCurve(cells: readonly NodeCell[], nowMs: number): StepCurve | undefined {
  let from = Infinity;
  let to = -Infinity;
  for (const { cell } of cells) {
    if (cell.startedAtMs === undefined) continue;
    from = Math.min(from, cell.startedAtMs);
    to = Math.max(to, cell.endedAtMs ?? nowMs);
  }
  if (from === Infinity) return undefined;
  const points = MOST_POINTS;
  const stepMs = Math.max(1, (to - from) / (points - 1));
  const placeOf = (atMs: number): number => Math.min(points - 1, Math.max(0, Math.ceil((atMs - from) / stepMs)));
  const running = new Array<number>(points).fill(0);
  const ended = new Array<number>(points).fill(0);
  const bad = new Array<number>(points).fill(0);
  for (const { cell } of cells) {
    if (cell.state === 'waiting') continue;
    if (cell.startedAtMs !== undefined) running[placeOf(cell.startedAtMs)]! += 1;
    if (cell.state === 'running') continue;
    // What never began was left out from the first; when what is not known to have ended went quiet is not known either.
    const at = placeOf(cell.endedAtMs ?? (cell.startedAtMs === undefined ? from : to));
    if (cell.startedAtMs !== undefined) running[at]! -= 1;
    if (cell.state !== 'unknown') ended[at]! += 1;
    if (TROUBLE_STATES.includes(cell.state)) bad[at]! += 1;
  }
  const curve = { atSeconds: [] as number[], running: [] as number[], ended: [] as number[], trouble: [] as number[] };
  let sumRunning = 0;
  let sumEnded = 0;
  let sumBad = 0;
  for (let at = 0; at < points; at += 1) {
    sumRunning += running[at] ?? 0;
    sumEnded += ended[at] ?? 0;
    sumBad += bad[at] ?? 0;
    curve.atSeconds.push((from + at * stepMs) / 1000);
    curve.running.push(sumRunning);
    curve.ended.push(sumEnded);
    curve.trouble.push(sumBad);
  }
  return curve;
}
