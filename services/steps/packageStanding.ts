import { labelOf, type PlannedChange, type PlannedPackage } from '../../core/model/job.ts';
import { isMultilibPair } from '../../core/model/packageIdentity.ts';
import type { InstalledPackage } from '../../core/model/node.ts';
import type { PackageIdentity } from '../../core/model/package.ts';

function sameBuild(a: PackageIdentity, b: PackageIdentity): boolean {
  return (
    a.name === b.name && a.epoch === b.epoch && a.version === b.version && a.release === b.release && a.arch === b.arch
  );
}

/**
 * How a planned package stands on a node: `done` exactly this build, `half` beside the one that it replaces, since its transaction was cut, `absent`
 * not this build.
 */
export function packageStanding(
  found: readonly InstalledPackage[],
  wanted: PlannedPackage,
): 'done' | 'half' | 'absent' {
  if (!found.some((installed) => sameBuild(installed, wanted))) return 'absent';
  const replaced = found.some(
    (one) =>
      one.name === wanted.name && wanted.beside !== true && !isMultilibPair(wanted, one) && !sameBuild(one, wanted),
  );
  return replaced ? 'half' : 'done';
}

/** What a planned package counts as that is done already: `unchanged` where the plan changes nothing at it. */
export function outcomeOfDone(changes: readonly PlannedChange[], wanted: PlannedPackage): 'successful' | 'unchanged' {
  const change = changes.find((one) => one.packageName === labelOf(wanted));
  return change === undefined || change.action === 'keep' ? 'unchanged' : 'successful';
}
