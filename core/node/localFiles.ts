import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { formatNevra } from '../model/rpmVersion.ts';
import { parseCertList } from '../model/certList.ts';
import { PutError, reportOf } from '../protocol/errors.ts';
import type { LocalFiles } from '../workbench/ports.ts';
import { openFileSource } from './fileSource.ts';
import { readPackageFile } from './rpmFile.ts';

/** Entries of one folder that a chooser shows. */
const FOLDER_ENTRIES_SHOWN = 2_000;
/** A cert list is a small text; anything larger is something else. */
const CERT_LIST_BYTES = 1024 * 1024;

type Inspected = Awaited<ReturnType<LocalFiles['inspect']>>[number];

function unreadable(path: string, error: unknown): PutError {
  const systemCode = (error as NodeJS.ErrnoException).code ?? String(error);
  return new PutError('file-unreadable', `${path}: ${systemCode}`, { path, systemCode }, { cause: error });
}

async function inspectOne(path: string): Promise<Inspected> {
  const name = basename(path);
  let sizeBytes = 0;
  try {
    sizeBytes = (await stat(path)).size;
    if (name.endsWith('.certlist')) {
      if (sizeBytes > CERT_LIST_BYTES)
        throw new PutError(
          'certlist-invalid',
          `${path} has ${sizeBytes} bytes; a cert list has at most ${CERT_LIST_BYTES}`,
        );
      const list = parseCertList(await readFile(path, 'utf8'));
      return { path, name, sizeBytes, identity: `cert list ${list.release}: ${list.title}` };
    }
    const { header } = await readPackageFile(path);
    return { path, name, sizeBytes, identity: formatNevra(header), arch: header.arch };
  } catch (error) {
    return { path, name, sizeBytes, error: reportOf(error instanceof PutError ? error : unreadable(path, error)) };
  }
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
        for (const name of await readdir(folder)) if (/\.(rpm|certlist)$/.test(name)) paths.push(join(folder, name));
      }
      return paths.sort();
    },
    inspect: (paths) => Promise.all(paths.map(inspectOne)),
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
