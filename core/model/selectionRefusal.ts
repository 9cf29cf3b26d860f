import type { ErrorCode } from '../protocol/errorCatalogue.ts';
import { archFit } from './architectures.ts';
import type { CellCause } from './job.ts';
import type { NodeKind } from './nodeKinds.ts';
import type { LibraryPackage } from './package.ts';
import { isInstalledBeside } from './packageIdentity.ts';
import { compareEvr, formatEvr, formatNevra } from './rpmVersion.ts';
import { isThere, newestOf, type SelectionCase } from './selectionCase.ts';
import { osFits, someOf } from './selectionRules.ts';

/** A refusal with a code of the catalogue. */
export interface Refusal extends CellCause {
  readonly code: ErrorCode;
}

const memory = new WeakMap<SelectionCase, Map<LibraryPackage, Refusal | undefined>>();

/**
 * Why a package cannot be selected: it runs on none of the nodes it is meant for, or one of them has a newer version (rpm would stop
 * there, and a system must not end up with two versions). Undefined when nothing is against it.
 */
export function refusalOf(pkg: LibraryPackage, on: SelectionCase): Refusal | undefined {
  const known = memory.get(on) ?? new Map<LibraryPackage, Refusal | undefined>();
  memory.set(on, known);
  if (!known.has(pkg)) known.set(pkg, findRefusal(pkg, on));
  return known.get(pkg);
}

const each = <T>(kinds: readonly NodeKind[], of: (kind: NodeKind) => T): T[] => [...new Set(kinds.map(of))];
const nodesOf = (kinds: readonly NodeKind[]): number => kinds.reduce((sum, kind) => sum + kind.nodeIds.length, 0);

function findRefusal(pkg: LibraryPackage, on: SelectionCase): Refusal | undefined {
  const intended = on.intendedKinds(pkg);
  if (intended.length === 0) return undefined;
  const build = formatNevra(pkg);
  const refuse = (code: ErrorCode, message: string): Refusal => ({ code, message, packageName: pkg.name });
  const rightOs = intended.filter((kind) => osFits(pkg, kind.facts));
  if (rightOs.length === 0) {
    return refuse(
      'package-wrong-os',
      `${build} is for ${pkg.os}; the nodes run ${someOf(each(intended, (kind) => kind.facts.os))}`,
    );
  }
  const targets = rightOs.filter((kind) => archFit(pkg.arch, kind.facts.arch) !== undefined);
  if (targets.length === 0) {
    return refuse(
      'package-wrong-arch',
      `${build} is for ${pkg.arch}; the nodes are ${someOf(each(rightOs, (kind) => kind.facts.arch))}`,
    );
  }
  const newer = targets.flatMap((kind) => {
    // rpm compares with every version of the name, for the other word size too; kernels are installed beside newer ones.
    if (isInstalledBeside(pkg) || isThere(pkg, kind)) return [];
    const installed = newestOf(kind.byName.get(pkg.name) ?? []);
    return installed && compareEvr(installed, pkg) > 0 ? [{ kind, version: formatEvr(installed) }] : [];
  });
  if (newer.length === 0) return undefined;
  const versions = someOf([...new Set(newer.map((one) => one.version))]);
  const places =
    newer.length === targets.length
      ? 'the nodes have'
      : `${someOf(newer.flatMap((one) => one.kind.nodeIds))} of ${nodesOf(targets)} nodes have`;
  return refuse('package-older', `${build} is older than what ${places}: ${versions}`);
}
