import type { PackageRelation } from './package.ts';

/** Version of a package as rpm compares it. `epoch` undefined: none was given (counts as 0); `release` '': any release. */
export interface Evr {
  readonly epoch?: number | undefined;
  readonly version: string;
  readonly release: string;
}

/** Bits of a relation's flags that rpm gives a meaning (lib/rpmds.h of rpm). */
export const SENSE = {
  less: 1 << 1,
  greater: 1 << 2,
  equal: 1 << 3,
  posttrans: 1 << 5,
  prereq: 1 << 6,
  pretrans: 1 << 7,
  interpreter: 1 << 8,
  scriptPre: 1 << 9,
  scriptPost: 1 << 10,
  scriptPreun: 1 << 11,
  scriptPostun: 1 << 12,
  scriptVerify: 1 << 13,
  missingOk: 1 << 19,
  rpmlib: 1 << 24,
  keyring: 1 << 26,
  config: 1 << 28,
  meta: 1 << 29,
} as const;

const SENSE_MASK = SENSE.less | SENSE.greater | SENSE.equal;

/** The sign of a relation's flags; '' where no version is compared. Senseless combinations (`<>`) read as ''. */
export function senseOfFlags(flags: number): PackageRelation['sense'] {
  switch (flags & SENSE_MASK) {
    case SENSE.less:
      return '<';
    case SENSE.less | SENSE.equal:
      return '<=';
    case SENSE.equal:
      return '=';
    case SENSE.greater | SENSE.equal:
      return '>=';
    case SENSE.greater:
      return '>';
    default:
      return '';
  }
}

const INSTALL_ONLY =
  SENSE.scriptPre | SENSE.scriptPost | SENSE.pretrans | SENSE.posttrans | SENSE.rpmlib | SENSE.keyring;
const ERASE_ONLY = SENSE.scriptPreun | SENSE.scriptPostun;

/**
 * Whether a requirement still holds once its package is installed. Those of pre, post, pretrans and posttrans are needed at the
 * installation alone: rpm lets their provider go afterwards (isTransientReq in lib/rpmds.h of rpm).
 */
export function holdsAfterInstallation(flags: number): boolean {
  return (flags & INSTALL_ONLY) === 0 || (flags & ERASE_ONLY) !== 0;
}

const SENSE_BITS: Readonly<Record<PackageRelation['sense'], number>> = {
  '': 0,
  '<': SENSE.less,
  '<=': SENSE.less | SENSE.equal,
  '=': SENSE.equal,
  '>=': SENSE.greater | SENSE.equal,
  '>': SENSE.greater,
};

const isDigit = (code: number): boolean => code >= 48 && code <= 57;
const isAlpha = (code: number): boolean => (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
const TILDE = 126;
const CARET = 94;

/** End of the run of digits or of letters that begins at `from`. */
function endOfRun(text: string, from: number, belongs: (code: number) => boolean): number {
  let end = from;
  while (end < text.length && belongs(text.charCodeAt(end))) end += 1;
  return end;
}

/** First place from `from` on that takes part in the comparison: a letter, a digit, `~` or `^`. */
function skipSeparators(text: string, from: number): number {
  let at = from;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (isDigit(code) || isAlpha(code) || code === TILDE || code === CARET) break;
    at += 1;
  }
  return at;
}

function compareNumbers(a: string, b: string): number {
  const left = a.replace(/^0+/, '');
  const right = b.replace(/^0+/, '');
  if (left.length !== right.length) return left.length < right.length ? -1 : 1;
  return left === right ? 0 : left < right ? -1 : 1;
}

/**
 * rpm's comparison of two version or release texts (rpmvercmp): runs of digits and of letters one by one, numbers by value and
 * newer than letters, `~` older than the end, `^` newer than the end and older than anything else.
 * @returns -1 when `a` is older, 1 when it is newer, 0 when rpm holds them equal (`1.0` and `1_0` are).
 */
export function compareVersionText(a: string, b: string): -1 | 0 | 1 {
  if (a === b) return 0;
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    i = skipSeparators(a, i);
    j = skipSeparators(b, j);
    const left = i < a.length ? a.charCodeAt(i) : 0;
    const right = j < b.length ? b.charCodeAt(j) : 0;
    if (left === TILDE || right === TILDE) {
      if (left !== TILDE) return 1;
      if (right !== TILDE) return -1;
      i += 1;
      j += 1;
      continue;
    }
    if (left === CARET || right === CARET) {
      if (left === 0) return -1;
      if (right === 0) return 1;
      if (left !== CARET) return 1;
      if (right !== CARET) return -1;
      i += 1;
      j += 1;
      continue;
    }
    if (left === 0 || right === 0) break;
    const numeric = isDigit(left);
    const belongs = numeric ? isDigit : isAlpha;
    const endLeft = endOfRun(a, i, belongs);
    const endRight = endOfRun(b, j, belongs);
    // A number is newer than a word in its place.
    if (endRight === j) return numeric ? 1 : -1;
    const runLeft = a.slice(i, endLeft);
    const runRight = b.slice(j, endRight);
    const order = numeric ? compareNumbers(runLeft, runRight) : runLeft === runRight ? 0 : runLeft < runRight ? -1 : 1;
    if (order !== 0) return order < 0 ? -1 : 1;
    i = endLeft;
    j = endRight;
  }
  const leftOver = i < a.length;
  const rightOver = j < b.length;
  if (leftOver === rightOver) return 0;
  return leftOver ? 1 : -1;
}

