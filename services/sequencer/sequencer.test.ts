import { describe, expect, it } from 'vitest';
import { decide } from './decide.ts';
import type { JobEventBody } from './events.ts';
import {
  backEvent,
  continueEvent,
  ignoreEvent,
  pauseEvent,
  resumeEvent,
  retryEvent,
  rollbackEvent,
} from './requests.ts';
import { limitReached } from './failureLimit.ts';
import { setLeftOut } from './changes.ts';
import { countsHere, currentStep, isNodeOf, nodeTable, type LeftOut } from './state.ts';
import { Bench } from './testing/Bench.ts';
import { countsOff } from './testing/invariants.ts';
import type { Command } from './commands.ts';

describe('Back', () => {
  it('takes the last answer back until a step has begun that cannot be taken back', () => {
    const bench = new Bench(2);
    expect(() => backEvent(bench.state, 'anna')).toThrow(/no way back/);
    bench.commit(pauseEvent(bench.state, 'anna', 'lunch'));
    bench.select();
    expect([currentStep(bench.state).id, bench.running()]).toEqual(['stop', []]);
    expect(backEvent(bench.state, 'anna')).toEqual({ kind: 'went-back', stepId: 'select', user: 'anna' });
    bench.commit(resumeEvent(bench.state, 'anna'));
    expect(bench.running()).toEqual(['n1', 'n2']);
    expect(() => backEvent(bench.state, 'anna')).toThrow(/no way back from stop/);
  });

  it('is open where that step could not begin', () => {
    const bench = new Bench(2);
    const settle = bench.settle.bind(bench);
    bench.settle = () => undefined;
    bench.select();
    bench.commit({ kind: 'step-stuck', stepId: 'stop', cause: { code: 'internal', message: 'no plan' } });
    bench.settle = settle;
    bench.commit(backEvent(bench.state, 'anna'));
    expect(currentStep(bench.state).id).toBe('select');
  });
});

