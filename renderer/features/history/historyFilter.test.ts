import { expect, it } from 'vitest';
import type { JobSummary } from '../../../core/model/job.ts';
import { NO_FILTER, type HistoryFilter } from '../../stores/filters.ts';
import { filterHistory, historyChoices } from './historyFilter.ts';

const NOW_MS = 1_000 * 86_400_000;
const job = (jobNumber: number, more: Partial<JobSummary> = {}): JobSummary => ({
  ...{ jobId: `job-${jobNumber}`, jobNumber, operationId: 'install', title: 'Install Software', state: 'succeeded' },
  ...{ driver: 'ann', startedBy: 'ann', startedAtMs: NOW_MS - 1000, currentStep: 'finished', nodes: 3 },
  ...more,
});
const jobs = [
  job(9, { state: 'failed', currentStepTitle: 'Package Install' }),
  job(8, { driver: 'bob', startedAtMs: NOW_MS - 3 * 86_400_000 }),
  job(7, { operationId: 'command', title: 'Run Command', startedBy: 'bob' }),
  job(6, { problem: 'torn', startedBy: '', driver: '' }),
];
const found = (filter: Partial<HistoryFilter>): number[] =>
  filterHistory(jobs, { ...NO_FILTER.history, ...filter }, NOW_MS).map(({ jobNumber }) => jobNumber);

it.each([
  [{}, [9, 8, 7, 6]],
  [{ state: 'failed' }, [9]],
  [{ operationId: 'command' }, [7]],
  [{ who: 'bob' }, [8, 7]],
  [{ days: 1 }, [9, 7]],
  [{ find: ' PACKAGE ' }, [9]],
  [{ find: '6' }, [6]],
  [{ who: 'bob', find: 'install' }, [8]],
] as const)('%j leaves jobs %j', (filter, numbers) => {
  expect(found(filter)).toEqual(numbers);
});

it('offers what is there', () => {
  expect(historyChoices(jobs)).toEqual({
    operations: [
      ['install', 'Install Software'],
      ['command', 'Run Command'],
    ],
    people: ['ann', 'bob'],
    states: ['failed', 'succeeded'],
  });
});
