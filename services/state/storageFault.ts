import { PutError, reportOf } from '../../core/protocol/errors.ts';
import type { ErrorCode } from '../../core/protocol/errorCatalogue.ts';

interface Fault {
  readonly code: ErrorCode;
  readonly words: string;
}

const FULL: Fault = { code: 'state-full', words: 'no room on the file system' };
const READ_ONLY: Fault = { code: 'state-read-only', words: 'the file system is read-only' };
const DENIED: Fault = { code: 'state-denied', words: 'putservices may not read or write it' };
const NO_HANDLES: Fault = { code: 'open-files-limit', words: 'too many files are open' };
const DAMAGED: Fault = { code: 'state-damaged', words: 'it is damaged' };
const LOCKED: Fault = { code: 'state-locked', words: 'another process uses it' };

/** What the operating system says, by the names of errno. */
const BY_ERRNO: Readonly<Record<string, Fault>> = {
  ENOSPC: FULL,
  EDQUOT: FULL,
  EROFS: READ_ONLY,
  EACCES: DENIED,
  EPERM: DENIED,
  EMFILE: NO_HANDLES,
  ENFILE: NO_HANDLES,
};
/** Primary result codes of SQLite, https://www.sqlite.org/rescode.html */
const BY_SQLITE: Readonly<Record<number, Fault>> = {
  3: DENIED,
  5: LOCKED,
  6: LOCKED,
  8: READ_ONLY,
  11: DAMAGED,
  13: FULL,
  26: DAMAGED,
};
const SQLITE_IOERR = 10;
const SQLITE_CANTOPEN = 14;

const STORAGE_CODES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  ...[...Object.values(BY_ERRNO), ...Object.values(BY_SQLITE)].map(({ code }) => code),
  'state-unwritable',
  'journal-unwritable',
  'library-full',
]);

/** The code for what a file, a folder or a database said; undefined where it says nothing of the storage. */
export function storageCodeOf(error: unknown): ErrorCode | undefined {
  if (error instanceof PutError) return STORAGE_CODES.has(error.code) ? error.code : undefined;
  return faultOf(error)?.code;
}

function faultOf(error: unknown): Fault | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, errcode } = error as { code?: unknown; errcode?: unknown };
  if (typeof code === 'string' && Object.hasOwn(BY_ERRNO, code)) return BY_ERRNO[code];
  return typeof errcode === 'number' ? BY_SQLITE[errcode & 0xff] : undefined;
}

/**
 * A failed read or write of the state folder in words of its cause: `state-full`, `state-read-only`, `state-denied`,
 * `open-files-limit`, `state-locked`; anything else is `otherwise`.
 */
export function storageFault(error: unknown, path: string, otherwise: ErrorCode = 'state-damaged'): PutError {
  if (error instanceof PutError) return error;
  const { message } = reportOf(error);
  const fault = faultOf(error);
  if (fault) return new PutError(fault.code, `${path}: ${fault.words} (${message})`, { path }, { cause: error });
  const errcode = (error as { errcode?: unknown }).errcode;
  const primary = typeof errcode === 'number' ? errcode & 0xff : undefined;
  // SQLite keeps the reason of these two to itself; a damaged file is told by another code.
  const code = primary === SQLITE_IOERR || primary === SQLITE_CANTOPEN ? 'state-unwritable' : otherwise;
  return new PutError(code, `${path}: ${message}`, { path }, { cause: error });
}
