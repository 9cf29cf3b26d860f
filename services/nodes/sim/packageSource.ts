import type { InstalledPackage, NodeFacts } from '../../../core/model/node.ts';
import type { PackageIdentity, PackageRelations } from '../../../core/model/package.ts';

/** What is read of a package file of the library: enough to know what its installation would do. */
export interface SimPackageHeader extends PackageIdentity, PackageRelations {
  /** Text of the scriptlets that can fail, '' where there is none or where no shell runs it. */
  readonly pre: string;
  readonly post: string;
}

/** Where the practice nodes get packages from. */
export interface SimPackageSource {
  /** SHA-256 and size of the file as it is on disk now; throws a PutError. */
  digestOf(fileName: string): Promise<{ readonly sha256: string; readonly fileBytes: number }>;
  /** Throws `rpm-invalid` or `package-unknown`. */
  headerOf(fileName: string): Promise<SimPackageHeader>;
  /** What the headers of these installed builds say, as far as they are known; the same object for the same list. */
  relationsOf(packages: readonly InstalledPackage[]): NonNullable<NodeFacts['relations']>;
}
