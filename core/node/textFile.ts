import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PutError } from '../protocol/errors.ts';
import type { TextFile } from '../workbench/systemsStore.ts';

/** A text file that is replaced atomically: written beside, flushed to disk, renamed. Rights 0600. */
export function textFile(path: string): TextFile {
  return {
    path,
    async read() {
      try {
        return await readFile(path, 'utf8');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw new PutError(
          'config-unreadable',
          `${path}: ${(error as NodeJS.ErrnoException).code ?? String(error)}`,
          { path },
          { cause: error },
        );
      }
    },
    async write(text) {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const beside = `${path}.${process.pid}.new`;
      const handle = await open(beside, 'w', 0o600);
      try {
        await handle.writeFile(text);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(beside, path);
    },
  };
}
