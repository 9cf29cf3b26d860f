import type { LibraryPackage } from './package.ts';
import type { RpmFileEntry } from './rpmHeader.ts';
import { someOf } from './selectionRules.ts';
import type { Slices } from './slices.ts';

/** Two selected packages that bring different things to one path. */
export interface FileClash {
  readonly pkg: LibraryPackage;
  readonly other: LibraryPackage;
  /** In words: the first paths and how many more. */
  readonly paths: string;
}

const FILE_TYPE = 0o170000;
const REGULAR = 0o100000;
const SYMBOLIC_LINK = 0o120000;
const GHOST = 1 << 6;

/**
 * Whether rpm takes two entries of one path for the same (rpmfilesCompare in lib/rpmfi.c of rpm): equal in type and permissions, owner,
 * content or target; a ghost brings nothing. Of a 32-bit and a 64-bit program at one path the 64-bit one is installed, without a clash.
 */
export function isSameFile(a: RpmFileEntry, b: RpmFileEntry): boolean {
  if (((a.flags | b.flags) & GHOST) !== 0) return true;
  if (a.color !== 0 && b.color !== 0 && (a.color & b.color) === 0) return true;
  if (a.mode !== b.mode || a.user !== b.user || a.group !== b.group) return false;
  const type = a.mode & FILE_TYPE;
  if (type === REGULAR) return a.bytes === b.bytes && a.digest === b.digest;
  return type !== SYMBOLIC_LINK || a.linkTo === b.linkTo;
}

/** Packages looked at between two places to pause. */
const PACKAGES_A_SLICE = 4;

/** Clashes among selected packages, a pair once. Whether both go to one node is for the caller to see. */
export function* fileClashes(
  selected: readonly LibraryPackage[],
  filesOf: (fileName: string) => readonly RpmFileEntry[] | undefined,
): Slices<FileClash[]> {
  const owners = new Map<string, { readonly pkg: LibraryPackage; readonly file: RpmFileEntry }[]>();
  const clashes = new Map<string, { pkg: LibraryPackage; other: LibraryPackage; paths: string[] }>();
  for (const [i, pkg] of selected.entries()) {
    if (i % PACKAGES_A_SLICE === 0) yield;
    for (const file of filesOf(pkg.fileName) ?? []) {
      const before = owners.get(file.path);
      if (!before) {
        owners.set(file.path, [{ pkg, file }]);
        continue;
      }
      for (const { pkg: other, file: theirs } of before) {
        if (other === pkg || isSameFile(file, theirs)) continue;
        const key = `${other.fileName}\n${pkg.fileName}`;
        const clash = clashes.get(key);
        if (clash) clash.paths.push(file.path);
        else clashes.set(key, { pkg, other, paths: [file.path] });
      }
      before.push({ pkg, file });
    }
  }
  return [...clashes.values()].map(({ pkg, other, paths }) => ({ pkg, other, paths: someOf(paths) }));
}
