import { describe, expect, it } from 'vitest';
import type { JobState, JobSummary } from '../../core/model/job.ts';
import type { JobHead } from '../../core/model/jobParts.ts';
import type { Abilities, SystemView, WorkbenchState } from '../../core/workbench/state.ts';
import { neededPersons, newCalls, overallProgress } from './attention.ts';

const summary = (state: JobState, currentStep = 'package-install'): JobSummary =>
  ({ jobId: 'j1', title: 'Install/Upgrade Software', state, currentStep }) as JobSummary;

const head = (percent: number): JobHead =>
  ({
    ...{ jobId: 'j1', state: 'running', currentStep: 'package-install' },
    stepOrder: ['plan', 'package-install'],
    steps: { 'package-install': { percent } },
  }) as unknown as JobHead;

const state = (jobs: readonly JobSummary[], openJobs: readonly JobHead[] = [], kind = 'online'): WorkbenchState => ({
  app: { version: '1', platform: 'linux', carrier: 'desktop', can: {} as Abilities, passwordStore: 'none' },
  practice: { state: 'off' },
  systems: {
    s1: {
      saved: { systemId: 's1', name: 'Practice' },
      session: { kind },
      jobs: Object.fromEntries(jobs.map((job) => [job.jobId, job])),
      openJobs: Object.fromEntries(openJobs.map((job) => [job.jobId, job])),
    } as unknown as SystemView,
  },
});

describe('progress on the icon', () => {
  it('is none without work and unknown for work that is not watched', () => {
    expect(overallProgress(state([]))).toBe('none');
    expect(overallProgress(state([summary('succeeded')]))).toBe('none');
    expect(overallProgress(state([summary('running')]))).toBe('unknown');
    expect(overallProgress(state([summary('input')]))).toBe('none');
  });

  it('counts whole steps and how far the running one is', () => {
    expect(overallProgress(state([summary('running')], [head(62)]))).toBe(0.81);
    // The line is lost: how far it is now is not known.
    expect(overallProgress(state([summary('running')], [head(62)], 'waiting'))).toBe('none');
  });
});

describe('calling a person', () => {
  it('is by one rule with the number on the icon: a job that stands paused needs one, one that runs does not', () => {
    const running = summary('running');
    const paused = { ...running, standsPaused: true } as const;
    expect([running, paused, summary('input'), summary('exited')].map((job) => neededPersons(state([job])))).toEqual([
      0, 1, 1, 0,
    ]);
    expect(newCalls(state([running]), state([paused]))).toMatchObject([
      { body: 'It stands still at package-install until you decide.' },
    ]);
    expect(newCalls(state([paused]), state([running]))).toEqual([]);
  });

  it('happens when a job comes to need one, once', () => {
    const running = state([summary('running')]);
    const needed = state([summary('attention')]);
    expect(newCalls(running, needed)).toHaveLength(1);
    expect(newCalls(running, needed)[0]).toMatchObject({ systemId: 's1', jobId: 'j1' });
    expect(newCalls(needed, needed)).toEqual([]);
    expect(newCalls(needed, state([summary('attention')]))).toEqual([]);
  });

  it('happens again at the next input step, and not for what was already so at the first sight', () => {
    expect(newCalls(state([summary('input', 'plan')]), state([summary('input', 'spool-area')]))).toHaveLength(1);
    expect(newCalls(state([]), state([summary('input')]))).toEqual([]);
    expect(newCalls(state([summary('attention')]), state([summary('succeeded')]))).toEqual([]);
  });
});
