import { readdir, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import type { LocalFiles } from '../workbench/ports.ts';
import { openFileSource, unreadable } from './fileSource.ts';
import { inspectFiles } from './inspectFiles.ts';
import { samplePaths } from './sampleFiles.ts';
import { makeFolder } from './makeFolder.ts';

/** Entries of one folder that a chooser shows. */
const FOLDER_ENTRIES_SHOWN = 2_000;
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
    samples: () => samplePaths(options.samplesFolder),
    inspect: inspectFiles,
    saveText:
      options.saveText ?? ((name, text) => saveBesides(options.saveFolder ?? join(homedir(), 'Downloads'), name, text)),
    open: openFileSource,
  };
}

async function saveBesides(folder: string, suggestedName: string, text: string): Promise<string> {
  const name = basename(suggestedName).replace(/[^\w.+ -]/g, '_');
  const dot = name.lastIndexOf('.') > 0 ? name.lastIndexOf('.') : name.length;
  await makeFolder(folder);
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
