import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { formatNevra } from '../model/rpmVersion.ts';
import { checkLibraryFileName, isLibraryFile, libraryFileNameOf } from '../model/libraryFileName.ts';
import { demandInstallable } from '../model/rpmHeader.ts';
import { PutError, reportOf } from '../protocol/errors.ts';
import type { InspectedFile, LocalFiles } from '../workbench/ports.ts';
import { readCertListFile } from './certListFile.ts';
import { openFileSource, unreadable } from './fileSource.ts';
import { checkPackageFile } from './rpmFile.ts';

/** Entries of one folder that a chooser shows. */
const FOLDER_ENTRIES_SHOWN = 2_000;
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

async function inspectAll(paths: readonly string[]): Promise<InspectedFile[]> {
  const found: InspectedFile[] = [];
  const rest = [...paths.entries()];
  const work = async (): Promise<void> => {
    for (let next = rest.shift(); next !== undefined; next = rest.shift()) found[next[0]] = await inspectOne(next[1]);
  };
  await Promise.all(Array.from({ length: READ_AT_ONCE }, work));
  return found;
}

/**
 * Files of this machine for the workbench. `choose` is the carrier's (a native dialog, or none); `samplesFolder` holds the
 * sample packages; texts are saved into `saveFolder` under a name not taken yet, unless the carrier asks a person.
 */
export function createLocalFiles(options: {
  readonly samplesFolder: string;
  readonly choose?: () => Promise<string[]>;
  readonly saveText?: LocalFiles['saveText'];
  readonly saveFolder?: string;
}): LocalFiles {
  return {
    choose: options.choose ?? (() => Promise.resolve([])),
    async listFolder(folder) {
      const path = resolve(folder ?? homedir());
      try {
        const entries = await readdir(path, { withFileTypes: true });
        const shown = entries.filter((entry) => !entry.name.startsWith('.')).slice(0, FOLDER_ENTRIES_SHOWN);
        const listed = await Promise.all(
          shown.map(async (entry) => {
            const entryPath = join(path, entry.name);
            const facts = await stat(entryPath).catch(() => undefined);
            return {
              name: entry.name,
              path: entryPath,
              folder: facts?.isDirectory() ?? false,
              sizeBytes: facts?.isFile() ? facts.size : 0,
            };
          }),
        );
        listed.sort((a, b) => Number(b.folder) - Number(a.folder) || a.name.localeCompare(b.name));
        const parent = dirname(path);
        return { folder: path, ...(parent === path ? {} : { parent }), entries: listed };
      } catch (error) {
        throw unreadable(path, error);
      }
    },
    async samples() {
      const paths: string[] = [];
      for (const release of (await readdir(options.samplesFolder, { withFileTypes: true })).filter((entry) =>
        entry.isDirectory(),
      )) {
        const folder = join(options.samplesFolder, release.name);
        for (const name of await readdir(folder)) if (isLibraryFile(name)) paths.push(join(folder, name));
      }
      return paths.sort();
    },
    inspect: inspectAll,
    saveText:
      options.saveText ?? ((name, text) => saveBesides(options.saveFolder ?? join(homedir(), 'Downloads'), name, text)),
    open: openFileSource,
  };
}

async function saveBesides(folder: string, suggestedName: string, text: string): Promise<string> {
  const name = basename(suggestedName).replace(/[^\w.+ -]/g, '_');
  const dot = name.lastIndexOf('.') > 0 ? name.lastIndexOf('.') : name.length;
  await mkdir(folder, { recursive: true });
  for (let copy = 0; ; copy++) {
    const path = join(folder, copy === 0 ? name : `${name.slice(0, dot)} (${copy})${name.slice(dot)}`);
    try {
      await writeFile(path, text, { flag: 'wx' });
      return path;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw unreadable(path, error);
    }
  }
}
