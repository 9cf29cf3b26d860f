import type { Clock } from '../../core/session/ports.ts';
import { reportOf } from '../../core/protocol/errors.ts';
import type { Log } from '../service.ts';
import { MAX_LINES_PER_NODE, type NodeLogEntry } from './NodeLogs.ts';

/** Lines are kept at the latest after this. */
const LOG_MS = 500;
/** So many lines are kept at once, without waiting for more. */
const LINES_AT_ONCE = 2_000;
/** So many lines of all nodes wait at most. */
const MOST_WAITING = 100_000;
/** Lines held while the file cannot be written; older ones go first, and how many did is told in the service's log. */
const MAX_HELD_LINES = 10_000;
/** Lines are not kept for so many times as long as it took the last time, so that nodes which flood leave the others and all sessions their turns. */
const RESTS = 9;

/** Lines of the nodes of a job on their way into the file of logs. */
export interface LineBuffer {
  take(line: NodeLogEntry): void;
  /** Brings what waits into the file. @throws what `append` does; the lines wait on then */
  flush(): void;
  /** Brings what waits into the file, if that can be; else it waits on. */
  flushIfPossible(): void;
  /** The same, unless the file rests. */
  flushUnlessResting(): void;
  /** Lines of a node that are not in the file: they come after those that it has. */
  waiting(nodeId: string): readonly NodeLogEntry[];
  /** Lines that come later are not brought into the file any more. */
  stop(): void;
}

/**
 * Gathers lines, so that one commit takes many. Of a node that says more than the file keeps of it the older lines are left out here already: they would be
 * forgotten as soon as they are written.
 */
export function lineBuffer({
  clock,
  log,
  append,
}: {
  readonly clock: Clock;
  readonly log: Log;
  readonly append: (lines: readonly NodeLogEntry[]) => void;
}): LineBuffer {
  let byNode = new Map<string, NodeLogEntry[]>();
  let count = 0;
  let stopTimer: (() => void) | undefined;
  let restsUntilMs = -Infinity;
  let fails = false;
  let stopped = false;

  const hold = (lines: readonly NodeLogEntry[]): void => {
    byNode = new Map();
    count = lines.length;
    for (const line of lines) {
      const own = byNode.get(line.nodeId);
      if (own) own.push(line);
      else byNode.set(line.nodeId, [line]);
    }
  };
  const flush = (): void => {
    stopTimer?.();
    stopTimer = undefined;
    if (count === 0) return;
    const beganMs = clock.steadyMs();
    append([...byNode.values()].flatMap((own) => own.slice(-MAX_LINES_PER_NODE)));
    const endedMs = clock.steadyMs();
    restsUntilMs = endedMs + RESTS * (endedMs - beganMs);
    fails = false;
    hold([]);
  };
  /** Lines that cannot be kept now wait for the next ones. */
  const flushQuietly = (): void => {
    try {
      flush();
    } catch (error) {
      fails = true;
      log.warn('log lines of nodes wait for the disk', { ...reportOf(error) });
    }
  };
  const dropOldest = (): void => {
    const newest = [...byNode.values()].flat().sort((a, b) => a.atMs - b.atMs);
    log.warn('log lines of nodes could not be kept and are lost', { lines: count - MAX_HELD_LINES });
    hold(newest.slice(-MAX_HELD_LINES));
  };
  return {
    take: (line) => {
      const own = byNode.get(line.nodeId) ?? [];
      if (own.length === 0) byNode.set(line.nodeId, own);
      own.push(line);
      count += 1;
      if (own.length >= 2 * MAX_LINES_PER_NODE) {
        own.splice(0, MAX_LINES_PER_NODE);
        count -= MAX_LINES_PER_NODE;
      }
      if (fails && count >= 2 * MAX_HELD_LINES) dropOldest();
      if (stopped) return;
      // While lines wait for the disk, the timer tries again; not each line.
      const due = count >= MOST_WAITING || (count >= LINES_AT_ONCE && clock.steadyMs() >= restsUntilMs);
      if (due && !fails) return flushQuietly();
      stopTimer ??= clock.setTimer(Math.max(LOG_MS, restsUntilMs - clock.steadyMs()), flushQuietly);
    },
    flush,
    flushIfPossible: flushQuietly,
    waiting: (nodeId) => byNode.get(nodeId) ?? [],
    flushUnlessResting: () => {
      if (clock.steadyMs() >= restsUntilMs) flushQuietly();
    },
    stop: () => {
      stopped = true;
      stopTimer?.();
      stopTimer = undefined;
    },
  };
}
