import { describe, expect, it } from 'vitest';
import { createAnnouncer, type Announcer } from './announcer.ts';

function voice(): {
  announcer: Announcer;
  spoken: [atMs: number, text: string][];
  go: (ms: number) => void;
  /** What a screen reader that comes now would find. */
  isThere: () => string;
} {
  let nowMs = 0;
  let timers: { atMs: number; run: () => void }[] = [];
  const spoken: [number, string][] = [];
  const heard = (text: string): void => {
    if (text !== '') spoken.push([nowMs, text]);
    there = text;
  };
  let there = '';
  const announcer = createAnnouncer(heard, {
    nowMs: () => nowMs,
    after: (ms, run) => {
      const timer = { atMs: nowMs + ms, run };
      timers.push(timer);
      return () => (timers = timers.filter((one) => one !== timer));
    },
  });
  const go = (ms: number): void => {
    const endMs = nowMs + ms;
    for (;;) {
      const next = timers.filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (!next) break;
      timers = timers.filter((one) => one !== next);
      nowMs = next.atMs;
      next.run();
    }
    nowMs = endMs;
  };
  return { announcer, spoken, go, isThere: () => there };
}

describe('the voice of the window', () => {
  const [step, line, error] = [{}, {}, {}];

  it('says what settled, in one announcement, the newest of each source', () => {
    const { announcer, spoken, go } = voice();
    announcer.say(step, 'Plan: needs you.');
    announcer.say(line, 'Line lost.');
    announcer.say(step, 'Package Install: running.');
    go(10_000);
    expect(spoken).toEqual([[600, 'Line lost. Package Install: running.']]);
  });

  it('says something that never stands still, but not more often than every few seconds', () => {
    const { announcer, spoken, go } = voice();
    for (let at = 0; at < 100; at += 1) {
      announcer.say(step, `${at} nodes`);
      go(100);
    }
    expect(spoken.map(([atMs]) => atMs)).toEqual([3000, 7000]);
  });

  it('says an error again that came again, and nothing that is not so any more', () => {
    const { announcer, spoken, go } = voice();
    announcer.say(error, 'User or password is wrong.');
    go(10_000);
    announcer.say(error, 'User or password is wrong.');
    announcer.say(line, 'Line lost.');
    announcer.unsay(line);
    go(10_000);
    expect(spoken.map(([, text]) => text)).toEqual(['User or password is wrong.', 'User or password is wrong.']);
  });

  it('leaves nothing behind that a screen reader which comes later would read as new', () => {
    const { announcer, spoken, go, isThere } = voice();
    announcer.say(step, 'Package Install: needs you.');
    go(600);
    expect(isThere()).toBe('Package Install: needs you.');
    go(1000);
    announcer.say(line, 'Line lost.');
    go(1500);
    // Still to be heard to its end.
    expect(isThere()).toBe('Package Install: needs you.');
    go(1000);
    expect(isThere()).toBe('');
    go(10_000);
    expect([spoken.at(-1)?.[1], isThere()]).toEqual(['Line lost.', '']);
  });

  it('says a sentence once that several places have, also where one comes a little later', () => {
    const { announcer, spoken, go } = voice();
    announcer.say(step, 'Package Install needs you. 2 nodes failed.');
    announcer.say(line, 'Package Install needs you.');
    go(5000);
    announcer.say(error, '2 nodes failed. Retry or ignore them.');
    go(10_000);
    expect(spoken.map(([, text]) => text)).toEqual([
      'Package Install needs you. 2 nodes failed.',
      'Retry or ignore them.',
    ]);
    // Later it is news again.
    announcer.say(error, '2 nodes failed.');
    go(10_000);
    expect(spoken.at(-1)?.[1]).toBe('2 nodes failed.');
  });
});
