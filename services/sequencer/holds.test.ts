import { describe, expect, it } from 'vitest';
import { hasBegunApproved } from './approval.ts';
import { decide } from './decide.ts';
import { holdEvent, releaseEvent, waveStopEvent } from './holdRequests.ts';
import { continueEvent, ignoreEvent, resumeEvent, retryEvent, pauseEvent } from './requests.ts';
import { limitReached } from './failureLimit.ts';
import { answerFor, currentStep } from './state.ts';
import { Bench } from './testing/Bench.ts';

const hold = (bench: Bench, ...nodeIds: string[]): void =>
  bench.commit(holdEvent(bench.state, { nodeIds, reason: 'a disk is changed' }, 'anna'));
const release = (bench: Bench, ...nodeIds: string[]): void => bench.commit(releaseEvent(bench.state, nodeIds, 'anna'));

describe('a held node', () => {
  it('is not waited for by the step, and catches up what it missed in order before the job ends', () => {
    const bench = new Bench(3, { nodesAtOnce: 1 }, false);
    bench.select();
    hold(bench, 'n2');
    expect(bench.cell('n2')).toMatchObject({ state: 'skipped', skipReason: 'held by anna: a disk is changed' });
    bench.end('n1');
    bench.end('n3');
    expect(currentStep(bench.state).id).toBe('install');
    release(bench, 'n2');
    expect(bench.running()).toEqual(['n1']);
    bench.end('n1');
    bench.end('n3');
    expect(bench.state.at).toMatchObject({ program: 'catch-up' });
    expect(currentStep(bench.state).id).toBe('stop');
    expect(bench.running()).toEqual(['n2']);
    bench.end('n2');
    expect(currentStep(bench.state).id).toBe('install');
    expect(bench.cell('n1')).toMatchObject({ state: 'ok', attempt: 1 });
    bench.end('n2');
    expect(bench.state.endedAtMs).toBeDefined();
  });

  it('does not end a step that could not begin, of which there are only the cells of the way before', () => {
    const bench = new Bench(2, { nodesAtOnce: 1 }, false);
    bench.select();
    hold(bench, 'n2');
    bench.end('n1');
    bench.end('n1');
    release(bench, 'n2');
    const settle = bench.settle.bind(bench);
    bench.settle = () => undefined;
    bench.end('n2');
    bench.commit({ kind: 'step-ended', stepId: 'stop' });
    bench.commit({ kind: 'step-stuck', stepId: 'install', cause: { code: 'no-library', message: 'it is not there' } });
    bench.settle = settle;
    hold(bench, 'n1');
    expect(bench.state.steps['install']).toMatchObject({ state: 'attention', stuck: true });
    bench.commit(retryEvent(bench.state, 'install', undefined, 'anna'));
    expect(bench.running()).toEqual(['n2']);
  });

  it('ends what runs on it, takes part again at once where it missed nothing, and in its wave where that is to come', () => {
    const bench = new Bench(3);
    bench.select([['n1', 'n2'], ['n3']]);
    hold(bench, 'n1', 'n3');
    expect(bench.running()).toEqual(['n1', 'n2']);
    bench.end('n1');
    bench.end('n2');
    expect(bench.cell('n1', 'install')).toMatchObject({ state: 'skipped' });
    // Held at the step that the job is at: it begins now, and nothing has to be caught up.
    release(bench, 'n1');
    expect(bench.running()).toEqual(['n1', 'n2']);
    release(bench, 'n3');
    bench.endAll();
    expect(bench.state.endedAtMs).toBeDefined();
    expect(bench.cell('n3', 'install')).toMatchObject({ state: 'ok', attempt: 1 });
  });

  it('that missed a step is waited for after the change: it is released, or a person goes on without it', () => {
    const bench = new Bench(2, {}, false);
    bench.select();
    bench.end('n1');
    bench.end('n2', 'unreachable');
    hold(bench, 'n2');
    bench.commit(continueEvent(bench.state, 'anna', ''));
    bench.endAll();
    expect(currentStep(bench.state).id).toBe('report');
    expect(decide(bench.state)).toEqual([]);
    const without = bench.state;
    bench.commit(continueEvent(bench.state, 'anna', 'it is given back'));
    expect(bench.state.endedAtMs).toBeDefined();
    bench.state = without;
    release(bench, 'n2');
    // Its work may have gone on while it was away: that is found out first.
    expect(bench.asked.at(-1)).toMatchObject({ kind: 'probe', stepId: 'stop', nodeId: 'n2', attempt: 1 });
    bench.commit({ kind: 'cell-probed', stepId: 'stop', nodeId: 'n2', attempt: 1, outcome: { done: 'yes' } });
    bench.endAll();
    expect(bench.state.endedAtMs).toBeDefined();
    expect(bench.cell('n2', 'install')).toMatchObject({ state: 'ok', attempt: 1 });
  });

  it('counts for the limit of failures where it was away, and not where it is only held', () => {
    const bench = new Bench(4, { nodesAtOnce: 2, stopAt: { job: { nodes: 1 } } }, false);
    bench.select();
    hold(bench, 'n3');
    expect(limitReached(bench.state)).toBeUndefined();
    bench.end('n1', 'unreachable');
    hold(bench, 'n1');
    expect(limitReached(bench.state)).toMatch(/^1 of 4 nodes failed or cannot be reached/);
  });

  describe('that was left out of a question', () => {
    const leftOut = (): Bench => {
      const bench = new Bench(3, { stopAt: { job: { nodes: 1 } } }, false, 'prepare');
      bench.select();
      bench.commit({ kind: 'ignored', stepId: 'choose', nodeIds: ['n3'], reason: 'no room', user: 'anna' });
      return bench;
    };
    const answer = (bench: Bench): void =>
      bench.commit({ kind: 'answered', stepId: 'choose', answer: {}, user: 'anna' });

    it('is no failure where it is released and held again, and one where its work failed since', () => {
      const bench = leftOut();
      release(bench, 'n3');
      hold(bench, 'n3');
      const held = bench.state;
      answer(bench);
      expect(limitReached(bench.state)).toBeUndefined();
      bench.state = held;
      release(bench, 'n3');
      answer(bench);
      bench.end('n3', 'failed');
      hold(bench, 'n3');
      expect(limitReached(bench.state)).toMatch(/^1 of 3 nodes failed/);
    });

    it('has it asked anew where it comes back before it is answered', () => {
      const bench = leftOut();
      const open = bench.settle.bind(bench);
      bench.settle = () => undefined;
      release(bench, 'n3');
      expect(bench.state.steps['choose']).toMatchObject({ state: 'waiting' });
      bench.settle = open;
      bench.settle();
      answer(bench);
      expect(bench.running()).toEqual(['n1', 'n2', 'n3']);
    });

    it('cannot come back once that was answered without it', () => {
      const bench = leftOut();
      answer(bench);
      expect(() => release(bench, 'n3')).toThrow(/n3 was away when choose was answered/);
    });
  });

  it('stays held over a restart and other answers, and nothing is begun on it', () => {
    const bench = new Bench(2, {}, false);
    bench.commit({ kind: 'service-restarted' });
    bench.select();
    bench.commit(pauseEvent(bench.state, 'anna', ''));
    hold(bench, 'n2');
    bench.commit({ kind: 'service-restarted' });
    bench.commit({ kind: 'cell-probed', stepId: 'stop', nodeId: 'n2', attempt: 1, outcome: { done: 'no' } });
    bench.commit(resumeEvent(bench.state, 'anna'));
    bench.commit({ kind: 'cell-probed', stepId: 'stop', nodeId: 'n2', attempt: 1, outcome: { done: 'no' } });
    expect(bench.cell('n2')).toMatchObject({ state: 'skipped', attempt: 1 });
    expect(bench.running()).not.toContain('n2');
  });
});

