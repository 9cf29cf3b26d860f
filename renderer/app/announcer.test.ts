import { describe, expect, it } from 'vitest';
import { createAnnouncer, type Announcer } from './announcer.ts';

function voice(): { announcer: Announcer; spoken: [atMs: number, text: string][]; go: (ms: number) => void } {
  let nowMs = 0;
  let timers: { atMs: number; run: () => void }[] = [];
  const spoken: [number, string][] = [];
  const announcer = createAnnouncer((text) => spoken.push([nowMs, text]), {
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
  return { announcer, spoken, go };
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
});
