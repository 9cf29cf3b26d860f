// @vitest-environment jsdom
import { act, screen } from '@testing-library/react';
import { expect, it, vi } from 'vitest';
import type { JobReport } from '../../../core/model/job.ts';
import { openJob } from '../../testing/openJob.ts';

vi.setConfig({ testTimeout: 60_000 });

const figures = (): (string | null)[] =>
  [...document.querySelectorAll('dl.figures > div')].map(({ textContent }) => textContent);

it('counts packages as their rows and the lines of the report do, state by state', async () => {
  const mock = await openJob('finished');
  await screen.findByRole('region', { name: 'Report' });
  const show = (more: Partial<JobReport>): void =>
    act(() => {
      const { report } = mock.job;
      if (report) mock.setJob({ ...mock.job, report: { ...report, ...more } });
    });
  // Between how many packages there are and how long it took.
  const counts = (): (string | null)[] => figures().slice(2, -1);
  show({ installed: 42, failed: 0, ignored: 0, packageCounts: { successful: 41, warned: 1 } });
  expect(counts()).toEqual(['Packages × nodes42', 'Successful41', 'Fail0', 'Ignored0', 'With warnings1']);
  show({ outcome: 'rolled-back', installed: 0, ignored: 0, packageCounts: { 'rolled-back': 1380 } });
  expect(counts().at(-1)).toBe('Rolled back1,380');
  // Of a job that an older putservices ended.
  show({ installed: 3, ignored: 1, packageCounts: undefined });
  expect(counts()).toEqual(['Packages × nodes4', 'Successful3', 'Fail0', 'Ignored1']);
});