describe('waves', () => {
  it('go through all steps of the phase one after the other', () => {
    const bench = new Bench(5);
    bench.select([['n2'], ['n1', 'n3'], ['n4', 'n5']]);
    expect(bench.running()).toEqual(['n2']);
    bench.end('n2');
    expect(currentStep(bench.state).id).toBe('install');
    bench.end('n2');
    expect(bench.state.at).toMatchObject({ wave: 1 });
    expect(bench.running()).toEqual(['n1', 'n3']);
    expect(bench.cell('n2', 'stop')).toMatchObject({ state: 'ok', attempt: 1 });
    bench.endAll();
    expect(bench.state.endedAtMs).toBeDefined();
  });

  it('wait at a gate that is held until a person lets the next one begin', () => {
    const bench = new Bench(2);
    bench.select([['n1'], ['n2']]);
    bench.end('n1');
    const settle = bench.settle.bind(bench);
    bench.settle = () => undefined;
    bench.end('n1');
    bench.commit({ kind: 'step-ended', stepId: 'install' });
    expect(decide(bench.state)).toEqual([{ kind: 'judge-gate', phase: 'change', nextWave: 1 }]);
    bench.commit({ kind: 'gate-judged', verdict: 'held', reason: 'n1 answers slowly' });
    bench.settle = settle;
    expect(decide(bench.state)).toEqual([]);
    bench.commit(continueEvent(bench.state, 'anna', 'seen and accepted'));
    expect(bench.running()).toEqual(['n2']);
  });

  it('take up at a held gate a node of the wave before that is tried again after all', () => {
    const bench = new Bench(2);
    bench.select([['n1'], ['n2']]);
    bench.end('n1');
    bench.end('n1', 'failed');
    bench.commit(ignoreEvent(bench.state, { stepId: 'install', nodeIds: ['n1'], reason: 'later' }, 'anna'));
    const settle = bench.settle.bind(bench);
    bench.settle = () => undefined;
    bench.commit(continueEvent(bench.state, 'anna', 'without n1'));
    bench.commit({ kind: 'gate-judged', verdict: 'held', reason: 'no node came through' });
    bench.settle = settle;
    bench.commit(retryEvent(bench.state, 'install', ['n1'], 'anna'));
    expect(bench.running()).toEqual(['n1']);
    expect(bench.state.gate).toBeUndefined();
    bench.end('n1');
    expect(bench.cell('n1', 'install')).toMatchObject({ state: 'ok', attempt: 2 });
    expect(bench.running()).toEqual(['n2']);
  });

  it('look again at a gate when its time has come, after a restart too', () => {
    const bench = new Bench(2);
    bench.select([['n1'], ['n2']]);
    bench.end('n1');
    const settle = bench.settle.bind(bench);
    bench.settle = () => undefined;
    bench.end('n1');
    bench.commit({ kind: 'step-ended', stepId: 'install' });
    bench.commit({ kind: 'gate-judged', verdict: 'later', reason: 'soaks', againAtMs: 900 });
    const { waitMs } = bench.asked.at(-1) as Command & { kind: 'set-timer' };
    expect(bench.asked.at(-1)).toEqual({ kind: 'set-timer', timer: 'gate', waitMs: 900 - bench.atMs });
    bench.commit({ kind: 'service-restarted' });
    expect(bench.asked.at(-1)).toEqual({ kind: 'set-timer', timer: 'gate', waitMs: 900 - bench.atMs });
    // Set back by a day while putservices was down, and forward by one.
    bench.atMs -= 86_400_000;
    bench.commit({ kind: 'service-restarted' });
    expect(bench.asked.at(-1)).toEqual({ kind: 'set-timer', timer: 'gate', waitMs });
    bench.atMs += 2 * 86_400_000;
    bench.commit({ kind: 'service-restarted' });
    expect(bench.asked.at(-1)).toEqual({ kind: 'set-timer', timer: 'gate', waitMs: 0 });
    bench.settle = settle;
    bench.commit({ kind: 'timer-due', timer: 'gate' });
    expect(bench.running()).toEqual(['n2']);
  });
});

describe('a node that goes last', () => {
  it('begins once nothing else of the step is to come, and is not held back once it was begun', () => {
    const bench = new Bench(4, { nodesAtOnce: 2 }, false);
    bench.last = ['n1'];
    bench.select();
    expect(bench.running()).toEqual(['n2', 'n3']);
    bench.end('n2');
    expect(bench.running()).toEqual(['n3', 'n4']);
    bench.end('n3', 'failed');
    expect(bench.running()).toEqual(['n4']);
    bench.end('n4');
    expect(bench.running()).toEqual(['n1']);
    bench.commit(retryEvent(bench.state, 'stop', ['n3'], 'anna'));
    bench.commit({ kind: 'service-restarted' });
    expect(bench.asked.slice(-2)).toMatchObject([
      { kind: 'probe', nodeId: 'n1' },
      { kind: 'probe', nodeId: 'n3' },
    ]);
  });

  it('begins at once where it is alone in its wave', () => {
    const bench = new Bench(3);
    bench.last = ['n1'];
    bench.select([['n2', 'n3'], ['n1']]);
    bench.endAll();
    expect(bench.state.endedAtMs).toBeDefined();
    expect(bench.cell('n1', 'install')).toMatchObject({ state: 'ok', attempt: 1 });
  });
});

