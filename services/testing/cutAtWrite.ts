import fs from 'node:fs';
import fsPromises, { type FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SYNC = ['writeFileSync', 'renameSync', 'mkdirSync', 'unlinkSync', 'rmSync', 'chmodSync', 'linkSync'] as const;
const ASYNC = ['writeFile', 'rename', 'mkdir', 'unlink', 'rm', 'chmod', 'link', 'open'] as const;
const HANDLE = ['writeFile', 'write', 'sync', 'chmod'] as const;

type Functions = Record<string, (...args: unknown[]) => unknown>;

/**
 * Runs work whose process seems to be killed before its n-th change of a file (n from 0): that one and every later change throw, those
 * for cleaning up as well. Answers whether it came to that; false: the work ended before. Changes by SQLite are not seen.
 */
export async function cutAtWrite(n: number, work: () => Promise<unknown>): Promise<boolean> {
  const probe = await fsPromises.open(join(tmpdir(), `cut-probe-${process.pid}`), 'w');
  const handle = Object.getPrototypeOf(probe) as FileHandle;
  await probe.close();
  let left = n;
  const restore: (() => void)[] = [];
  const patch = (target: object, name: string, rejects: boolean): void => {
    const functions = target as Functions;
    const original = functions[name];
    if (!original) return;
    functions[name] = function (this: unknown, ...args: unknown[]): unknown {
      if (name === 'open' && (args[1] === undefined || args[1] === 'r')) return original.apply(this, args);
      if (left-- > 0) return original.apply(this, args);
      const killed = new Error(`killed before ${name}`);
      if (rejects) return Promise.reject(killed);
      throw killed;
    };
    restore.push(() => (functions[name] = original));
  };
  for (const name of SYNC) patch(fs, name, false);
  for (const name of ASYNC) patch(fsPromises, name, true);
  for (const name of HANDLE) patch(handle, name, true);
  syncBuiltinESMExports();
  try {
    await work();
  } catch (error) {
    if (left >= 0) throw error;
  } finally {
    for (const undo of restore) undo();
    syncBuiltinESMExports();
  }
  return left < 0;
}
