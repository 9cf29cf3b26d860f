import type { PlannedChange } from '../../../core/model/job.ts';
import type { InstalledPackage } from '../../../core/model/node.ts';
import type { PackageIdentity } from '../../../core/model/package.ts';
import { formatEvr } from '../../../core/model/rpmVersion.ts';
import type { PracticeNodeState } from './PracticeNodeStore.ts';
import { replaces } from './transactionCheck.ts';

/** `name.arch`: what rpm replaces when a new version comes. */
export function packageKey(identity: Pick<PackageIdentity, 'name' | 'arch'>): string {
  return `${identity.name}.${identity.arch}`;
}

function sameBuild(a: PackageIdentity, b: PackageIdentity): boolean {
  return (
    a.name === b.name && a.epoch === b.epoch && a.version === b.version && a.release === b.release && a.arch === b.arch
  );
}

/** How a package stands on a node: `done` exactly this version, `half` its transaction was cut, `absent` not this version. */
export function packageStanding(
  state: Pick<PracticeNodeState, 'packages' | 'unfinished'>,
  wanted: PackageIdentity,
): 'done' | 'half' | 'absent' {
  if (state.unfinished.includes(packageKey(wanted))) return 'half';
  if (!state.packages.some((installed) => sameBuild(installed, wanted))) return 'absent';
  const others = state.packages.filter((installed) => replaces(wanted, installed) && !sameBuild(installed, wanted));
  return others.length === 0 ? 'done' : 'half';
}

/** The state after a transaction put the new version beside the old one. A repeated begin changes nothing more. */
export function beginTransaction(state: PracticeNodeState, wanted: PackageIdentity): PracticeNodeState {
  const key = packageKey(wanted);
  const { name, epoch, version, release, arch } = wanted;
  const others = state.packages.filter((installed) => !sameBuild(installed, wanted));
  return {
    ...state,
    packages: [...others, { name, epoch, version, release, arch }],
    unfinished: state.unfinished.includes(key) ? state.unfinished : [...state.unfinished, key],
  };
}

/** The state after the transaction erased what the new version replaces: other versions of it, and what it obsoletes. */
export function endTransaction(
  state: PracticeNodeState,
  wanted: PackageIdentity,
  obsoleted: readonly InstalledPackage[],
): PracticeNodeState {
  const gone = new Set(obsoleted.map(packageKey));
  const packages = state.packages.filter(
    (installed) => (!replaces(wanted, installed) || sameBuild(installed, wanted)) && !gone.has(packageKey(installed)),
  );
  // What was active is gone with its build; the one that came is the active one, as long as nobody switches.
  const active = state.activeVersions[wanted.name];
  const isGone = active !== undefined && !packages.some((one) => one.name === wanted.name && formatEvr(one) === active);
  return {
    ...state,
    packages,
    activeVersions: isGone ? { ...state.activeVersions, [wanted.name]: formatEvr(wanted) } : state.activeVersions,
    unfinished: state.unfinished.filter((key) => key !== packageKey(wanted)),
  };
}

/** What a planned package counts as that is done already: `unchanged` where the plan changes nothing at it. */
export function outcomeOfDone(changes: readonly PlannedChange[], packageName: string): 'successful' | 'unchanged' {
  const change = changes.find((one) => one.packageName === packageName);
  return change === undefined || change.action === 'keep' ? 'unchanged' : 'successful';
}
