import { open } from 'node:fs/promises';

/** A key or known_hosts file beyond this is passed over. */
const LARGEST_FILE_BYTES = 4 * 1024 * 1024;

/** A key, known_hosts or configuration file; undefined where it is absent, unreadable or too large, as ssh passes it over. */
export async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    const handle = await open(path, 'r');
    try {
      const facts = await handle.stat();
      return facts.isFile() && facts.size <= LARGEST_FILE_BYTES ? await handle.readFile() : undefined;
    } finally {
      await handle.close();
    }
  } catch {
    return undefined;
  }
}
