import type { PathAttempt } from '../client/paths.ts';
import type { SideLineView } from '../client/SideLine.ts';
import { reportOf } from '../protocol/errors.ts';
import type { PathKind } from '../protocol/handshake.ts';
import type { PathOutcome, SavedSystem, SideOutcome } from './state.ts';

/** The order that ways are tried in: the one that worked last first, then as the engineer ordered them. */
export function orderToTry(saved: Pick<SavedSystem, 'pathOrder' | 'lastPath'>): readonly PathKind[] {
  const { pathOrder, lastPath } = saved;
  if (lastPath === undefined || !pathOrder.includes(lastPath)) return pathOrder;
  return [lastPath, ...pathOrder.filter((path) => path !== lastPath)];
}

/** The system with the way that worked remembered; the same object where nothing changes. */
export function withLastPath<S extends Pick<SavedSystem, 'pathOrder' | 'lastPath'>>(saved: S, worked: PathKind): S {
  return worked === saved.lastPath || !saved.pathOrder.includes(worked) ? saved : { ...saved, lastPath: worked };
}

/** What is known of each way: its last outcome. A failure is kept until the way itself works. */
export class PathMemory {
  readonly #outcomes = new Map<PathKind, PathOutcome>();
  readonly #noted = new WeakSet<PathAttempt>();

  /** Takes in how ways went; what was known before of the others stays. */
  note(attempts: readonly PathAttempt[]): void {
    for (const attempt of attempts) {
      // The same search is looked at many times, also beside the next one.
      if (this.#noted.has(attempt)) continue;
      this.#noted.add(attempt);
      const { path, error, atMs } = attempt;
      this.#outcomes.set(path, {
        path,
        atMs,
        ...(error ? { outcome: 'failed', cause: reportOf(error) } : { outcome: 'works' }),
      });
    }
  }

  /** The ways of the order, then the one in use where it is another; `roundTripMs` of the way in use. */
  view(order: readonly PathKind[], used?: { path: PathKind; roundTripMs?: number | undefined }): PathOutcome[] {
    const paths = used && !order.includes(used.path) ? [...order, used.path] : order;
    return paths.map((path) => {
      const known = this.#outcomes.get(path) ?? { path, outcome: 'not-tried' };
      if (path !== used?.path) return known;
      const { roundTripMs } = used;
      return {
        path,
        outcome: 'works',
        ...(known.atMs === undefined ? {} : { atMs: known.atMs }),
        ...(roundTripMs === undefined ? {} : { roundTripMs: Math.round(roundTripMs) }),
      };
    });
  }
}

/** Side lines in the words of the window. */
export function sideOutcomes(views: readonly SideLineView[]): readonly SideOutcome[] {
  return views.map(({ service, port, state, cause, failedAtMs }) => ({
    service,
    port,
    state,
    ...(cause ? { cause: reportOf(cause) } : {}),
    ...(failedAtMs === undefined ? {} : { atMs: failedAtMs }),
  }));
}