describe('the limit of failures', () => {
  it('begins no further node, and Retry goes on with the failed and those not begun', () => {
    const bench = new Bench(5, { nodesAtOnce: 2, stopAt: { job: { nodes: 2 } } }, false);
    bench.select();
    bench.end('n1', 'failed');
    expect(bench.running()).toEqual(['n2', 'n3']);
    bench.end('n2', 'unreachable');
    expect(bench.running()).toEqual(['n3']);
    bench.end('n3');
    expect(bench.state.steps['stop']?.state).toBe('attention');
    expect(countsHere(bench.state)).toMatchObject({ ok: 1, failed: 1, unreachable: 1, waiting: 2 });
    bench.commit(retryEvent(bench.state, 'stop', ['n1'], 'anna'));
    expect(bench.running()).toEqual(['n4', 'n5']);
    bench.end('n4');
    expect(bench.running()).toEqual(['n1', 'n5']);
  });

  it('knows nothing of nodes that were left out of a question, before anything was begun on them', () => {
    const bench = new Bench(5, { nodesAtOnce: 5, stopAt: { job: { percent: 50 } } }, false);
    bench.select();
    const out = { stepId: 'ask', reason: 'no room', user: 'anna', state: 'failed' } as const;
    const leave = (left: LeftOut): void => void (bench.state = setLeftOut(bench.state, [[4, left]]));
    leave({ ...out, notBegun: true });
    bench.end('n1', 'failed');
    // One of four, of whom two are the half.
    expect(limitReached(bench.state)).toBeUndefined();
    bench.end('n2', 'failed');
    expect(limitReached(bench.state)).toBe('2 of 4 nodes failed or cannot be reached; it stops at 2');
    expect(countsOff(bench.state)).toBeUndefined();
    leave(out);
    expect(limitReached(bench.state)).toBe('3 of 5 nodes failed or cannot be reached; it stops at 3');
    expect(countsOff(bench.state)).toBeUndefined();
  });

  it('begins no further node after some were tried again while it is still reached, but tries those', () => {
    const bench = new Bench(5, { nodesAtOnce: 2, stopAt: { job: { nodes: 1 } } }, false);
    bench.select();
    bench.end('n1', 'failed');
    bench.end('n2', 'failed');
    bench.commit(retryEvent(bench.state, 'stop', ['n1'], 'anna'));
    expect(bench.running()).toEqual(['n1']);
    bench.end('n1');
    expect(bench.state.steps['stop']?.state).toBe('attention');
    expect(countsHere(bench.state)).toMatchObject({ ok: 1, failed: 1, waiting: 3 });
    bench.commit(retryEvent(bench.state, 'stop', undefined, 'anna'));
    expect(bench.running()).toEqual(['n3', 'n4']);
  });

  it('counts a node once that was left out, went on and failed again', () => {
    const bench = new Bench(4, { stopAt: { job: { nodes: 2 } }, nodesAtOnce: 1 }, false);
    bench.select();
    bench.end('n1', 'failed');
    for (const nodeId of ['n2', 'n3', 'n4']) bench.end(nodeId);
    bench.commit(ignoreEvent(bench.state, { stepId: 'stop', nodeIds: ['n1'], reason: 'later' }, 'anna'));
    bench.commit(continueEvent(bench.state, 'anna', ''));
    bench.end('n1', 'failed');
    expect(limitReached(bench.state)).toBeUndefined();
    expect(bench.running()).toEqual(['n2']);
    bench.end('n2', 'failed');
    expect(limitReached(bench.state)).toMatch(/^2 of 4 nodes failed/);
    expect(bench.running()).toEqual([]);
    bench.commit(ignoreEvent(bench.state, { stepId: 'install', nodeIds: ['n1', 'n2'], reason: 'later' }, 'anna'));
    expect(continueEvent(bench.state, 'anna', '')).toMatchObject({ kind: 'limit-lifted' });
  });

  it('says that nodes which a person brought back are among those that it counts', () => {
    const bench = new Bench(3, { stopAt: { job: { nodes: 1 } }, nodesAtOnce: 1 }, false);
    bench.select();
    bench.end('n1');
    bench.commit(rollbackEvent(bench.state, { nodeIds: ['n1'] }, 'anna', 'a bad disk'));
    bench.commit({ kind: 'cell-ended', stepId: 'stop', nodeId: 'n2', attempt: 1, outcome: { state: 'ok' } });
    bench.end('n1');
    expect(limitReached(bench.state)).toBe('1 of 3 nodes failed, cannot be reached or went back; it stops at 1');
  });

  it('says of a node that still runs that it runs, where somebody ignores it', () => {
    const bench = new Bench(2);
    bench.select();
    expect(() => ignoreEvent(bench.state, { stepId: 'stop', nodeIds: ['n1'], reason: 'slow' }, 'anna')).toThrow(
      /^stop runs on 1 node \(n1\): there is nothing to ignore until/,
    );
  });

  it('is lifted by a person with Next after everything that failed is ignored', () => {
    const bench = new Bench(3, { nodesAtOnce: 1, stopAt: { job: { nodes: 1 } } }, false);
    bench.select();
    bench.end('n1', 'failed');
    expect(() => continueEvent(bench.state, 'anna', 'go on')).toThrow(
      /^1 of its nodes needs a decision: Retry or Ignore it first/,
    );
    bench.commit(ignoreEvent(bench.state, { stepId: 'stop', nodeIds: ['n1'], reason: 'broken' }, 'anna'));
    expect(bench.running()).toEqual([]);
    const lifted = continueEvent(bench.state, 'anna', 'go on');
    expect(lifted.kind).toBe('limit-lifted');
    bench.commit(lifted);
    expect(bench.running()).toEqual(['n2']);
  });
});

