import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { checkLibraryFileName, libraryFileNameOf } from '../model/libraryFileName.ts';
import { demandInstallable } from '../model/rpmHeader.ts';
import { formatNevra } from '../model/rpmVersion.ts';
import { PutError, reportOf } from '../protocol/errors.ts';
import type { InspectedFile } from '../workbench/ports.ts';
import { readCertListFile } from './certListFile.ts';
import { unreadable } from './fileSource.ts';
import { checkPackageFile } from './rpmFile.ts';

/** Chosen files that are read at a time. */
const READ_AT_ONCE = 2;

/** Reads a chosen file whole and says what it is, or why the library does not take it. */
async function inspectOne(path: string): Promise<InspectedFile> {
  const name = libraryFileNameOf(basename(path));
  let sizeBytes = 0;
  try {
    const facts = await stat(path);
    // A pipe or a device would never end, and a folder is not opened as a file is.
    if (!facts.isFile()) throw new PutError('file-unreadable', `${path} is not a file`);
    sizeBytes = facts.size;
    if (checkLibraryFileName(name) === 'certlist') {
      const list = await readCertListFile(path, name);
      return { path, name, sizeBytes, identity: `cert list ${list.release}: ${list.title}` };
    }
    const { header } = await checkPackageFile(path);
    demandInstallable(header, name);
    return { path, name, sizeBytes, identity: formatNevra(header), arch: header.arch };
  } catch (error) {
    return { path, name, sizeBytes, error: reportOf(error instanceof PutError ? error : unreadable(path, error)) };
  }
}

/** Reads chosen files whole and says what they are, in their order; what cannot be used says why. */
export async function inspectFiles(paths: readonly string[]): Promise<InspectedFile[]> {
  const found: InspectedFile[] = [];
  const rest = [...paths.entries()];
  const work = async (): Promise<void> => {
    for (let next = rest.shift(); next !== undefined; next = rest.shift()) found[next[0]] = await inspectOne(next[1]);
  };
  await Promise.all(Array.from({ length: READ_AT_ONCE }, work));
  return found;
}
