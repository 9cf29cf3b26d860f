import type { InstalledPackage, NodeFacts, NodeType } from '../node.ts';
import type { CertList, LibraryPackage, PackageRelation } from '../package.ts';
import { SENSE } from '../rpmVersion.ts';
import type { SelectionContext, SelectionNode } from '../selection.ts';
import { certList, pkg, relation, relationsOf } from './selectionKit.ts';

/** Figures of a made-up system. */
export interface LargeSelection {
  readonly packages: number;
  readonly nodes: number;
  readonly kinds: number;
  /** Packages of the operating system that each node has besides the products. */
  readonly osPackages: number;
}

const TYPES: readonly NodeType[] = ['TPA', 'HSN', 'NONTPA', 'AWS', 'SWS'];

/** What real packages ask for: some of their own kind, libraries and programs of the system, features of rpm. */
function requirements(i: number, packages: number): PackageRelation[] {
  const others = [1, 2, 3].map((step) => relation(`product-${(i * 7 + step * 13) % packages} >= 1`));
  const libraries = Array.from({ length: 8 }, (_, k) => relation(`libos-${(i * 3 + k) % 400}.so.1()(64bit)`));
  return [
    ...others,
    ...libraries,
    relation('/bin/sh', SENSE.interpreter | SENSE.scriptPost),
    relation('rpmlib(PayloadIsXz) <= 5.2-1', SENSE.rpmlib),
  ];
}

function product(i: number, version: number, packages: number): LibraryPackage {
  return pkg(`product-${i} ${version}-1`, {
    arch: i % 3 === 0 ? 'noarch' : 'x86_64',
    requires: requirements(i, packages),
    provides: Array.from({ length: 5 }, (_, k) => `product-${i}-part-${k} = ${version}`),
    ...(i % 50 === 0 ? { obsoletes: [`old-product-${i} < 2`], conflicts: [`rival-${i}`] } : {}),
  });
}

function osPackage(i: number): LibraryPackage {
  return pkg(`os-${i} 5.${i % 30}-1`, {
    arch: 'x86_64',
    requires: Array.from({ length: 6 }, (_, k) => relation(`libos-${(i + k * 11) % 400}.so.1()(64bit)`)),
    provides: [`libos-${i % 400}.so.1()(64bit)`, `os-${i}(x86-64) = 5`],
  });
}

const identity = ({ name, epoch, version, release, arch }: LibraryPackage): InstalledPackage => ({
  ...{ name, epoch, version, release, arch },
});

/**
 * A library of one release and a cluster that has the release before it, in kinds that differ in what is installed. Each node has lists
 * of its own unless `shared`, as where a driver read them one by one.
 */
export function largeSelection(figures: LargeSelection, shared = true): SelectionContext {
  const { packages, nodes, kinds, osPackages } = figures;
  const library = Array.from({ length: packages }, (_, i) => product(i, 2, packages));
  const rows = library.map((one) => `${one.name} 2-1 ${one.arch} mandatory *`);
  const certified: CertList = certList(...rows);
  const factsOfKind = Array.from({ length: kinds }, (_, kind): Pick<NodeFacts, 'packages' | 'relations' | 'rpm'> => {
    const products = Array.from({ length: Math.min(packages, 500) }, (_, i) => product(i + kind, 1, packages));
    const system = Array.from({ length: osPackages }, (_, i) => osPackage(i));
    const all = [...products, ...system, pkg(`kind-${kind} 1-1`, { requires: ['product-1'] })];
    const features = [relation('rpmlib(PayloadIsXz) = 5.2-1', SENSE.rpmlib)];
    return { packages: all.map(identity), relations: relationsOf(...all), rpm: { version: '4.14.3', features } };
  });
  const made = Array.from({ length: nodes }, (_, i): SelectionNode => {
    const kind = i % kinds;
    const facts = factsOfKind[kind];
    if (!facts) throw new Error('no kind');
    const nodeId = `node-${i}`;
    return {
      nodeId,
      type: TYPES[kind % TYPES.length] ?? 'TPA',
      facts: {
        ...{ nodeId, os: 'SLES 15 SP4', arch: 'x86_64', kernel: '5.14.21', memoryBytes: 2 ** 36, groupingKey: 'one' },
        ...{ fileSystems: [], service: { name: 'practice-db', state: 'up' as const } },
        ...(shared ? facts : { ...facts, packages: facts.packages.map((one) => ({ ...one })) }),
      },
    };
  });
  return { library, certList: certified, nodes: made };
}
