import type { JobSummary } from '../../../core/model/job.ts';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import type { MarkState } from '../../components/StateMark.tsx';
import { needsPerson } from '../../../core/model/needsPerson.ts';
import { byName } from '../../components/format.ts';
import { t } from '../../texts/en.ts';
import { isJobOver, isSignedIn } from '../../stores/selectors.ts';

/** A system with what goes on there, as far as this end has heard. */
export interface SystemWork {
  readonly system: SystemView;
  /** Jobs that are not over; those that need a person first. */
  readonly jobs: readonly JobSummary[];
  readonly needYou: number;
}

/** Shape of a system's line. */
export const SESSION_MARKS: Readonly<Record<SystemView['session']['kind'], MarkState>> = {
  'signed-out': 'waiting',
  connecting: 'running',
  online: 'ok',
  waiting: 'unreachable',
  failed: 'failed',
};

/** Jobs of a system that are not over. */
export const jobsUnderWay = (system: Pick<SystemView, 'jobs'>): JobSummary[] =>
  Object.values(system.jobs).filter((job) => job.problem === undefined && !isJobOver(job.state));

/** All systems: where a person is needed first, then those that are signed in, then by name. */
export function systemsAtWork(systems: Readonly<Record<string, SystemView>>): readonly SystemWork[] {
  return Object.values(systems)
    .map((system): SystemWork => {
      const jobs = jobsUnderWay(system).sort(
        (a, b) => Number(needsPerson(b)) - Number(needsPerson(a)) || b.jobNumber - a.jobNumber,
      );
      return { system, jobs, needYou: jobs.filter(needsPerson).length };
    })
    .sort(
      (a, b) =>
        Number(b.needYou > 0) - Number(a.needYou > 0) ||
        Number(isSignedIn(b.system.session)) - Number(isSignedIn(a.system.session)) ||
        byName(a.system.saved.name, b.system.saved.name),
    );
}

/** What jobs are called in a sentence. */
export const jobNames = (jobs: readonly JobSummary[]): string[] =>
  jobs.map(({ title, jobNumber }) => `${title}, ${t.operation.job(jobNumber)}`);

/** Jobs of all systems that need a person, the one that is looked at left out. Asked with every change of the picture, so nothing is put in order for it. */
export function needYouElsewhere(
  systems: Readonly<Record<string, SystemView>>,
  shownJobId: string | undefined,
): number {
  const needs = (job: JobSummary): boolean => needsPerson(job) && job.jobId !== shownJobId;
  return Object.values(systems).reduce((sum, system) => sum + jobsUnderWay(system).filter(needs).length, 0);
}

/** Systems beside the shown one that cannot be reached although they were signed in to. */
export const outOfReachElsewhere = (
  systems: Readonly<Record<string, SystemView>>,
  shownSystemId: string | undefined,
): number =>
  Object.values(systems).filter(
    (system) =>
      system.saved.systemId !== shownSystemId &&
      (system.session.kind === 'waiting' || (system.session.kind === 'failed' && jobsUnderWay(system).length > 0)),
  ).length;

/**
 * What runs in all systems, in few words: how far the one job is, or how many there are; empty where none runs. Of a system whose line is lost nothing is known
 * but that.
 */
export function runningText(systems: Readonly<Record<string, SystemView>>): string {
  const running = (kind: SystemView['session']['kind']): JobSummary[] =>
    Object.values(systems).flatMap((system) =>
      system.session.kind === kind ? jobsUnderWay(system).filter((job) => !needsPerson(job)) : [],
    );
  const jobs = running('online');
  const [first] = jobs;
  const one = first && t.shell.oneRuns(first.title, first.stepPercent);
  return t.shell.running(jobs.length > 1 ? t.shell.manyRun(jobs.length) : one, running('waiting').length > 0);
}
