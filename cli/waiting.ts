import type { Watch } from '../core/client/Watches.ts';
import { PutError } from '../core/protocol/errors.ts';
import type { CommandHost } from './CommandHost.ts';
import type { MasterSession } from './MasterSession.ts';

/** A topic that never says anything whole: a large state takes minutes at 9,600 bit/s; a dead line is noticed long before. */
const FIRST_NEWS_MS = 300_000;

function asError(error: unknown): Error {
  return error instanceof Error ? error : new PutError('internal', String(error));
}

/** Why a command is stopped: its time is over, or Ctrl-C. */
function stopReason({ stop }: CommandHost): PutError {
  return stop.reason instanceof PutError ? stop.reason : new PutError('cancelled', 'stopped by Ctrl-C');
}

/** Settles as `work` does, or rejects when the command is stopped: `cancelled`, `command-timeout`. */
export function unlessStopped<T>(host: CommandHost, work: Promise<T>): Promise<T> {
  return unlessEnded(host, undefined, work);
}

/** The same, and rejects when the session is over. */
export function unlessEnded<T>(
  host: CommandHost,
  session: Pick<MasterSession, 'over'> | undefined,
  work: Promise<T>,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onStop = (): void => reject(stopReason(host));
    if (host.stop.aborted) onStop();
    host.stop.addEventListener('abort', onStop, { once: true });
    const finish = (settle: () => void): void => {
      host.stop.removeEventListener('abort', onStop);
      settle();
    };
    work.then(
      (value) => finish(() => resolve(value)),
      (error: unknown) => finish(() => reject(asError(error))),
    );
    session?.over.catch((error: unknown) => finish(() => reject(asError(error))));
  });
}

/** The state of a topic at this moment. */
export async function readTopic<T extends object>(
  host: CommandHost,
  session: MasterSession,
  topic: string,
): Promise<T> {
  let watch: Watch | undefined;
  let stopTimer = (): void => {};
  try {
    return await unlessEnded(
      host,
      session,
      new Promise<T>((resolve, reject) => {
        stopTimer = host.clock.setTimer(FIRST_NEWS_MS, () =>
          reject(
            new PutError('request-timeout', `nothing came of ${topic} within ${FIRST_NEWS_MS / 1000} s`, { topic }),
          ),
        );
        watch = session.watchState<T>(topic, resolve, reject);
      }),
    );
  } finally {
    stopTimer();
    watch?.close();
  }
}

/** Entries of a log topic above `since` that are there at this moment, oldest first; with `last` the newest of them alone. */
export async function readLog<T extends object>(
  host: CommandHost,
  session: MasterSession,
  topic: string,
  since: number,
  last?: number,
): Promise<T[]> {
  const entries: T[] = [];
  let watch: Watch | undefined;
  let stopTimer = (): void => {};
  try {
    await unlessEnded(
      host,
      session,
      new Promise<void>((resolve, reject) => {
        stopTimer = host.clock.setTimer(FIRST_NEWS_MS, () =>
          reject(
            new PutError('request-timeout', `nothing came of ${topic} within ${FIRST_NEWS_MS / 1000} s`, { topic }),
          ),
        );
        watch = session.watchLog<T>(
          topic,
          since,
          (news, _last, more) => {
            entries.push(...news);
            if (!more) resolve();
          },
          reject,
          last,
        );
      }),
    );
    return entries;
  } finally {
    stopTimer();
    watch?.close();
  }
}

/** Waits until `ready` answers a value for a state of the topic. */
export async function waitForState<T extends object, R>(
  host: CommandHost,
  session: MasterSession,
  topic: string,
  ready: (state: T) => R | undefined,
): Promise<R> {
  let watch: Watch | undefined;
  try {
    return await unlessEnded(
      host,
      session,
      new Promise<R>((resolve, reject) => {
        watch = session.watchState<T>(
          topic,
          (state) => {
            try {
              const value = ready(state);
              if (value !== undefined) resolve(value);
            } catch (error) {
              reject(asError(error));
            }
          },
          reject,
        );
      }),
    );
  } finally {
    watch?.close();
  }
}
