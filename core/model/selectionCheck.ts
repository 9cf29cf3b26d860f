import type { ErrorCode } from '../protocol/errorCatalogue.ts';
import { archFit } from './architectures.ts';
import type { SelectionProblem } from './job.ts';
import { ableOf } from './libraryIndex.ts';
import { installedProviders, type NodeKind } from './nodeKinds.ts';
import { isMultilibPair } from './packageIdentity.ts';
import type { CertListEntry, LibraryPackage, PackageRelation } from './package.ts';
import {
  compareEvr,
  formatEvr,
  formatNevra,
  formatRelation,
  holdsAfterInstallation,
  parseEvr,
  provideSatisfies,
  SENSE,
} from './rpmVersion.ts';
import { newestOf, type SelectionCase, selectionCase } from './selectionCase.ts';
import { type FileClash, fileClashes } from './selectionFiles.ts';
import { addedProviders, keptProviders, type Outlook, outlookOf } from './selectionOutlook.ts';
import { refusalOf } from './selectionRefusal.ts';
import {
  isCertified,
  obsoletes,
  ownProvide,
  providesOf,
  requirementKind,
  runsOn,
  type SelectionContext,
  someOf,
} from './selectionRules.ts';
import { LeftToRpm } from './leftToRpm.ts';
import { leavable } from './leavable.ts';
import { runAtOnce, type Slices } from './slices.ts';

/** What is known to stand against a selection, and what only rpm on the nodes can tell. */
export interface SelectionVerdict {
  readonly problems: readonly SelectionProblem[];
  /** In words, a line a cause. */
  readonly leftToRpm: readonly string[];
  /** Nodes without which nothing would stand against the selection; none where that does not help, or not without nearly all. */
  readonly inTheWay: readonly string[];
}

/** What stands against a selection: `judgeInSlices` without a pause and without what is left to rpm. */
export function checkSelection(context: SelectionContext, fileNames: readonly string[]): readonly SelectionProblem[] {
  return runAtOnce(judgeInSlices(context, fileNames)).problems;
}

/**
 * Judges a selection of library files; Next stays off while there are problems. Codes: `package-unknown` (the library does not have the
 * file), `package-wrong-arch`, `package-wrong-os`, `package-older`, `package-missing` (a mandatory row of the cert list that is neither
 * selected nor on the node in that version or a newer one), `package-requires` (also what an installed package would lose),
 * `package-conflicts` (also two versions of one package, a package that replaces another selected one or that an installed one
 * obsoletes, and two files at one path).
 *
 * The rules are those of `rpm -U --test`. Only what is known is held against a selection: where a node did not tell what its packages
 * provide, and for files, which facts do not list, the answer is left to rpm on the node.
 */
export function* judgeInSlices(context: SelectionContext, fileNames: readonly string[]): Slices<SelectionVerdict> {
  const on = yield* selectionCase(context);
  return yield* new SelectionCheck(on, fileNames).verdict();
}

interface Finding {
  readonly code: ErrorCode;
  readonly packageName: string;
  readonly subject: string;
  readonly what: string;
  readonly requirement?: PackageRelation | undefined;
  readonly kinds: Set<NodeKind>;
}

class SelectionCheck {
  readonly #on: SelectionCase;
  readonly #selected: readonly LibraryPackage[];
  readonly #isSelected: ReadonlySet<LibraryPackage>;
  readonly #unknown: readonly string[];
  readonly #findings = new Map<string, Finding>();
  readonly #left: LeftToRpm;
  readonly #nodeCount: number;
  #clashes: readonly FileClash[] | undefined;

  constructor(on: SelectionCase, fileNames: readonly string[]) {
    const files = on.index.byFileName;
    const asked = [...new Set(fileNames)];
    this.#on = on;
    this.#selected = asked.flatMap((fileName) => files.get(fileName) ?? []);
    this.#isSelected = new Set(this.#selected);
    this.#unknown = asked.filter((fileName) => !files.has(fileName));
    this.#nodeCount = on.context.nodes.length;
    this.#left = new LeftToRpm(this.#nodeCount);
  }

