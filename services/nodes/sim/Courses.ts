import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CommandExit, WorkKey } from '../NodePort.ts';
import type { Log } from '../../service.ts';
import { beginTransaction, endTransaction, erase } from './nodePackages.ts';
import type { Beat, PracticeNodeState, PracticeWork } from './PracticeNodeStore.ts';

export interface CoursePorts {
  readonly nowMs: () => number;
  readonly closing: AbortSignal;
  readonly log: Log;
  state(nodeId: string): PracticeNodeState;
  update(nodeId: string, change: (state: PracticeNodeState) => PracticeNodeState): Promise<PracticeNodeState>;
  diary(nodeId: string, line: Readonly<Record<string, unknown>>): Promise<void>;
  losePower(nodeId: string, stepId: string): Promise<void>;
  /** The node goes down and boots anew; it is away for a while. */
  bootAnew(nodeId: string): Promise<void>;
  /** Resolves after the time or at the abort. */
  wait(waitMs: number, signal: AbortSignal): Promise<void>;
}

/** Length of a line of a filler, with its end. */
const FILLER_LINE_BYTES = 100;
/** A filler is handed over in parts of so many bytes, with time for others between them. */
const FILLER_PART_BYTES = 64 * 1024;

/** A part of a log; a filler stands for lines that say nothing. */
type Chunk = { readonly offset: number } & ({ readonly text: string } | { readonly fillerBytes: number });

/** Bytes `from` to `to` of a filler. */
function fillerText(from: number, to: number): string {
  const first = Math.floor(from / FILLER_LINE_BYTES);
  const last = Math.ceil(to / FILLER_LINE_BYTES);
  let text = '';
  for (let i = first; i < last; i++)
    text += `filler ${String(i).padStart(8, '0')} `.padEnd(FILLER_LINE_BYTES - 1, '.') + '\n';
  return text.slice(from - first * FILLER_LINE_BYTES, to - first * FILLER_LINE_BYTES);
}

/** The course of one command as far as it has come by now. */
export class Course {
  readonly work: PracticeWork;
  readonly stopping = new AbortController();
  readonly #chunks: Chunk[] = [];
  #waiting: (() => void)[] = [];
  logBytes = 0;
  /** When it last wrote, or began. */
  wroteAtMs: number;
  done = 0;
  exit: CommandExit | undefined;
  /** It is not under way any more, and its end is not known. */
  lost: 'power' | 'boot' | 'error' | undefined;
  /** What the operating system said where its files could not be written. */
  lostBy: unknown;
  over: Promise<void> = Promise.resolve();

  constructor(work: PracticeWork) {
    this.work = work;
    this.wroteAtMs = work.startedAtMs;
  }

  write(text: string, atMs: number): void {
    this.#chunks.push({ offset: this.logBytes, text });
    this.logBytes += Buffer.byteLength(text);
    this.wroteAtMs = atMs;
  }

  fill(fillerBytes: number, atMs: number): void {
    this.#chunks.push({ offset: this.logBytes, fillerBytes });
    this.logBytes += fillerBytes;
    this.wroteAtMs = atMs;
  }

  /** Hands over the log from an offset on, in bounded parts; answers the offset after it. Ends early at the abort. */
  async deliver(from: number, signal: AbortSignal, onChunk: (offset: number, text: string) => void): Promise<number> {
    for (let i = 0; i < this.#chunks.length; i++) {
      const chunk = this.#chunks[i] as Chunk;
      const bytes = 'text' in chunk ? Buffer.byteLength(chunk.text) : chunk.fillerBytes;
      if (chunk.offset + bytes <= from) continue;
      const skipped = Math.max(0, from - chunk.offset);
      if ('text' in chunk) {
        onChunk(chunk.offset + skipped, Buffer.from(chunk.text).subarray(skipped).toString());
        continue;
      }
      for (let at = skipped; at < bytes && !signal.aborted; at += FILLER_PART_BYTES) {
        onChunk(chunk.offset + at, fillerText(at, Math.min(bytes, at + FILLER_PART_BYTES)));
        await nextTurn();
      }
      if (signal.aborted) return chunk.offset;
    }
    return Math.max(from, this.logBytes);
  }

