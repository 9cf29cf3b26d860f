import { PutError, toPutError } from '../protocol/errors.ts';
import type { PathKind } from '../protocol/handshake.ts';
import { besideStep } from '../session/besideAttempts.ts';
import { connectByFirstPath, isDecisive, type DialTarget, type PathAttempt, type PathContext } from './paths.ts';
import type { ConnectedLine } from './connectedLine.ts';

export interface LineSearch {
  /** Ways to try, in this order. */
  readonly order: readonly PathKind[];
  /** The way that is tried beside a dial that hangs; undefined: none. */
  readonly beside: PathKind | undefined;
  readonly context: PathContext;
  /** How each way went. */
  onAttempt(attempt: PathAttempt): void;
}

interface UnderWay {
  /** Tries every way; never gives way to another. */
  readonly main: boolean;
  readonly abort: AbortController;
  readonly beganAtMs: number;
  answeredAtMs: number | undefined;
}

/**
 * Finds a line: one attempt tries every way, and while it hangs unanswered short ones by the way that worked before join it;
 * the first that is welcomed wins. Rejects with the error of the attempt that tries every way, or with a decisive refusal.
 */
export function findLine(search: LineSearch): Promise<ConnectedLine> {
  const { context, beside } = search;
  const { clock, signal } = context;
  return new Promise((resolve, reject) => {
    const underWay: UnderWay[] = [];
    let mainError: PutError | undefined;
    let settled = false;
    let stopTimer: (() => void) | undefined;

    const settle = (outcome: () => void, winner?: UnderWay): void => {
      if (settled) return;
      settled = true;
      stopTimer?.();
      signal.removeEventListener('abort', onAbort);
      for (const attempt of underWay) if (attempt !== winner) attempt.abort.abort();
      outcome();
    };
    const onAbort = (): void => settle(() => reject(new PutError('cancelled', 'connecting was given up')));
    const leave = (attempt: UnderWay): void => {
      const at = underWay.indexOf(attempt);
      if (at >= 0) underWay.splice(at, 1);
    };
    const giveUp = (attempt: UnderWay): void => {
      leave(attempt);
      attempt.abort.abort();
    };
    const onAnswered = (attempt: UnderWay): void => {
      if (settled || attempt.answeredAtMs !== undefined || !underWay.includes(attempt)) return;
      attempt.answeredAtMs = clock.steadyMs();
      // The peer is there: what still hangs would only take bytes away from what goes on.
      for (const other of [...underWay]) if (!other.main && other.answeredAtMs === undefined) giveUp(other);
      arm();
    };
    const onFailed = (attempt: UnderWay, error: PutError): void => {
      if (settled || !underWay.includes(attempt)) return;
      leave(attempt);
      if (isDecisive(error.code)) return settle(() => reject(error));
      if (attempt.main) mainError = error;
      const failure = mainError;
      if (!failure) return arm();
      if (!underWay.some(({ answeredAtMs }) => answeredAtMs !== undefined)) settle(() => reject(failure));
    };
    const begin = (order: readonly PathKind[], main: boolean): void => {
      const abort = new AbortController();
      const attempt: UnderWay = { main, abort, beganAtMs: clock.steadyMs(), answeredAtMs: undefined };
      underWay.push(attempt);
      const dial = (target: DialTarget, dialSignal: AbortSignal): ReturnType<PathContext['dial']> =>
        context.dial({ ...target, onAnswered: () => onAnswered(attempt) }, dialSignal);
      connectByFirstPath(order, { ...context, dial, signal: abort.signal }, (outcome) => {
        if (main || !outcome.error) search.onAttempt(outcome);
      }).then(
        (line) => {
          if (settled || !underWay.includes(attempt)) line.transport.destroy();
          else settle(() => resolve(line), attempt);
        },
        (reason: unknown) => onFailed(attempt, toPutError(reason)),
      );
    };
    const arm = (): void => {
      stopTimer?.();
      stopTimer = undefined;
      if (settled || beside === undefined || mainError) return;
      const now = clock.steadyMs();
      const next = besideStep(underWay, now);
      if (next.step === 'wait') {
        stopTimer = clock.setTimer(next.untilMs - now, arm);
        return;
      }
      const outdated = next.giveUp === undefined ? undefined : underWay[next.giveUp];
      if (outdated) giveUp(outdated);
      begin([beside], false);
      arm();
    };
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort);
    begin(search.order, true);
    arm();
  });
}