  *verdict(): Slices<SelectionVerdict> {
    const refused: SelectionProblem[] = [];
    for (const pkg of this.#selected) {
      refused.push(...this.#refusal(pkg));
      yield;
    }
    for (const kind of this.#on.kinds) {
      yield* this.#checkMandatory(kind);
      yield* this.#checkRelations(kind);
    }
    const unknown = this.#unknown.map((fileName) =>
      problem('package-unknown', fileName, fileName, 'is not in the library'),
    );
    const found: SelectionProblem[] = [];
    for (const finding of this.#findings.values()) {
      found.push(this.#inWords(finding));
      yield;
    }
    return {
      problems: [...unknown, ...refused, ...found],
      leftToRpm: this.#left.inWords(),
      inTheWay: unknown.length + refused.length > 0 ? [] : this.#inTheWay(),
    };
  }

  #refusal(pkg: LibraryPackage): SelectionProblem[] {
    const refusal = refusalOf(pkg, this.#on);
    if (!refusal) return [];
    const others = (this.#on.index.byName.get(pkg.name) ?? []).filter((other) => other !== pkg && this.#isOffer(other));
    const subject = formatNevra(pkg);
    const what = refusal.message.slice(subject.length + 1);
    return [problem(refusal.code, pkg.name, subject, what, others)];
  }

  *#checkMandatory(kind: NodeKind): Slices<undefined> {
    for (const [name, rows] of this.#on.rowsByName()) {
      yield;
      const meant = rows.filter(
        (row) => row.mandatory && (row.nodeTypes.length === 0 || row.nodeTypes.includes(kind.type)),
      );
      if (meant.length === 0) continue;
      const row = bestRow(meant, kind);
      if (!row) {
        const archs = someOf(meant.map((one) => one.arch));
        const what = `is mandatory but certified for ${archs} only, not for ${kind.facts.arch}`;
        this.#find(kind, 'package-wrong-arch', name, name, what);
        continue;
      }
      const installed = newestOf(this.#on.versionsOf(row, kind));
      if (installed && compareEvr(installed, parseEvr(row.version)) >= 0) continue;
      const builds = (this.#on.index.byName.get(name) ?? []).filter((pkg) => isCertified(pkg, row));
      if (builds.some((pkg) => this.#isSelected.has(pkg) && this.#on.goesTo(pkg, kind))) continue;
      const absent = builds.length > 0 ? '' : '; the library does not have it';
      const subject = formatNevra({ name, arch: row.arch, ...parseEvr(row.version) });
      this.#find(kind, 'package-missing', name, subject, `is mandatory and not selected${absent}`);
    }
    return undefined;
  }

  *#checkRelations(kind: NodeKind): Slices<undefined> {
    const chosen = yield* this.#on.selectedFor(kind, this.#selected);
    this.#checkAmongThemselves(kind, chosen);
    yield;
    const outlook = yield* outlookOf(this.#on, kind, chosen);
    for (const pkg of outlook.added) {
      this.#checkRequires(outlook, pkg);
      this.#checkConflicts(outlook, pkg);
      this.#checkInstalledAgainst(outlook, pkg);
      yield;
    }
    yield* this.#checkLosses(outlook);
    for (const { pkg, other, paths } of yield* this.#fileClashes()) {
      if (!outlook.added.has(pkg) || !outlook.added.has(other)) continue;
      const what = `brings ${paths}, which ${formatNevra(other)} brings with other content`;
      this.#find(kind, 'package-conflicts', pkg.name, formatNevra(pkg), what);
    }
    if (kind.unknown > 0 && outlook.removed.size > 0) this.#left.unread(kind);
    return undefined;
  }

  *#fileClashes(): Slices<readonly FileClash[]> {
    const { filesOf } = this.#on.context;
    this.#clashes ??= filesOf ? yield* fileClashes(this.#selected, filesOf) : [];
    return this.#clashes;
  }

  #checkAmongThemselves(kind: NodeKind, chosen: readonly LibraryPackage[]): void {
    const byName = Map.groupBy(chosen, (pkg) => pkg.name);
    for (const [name, builds] of byName) {
      const rivals = builds.filter((pkg) => builds.some((other) => areRivals(pkg, other)));
      const versions = [...new Set(rivals.map((pkg) => formatEvr(pkg)))];
      if (versions.length > 0)
        this.#find(kind, 'package-conflicts', name, `two versions of ${name}`, `are selected: ${someOf(versions)}`);
    }
    for (const pkg of chosen) {
      const others = pkg.obsoletes.flatMap((one) => byName.get(one.name) ?? []);
      const other = others.find((one) => one !== pkg && obsoletes(pkg, one));
      if (other)
        this.#find(
          kind,
          'package-conflicts',
          other.name,
          formatNevra(pkg),
          `replaces ${formatNevra(other)}; leave ${other.name} out`,
        );
    }
  }

  #checkRequires(outlook: Outlook, pkg: LibraryPackage): void {
    const { kind } = outlook;
    for (const requirement of pkg.requires) {
      const asks = requirementKind(requirement);
      if (asks === 'weak') continue;
      if (asks === 'rpm') {
        this.#checkFeature(kind, pkg, requirement);
        continue;
      }
      // What is needed before the transaction can only come from what is installed then.
      const early = (requirement.flags & SENSE.pretrans) !== 0;
      const met = early
        ? installedProviders(kind, requirement).length > 0
        : keptProviders(outlook, requirement).length > 0 ||
          addedProviders(outlook, this.#on.index, requirement).length > 0;
      if (met) continue;
      if (asks !== 'package') this.#left.asked(kind, asks, requirement);
      else if (outlook.unknown > 0) this.#left.asked(kind, 'unread', requirement);
      else this.#findRequirement(kind, pkg.name, formatNevra(pkg), requirement, early ? undefined : requirement);
    }
  }

  #checkFeature(kind: NodeKind, pkg: LibraryPackage, requirement: PackageRelation): void {
    const features = kind.facts.rpm?.features;
    if (!features) this.#left.asked(kind, 'rpm', requirement);
    else if (!features.some((feature) => provideSatisfies(feature, requirement))) {
      const what = `requires ${formatRelation(requirement)}, which rpm ${kind.facts.rpm?.version ?? ''} of the node does not have`;
      this.#find(kind, 'package-requires', pkg.name, formatNevra(pkg), what);
    }
  }

  #checkConflicts(outlook: Outlook, pkg: LibraryPackage): void {
    for (const conflict of pkg.conflicts) {
      const selected = addedProviders(outlook, this.#on.index, conflict).filter((other) => other !== pkg);
      const installed = keptProviders(outlook, conflict);
      for (const other of selected)
        this.#findConflict(outlook, pkg.name, formatNevra(pkg), conflict, other, 'selected');
      for (const { identity } of installed)
        this.#findConflict(outlook, pkg.name, formatNevra(pkg), conflict, identity, 'installed');
    }
  }

  /** What installed packages that stay have against a new one: their conflicts, and their obsoletes, which go by its name. */
  #checkInstalledAgainst(outlook: Outlook, pkg: LibraryPackage): void {
    const { kind, removed } = outlook;
    if (kind.conflicts.size > 0) {
      for (const provide of providesOf(pkg)) {
        for (const { by, relation } of kind.conflicts.get(provide.name) ?? []) {
          if (removed.has(by) || !provideSatisfies(provide, relation)) continue;
          this.#findConflict(outlook, by.identity.name, formatNevra(by.identity), relation, pkg, 'selected');
        }
      }
    }
    for (const { by, relation } of kind.obsoletes.get(pkg.name) ?? []) {
      if (removed.has(by) || !provideSatisfies(ownProvide(pkg), relation)) continue;
      const what = `is replaced by ${formatNevra(by.identity)}, which is installed and obsoletes ${formatRelation(relation)}`;
      this.#find(kind, 'package-conflicts', pkg.name, formatNevra(pkg), what);
    }
  }