  /** The log as it is kept after the end: a filler by its place and length alone. */
  get kept(): Pick<NonNullable<PracticeWork['ended']>, 'log' | 'filler'> {
    const log = this.#chunks.map((chunk) => ('text' in chunk ? chunk.text : '')).join('');
    const long = this.#chunks.find((chunk) => 'fillerBytes' in chunk);
    return long && 'fillerBytes' in long ? { log, filler: { offset: long.offset, bytes: long.fillerBytes } } : { log };
  }

  /** Resolves when something happens, or at the abort. */
  async change(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const go = (): void => resolve();
    this.#waiting.push(go);
    signal.addEventListener('abort', go, { once: true });
    await promise;
    signal.removeEventListener('abort', go);
  }

  wake(): void {
    for (const go of this.#waiting.splice(0)) go();
  }
}

export function sameKey(a: WorkKey, b: WorkKey): boolean {
  return a.jobId === b.jobId && a.stepId === b.stepId && a.attempt === b.attempt && a.part === b.part;
}

/** The state after a beat. */
function afterBeat(state: PracticeNodeState, { come, replace, gone, service, active, guard }: Beat): PracticeNodeState {
  let next = state;
  if (come) next = beginTransaction(next, come);
  if (replace) next = endTransaction(next, replace.by, replace.obsoleted);
  if (gone) next = erase(next, gone);
  if (service) next = { ...next, service };
  if (guard) next = { ...next, guard };
  if (active) next = { ...next, activeVersions: { ...next.activeVersions, ...active } };
  return next;
}

/** The commands that run on practice nodes: each goes its course by the clock, whether or not anybody follows it, and also while putservices is dead. */
export class Courses {
  readonly #ports: CoursePorts;
  readonly #running = new Map<string, Course>();
  readonly #turns = new Map<string, Promise<void>>();

  constructor(ports: CoursePorts) {
    this.#ports = ports;
  }

  /** The command that runs on a node, or ran last. */
  of(nodeId: string, key: WorkKey): Course | undefined {
    const running = this.#running.get(nodeId);
    if (running && sameKey(running.work.key, key)) return running;
    const kept = this.#ports.state(nodeId).work.find((one) => one.ended && sameKey(one.key, key));
    return kept && endedCourse(kept);
  }

  /** The command that is under way. */
  running(nodeId: string): Course | undefined {
    const course = this.#running.get(nodeId);
    return course && course.exit === undefined && course.lost === undefined ? course : undefined;
  }

  /** Goes on with what the state says to be under way. */
  takeUp(nodeId: string): void {
    const work = this.#ports.state(nodeId).work.find((one) => !one.ended);
    if (!work) return;
    const course = new Course(work);
    this.#running.set(nodeId, course);
    course.over = this.#go(nodeId, course);
  }

  /** Does one thing after the other that begins work on a node. */
  async inTurn<T>(nodeId: string, begin: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(nodeId) ?? Promise.resolve();
    const turn = before.then(begin);
    const settled = turn.then(
      () => undefined,
      () => undefined,
    );
    this.#turns.set(nodeId, settled);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(nodeId) === settled) this.#turns.delete(nodeId);
    }
  }

  /** Ends a command. */
  async stop(nodeId: string, course: Course): Promise<void> {
    course.stopping.abort();
    await course.over;
    if (course.exit || course.lost) return;
    await this.#end(nodeId, course, { signal: 'SIGTERM' }, this.#ports.nowMs());
  }

  /** The node boots anew, and what runs there is lost. */
  async bootAnew(nodeId: string): Promise<void> {
    const running = this.running(nodeId);
    if (running) {
      running.lost = 'boot';
      running.stopping.abort();
    }
    await this.#ports.bootAnew(nodeId);
    running?.wake();
  }

  /** The node loses power, and with it what runs there. */
  losePower(nodeId: string, stepId: string): Promise<void> {
    return this.#ports.losePower(nodeId, stepId);
  }