it('a node goes by the answer that was given in its wave, also where it catches up later', () => {
  const bench = new Bench(3, {}, true, 'change');
  bench.select([['n1', 'n2'], ['n3']]);
  hold(bench, 'n1');
  const answered = (nodeId: string): unknown =>
    answerFor(bench.state, 'choose', bench.state.nodes.indexOf[nodeId] ?? -1);
  for (const version of ['1', '2']) {
    bench.endAll();
    expect(currentStep(bench.state).id).toBe('choose');
    bench.commit({ kind: 'answered', stepId: 'choose', answer: { version }, user: 'anna' });
  }
  expect(['n1', 'n2', 'n3'].map(answered)).toEqual([{ version: '1' }, { version: '1' }, { version: '2' }]);
  bench.select([['n3'], ['n1', 'n2']]);
  expect(answered('n1')).toEqual({ version: '2' });
});

describe('Retry', () => {
  it('takes the failed step of a node and those that it skipped because of that, and nothing else', () => {
    const bench = new Bench(3, {}, false);
    bench.select();
    bench.end('n1', 'failed');
    bench.end('n2');
    bench.end('n3');
    bench.commit(ignoreEvent(bench.state, { stepId: 'stop', nodeIds: ['n1'], reason: 'later' }, 'anna'));
    // What the shell answers for a node that was left out.
    const open = bench.settle.bind(bench);
    bench.settle = () => undefined;
    bench.commit(continueEvent(bench.state, 'anna', ''));
    bench.settle = open;
    bench.commit({ kind: 'step-opened', stepId: 'install', skips: [{ reason: 'ignored', nodeIds: ['n1'] }] });
    bench.commit(retryEvent(bench.state, 'install', ['n1'], 'anna'));
    expect(bench.running()).toEqual(['n2', 'n3']);
    bench.endAll();
    expect(bench.asked.at(-1)).toMatchObject({ kind: 'probe', stepId: 'stop', nodeId: 'n1', attempt: 1 });
    bench.commit({ kind: 'cell-probed', stepId: 'stop', nodeId: 'n1', attempt: 1, outcome: { done: 'no' } });
    bench.endAll();
    expect(bench.state.endedAtMs).toBeDefined();
    for (const nodeId of ['n2', 'n3']) expect(bench.cell(nodeId, 'stop')).toMatchObject({ state: 'ok', attempt: 1 });
    expect(bench.cell('n1', 'stop')).toMatchObject({ state: 'ok', attempt: 2 });
    expect(bench.cell('n1', 'install')).toMatchObject({ state: 'ok', attempt: 1 });
    expect(bench.state.leftOutNodes).toEqual([0]);
  });
});

