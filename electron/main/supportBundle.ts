import { zipSync } from 'fflate';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { maskSecrets } from '../../core/model/maskSecrets.ts';

/** The newest crash dumps, as many and as large as a mail still takes. */
const MOST_DUMPS = 5;
const MOST_DUMP_BYTES = 20 * 1024 * 1024;
const MOST_TEXT_BYTES = 5 * 1024 * 1024;

export interface SupportBundleParts {
  /** What the program knows of itself and the machine: versions, platform, kept settings without secrets. */
  readonly about: Readonly<Record<string, unknown>>;
  /** Text files, logs above all; those that are not there are left out. */
  readonly texts: readonly string[];
  readonly dumpsFolder: string;
  /** Crash dumps hold parts of the program's memory, so a person decides. */
  readonly withDumps: boolean;
}

/** A zip archive of all that helps to find a fault. Secrets in texts are masked; the end of a text that is too long is kept. */
export async function makeSupportBundle(parts: SupportBundleParts): Promise<Uint8Array> {
  const files: Record<string, Uint8Array> = {
    'about.json': Buffer.from(`${maskSecrets(JSON.stringify(parts.about, null, 2))}\n`),
  };
  for (const file of parts.texts) {
    const bytes = await readFile(file).catch(() => undefined);
    if (bytes) files[basename(file)] = Buffer.from(maskSecrets(bytes.subarray(-MOST_TEXT_BYTES).toString('utf8')));
  }
  if (parts.withDumps)
    for (const file of (await newestDumps(parts.dumpsFolder)).slice(0, MOST_DUMPS))
      files[`crashes/${basename(file)}`] = await readFile(file);
  return zipSync(files);
}

/** Crash dumps below a folder, the newest first. */
export async function newestDumps(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const found = await Promise.all(
    names
      .filter((name) => name.endsWith('.dmp'))
      .map(async (name) => ({ file: join(folder, name), found: await stat(join(folder, name)) })),
  );
  return found
    .filter((one) => one.found.size <= MOST_DUMP_BYTES)
    .sort((a, b) => b.found.mtimeMs - a.found.mtimeMs)
    .map((one) => one.file);
}
