import type { InstalledPackage, NodeFacts } from '../../../core/model/node.ts';
import type { LibraryView, PackageRelations } from '../../../core/model/package.ts';
import { formatNevra } from '../../../core/model/rpmVersion.ts';
import type { PackageLibrary } from '../../files/PackageLibrary.ts';
import type { SimPackageSource } from './ActionRun.ts';

type Relations = NonNullable<NodeFacts['relations']>;

/** The package library as the practice nodes read it. */
export function librarySource(library: PackageLibrary): SimPackageSource {
  return {
    digestOf: (fileName) => library.digestOf(fileName),
    headerOf: (fileName) =>
      Promise.resolve().then(() => {
        const { header, scripts } = library.packageFile(fileName);
        const { name, epoch, version, release, arch, requires, provides, obsoletes } = header;
        return { name, epoch, version, release, arch, requires, provides, obsoletes, ...scripts };
      }),
    relationsOf: relationsFrom(() => library.view()),
  };
}

/** Relations of installed builds, from the library's files of the same builds; asked once for each list and state of the library. */
function relationsFrom(view: () => LibraryView): SimPackageSource['relationsOf'] {
  const memory = new WeakMap<LibraryView['packages'], WeakMap<readonly InstalledPackage[], Relations>>();
  const builds = new WeakMap<LibraryView['packages'], ReadonlyMap<string, PackageRelations>>();
  return (installed) => {
    const { packages } = view();
    const known =
      builds.get(packages) ??
      new Map(Object.values(packages).map((file) => [formatNevra(file), relationsOfFile(file)]));
    builds.set(packages, known);
    const ofLists = memory.get(packages) ?? new WeakMap<readonly InstalledPackage[], Relations>();
    memory.set(packages, ofLists);
    const relations =
      ofLists.get(installed) ??
      Object.fromEntries(
        installed.flatMap((one) => {
          const build = formatNevra(one);
          const found = known.get(build);
          return found ? [[build, found]] : [];
        }),
      );
    ofLists.set(installed, relations);
    return relations;
  };
}

function relationsOfFile({ requires, provides, conflicts, obsoletes, color }: PackageRelations): PackageRelations {
  return { requires, provides, conflicts, obsoletes, ...(color === undefined ? {} : { color }) };
}
