import type { InstalledPackage, NodeFacts } from '../../../core/model/node.ts';
import type { LibraryView, PackageRelations } from '../../../core/model/package.ts';
import type { RpmScriptlet } from '../../../core/model/rpmHeader.ts';
import { formatNevra } from '../../../core/model/rpmVersion.ts';
import type { PackageLibrary } from '../../files/PackageLibrary.ts';
import type { SimPackageSource } from './packageSource.ts';
import { PRACTICE_OS_HEADERS } from './practiceOs.ts';

type Relations = NonNullable<NodeFacts['relations']>;

/** The package library as the practice nodes read it. */
export function librarySource(library: PackageLibrary): SimPackageSource {
  return {
    digestOf: (fileName) => library.digestOf(fileName),
    headerOf: (fileName) =>
      Promise.resolve().then(() => {
        const { header } = library.packageFile(fileName);
        const scripts = { pre: shellText(header.scriptlets, 'pre'), post: shellText(header.scriptlets, 'post') };
        const { name, epoch, version, release, arch } = header;
        return { ...{ name, epoch, version, release, arch }, ...relationsOfFile(header), ...scripts };
      }),
    relationsOf: relationsFrom(() => library.view()),
  };
}

/** Text of a scriptlet that a shell runs; '' for others, of whose outcome the text says nothing. */
function shellText(scriptlets: readonly RpmScriptlet[], name: string): string {
  const found = scriptlets.find((one) => one.name === name);
  const [program = '/bin/sh'] = found?.interpreter ?? [];
  return found && /\/(?:sh|bash|dash|ash|ksh)$/.test(program) ? found.body : '';
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
          const found = PRACTICE_OS_HEADERS.get(build) ?? known.get(build);
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
