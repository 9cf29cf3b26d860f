import { expect, it } from 'vitest';
import type { JobSummary } from '../../../core/model/job.ts';
import { mockSaved, mockSystem } from '../../testing/mockData.ts';
import { needYouElsewhere, outOfReachElsewhere, runningText, systemsAtWork } from './systemWork.ts';

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

it('tells how far the job is that runs, or how many run; one that stands paused needs a person and does not run', () => {
  const half = { ...job(2, 'running'), stepPercent: 50 };
  const paused = { ...job(3, 'running'), standsPaused: true } as const;
  const one = { east: system('east', true, half), west: system('west', true, paused, job(4, 'succeeded')) };
  expect(runningText(one)).toBe('Install 50 %');
  expect(needYouElsewhere(one, undefined)).toBe(1);
  expect(runningText({ ...one, north: system('north', true, job(5, 'running')) })).toBe('2 jobs run');
  expect(runningText({ west: one.west })).toBe('');
});

it('does not tell a share that nobody hears of any more: the line is lost', () => {
  const lost = { ...system('west', true, { ...job(2, 'running'), stepPercent: 87 }), session: { kind: 'waiting' } };
  const systems = { west: lost } as never;
  expect(runningText(systems)).toBe('line lost');
  expect(runningText({ ...(systems as object), east: system('east', true, job(1, 'running')) })).toBe(
    'Install runs – line lost',
  );
});

it('counts systems out of reach beside the shown one', () => {
  const lost = { ...system('east', true, job(2, 'running')), session: { kind: 'waiting' } } as never;
  const systems = { east: lost, west: system('west', true), north: system('north', false) };
  expect(outOfReachElsewhere(systems, 'west')).toBe(1);
  expect(outOfReachElsewhere(systems, 'east')).toBe(0);
});
