import { expect, it } from 'vitest';
import type { JobState } from '../../core/model/job.ts';
import type { WorkbenchState } from '../../core/workbench/state.ts';
import { leavingQuestion } from './leaving.ts';

const system = (name: string, session: string, practice: boolean, ...states: JobState[]): object => ({
  saved: { systemId: name, name, practice },
  session: { kind: session },
  jobs: Object.fromEntries(states.map((state, i) => [String(i), { title: 'Install', jobNumber: i + 1, state }])),
});
const state = (...systems: object[]): WorkbenchState =>
  ({ systems: Object.fromEntries(systems.map((one, i) => [String(i), one])) }) as unknown as WorkbenchState;

it('asks nothing where no job is under way, or nobody is signed in', () => {
  expect(leavingQuestion(state(system('lab', 'online', false, 'succeeded', 'exited')))).toBeUndefined();
  expect(leavingQuestion(state(system('lab', 'signed-out', false, 'running')))).toBeUndefined();
});

it('says of each job what becomes of it, and of a lost line that it is not known', () => {
  const asked = leavingQuestion(
    state(
      system('lab', 'online', false, 'running', 'succeeded'),
      system('Practice', 'online', true, 'attention'),
      system('east', 'waiting', false, 'running'),
    ),
  );
  expect(asked?.message).toBe('3 jobs are under way');
  const [lab, practice, east] = (asked?.detail ?? '').split('\n\n');
  expect(lab).toMatch(/^lab: Install, job 1\. This stops nothing/);
  expect(practice).toMatch(/^Practice: Install, job 1\. It stands still until the practice system is started again/);
  expect(east).toMatch(/^east: Install, job 1\. The line is down: how it stands is not known here/);
});
