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

/** Whether exactly this build is there: its transaction was cut before, or it is installed once more. */
export function isThere(state: Pick<PracticeNodeState, 'packages'>, wanted: PackageIdentity): boolean {
  return state.packages.some((installed) => sameBuild(installed, wanted));
}

/** The state after a transaction put the new version beside the old one. */
export function beginTransaction(state: PracticeNodeState, wanted: PackageIdentity): PracticeNodeState {
  const { name, epoch, version, release, arch } = wanted;
  const others = state.packages.filter((installed) => !sameBuild(installed, wanted));
  return { ...state, packages: [...others, { name, epoch, version, release, arch }] };
}

/** The state after builds were erased. */
export function erase(state: PracticeNodeState, gone: readonly InstalledPackage[]): PracticeNodeState {
  const packages = state.packages.filter((installed) => !gone.some((one) => sameBuild(one, installed)));
  const active = Object.entries(state.activeVersions).filter(([name, version]) =>
    packages.some((one) => one.name === name && formatEvr(one) === version),
  );
  return { ...state, packages, activeVersions: Object.fromEntries(active) };
}

/** The state after the transaction erased what the new version replaces: other versions of it, and what it obsoletes. */
export function endTransaction(
  state: PracticeNodeState,
  wanted: PackageIdentity & { readonly beside?: boolean },
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
  };
}
