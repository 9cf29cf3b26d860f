import { describe, expect, it } from 'vitest';
import { convertOldEvents, isOldStart } from './oldEvents.ts';

const START = {
  ...{ kind: 'job-started', jobId: 'j1', jobNumber: 3, operationId: 'install-upgrade-software', title: 'Install' },
  ...{ user: 'ada', inventory: [{ nodeId: 'n1' }, { nodeId: 'n2' }], concurrency: 16, atMs: 5, asked: 'key' },
};
const PLACE = { stepId: 'package-install', nodeId: 'n1', attempt: 2 };

const convert = (...events: object[]): object[] => [...convertOldEvents(events)];
const one = (event: object): object => convert(event)[0] as object;

it('tells jobs of earlier versions by their first event', () => {
  expect(isOldStart(START)).toBe(true);
  expect(isOldStart(one(START))).toBe(false);
});

describe('each event becomes one of today', () => {
  it('the start has the operation as it was, its settings and the answers that were given', () => {
    expect(one({ ...START, answers: { mode: 'custom' }, acceptPlan: true })).toMatchObject({
      ...{ kind: 'job-started', jobId: 'j1', jobNumber: 3, user: 'ada', atMs: 5, asked: 'key' },
      spec: { id: 'install-upgrade-software', version: 1, title: 'Install', exit: 'start' },
      settings: { nodesAtOnce: 16 },
      given: { answers: { mode: 'custom' }, acceptPlan: true, by: 'ada' },
    });
    expect(one(START)).not.toHaveProperty('given');
    expect(one(START)).not.toHaveProperty('concurrency');
  });

  it('equal reasons to leave nodes alone are one', () => {
    const skips = { n1: 'nothing to do', n2: 'ignored', n3: 'nothing to do' };
    expect(one({ kind: 'step-opened', stepId: 'shutdown', skips, atMs: 1 })).toEqual({
      ...{ kind: 'step-opened', stepId: 'shutdown', atMs: 1 },
      skips: [
        { reason: 'nothing to do', nodeIds: ['n1', 'n3'] },
        { reason: 'ignored', nodeIds: ['n2'] },
      ],
    });
    expect(one({ kind: 'step-opened', stepId: 'spooling', skips: {}, atMs: 1 })).toHaveProperty('skips', []);
    expect(one({ kind: 'step-opened', stepId: 'finished', atMs: 1 })).not.toHaveProperty('skips');
  });

  it('an answer says what it means to the nodes', () => {
    const input = { stepId: 'select-nodes', nodeIds: ['n2', 'n1'] };
    const given = { kind: 'input-given', stepId: 'select-nodes', input, user: 'ada', byAnswers: true, atMs: 1 };
    expect(one(given)).toEqual({
      ...{ kind: 'answered', stepId: 'select-nodes', answer: input, user: 'ada', byGiven: true, atMs: 1 },
      effects: { select: ['n2', 'n1'] },
    });
  });

  it('types and systems come from the answer and the screen it was given to', () => {
    const systems = [{ system: 2, groupingKey: 'k', groups: [{ type: 'TPA', nodeIds: ['n1', 'n2'] }] }];
    const input = { stepId: 'group-nodes', types: { n2: 'AWS' } };
    const [, answered] = convert(
      { kind: 'step-opened', stepId: 'group-nodes', screen: { stepId: 'group-nodes', systems }, atMs: 1 },
      { kind: 'input-given', stepId: 'group-nodes', input, user: 'ada', atMs: 2 },
    );
    expect(answered).toMatchObject({ effects: { assign: { n1: { system: 2 }, n2: { system: 2, type: 'AWS' } } } });
  });

  it('the plan that was on the screen last is in the answer that accepts it', () => {
    const screen = (digest: number): object => ({ stepId: 'plan', plan: { digest } });
    const input = { stepId: 'plan', accept: true };
    const [, , answered] = convert(
      { kind: 'step-opened', stepId: 'plan', screen: screen(1), atMs: 1 },
      { kind: 'screen-changed', stepId: 'plan', screen: screen(2), atMs: 2 },
      { kind: 'input-given', stepId: 'plan', input, user: 'ada', atMs: 3 },
    );
    expect(answered).toMatchObject({ answer: { stepId: 'plan', accept: true, plan: { digest: 2 } } });
  });

  it('what became of packages comes with the end of the attempt, and not with that of another', () => {
    const changed = (packageName: string, outcome: string): object => ({
      ...{ kind: 'package-changed', ...PLACE, packageName, outcome, cause: { code: 'x', message: 'y' }, atMs: 1 },
    });
    const ended = (attempt: number): object => ({
      ...{ kind: 'cell-ended', ...PLACE, attempt, outcome: { state: 'failed' }, atMs: 2 },
    });
    const events = convert(
      changed('a', 'running'),
      changed('a', 'successful'),
      changed('b', 'fail'),
      ended(2),
      ended(3),
    );
    expect(events[0]).toEqual({ kind: 'item-seen', ...PLACE, item: 'a', outcome: 'running', atMs: 1 });
    expect(events[3]).toMatchObject({ outcome: { state: 'failed', items: { a: 'successful', b: 'fail' } } });
    expect(events[4]).toMatchObject({ outcome: { state: 'failed' } });
    expect((events[4] as { outcome: object }).outcome).not.toHaveProperty('items');
  });

  it('a probe names the packages that are done', () => {
    const outcome = { done: 'partly', packages: { a: 'successful', b: 'waiting' }, found: [] };
    expect(one({ kind: 'cell-probed', ...PLACE, outcome, atMs: 1 })).toEqual({
      ...{ kind: 'cell-probed', ...PLACE, atMs: 1 },
      outcome: { done: 'partly', found: [], items: { a: 'successful' } },
    });
    const failed = { done: 'error', cause: { code: 'internal', message: 'x' } };
    expect(one({ kind: 'cell-probed', ...PLACE, outcome: failed, atMs: 1 })).toMatchObject({ outcome: failed });
  });

  it.each([
    [
      { kind: 'work-lingers', ...PLACE, mode: 'run', cause: { code: 'node-busy', message: 'm' }, atMs: 1 },
      { kind: 'work-lingers', ...PLACE, cause: { code: 'node-busy', message: 'm' }, atMs: 1 },
    ],
    [
      { kind: 'ignored', stepId: 'start', nodeIds: ['n1'], packageName: 'a', reason: 'r', user: 'ada', atMs: 1 },
      { kind: 'ignored', stepId: 'start', nodeIds: ['n1'], item: 'a', reason: 'r', user: 'ada', atMs: 1 },
    ],
    [
      { kind: 'exit-asked', user: 'ada', startServices: true, atMs: 1, asked: 'k' },
      { kind: 'exit-asked', user: 'ada', step: 'start', atMs: 1, asked: 'k' },
    ],
    [
      { kind: 'exit-asked', user: 'ada', atMs: 1 },
      { kind: 'exit-asked', user: 'ada', atMs: 1 },
    ],
    [
      {
        kind: 'answers-given',
        answers: { mode: 'typical' },
        acceptPlan: false,
        changed: ['mode'],
        user: 'bo',
        atMs: 1,
      },
      {
        ...{ kind: 'answers-given', changed: ['mode'], user: 'bo', atMs: 1 },
        given: { answers: { mode: 'typical' }, acceptPlan: false, by: 'bo' },
      },
    ],
    [
      { kind: 'step-ended', stepId: 'start', user: 'ada', atMs: 1 },
      { kind: 'step-ended', stepId: 'start', user: 'ada', atMs: 1 },
    ],
  ])('%o', (old, today) => expect(one(old)).toEqual(today));
});

it.each([
  [null, 'nameless'],
  ['text', 'nameless'],
  [{ kind: 'gate-judged', atMs: 1 }, 'gate-judged'],
  [{ ...START, operationId: 'make-coffee' }, 'make-coffee'],
  [{ kind: 'step-ended', stepId: 'no-such-step', atMs: 1 }, 'stepId'],
  [{ kind: 'retried', stepId: 'start', user: 'ada', atMs: 1 }, 'nodeIds'],
  [{ kind: 'cell-ended', ...PLACE, outcome: { state: 'splendid' }, atMs: 1 }, 'outcome.state'],
])('%o is refused, naming the event and what is wrong', (event, named) => {
  const events = [START, event];
  const all = (): unknown => [...convertOldEvents(events)];
  expect(all).toThrowError(
    expect.objectContaining({ code: 'state-damaged', message: expect.stringMatching(/^event 2 /) }),
  );
  expect(all).toThrowError(named);
});
