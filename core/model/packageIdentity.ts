import type { PackageIdentity, PackageRelations } from './package.ts';

/** Architectures with 32-bit programs on machines that also run 64-bit ones. */
const THIRTY_TWO_BIT =
  /^(?:i[3-6]86|athlon|geode|pentium[34]|ppc|ppciseries|ppcpseries|s390|sparc(?:v[89][bv]?)?|armv\w+)$/;
const BITS_32 = 1;
const BITS_64 = 2;

/** A package with what is known of its programs. */
export interface Coloured extends Pick<PackageIdentity, 'name' | 'arch'> {
  /** Absent: not known; then the architecture speaks. */
  readonly color?: PackageRelations['color'];
}

function colorOf({ arch, color }: Coloured): number {
  if (color !== undefined) return color;
  if (arch === 'noarch') return 0;
  return THIRTY_TWO_BIT.test(arch) ? BITS_32 : BITS_64;
}

/**
 * Whether two packages of one name can be on a node side by side because one holds 32-bit programs and the other 64-bit ones (rpm with
 * a transaction colour, which every Linux of more than one word size sets). Packages without programs take each other's place whatever
 * their architectures are.
 */
export function isMultilibPair(a: Coloured, b: Coloured): boolean {
  if (a.name !== b.name || a.arch === b.arch) return false;
  const left = colorOf(a);
  const right = colorOf(b);
  return left !== 0 && right !== 0 && (left & right) === 0;
}

const KERNEL_NAMES = new Set(['kernel', 'kernel-PAE', 'kernel-core', 'kernel-default', 'kernel-smp']);

/**
 * Whether new versions of the package are installed beside the old ones (`rpm -i`), so that the system can still be started with those:
 * kernels, and what says so with `installonlypkg(...)` or `multiversion(...)`, as dnf and zypper have it.
 */
export function isInstalledBeside(pkg: Pick<PackageIdentity, 'name'> & Pick<PackageRelations, 'provides'>): boolean {
  if (KERNEL_NAMES.has(pkg.name)) return true;
  const known = besideMemory.get(pkg.provides);
  if (known !== undefined) return known;
  const beside = pkg.provides.some(({ name }) => /^(?:installonlypkg|multiversion)\(.*\)$/.test(name));
  besideMemory.set(pkg.provides, beside);
  return beside;
}

const besideMemory = new WeakMap<PackageRelations['provides'], boolean>();