  /** What installed packages that stay would lose with those that go. One that lacked it before is not this selection's doing. */
  *#checkLosses(outlook: Outlook): Slices<undefined> {
    const { kind, removed } = outlook;
    for (const gone of removed.keys()) {
      for (const provide of gone.provides) {
        for (const { by, relation } of kind.requires.get(provide.name) ?? []) {
          if (removed.has(by) || !provideSatisfies(provide, relation)) continue;
          if (!holdsAfterInstallation(relation.flags) || requirementKind(relation) === 'weak') continue;
          if (keptProviders(outlook, relation).length > 0) continue;
          if (addedProviders(outlook, this.#on.index, relation).length > 0) continue;
          if (outlook.unknown > 0) this.#left.asked(kind, 'unread', relation);
          else {
            const who = `${formatNevra(by.identity)}, which is installed,`;
            this.#findRequirement(kind, by.identity.name, who, relation, relation);
          }
        }
      }
      yield;
    }
    return undefined;
  }

  #findRequirement(
    kind: NodeKind,
    packageName: string,
    subject: string,
    requirement: PackageRelation,
    offered: PackageRelation | undefined,
  ): void {
    const when = offered ? '' : ' before anything is installed';
    this.#find(
      kind,
      'package-requires',
      packageName,
      subject,
      `requires ${formatRelation(requirement)}${when}`,
      offered,
    );
  }

  #findConflict(
    { kind }: Outlook,
    packageName: string,
    subject: string,
    conflict: PackageRelation,
    other: Parameters<typeof formatNevra>[0],
    state: 'selected' | 'installed',
  ): void {
    const what = `conflicts with ${formatRelation(conflict)}; ${formatNevra(other)} is ${state}`;
    this.#find(kind, 'package-conflicts', packageName, subject, what);
  }

  #find(
    kind: NodeKind,
    code: ErrorCode,
    packageName: string,
    subject: string,
    what: string,
    requirement?: PackageRelation,
  ): void {
    const key = `${code}\n${packageName}\n${subject}\n${what}`;
    const finding = this.#findings.get(key);
    if (finding) finding.kinds.add(kind);
    else this.#findings.set(key, { code, packageName, subject, what, requirement, kinds: new Set([kind]) });
  }

  #inTheWay(): readonly string[] {
    const kinds = new Set([...this.#findings.values()].flatMap((finding) => [...finding.kinds]));
    return leavable(
      [...kinds].flatMap(({ nodeIds }) => nodeIds),
      this.#nodeCount,
    );
  }

  #inWords(finding: Finding): SelectionProblem {
    const { code, packageName, subject, what, kinds } = finding;
    const nodeIds = [...kinds].flatMap((kind) => kind.nodeIds);
    const places = nodeIds.length === this.#nodeCount ? '' : ` (on ${someOf(nodeIds)})`;
    return problem(code, packageName, subject, `${what}${places}`, this.#offers(finding));
  }

  /** Files that would mend the finding on every node it was made on; where no single file does, those that mend it on some. */
  #offers(finding: Finding): LibraryPackage[] {
    const candidates = this.#candidates(finding).filter((pkg) => this.#isOffer(pkg));
    const mended = (pkg: LibraryPackage): number =>
      [...finding.kinds].filter((kind) => this.#on.goesTo(pkg, kind)).length;
    const able = candidates.filter((pkg) => mended(pkg) > 0);
    const whole = able.filter((pkg) => mended(pkg) === finding.kinds.size);
    return (whole.length > 0 ? whole : able).sort((a, b) =>
      a.name < b.name ? -1 : a.name > b.name ? 1 : compareEvr(b, a),
    );
  }

  #candidates({ code, packageName, requirement }: Finding): readonly LibraryPackage[] {
    if (requirement) return ableOf(this.#on.index, requirement);
    if (code !== 'package-missing') return [];
    return (this.#on.index.byName.get(packageName) ?? []).filter((pkg) =>
      this.#on.rows(packageName).some((row) => row.mandatory && isCertified(pkg, row)),
    );
  }

  #isOffer(pkg: LibraryPackage): boolean {
    return (
      !this.#isSelected.has(pkg) &&
      refusalOf(pkg, this.#on) === undefined &&
      this.#on.kinds.some((kind) => runsOn(pkg, kind))
    );
  }
}

/** Two versions of one package of which a node can have only one. */
function areRivals(a: LibraryPackage, b: LibraryPackage): boolean {
  return compareEvr(a, b) !== 0 && !isMultilibPair(a, b);
}

function problem(
  code: ErrorCode,
  packageName: string,
  subject: string,
  what: string,
  offers: readonly LibraryPackage[] = [],
): SelectionProblem {
  return { code, message: `${subject} ${what}`, packageName, subject, what, offers: offers.map((pkg) => pkg.fileName) };
}

function bestRow(rows: readonly CertListEntry[], kind: NodeKind): CertListEntry | undefined {
  const fit = (row: CertListEntry): number => archFit(row.arch, kind.facts.arch) ?? Infinity;
  return rows.filter((row) => fit(row) < Infinity).sort((a, b) => fit(a) - fit(b))[0];
}