describe('a stop before a wave', () => {
  it('is asked for before it begins, once, and taken back', () => {
    const bench = new Bench(3);
    bench.select([['n1'], ['n2'], ['n3']]);
    const stop = (wave: number, isSo = false) => waveStopEvent(bench.state, { wave, stop: true, isSo }, 'anna');
    expect(() => stop(0)).toThrow(/before the waves 2 to 3/);
    expect(() => stop(3)).toThrow(/before the waves 2 to 3/);
    bench.commit(stop(1));
    expect(bench.state.waveStops).toEqual({ 1: true });
    expect(stop(1, true)).toBeUndefined();
    bench.commit(waveStopEvent(bench.state, { wave: 1, stop: false, isSo: true }, 'anna'));
    bench.end('n1');
    bench.end('n1');
    expect(bench.state.at.wave).toBe(1);
    expect(() => stop(1)).toThrow(/wave 2 has begun/);
  });

  it('alone in the last wave leaves what the step did in the waves before as it was', () => {
    const bench = new Bench(3);
    bench.select([['n1', 'n2'], ['n3']]);
    hold(bench, 'n3');
    expect(hasBegunApproved(bench.state)).toBe(true);
    bench.end('n1');
    bench.end('n2', 'warned');
    bench.endAll();
    expect(bench.cell('n3', 'install')).toMatchObject({ state: 'skipped' });
    expect(bench.state.steps).toMatchObject({ stop: { state: 'warned', note: undefined }, install: { state: 'ok' } });
  });

  it('has begun what was approved once the wave before has', () => {
    const bench = new Bench(2);
    bench.select([['n1'], ['n2']]);
    bench.commit(pauseEvent(bench.state, 'anna', 'lunch'));
    bench.end('n1');
    bench.commit(resumeEvent(bench.state, 'anna'));
    bench.commit(pauseEvent(bench.state, 'anna', 'lunch'));
    const settle = bench.settle.bind(bench);
    bench.settle = () => undefined;
    bench.end('n1');
    bench.commit({ kind: 'step-ended', stepId: 'install' });
    bench.commit({ kind: 'gate-judged', verdict: 'passed', reason: 'all is well' });
    bench.settle = settle;
    expect(bench.state.steps).toMatchObject({ stop: { state: 'waiting' }, install: { state: 'waiting' } });
    expect(hasBegunApproved(bench.state)).toBe(true);
  });
});