  async stopAll(): Promise<void> {
    for (const [nodeId, course] of [...this.#running]) await this.stop(nodeId, course);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#running.values()].map((course) => course.over));
  }

  async #go(nodeId: string, course: Course): Promise<void> {
    const { work } = course;
    const signal = AbortSignal.any([this.#ports.closing, course.stopping.signal]);
    try {
      for (const [number, beat] of work.beats.entries()) {
        const atMs = work.startedAtMs + beat.atMs;
        // What was done before a restart of putservices is not done again; only its log is read again.
        if (number >= work.done) {
          await this.#ports.wait(atMs - this.#ports.nowMs(), signal);
          if (signal.aborted) return;
        }
        if (beat.log !== undefined) course.write(beat.log, atMs);
        if (beat.fillerBytes !== undefined) course.fill(beat.fillerBytes, atMs);
        if (number >= work.done) await this.#do(nodeId, course, beat, number + 1, atMs);
        course.wake();
        if (course.lost || course.exit) return;
      }
      await this.#ports.wait(Number.POSITIVE_INFINITY, signal);
    } catch (error) {
      course.lost = 'error';
      course.lostBy = error;
      if (!this.#ports.closing.aborted) {
        this.#ports.log.error('work on a practice node ended with an error', { nodeId, error: String(error) });
      }
    } finally {
      course.wake();
    }
  }

  async #do(nodeId: string, course: Course, beat: Beat, done: number, atMs: number): Promise<void> {
    const { key } = course.work;
    if (beat.losesPower) {
      await this.#ports.losePower(nodeId, key.stepId);
      course.lost = 'power';
      return;
    }
    if (beat.reboots) {
      await this.#ports.bootAnew(nodeId);
      course.lost = 'boot';
      return;
    }
    if (beat.exit !== undefined) return this.#end(nodeId, course, { code: beat.exit }, atMs, beat);
    const begins = beat.diary?.['event'] === 'package-begun';
    if (beat.diary && begins) await this.#ports.diary(nodeId, { ...placeOf(key), ...beat.diary });
    if (beat.come ?? beat.replace ?? beat.gone ?? beat.service ?? beat.active) {
      await this.#ports.update(nodeId, (state) => ({
        ...afterBeat(state, beat),
        work: state.work.map((one) => (sameKey(one.key, key) ? { ...one, done } : one)),
      }));
    }
    if (beat.diary && !begins) await this.#ports.diary(nodeId, { ...placeOf(key), ...beat.diary });
    course.done = done;
  }

  async #end(
    nodeId: string,
    course: Course,
    how: { readonly code?: number; readonly signal?: string },
    endedAtMs: number,
    last: Beat | undefined = undefined,
  ): Promise<void> {
    const { key } = course.work;
    const ended = { ...how, endedAtMs, ...course.kept };
    await this.#ports.update(nodeId, (state) => ({
      ...(last ? afterBeat(state, last) : state),
      work: state.work.map((one) => (sameKey(one.key, key) ? { ...one, beats: [], done: 0, ended } : one)),
    }));
    const state = how.code === undefined ? 'unknown' : how.code === 0 ? 'ok' : 'failed';
    await this.#ports.diary(nodeId, { event: 'ended', ...placeOf(key), state });
    course.exit = { code: how.code, signal: how.signal, logBytes: course.logBytes };
    if (this.#running.get(nodeId) === course) this.#running.delete(nodeId);
    course.wake();
  }
}

function placeOf({ jobId, stepId, attempt }: WorkKey): { jobId: string; stepId: string; attempt: number } {
  return { jobId, stepId, attempt };
}

function endedCourse(work: PracticeWork): Course {
  const course = new Course(work);
  const { code, signal, endedAtMs, log, filler } = work.ended ?? { endedAtMs: work.startedAtMs, log: '' };
  const bytes = Buffer.from(log);
  const before = bytes.subarray(0, filler?.offset).toString();
  if (before !== '') course.write(before, endedAtMs);
  if (filler) {
    course.fill(filler.bytes, endedAtMs);
    const after = bytes.subarray(filler.offset).toString();
    if (after !== '') course.write(after, endedAtMs);
  }
  course.exit = { code, signal, logBytes: course.logBytes };
  return course;
}