describe('pause', () => {
  it('begins nothing more, lets what runs come to its end, and goes on', () => {
    const bench = new Bench(3, { nodesAtOnce: 1 }, false);
    bench.select();
    bench.commit(pauseEvent(bench.state, 'anna', 'the site asks'));
    bench.end('n1');
    expect(bench.running()).toEqual([]);
    expect(bench.state.steps['stop']?.state).toBe('running');
    bench.commit(resumeEvent(bench.state, 'anna'));
    expect(bench.running()).toEqual(['n2']);
  });
});

describe('work that is not known to have ended', () => {
  it('is looked at before the node is given other work', () => {
    const bench = new Bench(2, {}, false);
    bench.select();
    bench.end('n1');
    bench.end('n2', 'unreachable');
    bench.commit(ignoreEvent(bench.state, { stepId: 'stop', nodeIds: ['n2'], reason: 'later' }, 'anna'));
    bench.commit(continueEvent(bench.state, 'anna', ''));
    expect(bench.asked.at(-1)).toMatchObject({ kind: 'probe', stepId: 'stop', nodeId: 'n2', attempt: 1 });
    bench.commit({ kind: 'cell-probed', stepId: 'stop', nodeId: 'n2', attempt: 1, outcome: { done: 'running' } });
    expect(bench.cell('n2')).toMatchObject({ state: 'unknown' });
    bench.end('n1');
    expect(bench.state.steps['install']?.state).toBe('attention');
    bench.commit(retryEvent(bench.state, 'install', undefined, 'anna'));
    bench.commit({ kind: 'cell-probed', stepId: 'stop', nodeId: 'n2', attempt: 1, outcome: { done: 'no' } });
    expect(bench.running()).toEqual(['n2']);
  });

  it('lingers where its node was given up meanwhile, and is looked at when the node comes back', () => {
    const lingers = { code: 'node-busy', message: 'it does not stop' };
    const readNothing: JobEventBody = { kind: 'went-back', stepId: 'select', user: 'anna' };
    for (const news of [
      { kind: 'work-lingers', cause: lingers },
      { kind: 'cell-ended', outcome: { state: 'unknown', mayGoOn: true, cause: lingers } },
      { kind: 'cell-ended', outcome: { state: 'unreachable', cause: lingers } },
    ] as const) {
      const bench = new Bench(2, {}, false);
      bench.select();
      bench.commit(readNothing);
      const others = { kind: 'answered', stepId: 'select', answer: {}, user: 'anna' } as const;
      bench.commit({ ...others, effects: { select: ['n1'] } });
      bench.commit({ ...news, stepId: 'stop', nodeId: 'n2', attempt: 1 });
      expect(bench.state.strays['n2']).toMatchObject({ aborted: true, lingers });
      bench.commit(readNothing);
      bench.select();
      // Work that is followed still holds the node; other work is asked for, since nobody waits for its end.
      const probe = { kind: 'probe', stepId: 'stop', nodeId: 'n2', attempt: 1 };
      if (news.kind === 'work-lingers') expect(bench.state.lingering).toBe(1);
      else expect(bench.asked).toContainEqual(probe);
    }
  });

  it('is followed after a restart where it still goes on', () => {
    const bench = new Bench(1, {}, false);
    bench.select();
    bench.commit({ kind: 'service-restarted' });
    expect(bench.asked.at(-1)).toMatchObject({ kind: 'probe', nodeId: 'n1', attempt: 1 });
    bench.commit({ kind: 'cell-probed', stepId: 'stop', nodeId: 'n1', attempt: 1, outcome: { done: 'running' } });
    expect(bench.asked.at(-1)).toMatchObject({ kind: 'follow', nodeId: 'n1', attempt: 1 });
    bench.end('n1');
    expect(currentStep(bench.state).id).toBe('install');
    expect(bench.cell('n1', 'stop')).toMatchObject({ state: 'ok', attempt: 1 });
  });
});

