import { expect, it } from 'vitest';
import { mockSystem } from '../testing/mockData.ts';
import { MockWorkbench } from '../testing/mockBridge.ts';
import { jobNews } from './useJobNews.ts';

it('tells of jobs elsewhere that need a person or are over, once, and of none that was not seen before', () => {
  const mock = new MockWorkbench({ nodes: 8 });
  mock.startJob('job-1', 1041);
  mock.advanceTo('package-install', 3);
  const [job] = Object.values(mock.system.jobs);
  if (!job) throw new Error('no job');
  const at = (state: typeof job.state) => ({
    [mock.systemId]: mockSystem({ jobs: { [job.jobId]: { ...job, state } } }),
  });

  const first = jobNews(at('attention'), undefined, new Map());
  expect(first.news).toEqual([]);
  const running = jobNews(at('running'), undefined, first.seen);
  expect(running.news).toEqual([]);
  const needs = jobNews(at('attention'), undefined, running.seen);
  expect(needs.news).toEqual([expect.stringMatching(/job 1041 on .*: needs you/i)]);
  expect(jobNews(at('attention'), undefined, needs.seen).news).toEqual([]);
  expect(jobNews(at('succeeded'), undefined, needs.seen).news).toHaveLength(1);
  expect(jobNews(at('succeeded'), job.jobId, needs.seen).news).toEqual([]);
});
