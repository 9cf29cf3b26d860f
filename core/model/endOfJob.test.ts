import { describe, expect, it } from 'vitest';
import { endOfJob } from './endOfJob.ts';
import type { JobHead } from './jobParts.ts';

const NOW_MS = 1_800_000_000_000;

function head(more: { silent?: number; attention?: string; paused?: boolean }): JobHead {
  const step = { title: 'Package Install', state: 'running', percent: 50 };
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
});
