import { afterEach, describe, expect, it } from 'vitest';
import { contentOf } from '../../core/steps/knownScreen.ts';
import type { Clock } from '../../core/session/ports.ts';
import { createFakeClock } from '../../core/testing/fakeClock.ts';
import { inTurns } from './turns.ts';
import { JobHarness } from './testing/jobHarness.ts';

/** A clock on which every look takes longer than a turn: after each slice the event loop gets its turn. */
function busyClock(clock: Clock): Clock {
  let looks = 0;
  return {
    nowMs: () => clock.nowMs(),
    steadyMs: () => (looks += 1000),
    setTimer: (...timer) => clock.setTimer(...timer),
  };
}

let harness: JobHarness | undefined;
afterEach(async () => {
  await harness?.dispose();
  harness = undefined;
});

async function toPreparing(): Promise<JobHarness> {
  const h = new JobHarness();
  harness = h;
  await h.service.close();
  h.open({ clock: busyClock(h.clock) });
  await h.start();
  await h.driveTo('package-source');
  await h.answer();
  return h;
}

describe('a selection on a large system', () => {
  it('is prepared turn by turn, then the step opens with its screen', async () => {
    const h = await toPreparing();
    expect(h.view()).toMatchObject({ currentStep: 'select-packages', state: 'running' });
    expect(h.view().screen).toBeUndefined();
    await h.clock.advance(1000);
    const { screen } = h.view();
    expect(contentOf(screen, 'select-packages')?.choices.length).toBe(3);
    // What the screen proposes was judged with it, and the plan is prepared like it.
    await h.answer();
    await h.clock.advance(1000);
    await h.driveTo('plan');
    await h.clock.advance(1000);
    expect(h.view().screen?.stepId).toBe('plan');
  });

  it('goes back while it is prepared, and forward again', async () => {
    const h = await toPreparing();
    await h.ask('job.back', { jobId: 'j1' });
    expect(h.view()).toMatchObject({ currentStep: 'package-source', state: 'input' });
    await h.clock.advance(1000);
    expect(h.view().currentStep).toBe('package-source');
    await h.answer();
    await h.clock.advance(1000);
    expect(h.view().screen?.stepId).toBe('select-packages');
  });

  it('ends soon when putservices is stopped meanwhile', async () => {
    const h = await toPreparing();
    const events = h.view().eventNumber;
    await h.service.close();
    await h.clock.advance(1000);
    h.open();
    expect(h.view().screen?.stepId).toBe('select-packages');
    expect(h.view().eventNumber).toBeGreaterThan(events);
  });
});

describe('work in turns', () => {
  function* slices(count: number, done: () => void): Generator<undefined, undefined, undefined> {
    for (let i = 0; i < count; i++) yield;
    done();
    return undefined;
  }

  it('is done at once where it is short', () => {
    let done = false;
    expect(
      inTurns(
        slices(100, () => (done = true)),
        createFakeClock(),
      ),
    ).toBe(true);
    expect(done).toBe(true);
  });

  it('lets others in between where it is long, and tells what it throws', async () => {
    const clock = createFakeClock();
    let done = false;
    const ready = inTurns(
      slices(3, () => (done = true)),
      busyClock(clock),
    );
    expect(done).toBe(false);
    await clock.advance(10);
    await ready;
    expect(done).toBe(true);
    const failing = inTurns(
      slices(1, () => {
        throw new Error('no');
      }),
      busyClock(clock),
    );
    const told = expect(failing).rejects.toThrow('no');
    await clock.advance(10);
    await told;
  });
});
