import { PACKAGE_STATES, type JobState, type PackageRow, type PackageState } from './job.ts';

/** States of packages that are shown even where no package is in them: those of the manual's results. */
const ALWAYS: readonly PackageState[] = ['successful', 'fail', 'ignored'];
/** The same while the job runs, with those that packages come through, so that nothing moves when one begins or ends. */
const AT_WORK: readonly PackageState[] = [...ALWAYS, 'running', 'waiting'];

/** The states that package results show, in their order, so that the counts of a row add up in sight. */
export function packageStatesShown(rows: readonly PackageRow[], jobState: JobState): readonly PackageState[] {
  const always = jobState === 'running' ? AT_WORK : ALWAYS;
  return [
    ...always,
    ...PACKAGE_STATES.filter((state) => !always.includes(state) && rows.some((row) => row[state] > 0)),
  ];
}
