import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isLibraryFile } from '../model/libraryFileName.ts';
import { PutError } from '../protocol/errors.ts';
import type { LocalFiles } from '../workbench/ports.ts';
import { openFileSource } from './fileSource.ts';
import { inspectFiles } from './inspectFiles.ts';

/** Paths of the sample packages and cert lists in the folders of their releases, in order. */
export async function samplePaths(samplesFolder: string): Promise<string[]> {
  const paths: string[] = [];
  for (const release of await readdir(samplesFolder, { withFileTypes: true })) {
    if (!release.isDirectory()) continue;
    for (const name of await readdir(join(samplesFolder, release.name)))
      if (isLibraryFile(name)) paths.push(join(samplesFolder, release.name, name));
  }
  return paths.sort();
}

/**
 * The samples for pages that may read nothing else of this machine: they are called by release and name, and no other file is
 * read or opened, whatever a page asks for.
 */
export function createSampleFiles(samplesFolder: string): Pick<LocalFiles, 'samples' | 'inspect' | 'open'> {
  const pathOf = async (name: string): Promise<string> => {
    const path = (await samplePaths(samplesFolder)).find((one) => one === join(samplesFolder, name));
    if (path === undefined)
      throw new PutError('bridge-refused', 'only the sample packages of the master node are read for a page');
    return path;
  };
  const nameOf = (path: string): string => path.slice(samplesFolder.length + 1);
  return {
    samples: async () => (await samplePaths(samplesFolder)).map(nameOf),
    async inspect(names) {
      const found = await inspectFiles(await Promise.all(names.map(pathOf)));
      return found.map((file) => ({ ...file, path: nameOf(file.path) }));
    },
    open: async (name) => openFileSource(await pathOf(name)),
  };
}
