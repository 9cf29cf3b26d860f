import type { Watch } from '../core/client/Watches.ts';
import { isJobOver, seenOf, type JobReport } from '../core/model/job.ts';
import { jobTopic, type JobHead } from '../core/model/jobParts.ts';
import { needsPerson, standing } from '../core/model/needsPerson.ts';
import { PutError } from '../core/protocol/errors.ts';
import type { CommandHost } from './CommandHost.ts';
import { EXIT, exitCodeOfJob, type ExitCode } from './exitCodes.ts';
import type { MasterSession } from './MasterSession.ts';
import { unlessEnded } from './waiting.ts';

/** Where following a job ended. */
export interface Followed {
  readonly head: JobHead;
  /** `over`: it ended. `person`: it waits for one. `stopped`: the caller wanted no more. */
  readonly reason: 'over' | 'person' | 'stopped';
}

export interface FollowOptions {
  /**
   * Answers the step that waits for input, as its kind has it; `person` leaves it to a person, `stop` follows no further.
   * `asked`: something was asked for instead, and what comes of it is looked at. Absent: every input is left to a person.
   */
  readonly answer?: (head: JobHead) => Promise<Readonly<Record<string, unknown>> | 'person' | 'stop' | 'asked'>;
  /** Goes on by itself where every failure was ignored. */
  readonly continueIgnored?: boolean;
  /** Looks on until the end of the job, whoever is needed in between. */
  readonly lookOn?: boolean;
  /** A state that waits for a person counts only above this number of the journal: something was asked for at it. */
  readonly settledAfter?: number;
  readonly onHead?: (head: JobHead) => void;
}

/** Somebody, or this client before a cut, was faster: the job is looked at again. */
const TOO_LATE: ReadonlySet<string> = new Set(['step-not-current', 'already-done']);

/** The exit code of a job that was followed to this head: one that is paused waits for a person, too. */
export function exitCodeOfHead(head: JobHead, report: JobReport | undefined): ExitCode {
  return needsPerson(standing(head)) ? EXIT.needsPerson : exitCodeOfJob(head.state, report);
}

/** Every failure of the current step was ignored, so that Next is on; it is off at a step that could not begin, too. */
export function allIgnored(head: JobHead): boolean {
  return head.state === 'attention' && head.attention.length === 0 && head.nextOffBecause === undefined;
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
  let latest: JobHead | undefined;
  let wake = (): void => {};
  let failure: PutError | undefined;
  const answered = new Set<string>();
  const watch: Watch = session.watchState<JobHead>(
    jobTopic(jobId),
    (head) => {
      latest = head;
      options.onHead?.(head);
      wake();
    },
    (error) => {
      failure = error;
      wake();
    },
  );
  const next = async (): Promise<JobHead> => {
    if (!latest && !failure) {
      await unlessEnded(host, session, new Promise<void>((resolve) => (wake = resolve)));
    }
    if (failure) throw failure;
    const head = latest as JobHead;
    latest = undefined;
    return head;
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
      const head = await next();
      // What Next would mean is accepted by whoever saw it: a gate or a limit that comes up later waits for a person.
      meant ??= head.nextMeans ?? '';
      if (isJobOver(head.state)) return { head, reason: 'over' };
      if (options.lookOn === true || head.eventNumber <= (options.settledAfter ?? -1)) continue;
      const step = head.steps[head.currentStep];
      const key = `${head.currentStep} ${step?.attempt ?? 0}`;
      if (head.state === 'attention') {
        if (options.continueIgnored === true && allIgnored(head) && (head.nextMeans ?? meant) === meant) {
          const goOn = `${key} ignored`;
          if (!answered.has(goOn))
            await ask(goOn, () => session.request('job.continue', { jobId, seen: seenOf(head) }));
          continue;
        }
        return { head, reason: 'person' };
      }
      if (standing(head).standsPaused) return { head, reason: 'person' };
      if (head.state !== 'input' || !step || answered.has(key)) continue;
      const input = options.answer ? await options.answer(head) : 'person';
      if (input === 'person') return { head, reason: 'person' };
      if (input === 'stop') return { head, reason: 'stopped' };
      if (input === 'asked') {
        answered.add(key);
        continue;
      }
      await ask(key, () => session.request('job.answer', { jobId, seen: seenOf(head), input: { ...input } }));
    }
  } finally {
    watch.close();
  }
}
