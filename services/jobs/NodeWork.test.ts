import { describe, expect, it } from 'vitest';
import { createFakeClock, type FakeClock } from '../../core/testing/fakeClock.ts';
import type { WorkOutcome } from '../sequencer/events.ts';
import type { StepIo } from '../steps/StepKind.ts';
import { NodeWork, type WorkEnd } from './NodeWork.ts';
import { WORK_DEADLINES } from './ports.ts';

const DEADLINES = { ...WORK_DEADLINES, silenceMs: 600_000 };

interface Watched {
  readonly clock: FakeClock;
  /** When what was told of silence, in ms from the start: since when, or `heard`. */
  readonly told: string[];
  readonly ends: WorkEnd[];
  io(): Omit<StepIo, 'libraryPath'>;
}

/** Work that tells nothing by itself, on a node that says of it what `says` answers. */
function silentWork(says?: (sinceStartMs: number) => number | undefined): Watched {
  const clock = createFakeClock(0);
  const told: string[] = [];
  const ends: WorkEnd[] = [];
  let io: Omit<StepIo, 'libraryPath'> | undefined;
  const worker = {
    run: (_nodeId: string, _work: unknown, given: Omit<StepIo, 'libraryPath'>) => {
      io = given;
      if (says) given.whenSilent(() => Promise.resolve(says(clock.steadyMs())));
      return new Promise<{ state: 'unknown' }>((resolve) => {
        given.signal.addEventListener('abort', () => resolve({ state: 'unknown' }));
      });
    },
    probe: () => Promise.reject(new Error('not asked for')),
  };
  const order = { jobId: 'j', stepId: 's', nodeId: 'n1', attempt: 1, mode: 'run', title: 'Work' } as const;
  new NodeWork(worker, { ...order, work: { use: 'service', work: {} } }, clock, DEADLINES, {
    ...{ onProgress: () => undefined, onItem: () => undefined, onLog: () => undefined, onLinger: () => undefined },
    onSilent: (sinceMs) => told.push(`${clock.steadyMs()}: ${sinceMs === undefined ? 'heard' : `since ${sinceMs}`}`),
    onEnd: (end) => ends.push(end),
  });
  return { clock, told, ends, io: () => io as Omit<StepIo, 'libraryPath'> };
}

const why = (ends: readonly WorkEnd[]): unknown => (ends[0]?.mode === 'run' ? ends[0].outcome.cause : undefined);

describe('silent work', () => {
  it('is told after 30 s by the clock of its node, and no more once something is heard', async () => {
    const { clock, told, io } = silentWork(() => 134_000);
    await clock.advance(29_000);
    expect(told).toEqual([]);
    await clock.advance(2_000);
    expect(told).toEqual(['30000: since -104000']);
    io().onProgress(5);
    expect(told).toEqual(['30000: since -104000', '31000: heard']);
    await clock.advance(30_000);
    expect(told.at(-1)).toBe('61000: since -73000');
  });

  it('is no silence where its node says that it wrote a moment ago', async () => {
    const { clock, told, ends } = silentWork(() => 2_000);
    await clock.advance(3_000_000);
    expect([told, ends]).toEqual([[], []]);
  });

  it('is given up after the time of its step, where its node agrees', async () => {
    const { clock, told, ends } = silentWork((nowMs) => nowMs);
    await clock.advance(599_000);
    expect([told, ends]).toEqual([['30000: since 0'], []]);
    await clock.advance(2_000);
    expect(why(ends)).toMatchObject({ code: 'node-timeout', message: 'Work on n1 told nothing for 600 s' });
    expect(told.at(-1)).toBe('600000: heard');
  });

  it('is not given up sooner because the clock of its node was set', async () => {
    const { clock, ends } = silentWork(() => 86_400_000);
    await clock.advance(599_000);
    expect(ends).toEqual([]);
    await clock.advance(2_000);
    expect(why(ends)).toMatchObject({ code: 'node-timeout' });
  });

  it.for<[string, (() => undefined) | undefined]>([
    ['its node does not answer', () => undefined],
    ['there is nothing to ask', undefined],
  ])('counts from what was heard last where %s', async ([, says]) => {
    const { clock, told, ends } = silentWork(says);
    await clock.advance(31_000);
    expect([told, ends]).toEqual([['30000: since 0'], []]);
    await clock.advance(570_000);
    expect(why(ends)).toMatchObject({ code: 'node-timeout' });
  });
});

describe('the log of work', () => {
  const cause = { code: 'disk-full', message: '/var of n1 is full' };
  it.each<[string, WorkOutcome, readonly string[], readonly string[]]>([
    ['that failed and said nothing has why', { state: 'failed', cause }, [], ['error: /var of n1 is full']],
    ['that was not reached has why', { state: 'unreachable', cause }, [], ['error: /var of n1 is full']],
    ['of which nobody knows has why', { state: 'unknown', cause }, [], ['error: /var of n1 is full']],
    ['that failed with words of its own has these', { state: 'failed', cause }, ['no room'], ['no room']],
    ['that came through without a word stays empty', { state: 'warned', cause }, [], []],
  ])('%s', async (_what, outcome, says, wanted) => {
    const lines: string[] = [];
    const worker = {
      run: (_nodeId: string, _work: unknown, io: Omit<StepIo, 'libraryPath'>) => {
        says.forEach(io.onLog);
        return Promise.resolve(outcome);
      },
      probe: () => Promise.reject(new Error('not asked for')),
    };
    const order = { jobId: 'j', stepId: 's', nodeId: 'n1', attempt: 1, mode: 'run', title: 'Work' } as const;
    const ended = new Promise<WorkEnd>((onEnd) => {
      new NodeWork(worker, { ...order, work: { use: 'service', work: {} } }, createFakeClock(0), DEADLINES, {
        ...{ onProgress: () => undefined, onItem: () => undefined, onLinger: () => undefined },
        ...{ onSilent: () => undefined, onLog: (text) => lines.push(text), onEnd },
      });
    });
    expect(await ended).toEqual({ mode: 'run', outcome });
    expect(lines).toEqual(wanted);
  });
});
