import { PutError } from '../protocol/errors.ts';

/** What a file of the library is. */
export type LibraryFileKind = 'rpm' | 'certlist';

/** Endings of the files that belong in the library. */
export const LIBRARY_FILE_ENDINGS = ['.rpm', '.certlist'] as const;

/** NAME_MAX of Linux file systems is 255; the part file's name is 22 signs longer. */
const LONGEST_NAME = 200;

/**
 * Checks a file name that came from outside: letters, digits and . _ + ~ ^ - only, beginning with a letter, digit or
 * underscore, ending in .rpm or .certlist. So it names a file of one folder and nothing else. Throws `package-name-invalid`.
 */
export function checkLibraryFileName(name: string): LibraryFileKind {
  const refuse = (why: string): never => {
    throw new PutError('package-name-invalid', `file name ${JSON.stringify(name.slice(0, 80))} ${why}`, {
      name: name.slice(0, 200),
    });
  };
  if (name.length > LONGEST_NAME) refuse(`has ${name.length} signs; ${LONGEST_NAME} are allowed`);
  if (name.includes('..')) refuse('holds ..');
  if (!/^[A-Za-z0-9_][A-Za-z0-9._+~^-]*$/.test(name)) refuse('holds a sign that is not allowed');
  if (name.endsWith('.rpm')) return 'rpm';
  if (name.endsWith('.certlist')) return 'certlist';
  return refuse('does not end in .rpm or .certlist');
}

/**
 * The name that a local file gets in the library: its own, with the ending in lower case where it is one of the library's in other letters
 * (media of some systems have `PTDE.RPM`).
 */
export function libraryFileNameOf(localName: string): string {
  return localName.replace(/\.(rpm|certlist)$/i, (ending) => ending.toLowerCase());
}

/** Whether a local file is one that belongs in the library, by its ending. */
export function isLibraryFile(localName: string): boolean {
  return /\.(rpm|certlist)$/i.test(localName);
}
