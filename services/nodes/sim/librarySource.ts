import type { PackageLibrary } from '../../files/PackageLibrary.ts';
import type { SimPackageSource } from './ActionRun.ts';

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
  };
}