/** rpm's comparison of two complete versions: epoch, then version, then release; one with a release is newer than one without. */
export function compareEvr(a: Evr, b: Evr): -1 | 0 | 1 {
  const left = a.epoch ?? 0;
  const right = b.epoch ?? 0;
  if (left !== right) return left < right ? -1 : 1;
  const version = compareVersionText(a.version, b.version);
  if (version !== 0 || a.release === b.release) return version;
  if (a.release === '' || b.release === '') return a.release === '' ? -1 : 1;
  return compareVersionText(a.release, b.release);
}

/**
 * Splits `[epoch:]version[-release]` as rpm does: digits before the first colon are the epoch, the release begins after the last hyphen.
 * A colon without an epoch before it means epoch 0. Never throws: every text is some version to rpm.
 */
export function parseEvr(text: string): Evr {
  const epochEnd = endOfRun(text, 0, isDigit);
  const hasEpoch = text.charAt(epochEnd) === ':';
  const rest = hasEpoch ? text.slice(epochEnd + 1) : text;
  const epoch = hasEpoch ? Number(text.slice(0, epochEnd)) : undefined;
  const hyphen = rest.lastIndexOf('-');
  return hyphen < 0
    ? { epoch, version: rest, release: '' }
    : { epoch, version: rest.slice(0, hyphen), release: rest.slice(hyphen + 1) };
}

/** `[epoch:]version[-release]`; epoch 0 is left out, as rpm prints it. */
export function formatEvr(evr: Evr): string {
  const epoch = evr.epoch === undefined || evr.epoch === 0 ? '' : `${evr.epoch}:`;
  return `${epoch}${evr.version}${evr.release === '' ? '' : `-${evr.release}`}`;
}

/** `name-[epoch:]version-release.arch`, the name of one build among all. */
export function formatNevra(identity: Evr & { readonly name: string; readonly arch: string }): string {
  return `${identity.name}-${formatEvr(identity)}.${identity.arch}`;
}

type Range = Pick<PackageRelation, 'sense' | 'version'>;

/**
 * Whether two version ranges of one name overlap, by rpm's rules (rpmverOverlap): a range without sense or version overlaps with all;
 * a side without release matches any release where it allows equality; a missing epoch equals 0.
 */
export function rangesOverlap(a: Range, b: Range): boolean {
  if (a.sense === '' || b.sense === '' || a.version === '' || b.version === '') return true;
  const left = parseEvr(a.version);
  const right = parseEvr(b.version);
  const leftBits = SENSE_BITS[a.sense];
  const rightBits = SENSE_BITS[b.sense];
  let order: number = Math.sign((left.epoch ?? 0) - (right.epoch ?? 0));
  if (order === 0) order = compareVersionText(left.version, right.version);
  if (order === 0) {
    if (left.release !== '' && right.release !== '') order = compareVersionText(left.release, right.release);
    else if (left.release !== '' && (rightBits & SENSE.equal) !== 0) return true;
    else if (right.release !== '' && (leftBits & SENSE.equal) !== 0) return true;
  }
  if (order < 0) return (leftBits & SENSE.greater) !== 0 || (rightBits & SENSE.less) !== 0;
  if (order > 0) return (leftBits & SENSE.less) !== 0 || (rightBits & SENSE.greater) !== 0;
  return (leftBits & rightBits) !== 0;
}

type NamedRange = Pick<PackageRelation, 'name' | 'sense' | 'version'>;

/** Whether a provide satisfies a requirement (or meets a conflict): same name, overlapping versions. */
export function provideSatisfies(provide: NamedRange, requirement: NamedRange): boolean {
  return provide.name === requirement.name && rangesOverlap(provide, requirement);
}

/** `name` or `name >= 1.2`, as rpm prints relations. */
export function formatRelation(relation: NamedRange): string {
  return relation.sense === '' ? relation.name : `${relation.name} ${relation.sense} ${relation.version}`;
}
