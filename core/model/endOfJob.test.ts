import { describe, expect, it } from 'vitest';
import { endOfJob } from './endOfJob.ts';
import type { JobHead } from './jobParts.ts';

const NOW_MS = 1_800_000_000_000;

function head(more: { silent?: number; attention?: string; paused?: boolean; running?: number }): JobHead {
  const step = { title: 'Package Install', state: 'running', percent: 50, counts: { running: more.running ?? 1 } };
  return {
    ...{ state: 'running', currentStep: 'install', attention: more.attention ? [{ state: more.attention }] : [] },
    steps: { install: more.silent === undefined ? step : { ...step, silent: { nodes: more.silent, first: [] } } },
    timeLeft: { after: { lowMs: 60_000, highMs: 120_000 } },
    ...(more.paused === true && { paused: { user: 'eva' } }),
  } as unknown as JobHead;
}

describe('the end of a job that runs', () => {
  it.each([
    ['goes on by itself', {}, 'between'],
    ['has nodes with warnings, which stop nothing', { attention: 'warned' }, 'between'],
    ['has a node that says nothing', { silent: 1 }, 'left'],
    ['has a node that somebody has to decide about', { attention: 'failed' }, 'left'],
    ['is paused', { paused: true }, 'left'],
  ])('is told as what is known of it: it %s', (_what, more, kind) => {
    expect(endOfJob(head(more), NOW_MS)?.kind).toBe(kind);
  });

  it('is not reckoned where nothing runs: what it waits for is said instead', () => {
    const waits = (more: object): unknown => {
      const found = endOfJob({ ...head({ running: 0 }), ...more }, NOW_MS);
      return found?.kind === 'waits' ? found.for : found?.kind;
    };
    const groups = [
      { state: 'failed', nodes: 2 },
      { state: 'unreachable', nodes: 1 },
    ];
    expect(waits({ state: 'attention', attention: groups })).toEqual({ kind: 'decision', nodes: 3 });
    expect(waits({ state: 'attention' })).toEqual({ kind: 'word', step: 'Package Install' });
    const gate = { beforeWave: 3, held: true };
    expect(waits({ state: 'attention', gate })).toEqual({ kind: 'wave', wave: 3 });
    expect(waits({ state: 'attention', gate: { ...gate, held: false } })).toMatchObject({ kind: 'word' });
    expect(waits({ state: 'input' })).toEqual({ kind: 'answer', step: 'Package Install' });
    expect(waits({ paused: { user: 'eva' } })).toEqual({ kind: 'resume' });
    expect(waits({ state: 'attention', approval: { waits: true, notBy: [] } })).toEqual({ kind: 'approval' });
    // Whether its steps ever ran here does not matter then.
    expect(waits({ state: 'input', timeLeft: { unknown: ['install'] } })).toEqual({
      kind: 'answer',
      step: 'Package Install',
    });
    // The next piece of work has not begun yet: it goes on by itself.
    expect(waits({})).toBe('between');
    // Others work on.
    expect(waits({ ...head({ running: 1 }), state: 'attention', attention: groups })).toBe('left');
  });
});
