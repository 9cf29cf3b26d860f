import type { Watch } from '../core/client/Watches.ts';
import { seenOf, type JobView } from '../core/model/job.ts';
import { PutError } from '../core/protocol/errors.ts';
import type { CommandHost } from './CommandHost.ts';
import type { MasterSession } from './MasterSession.ts';
import { unlessEnded } from './waiting.ts';

/** Where following a job ended. */
export interface Followed {
  readonly view: JobView;
  /** `over`: it ended. `person`: it waits for one. `stopped`: the caller wanted no more. */
  readonly reason: 'over' | 'person' | 'stopped';
}

export interface FollowOptions {
  /**
   * Answers the step that waits for input, as its kind has it; `person` leaves it to a person, `stop` follows no further.
   * Absent: every input is left to a person.
   */
  readonly answer?: (view: JobView) => Promise<Readonly<Record<string, unknown>> | 'person' | 'stop'>;
  /** Goes on by itself where every failure was ignored. */
  readonly continueIgnored?: boolean;
  /** Looks on until the end of the job, whoever is needed in between. */
  readonly lookOn?: boolean;
  /** A state that waits for a person counts only above this number of the journal: something was asked for at it. */
  readonly settledAfter?: number;
  readonly onView?: (view: JobView) => void;
}

/** Somebody, or this client before a cut, was faster: the job is looked at again. */
const TOO_LATE: ReadonlySet<string> = new Set(['step-not-current', 'already-done']);
const OVER: ReadonlySet<JobView['state']> = new Set(['succeeded', 'warned', 'failed', 'exited']);

export function isOver(state: JobView['state']): boolean {
  return OVER.has(state);
}

/** Every failure of the current step was ignored, so that Next is on; it is off at a step that could not begin, too. */
export function allIgnored(view: JobView): boolean {
  return view.state === 'attention' && view.attention.length === 0 && view.nextOffBecause === undefined;
}

/**
 * Follows a job over any number of cuts of the line, answering its input steps, until it ends or needs a person. Each
 * attempt of a step is answered once; an answer that came too late is looked at again.
 * Rejects with the master's error when an answer is refused.
 */
export async function followJob(
  host: CommandHost,
  session: MasterSession,
  jobId: string,
  options: FollowOptions,
): Promise<Followed> {
  let latest: JobView | undefined;
  let wake = (): void => {};
  let failure: PutError | undefined;
  const answered = new Set<string>();
  const watch: Watch = session.watchState<JobView>(
    `job:${jobId}`,
    (view) => {
      latest = view;
      options.onView?.(view);
      wake();
    },
    (error) => {
      failure = error;
      wake();
    },
  );
  const next = async (): Promise<JobView> => {
    if (!latest && !failure) {
      await unlessEnded(host, session, new Promise<void>((resolve) => (wake = resolve)));
    }
    if (failure) throw failure;
    const view = latest as JobView;
    latest = undefined;
    return view;
  };
  const ask = async (key: string, request: () => Promise<unknown>): Promise<void> => {
    answered.add(key);
    try {
      await unlessEnded(host, session, request());
    } catch (error) {
      if (!(error instanceof PutError) || !TOO_LATE.has(error.code)) throw error;
    }
  };
  let meant: string | undefined;
  try {
    for (;;) {
      const view = await next();
      // What Next would mean is accepted by whoever saw it: a gate or a limit that comes up later waits for a person.
      meant ??= view.nextMeans ?? '';
      if (isOver(view.state)) return { view, reason: 'over' };
      if (options.lookOn === true || view.eventNumber <= (options.settledAfter ?? -1)) continue;
      const step = view.steps[view.currentStep];
      const key = `${view.currentStep} ${step?.attempt ?? 0}`;
      if (view.state === 'attention') {
        if (options.continueIgnored === true && allIgnored(view) && (view.nextMeans ?? meant) === meant) {
          const goOn = `${key} ignored`;
          if (!answered.has(goOn))
            await ask(goOn, () => session.request('job.continue', { jobId, seen: seenOf(view) }));
          continue;
        }
        return { view, reason: 'person' };
      }
      if (view.paused && !Object.values(step?.cells ?? {}).some((cell) => cell.state === 'running'))
        return { view, reason: 'person' };
      if (view.state !== 'input' || !step || answered.has(key)) continue;
      const input = options.answer ? await options.answer(view) : 'person';
      if (input === 'person') return { view, reason: 'person' };
      if (input === 'stop') return { view, reason: 'stopped' };
      await ask(key, () => session.request('job.answer', { jobId, seen: seenOf(view), input: { ...input } }));
    }
  } finally {
    watch.close();
  }
}
