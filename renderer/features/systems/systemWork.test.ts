import { expect, it } from 'vitest';
import type { JobSummary } from '../../../core/model/job.ts';
import { mockSaved, mockSystem } from '../../testing/mockData.ts';
import { needYouElsewhere, systemsAtWork } from './systemWork.ts';

const job = (jobNumber: number, state: JobSummary['state']): JobSummary => ({
  ...{ jobId: `job-${jobNumber}`, jobNumber, operationId: 'install', title: 'Install', state, driver: 'a' },
  ...{ startedBy: 'a', startedAtMs: 1, currentStep: 'x', nodes: 3 },
});
const system = (systemId: string, signedIn: boolean, ...jobs: JobSummary[]) =>
  mockSystem({
    saved: mockSaved({ systemId, name: systemId }),
    jobs: Object.fromEntries(jobs.map((one) => [one.jobId, one])),
    ...(signedIn ? {} : { session: { kind: 'signed-out' } as const }),
  });

it('puts the system where a person is needed first, and there the job that needs one', () => {
  const work = systemsAtWork({
    east: system('east', true, job(1, 'succeeded'), job(2, 'running')),
    north: system('north', false),
    west: system('west', true, job(3, 'attention'), job(4, 'running')),
  });
  expect(work.map(({ system: { saved }, jobs }) => [saved.systemId, jobs.map(({ jobNumber }) => jobNumber)])).toEqual([
    ['west', [3, 4]],
    ['east', [2]],
    ['north', []],
  ]);
});

it('counts jobs that need a person anywhere but on the screen', () => {
  const systems = {
    east: system('east', true, job(2, 'input')),
    west: system('west', true, job(3, 'attention'), job(4, 'exited')),
  };
  expect(needYouElsewhere(systems, undefined)).toBe(2);
  expect(needYouElsewhere(systems, 'job-3')).toBe(1);
});
