/** Name, epoch, version, release and architecture of a package. */
export interface PackageIdentity {
  readonly name: string;
  /** 0 where the package has none, as rpm compares it. */
  readonly epoch: number;
  readonly version: string;
  readonly release: string;
  readonly arch: string;
}

/** A requirement, provision, conflict or obsoletion: a name and, with `sense`, a version it is compared with. */
export interface PackageRelation {
  readonly name: string;
  /** '' where any version will do. */
  readonly sense: '' | '<' | '<=' | '=' | '>=' | '>';
  /** `[epoch:]version[-release]`; '' without sense. */
  readonly version: string;
  /** rpm's flag bits as read (pre, post, interp, rpmlib, weak ...). */
  readonly flags: number;
}

/** What a package says of others in its header: what rpm's check of a transaction goes by. */
export interface PackageRelations {
  readonly requires: readonly PackageRelation[];
  readonly provides: readonly PackageRelation[];
  readonly conflicts: readonly PackageRelation[];
  readonly obsoletes: readonly PackageRelation[];
  /** rpm's colour of its programs (RPMTAG_HEADERCOLOR): bit 1 for 32-bit, bit 2 for 64-bit ELF files, 0 none. Absent: not known. */
  readonly color?: number | undefined;
}

/** A file of the package library on the master. */
export interface LibraryPackage extends PackageIdentity, PackageRelations {
  readonly fileName: string;
  readonly sha256: string;
  readonly fileBytes: number;
  readonly installedBytes: number;
  readonly os: string;
  readonly summary: string;
  /** Scriptlets present: pre, post, preun, postun, pretrans, posttrans, verifyscript. */
  readonly scriptlets: readonly string[];
  readonly signed: boolean;
  readonly uploadedBy: string;
  readonly uploadedAtMs: number;
}

/** One row of a cert list: the certified version of a package for node types. */
export interface CertListEntry {
  readonly name: string;
  /** `[epoch:]version-release`. */
  readonly version: string;
  readonly arch: string;
  readonly mandatory: boolean;
  /** Node types it belongs on; empty means every type. */
  readonly nodeTypes: readonly string[];
}

export interface CertList {
  /** Name of the release, for example 17.20.03. */
  readonly release: string;
  readonly title: string;
  readonly entries: readonly CertListEntry[];
}

/** A cert list of the library, with the names of packages that the library does not have. */
export interface LibraryCertList extends CertList {
  readonly fileName: string;
  /** Absent in what older ends tell. */
  readonly sha256?: string | undefined;
  readonly missing: readonly string[];
}

/** A file in the library's folder that cannot be used; it stands beside the others and takes nothing from them. */
export interface LibraryProblem {
  /** As it is shown; a byte that is not UTF-8 as `\\xe4`. It is removed under this name. */
  readonly fileName: string;
  /** Of the error catalogue. */
  readonly code: string;
  readonly message: string;
  readonly fileBytes: number;
}

/** What the library topic holds. */
export interface LibraryView {
  /** By file name. */
  readonly packages: Readonly<Record<string, LibraryPackage>>;
  /** By file name. */
  readonly certLists: Readonly<Record<string, LibraryCertList>>;
  /** Files that cannot be used, by file name; absent where the master is too old to tell. */
  readonly problems?: Readonly<Record<string, LibraryProblem>>;
  readonly freeBytes: number;
}
