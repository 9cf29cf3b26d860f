import { PACKAGE_STATES, type JobState, type PackageState } from './job.ts';
import { separated } from './separated.ts';
import { PACKAGE_WORDS } from './stateWords.ts';

/** How many packages are in each state, of one row or of all; absent: none. */
export type PackageCounts = Readonly<Partial<Record<PackageState, number>>>;

/** States of packages that are shown even where no package is in them: those of the manual's results. */
const ALWAYS: readonly PackageState[] = ['successful', 'fail', 'ignored'];
/** The same while the job runs, with those that packages come through, so that nothing moves when one begins or ends. */
const AT_WORK: readonly PackageState[] = [...ALWAYS, 'running', 'waiting'];

/** The states that package results show, in their order, so that the counts of a row add up in sight. */
export function packageStatesShown(rows: readonly PackageCounts[], jobState: JobState): readonly PackageState[] {
  const always = jobState === 'running' ? AT_WORK : ALWAYS;
  return [
    ...always,
    ...PACKAGE_STATES.filter((state) => !always.includes(state) && rows.some((row) => (row[state] ?? 0) > 0)),
  ];
}

/** `3 successful, 1 skipped`: the states that there are. */
export function packageCountsText(counts: PackageCounts): string {
  const there = PACKAGE_STATES.flatMap((state) => {
    const count = counts[state] ?? 0;
    return count > 0 ? [`${separated(count)} ${PACKAGE_WORDS[state]}`] : [];
  });
  return there.length > 0 ? there.join(', ') : 'nothing to change';
}
