import type { PlannedPackage } from '../../../core/model/job.ts';
import { isInstalledBeside, isMultilibPair } from '../../../core/model/packageIdentity.ts';
import type { InstalledPackage, RpmFacts } from '../../../core/model/node.ts';
import type { PackageIdentity, PackageRelation, PackageRelations } from '../../../core/model/package.ts';
import { formatEvr, formatNevra, formatRelation, provideSatisfies, SENSE } from '../../../core/model/rpmVersion.ts';

/** Packages that come with one transaction. */
export type Incoming = PackageIdentity & PackageRelations;

export interface Transaction {
  readonly installed: readonly InstalledPackage[];
  /** By build; an installed package without them says nothing of what it provides or needs. */
  readonly relations: Readonly<Record<string, PackageRelations>>;
  readonly incoming: readonly Incoming[];
  readonly rpm: RpmFacts;
  /** Packages that go with it, without another one in their place. */
  readonly erased?: readonly InstalledPackage[] | undefined;
}

/** What rpm refuses of a transaction, with the incoming package it is about. */
export interface TransactionProblem {
  readonly packageName: string;
  readonly message: string;
}

interface Present {
  readonly identity: PackageIdentity;
  /** Undefined: not known. */
  readonly relations: PackageRelations | undefined;
  readonly isNew: boolean;
}

/** Requirements that hold while scriptlets run and not afterwards: an installed package may lose their provider. */
const ONLY_FOR_SCRIPTS = SENSE.scriptPre | SENSE.scriptPost | SENSE.pretrans | SENSE.posttrans;

/** True where rpm takes the installed package away for the new one: another build of its name, not one of the other word size, nor a kernel. */
export function replaces(
  incoming: PackageIdentity & Partial<PackageRelations> & Pick<Partial<PlannedPackage>, 'beside'>,
  installed: PackageIdentity,
): boolean {
  const { name, provides } = incoming;
  const beside = incoming.beside ?? (provides !== undefined && isInstalledBeside({ name, provides }));
  return name === installed.name && !beside && !isMultilibPair(incoming, installed);
}

const ownProvide = (identity: PackageIdentity): PackageRelation => ({
  ...{ name: identity.name, sense: '=', version: formatEvr(identity), flags: SENSE.equal },
});

function isObsoleted(by: PackageRelations | undefined, identity: PackageIdentity): boolean {
  return (
    by?.obsoletes.some((one) => one.name === identity.name && provideSatisfies(ownProvide(identity), one)) ?? false
  );
}

/** Installed packages that the transaction takes away because an incoming one obsoletes them. */
export function obsoletedBy(incoming: Incoming, installed: readonly InstalledPackage[]): InstalledPackage[] {
  return installed.filter((one) => one.name !== incoming.name && isObsoleted(incoming, one));
}

/**
 * rpm's check of a transaction as a whole: what is needed must be there when everything is done, so that packages which require each
 * other's new version go together. What is not known (paths, rich dependencies, virtual names while an installed package's header is
 * not known) is never refused.
 */
export function transactionProblems({
  installed,
  relations,
  incoming,
  rpm,
  erased = [],
}: Transaction): TransactionProblem[] {
  const before = installed.map((identity): Present => {
    return { identity, relations: relations[formatNevra(identity)], isNew: false };
  });
  const kept = before.filter(
    ({ identity }) =>
      !erased.includes(identity) &&
      !incoming.some((one) => replaces(one, identity) || (one.name !== identity.name && isObsoleted(one, identity))),
  );
  const after: Present[] = [...kept, ...incoming.map((one) => ({ identity: one, relations: one, isNew: true }))];
  const provided = new Provided(after, rpm);
  const providedBefore = new Provided(before, rpm);
  const problems: TransactionProblem[] = [];
  const refuse = (packageName: string, message: string): void => void problems.push({ packageName, message });
  for (const one of incoming) {
    const build = formatNevra(one);
    for (const requirement of one.requires) {
      if (!provided.meets(requirement)) refuse(one.name, `${formatRelation(requirement)} is needed by ${build}`);
    }
    for (const { identity, relations: said, isNew } of after) {
      if (identity === one || identity.name === one.name) continue;
      if (conflict(one, { ...identity, ...said })) refuse(one.name, `${build} conflicts with ${formatNevra(identity)}`);
      if (!isNew && conflict({ ...identity, ...said }, one))
        refuse(one.name, `${formatNevra(identity)} (installed) conflicts with ${build}`);
      if (!isNew && isObsoleted(said, one))
        refuse(one.name, `${build} is obsoleted by ${formatNevra(identity)} (installed)`);
    }
  }
  for (const { identity, relations: said } of kept) {
    for (const requirement of said?.requires ?? []) {
      if ((requirement.flags & ONLY_FOR_SCRIPTS) !== 0 || provided.meets(requirement)) continue;
      // What was broken before is not this transaction's doing.
      if (!providedBefore.meets(requirement)) continue;
      const culprit = incoming.find((one) =>
        before.some((was) => replaces(one, was.identity) && offers(was, requirement)),
      );
      refuse(
        (culprit ?? incoming[0])?.name ?? identity.name,
        `${formatRelation(requirement)} is needed by (installed) ${formatNevra(identity)}`,
      );
    }
  }
  return problems;
}

function offers({ identity, relations }: Present, requirement: PackageRelation): boolean {
  const provides = [ownProvide(identity), ...(relations?.provides ?? [])];
  return provides.some((provide) => provideSatisfies(provide, requirement));
}

function conflict(one: Partial<PackageRelations>, other: PackageIdentity & Partial<PackageRelations>): boolean {
  return (one.conflicts ?? []).some((relation) =>
    [ownProvide(other), ...(other.provides ?? [])].some((provide) => provideSatisfies(provide, relation)),
  );
}

/** What a set of packages provides. */
class Provided {
  readonly #byName = new Map<string, PackageRelation[]>();
  readonly #allKnown: boolean;
  readonly #features: ReadonlySet<string> | undefined;

  constructor(packages: readonly Present[], rpm: RpmFacts) {
    this.#allKnown = packages.every(({ relations }) => relations !== undefined);
    for (const { identity, relations } of packages) {
      for (const provide of [ownProvide(identity), ...(relations?.provides ?? [])]) {
        const known = this.#byName.get(provide.name);
        if (known) known.push(provide);
        else this.#byName.set(provide.name, [provide]);
      }
    }
    this.#features = rpm.features && new Set(rpm.features.map(({ name }) => name));
  }

  meets(requirement: PackageRelation): boolean {
    const { name, flags } = requirement;
    if ((flags & SENSE.missingOk) !== 0) return true;
    if (name.startsWith('rpmlib(')) return this.#features?.has(name) ?? true;
    // Rich dependencies, and files of packages whose lists are not kept.
    if (name.startsWith('(') || name.startsWith('/')) return true;
    const provides = this.#byName.get(name);
    if (provides?.some((provide) => provideSatisfies(provide, requirement))) return true;
    return provides === undefined && !this.#allKnown;
  }
}
