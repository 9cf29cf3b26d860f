import type { CellCause } from './job.ts';
import type { LibraryPackage } from './package.ts';
import type { ErrorCode } from '../protocol/errorCatalogue.ts';
import { compareEvr, formatEvr, formatNevra } from './rpmVersion.ts';
import { archFit } from './architectures.ts';
import { installedVersion, intendedNodes, osFits, type SelectionContext, someOf } from './selectionRules.ts';

/** A refusal with a code of the catalogue. */
export interface Refusal extends CellCause {
  readonly code: ErrorCode;
}

/**
 * Why a package cannot be selected: it runs on none of the nodes it is meant for, or one of them has a newer version (rpm would stop
 * there, and a system must not end up with two versions). Undefined when nothing is against it.
 */
export function refusalOf(pkg: LibraryPackage, context: SelectionContext): Refusal | undefined {
  const intended = intendedNodes(pkg, context);
  if (intended.length === 0) return undefined;
  const build = formatNevra(pkg);
  const refuse = (code: ErrorCode, message: string): Refusal => ({ code, message, packageName: pkg.name });
  const rightOs = intended.filter((node) => osFits(pkg, node.facts));
  if (rightOs.length === 0) {
    return refuse(
      'package-wrong-os',
      `${build} is for ${pkg.os}; the nodes run ${someOf([...new Set(intended.map((node) => node.facts.os))])}`,
    );
  }
  const targets = rightOs.filter((node) => archFit(pkg.arch, node.facts.arch) !== undefined);
  if (targets.length === 0) {
    return refuse(
      'package-wrong-arch',
      `${build} is for ${pkg.arch}; the nodes are ${someOf([...new Set(rightOs.map((node) => node.facts.arch))])}`,
    );
  }
  const newer = targets.flatMap((node) => {
    const installed = installedVersion(node, pkg.name);
    return installed && compareEvr(installed, pkg) > 0 ? [{ nodeId: node.nodeId, version: formatEvr(installed) }] : [];
  });
  if (newer.length === 0) return undefined;
  const versions = someOf([...new Set(newer.map((one) => one.version))]);
  const places =
    newer.length === targets.length
      ? 'the nodes have'
      : `${someOf(newer.map((one) => one.nodeId))} of ${targets.length} nodes have`;
  return refuse('package-older', `${build} is older than what ${places}: ${versions}`);
}
