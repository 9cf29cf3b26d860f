import type { ErrorCode } from '../protocol/errorCatalogue.ts';
import type { SelectionProblem } from './job.ts';
import type { CertListEntry, LibraryPackage, PackageRelation } from './package.ts';
import { compareEvr, formatEvr, formatNevra, formatRelation, parseEvr, provideSatisfies } from './rpmVersion.ts';
import { type Refusal, refusalOf } from './selectionRefusal.ts';
import { archFit } from './architectures.ts';
import {
  installedVersion,
  isCertified,
  metBySystem,
  obsoletes,
  providesOf,
  rowsOf,
  runsOn,
  type SelectionContext,
  type SelectionNode,
  someOf,
} from './selectionRules.ts';
import {
  groupNodes,
  narrowContext,
  type NodeGroup,
  outlookOf,
  type PresentPackage,
  ProvideIndex,
  selectedFor,
  TargetIndex,
} from './selectionState.ts';

/**
 * What stands against a selection of library files; Next stays off while the list is not empty. Codes: `package-unknown` (the library
 * does not have the file), `package-wrong-arch`, `package-wrong-os`, `package-older`, `package-missing` (a mandatory row of the cert list
 * that is neither selected nor on the node in that version or a newer one), `package-requires` (also what an installed package would
 * lose, where the library has its file), `package-conflicts` (also two versions of one package, and a package that replaces another
 * selected one). What the operating system provides is left to `rpm -U --test` on the node: see `metBySystem`.
 */
export function checkSelection(whole: SelectionContext, fileNames: readonly string[]): SelectionProblem[] {
  const check = new SelectionCheck(narrowContext(whole), fileNames);
  return check.problems();
}

interface Finding {
  readonly code: ErrorCode;
  readonly packageName: string;
  readonly text: string;
  readonly requirement?: PackageRelation | undefined;
  readonly nodeIds: string[];
}

class SelectionCheck {
  readonly #context: SelectionContext;
  readonly #selected: readonly LibraryPackage[];
  readonly #byName: ReadonlyMap<string, readonly LibraryPackage[]>;
  readonly #providedNames: ReadonlySet<string>;
  readonly #targets: TargetIndex;
  readonly #unknown: readonly string[];
  readonly #findings = new Map<string, Finding>();
  readonly #refusals = new Map<LibraryPackage, Refusal | undefined>();

  constructor(context: SelectionContext, fileNames: readonly string[]) {
    const files = new Map(context.library.map((pkg) => [pkg.fileName, pkg]));
    const asked = [...new Set(fileNames)];
    this.#context = context;
    this.#selected = asked.flatMap((fileName) => files.get(fileName) ?? []);
    this.#unknown = asked.filter((fileName) => !files.has(fileName));
    this.#byName = Map.groupBy(context.library, (pkg) => pkg.name);
    this.#providedNames = new Set(context.library.flatMap((pkg) => providesOf(pkg).map((one) => one.name)));
    this.#targets = new TargetIndex(context);
  }

  problems(): SelectionProblem[] {
    const refused = this.#selected.flatMap((pkg) => this.#refusal(pkg));
    for (const group of groupNodes(this.#context.nodes)) {
      this.#checkMandatory(group);
      this.#checkRelations(group);
    }
    const unknown = this.#unknown.map((fileName) =>
      problem('package-unknown', fileName, `the library has no file ${fileName}`),
    );
    return [...unknown, ...refused, ...[...this.#findings.values()].map((finding) => this.#inWords(finding))];
  }

  #refusalOf(pkg: LibraryPackage): Refusal | undefined {
    if (!this.#refusals.has(pkg)) this.#refusals.set(pkg, refusalOf(pkg, this.#context));
    return this.#refusals.get(pkg);
  }

  #refusal(pkg: LibraryPackage): SelectionProblem[] {
    const refusal = this.#refusalOf(pkg);
    if (!refusal) return [];
    const others = (this.#byName.get(pkg.name) ?? []).filter((other) => other !== pkg && this.#isOffer(other));
    return [problem(refusal.code, pkg.name, refusal.message, others)];
  }

  #checkMandatory(group: NodeGroup): void {
    const node = group.example;
    for (const [name, rows] of Map.groupBy(this.#context.certList?.entries ?? [], (row) => row.name)) {
      const meant = rows.filter(
        (row) => row.mandatory && (row.nodeTypes.length === 0 || row.nodeTypes.includes(node.type)),
      );
      if (meant.length === 0) continue;
      const row = bestRow(meant, node);
      if (!row) {
        const archs = someOf(meant.map((one) => one.arch));
        this.#find(
          group,
          'package-wrong-arch',
          name,
          `${name} is mandatory but certified for ${archs} only, not for ${node.facts.arch}`,
        );
        continue;
      }
      const installed = installedVersion(node, name);
      if (installed && compareEvr(installed, parseEvr(row.version)) >= 0) continue;
      if (this.#selected.some((pkg) => isCertified(pkg, row) && this.#targets.goesTo(pkg, node.nodeId))) continue;
      const absent = this.#byName.get(name)?.some((pkg) => isCertified(pkg, row))
        ? ''
        : '; the library does not have it';
      this.#find(
        group,
        'package-missing',
        name,
        `${name}-${row.version}.${row.arch} is mandatory and not selected${absent}`,
      );
    }
  }

  #checkRelations(group: NodeGroup): void {
    const node = group.example;
    const chosen = selectedFor(node, this.#selected, this.#targets);
    for (const [name, builds] of Map.groupBy(chosen, (pkg) => pkg.name)) {
      if (builds.length > 1)
        this.#find(
          group,
          'package-conflicts',
          name,
          `two versions of ${name} are selected: ${someOf(builds.map((pkg) => formatEvr(pkg)))}`,
        );
    }
    for (const pkg of chosen) {
      const other = chosen.find((one) => obsoletes(pkg, one));
      if (other)
        this.#find(
          group,
          'package-conflicts',
          other.name,
          `${formatNevra(pkg)} replaces ${formatNevra(other)}; leave ${other.name} out`,
        );
    }
    const outlook = outlookOf(node, chosen, this.#byName);
    const before = new ProvideIndex(outlook.before);
    const after = new ProvideIndex(outlook.after);
    for (const present of outlook.after) {
      if (!present.file) continue;
      this.#checkRequires(group, present, present.file, before, after);
      this.#checkConflicts(group, present, present.file, after);
    }
  }

