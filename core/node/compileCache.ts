import { lstatSync, realpathSync } from 'node:fs';
import module from 'node:module';
import { basename, dirname, join } from 'node:path';
import { makeFolderSync } from './makeFolder.ts';

/** Below the data folder: what Node made of a program's text, so that the next start need not make it again. */
export const COMPILE_CACHE_FOLDER = 'compile-cache';

type Enable = (folder: string) => { readonly status: number };

/** What is read from there is run: only folders that nobody else can write to will do. Windows keeps the data folder to the person by itself. */
function isOwn(folder: string): boolean {
  const found = lstatSync(folder);
  if (!found.isDirectory()) return false;
  return process.platform === 'win32' || (found.uid === process.geteuid?.() && (found.mode & 0o022) === 0);
}

/** Whether nobody but the person and root can put another folder in the place of this one: folders such as /tmp let others change only what is theirs. */
function isSafelyPlaced(folder: string): boolean {
  const above = dirname(folder);
  if (process.platform === 'win32' || above === folder) return true;
  const { uid, mode } = lstatSync(above);
  const isOurs = uid === 0 || uid === process.geteuid?.();
  return isOurs && ((mode & 0o022) === 0 || (mode & 0o1000) !== 0) && isSafelyPlaced(above);
}

/**
 * Has Node keep what it compiled in this folder, from here on. Without effect, and without a word, where the folder above is not there yet, where
 * one of the two belongs to, can be written or can be replaced by another user, where it cannot be made, with a Node that has no such cache, and with
 * NODE_DISABLE_COMPILE_CACHE=1, which Node itself knows. Answers whether it is kept.
 */
export function keepCompiled(
  folder: string,
  enable: Enable | null = 'enableCompileCache' in module ? module.enableCompileCache : null,
): boolean {
  if (!enable || process.env['NODE_DISABLE_COMPILE_CACHE'] !== undefined) return false;
  try {
    const data = realpathSync(dirname(folder));
    if (!isOwn(data) || !isSafelyPlaced(data)) return false;
    const kept = join(data, basename(folder));
    makeFolderSync(kept, 0o700);
    if (!isOwn(kept)) return false;
    const { status } = enable(kept);
    const { ENABLED, ALREADY_ENABLED } = module.constants.compileCacheStatus;
    return status === ENABLED || status === ALREADY_ENABLED;
  } catch {
    return false;
  }
}
