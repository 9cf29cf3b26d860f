import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Stands between packages in a file, and here between files: what begins a file is no part of the last package before it. */
const RULE = `\n${'='.repeat(80)}\n`;

/** All licence texts of a folder, a file a part of the program. Rejects with what the file system says. */
export async function readLicences(folder: string): Promise<string> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.txt')).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  return texts.join(RULE);
}

/** Reads the licence texts beside the folder of the built windows; undefined where they are not. */
export function licencesBeside(windowsFolder: string): (() => Promise<string>) | undefined {
  const folder = join(windowsFolder, '..', 'licences');
  return existsSync(folder) ? () => readLicences(folder) : undefined;
}
