import { describe, expect, it } from 'vitest';
import { Watches } from './Watches.ts';

function setUp() {
  const asked: { topic: string; since: number | undefined }[] = [];
  const given: number[] = [];
  let watch = 0;
  const watches = new Watches(
    (topic, { since, last }) => {
      asked.push({ topic, since, ...(last === undefined ? {} : { last }) });
      return Promise.resolve({ watch: ++watch });
    },
    (number) => given.push(number),
  );
  const settled = async (): Promise<void> => {
    for (let i = 0; i < 10; i++) await Promise.resolve();
  };
  return { watches, asked, given, settled };
}

describe('Watches', () => {
  it('delivers news that come in the same packet as the answer, before its promise settles', async () => {
    const { watches, settled } = setUp();
    const states: object[] = [];
    watches.watchState(
      'jobs',
      (state) => states.push(state),
      () => {},
    );
    watches.onNews({ k: 't', w: 1, n: 4, v: { a: 1 } });
    watches.onNews({ k: 't', w: 1, n: 5, b: 4, v: { s: { b: 2 } } });
    await settled();
    expect(states).toEqual([{ a: 1 }, { a: 1, b: 2 }]);
  });

  it('shows a state that comes in parts when the last was applied, never half', async () => {
    const { watches, asked, settled } = setUp();
    const states: object[] = [];
    watches.watchState(
      'jobs',
      (state) => states.push(state),
      () => {},
    );
    await settled();
    watches.onNews({ k: 't', w: 1, n: 4, m: true, v: {} });
    watches.onNews({ k: 't', w: 1, n: 4, b: 4, m: true, v: { s: { a: 1 } } });
    expect(states).toEqual([]);
    watches.onNews({ k: 't', w: 1, n: 4, b: 4, v: { s: { b: 2 } } });
    watches.onNews({ k: 't', w: 1, n: 4, b: 4, m: true, v: { d: ['a'] } });
    expect(states).toEqual([{ a: 1, b: 2 }]);
    watches.onNews({ k: 't', w: 1, n: 6, b: 4, v: { s: { b: 3 } } });
    await settled();
    expect(states).toEqual([{ a: 1, b: 2 }, { b: 3 }]);
    expect(asked).toHaveLength(1);
  });

  it('tells why the master closed a watch, once, and keeps the others', async () => {
    const { watches, asked, given, settled } = setUp();
    const causes: unknown[] = [];
    const states: object[] = [];
    const open = watches.watchState(
      'nodes',
      () => expect.unreachable(),
      (error) => causes.push(error),
    );
    watches.watchState(
      'jobs',
      (state) => states.push(state),
      () => expect.unreachable(),
    );
    await settled();
    const f = { code: 'frame-too-large', message: 'the value at rows.text cannot be split', details: {} };
    watches.onNews({ k: 't', w: 1, n: 0, v: null, f });
    watches.onNews({ k: 't', w: 1, n: 1, v: {} });
    watches.onNews({ k: 't', w: 2, n: 1, v: { a: 1 } });
    expect(causes).toMatchObject([{ code: 'frame-too-large' }]);
    expect(states).toEqual([{ a: 1 }]);
    open.close();
    watches.askAgain();
    await settled();
    expect(given).toEqual([]);
    expect(asked.map(({ topic }) => topic)).toEqual(['nodes', 'jobs', 'jobs']);
  });

  it('asks a log again from the last number after a gap', async () => {
    const { watches, asked, given, settled } = setUp();
    const seen: object[] = [];
    watches.watchLog(
      'timeline',
      3,
      (entries) => seen.push(...entries),
      () => {},
    );
    await settled();
    watches.onNews({ k: 't', w: 1, n: 4, b: 3, v: [{ number: 4 }] });
    watches.onNews({ k: 't', w: 1, n: 9, b: 8, v: [{ number: 9 }] });
    await settled();
    expect(seen).toEqual([{ number: 4 }]);
    expect(asked).toEqual([
      { topic: 'timeline', since: 3 },
      { topic: 'timeline', since: 4 },
    ]);
    expect(given).toEqual([1]);
  });

  it('takes only the last entries of a long log, and goes on from there', async () => {
    const { watches, asked, settled } = setUp();
    const seen: object[] = [];
    watches.watchLog(
      'timeline',
      0,
      (entries) => seen.push(...entries),
      () => {},
      2,
    );
    await settled();
    watches.onNews({ k: 't', w: 1, n: 50_000, v: [{ number: 49_999 }, { number: 50_000 }] });
    watches.onNews({ k: 't', w: 1, n: 50_001, b: 50_000, v: [{ number: 50_001 }] });
    expect(seen).toEqual([{ number: 49_999 }, { number: 50_000 }, { number: 50_001 }]);
    watches.askAgain();
    await settled();
    expect(asked).toEqual([
      { topic: 'timeline', since: 0, last: 2 },
      { topic: 'timeline', since: 50_001, last: 2 },
    ]);
  });

  it('gives back a watch that was closed before it was answered', async () => {
    const { watches, given, settled } = setUp();
    watches
      .watchState(
        'jobs',
        () => {},
        () => {},
      )
      .close();
    await settled();
    expect(given).toEqual([1]);
  });

  it('asks everything again when the session began anew, and gives back late answers to the first', async () => {
    const { watches, asked, given, settled } = setUp();
    watches.watchState(
      'jobs',
      () => {},
      () => {},
    );
    watches.askAgain();
    await settled();
    expect(asked.length).toBe(2);
    expect(given).toEqual([1]);
  });

  it.each([
    ['a snapshot', { k: 't', w: 1, n: 1, v: [1] }],
    ['a patch', { k: 't', w: 1, n: 2, b: 1, v: { s: 'x' } }],
  ] as const)('refuses %s that is none', async (_what, news) => {
    const { watches, settled } = setUp();
    const states: object[] = [];
    watches.watchState(
      'jobs',
      (state) => states.push(state),
      () => {},
    );
    await settled();
    watches.onNews({ k: 't', w: 1, n: 1, v: {} });
    expect(() => watches.onNews(news)).toThrowError(expect.objectContaining({ code: 'message-invalid' }));
    expect(states).toEqual([{}]);
  });

  it('refuses entries that are none', async () => {
    const { watches, settled } = setUp();
    watches.watchLog(
      'timeline',
      0,
      () => {},
      () => {},
    );
    await settled();
    expect(() => watches.onNews({ k: 't', w: 1, n: 1, v: { number: 1 } })).toThrowError(
      expect.objectContaining({ code: 'message-invalid' }),
    );
  });

  it('tells its watcher when the first news, come with the answer, are none', async () => {
    const { watches, settled } = setUp();
    const errors: string[] = [];
    watches.watchState(
      'jobs',
      () => {},
      (error) => errors.push(error.code),
    );
    watches.onNews({ k: 't', w: 1, n: 1, v: 'x' });
    await settled();
    expect(errors).toEqual(['message-invalid']);
  });
});