  #checkRequires(
    group: NodeGroup,
    present: PresentPackage,
    file: LibraryPackage,
    before: ProvideIndex,
    after: ProvideIndex,
  ): void {
    for (const requirement of file.requires) {
      if (metBySystem(requirement, (name) => this.#providedNames.has(name))) continue;
      if (after.providers(requirement).length > 0) continue;
      // An installed package that lacked it before is not this selection's doing.
      if (!present.isNew && before.providers(requirement).length === 0) continue;
      const who = present.isNew ? formatNevra(file) : `${formatNevra(file)}, which is installed,`;
      this.#find(group, 'package-requires', file.name, `${who} requires ${formatRelation(requirement)}`, requirement);
    }
  }

  #checkConflicts(group: NodeGroup, present: PresentPackage, file: LibraryPackage, after: ProvideIndex): void {
    for (const conflict of file.conflicts) {
      for (const other of after.providers(conflict)) {
        if (other === present || (!other.isNew && !present.isNew)) continue;
        const found = other.file ? formatNevra(other.file) : other.name;
        this.#find(
          group,
          'package-conflicts',
          file.name,
          `${formatNevra(file)} conflicts with ${formatRelation(conflict)}; ${found} is ${other.isNew ? 'selected' : 'installed'}`,
        );
      }
    }
  }

  #find(group: NodeGroup, code: ErrorCode, packageName: string, text: string, requirement?: PackageRelation): void {
    const key = `${code}\n${packageName}\n${text}`;
    const finding = this.#findings.get(key);
    if (finding) finding.nodeIds.push(...group.nodeIds);
    else this.#findings.set(key, { code, packageName, text, requirement, nodeIds: [...group.nodeIds] });
  }

  #inWords(finding: Finding): SelectionProblem {
    const { code, packageName, text, nodeIds } = finding;
    const places = nodeIds.length === this.#context.nodes.length ? '' : ` (on ${someOf(nodeIds)})`;
    return problem(code, packageName, `${text}${places}`, this.#offers(finding));
  }

  /** Files that would mend the finding on every node it was made on; where no single file does, those that mend it on some. */
  #offers(finding: Finding): LibraryPackage[] {
    const candidates = this.#candidates(finding).filter((pkg) => this.#isOffer(pkg));
    const mended = (pkg: LibraryPackage): number =>
      finding.nodeIds.filter((nodeId) => this.#targets.goesTo(pkg, nodeId)).length;
    const able = candidates.filter((pkg) => mended(pkg) > 0);
    const whole = able.filter((pkg) => mended(pkg) === finding.nodeIds.length);
    return (whole.length > 0 ? whole : able).sort((a, b) =>
      a.name < b.name ? -1 : a.name > b.name ? 1 : compareEvr(b, a),
    );
  }

  #candidates({ code, packageName, requirement }: Finding): readonly LibraryPackage[] {
    if (requirement)
      return this.#context.library.filter((pkg) => providesOf(pkg).some((one) => provideSatisfies(one, requirement)));
    if (code !== 'package-missing') return [];
    return (this.#byName.get(packageName) ?? []).filter((pkg) =>
      rowsOf(this.#context.certList, packageName).some((row) => row.mandatory && isCertified(pkg, row)),
    );
  }

  #isOffer(pkg: LibraryPackage): boolean {
    return (
      !this.#selected.includes(pkg) &&
      this.#refusalOf(pkg) === undefined &&
      this.#context.nodes.some((node) => runsOn(pkg, node))
    );
  }
}

function problem(
  code: ErrorCode,
  packageName: string,
  message: string,
  offers: readonly LibraryPackage[] = [],
): SelectionProblem {
  return { code, message, packageName, offers: offers.map((pkg) => pkg.fileName) };
}

function bestRow(rows: readonly CertListEntry[], node: SelectionNode): CertListEntry | undefined {
  const fitting = rows.filter((row) => archFit(row.arch, node.facts.arch) !== undefined);
  return fitting.sort((a, b) => (archFit(a.arch, node.facts.arch) ?? 0) - (archFit(b.arch, node.facts.arch) ?? 0))[0];
}