describe('rollback', () => {
  it('goes over the nodes that were changed, after their work came to its end', () => {
    const bench = new Bench(3, { nodesAtOnce: 1 }, false);
    bench.select();
    bench.end('n1');
    bench.commit(rollbackEvent(bench.state, {}, 'anna', 'it is slower'));
    expect(bench.asked.at(-1)).toEqual({ kind: 'abort', nodeId: 'n2' });
    bench.commit({ kind: 'cell-ended', stepId: 'stop', nodeId: 'n2', attempt: 1, outcome: { state: 'unknown' } });
    expect(currentStep(bench.state).id).toBe('undo');
    expect(bench.running()).toEqual(['n1']);
    expect(bench.cell('n3')).toMatchObject({ state: 'skipped' });
    bench.endAll();
    expect(bench.state.endedAtMs).toBeDefined();
  });

  it('of one node lets the others come to their end, then go on without it', () => {
    const bench = new Bench(3, {}, false);
    bench.select();
    bench.end('n1');
    bench.commit(rollbackEvent(bench.state, { nodeIds: ['n1'] }, 'anna', 'a bad disk'));
    expect(bench.asked.filter((one) => one.kind === 'abort')).toEqual([]);
    expect(bench.state.at.program).toBe('rollback');
    const ended = { kind: 'cell-ended', stepId: 'stop', attempt: 1 } as const;
    bench.commit({ ...ended, nodeId: 'n2', outcome: { state: 'ok' } });
    bench.commit({ ...ended, nodeId: 'n3', outcome: { state: 'failed' } });
    bench.end('n1');
    expect(currentStep(bench.state).id).toBe('stop');
    expect(bench.state.steps['stop']?.state).toBe('attention');
    bench.commit(retryEvent(bench.state, 'stop', undefined, 'anna'));
    bench.end('n3');
    expect(currentStep(bench.state).id).toBe('install');
    expect(() => retryEvent(bench.state, 'install', ['n1'], 'anna')).toThrow(/no node/);
    bench.endAll();
    expect(bench.state.endedAtMs).toBeDefined();
    expect(bench.state.leftOutNodes).toEqual([1]);
  });
});

it('a word of a message that every object knows is the name of no node', () => {
  const table = nodeTable([{ nodeId: 'n1', address: '192.0.2.1', type: 'TPA', system: '1' }], ['n1']);
  expect(['n1', 'n2', 'constructor', 'toString'].filter(isNodeOf(table))).toEqual(['n1']);
});
