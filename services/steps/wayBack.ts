import type { CellCause, PlannedPackage } from '../../core/model/job.ts';
import type { InstalledPackage } from '../../core/model/node.ts';
import type { LibraryPackage, LibraryView } from '../../core/model/package.ts';
import { isMultilibPair } from '../../core/model/packageIdentity.ts';
import { formatNevra } from '../../core/model/rpmVersion.ts';
import { fileOfInstalled, type LibraryByName } from '../../core/model/selectionRules.ts';
import type { JobSoFar } from './JobSoFar.ts';
import { acceptedPlan, buildsOfNode } from './plan.ts';

/** What a node goes back to: exactly the builds that its facts told before the install. */
export interface WayBack {
  /** Former builds that the plan took away, with the kept files that bring them back. */
  readonly files: readonly PlannedPackage[];
  /** Former builds that the plan took away and that no file of the library brings back. */
  readonly missing: readonly InstalledPackage[];
  /** Builds of the plan that are new on the node: they are erased. */
  readonly erase: readonly InstalledPackage[];
  /** Those of them that took another package away: they go before that one comes back. */
  readonly eraseFirst: readonly InstalledPackage[];
}

const NOTHING: WayBack = { files: [], missing: [], erase: [], eraseFirst: [] };

/** The library's files by package name; made once for each state of the library. */
const byNameOf = new WeakMap<LibraryView['packages'], LibraryByName>();

function filesByName({ packages }: Pick<LibraryView, 'packages'>): LibraryByName {
  const known = byNameOf.get(packages) ?? Map.groupBy(Object.values(packages), ({ name }) => name);
  byNameOf.set(packages, known);
  return known;
}

const sameBuild = (a: InstalledPackage, b: InstalledPackage): boolean => formatNevra(a) === formatNevra(b);

/** Whether exactly this build is among the packages of a node. */
export function isThere(found: readonly InstalledPackage[], build: InstalledPackage): boolean {
  return found.some((one) => sameBuild(one, build));
}

function identityOf({ name, epoch, version, release, arch }: InstalledPackage): InstalledPackage {
  return { name, epoch, version, release, arch };
}

function plannedAs(installed: InstalledPackage, { fileName, sha256, fileBytes }: LibraryPackage): PlannedPackage {
  return { ...identityOf(installed), fileName, sha256, fileBytes, mandatory: false };
}

/** The way back of a node from what the accepted plan does to it. Empty where the plan changes nothing there, or its facts are not known. */
export function wayBackOf(job: JobSoFar, library: Pick<LibraryView, 'packages'>, nodeId: string): WayBack {
  const plan = acceptedPlan(job);
  const before = job.member(nodeId)?.facts?.packages;
  const changes = (plan?.nodes[nodeId] ?? []).filter(({ action }) => action !== 'keep');
  if (!plan || !before || changes.length === 0) return NOTHING;
  const byName = filesByName(library);
  const way = { files: [] as PlannedPackage[], missing: [] as InstalledPackage[] };
  const erase: InstalledPackage[] = [];
  const eraseFirst: InstalledPackage[] = [];
  const seen = new Set<string>();
  for (const change of changes) {
    const [build] = buildsOfNode(job, plan.packages, [change], nodeId);
    const replaced = new Set(change.replaces);
    const former = before.filter((one) => {
      if (replaced.has(one.name)) return true;
      return build !== undefined && !change.beside && one.name === build.name && !isMultilibPair(build, one);
    });
    for (const one of former) {
      if (seen.has(formatNevra(one))) continue;
      seen.add(formatNevra(one));
      const file = fileOfInstalled(one, byName);
      if (file) way.files.push(plannedAs(one, file));
      else way.missing.push(identityOf(one));
    }
    if (!build || isThere(before, build)) continue;
    if (replaced.size > 0) eraseFirst.push(identityOf(build));
    else if (!former.some((one) => one.name === build.name)) erase.push(identityOf(build));
  }
  return { ...way, erase, eraseFirst };
}

/** The cause of a former build that no kept file brings back; undefined where every one is at hand, or on the node. */
export function withoutWayBack(
  nodeId: string,
  { missing }: Pick<WayBack, 'missing'>,
  found: readonly InstalledPackage[],
): CellCause | undefined {
  const gone = missing.filter((build) => !isThere(found, build));
  const [first] = gone;
  if (!first) return undefined;
  const more = gone.length > 1 ? ` and of ${gone.length - 1} more` : '';
  const message = `${nodeId}: the library has no file of ${formatNevra(first)}${more}`;
  return { code: 'no-way-back', message, packageName: first.name };
}
