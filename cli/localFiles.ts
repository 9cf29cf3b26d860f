import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { RpmHeader } from '../core/model/rpmHeader.ts';
import { readPackageFile } from '../core/node/rpmFile.ts';
import { PutError } from '../core/protocol/errors.ts';

/** Suffixes of files that belong in the package library. */
const LIBRARY_FILE = /\.(rpm|certlist)$/i;
/** One folder given by mistake must not become an endless list. */
const MOST_FILES = 10_000;

function unreadable(path: string, error: unknown): PutError {
  const code = (error as NodeJS.ErrnoException).code ?? String(error);
  const what = code === 'ENOENT' ? 'there is no such file' : code === 'EACCES' ? 'it may not be read' : code;
  return new PutError('file-unreadable', `${path}: ${what}`, { path, systemCode: code }, { cause: error });
}

/** Files of the library in a folder, not below it, sorted by name. Throws `file-unreadable` where there is none. */
async function filesOfFolder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw unreadable(folder, error);
  });
  const names = entries.filter((entry) => entry.isFile() && LIBRARY_FILE.test(entry.name)).map((entry) => entry.name);
  if (names.length === 0) {
    throw new PutError('file-unreadable', `${folder}: the folder holds no .rpm and no .certlist file`, {
      path: folder,
    });
  }
  return names.sort().map((name) => join(folder, name));
}

/** The files that paths of files and folders mean, each once. Throws `file-unreadable` naming the path. */
export async function expandPaths(paths: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const path of paths) {
    const entry = await stat(path).catch((error: unknown) => {
      throw unreadable(path, error);
    });
    files.push(...(entry.isDirectory() ? await filesOfFolder(path) : [path]));
  }
  const unique = [...new Set(files)];
  if (unique.length > MOST_FILES) throw new PutError('usage', `${unique.length} files; at most ${MOST_FILES} at once`);
  const byName = new Map<string, string>();
  for (const path of unique) {
    const other = byName.get(basename(path));
    if (other !== undefined) {
      throw new PutError('usage', `${other} and ${path} have one name; the library keeps one file of a name`);
    }
    byName.set(basename(path), path);
  }
  return unique;
}

/** Reads and checks the head of a local package. Throws `file-unreadable` or `rpm-invalid` naming the path. */
export async function readLocalRpm(path: string): Promise<RpmHeader> {
  try {
    return (await readPackageFile(path)).header;
  } catch (error) {
    if (!(error instanceof PutError)) throw unreadable(path, error);
    throw new PutError(error.code, `${path}: ${error.message}`, { ...error.details, path }, { cause: error });
  }
}
