import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import module from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { COMPILE_CACHE_FOLDER, keepCompiled } from './compileCache.ts';

const enable = vi.fn(() => ({ status: module.constants.compileCacheStatus.ENABLED }));
let data: string;
let folder: string;

beforeEach(() => {
  enable.mockClear();
  vi.stubEnv('NODE_DISABLE_COMPILE_CACHE', undefined);
  data = realpathSync(mkdtempSync(join(tmpdir(), 'compile-cache-')));
  folder = join(data, COMPILE_CACHE_FOLDER);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(data, { recursive: true });
});

describe.skipIf(process.platform === 'win32')('what Node compiled', () => {
  it('is kept in a folder that only the person can open', () => {
    expect(keepCompiled(folder, enable)).toBe(true);
    expect(enable).toHaveBeenCalledWith(folder);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(keepCompiled(folder, enable)).toBe(true);
  });

  it('is not kept where another user could put something in its place', () => {
    chmodSync(data, 0o777);
    expect(keepCompiled(folder, enable)).toBe(false);
    chmodSync(data, 0o700);
    mkdirSync(folder);
    chmodSync(folder, 0o770);
    expect(keepCompiled(folder, enable)).toBe(false);
    rmSync(folder, { recursive: true });
    const elsewhere = join(data, 'elsewhere');
    mkdirSync(elsewhere, { mode: 0o700 });
    symlinkSync(elsewhere, folder);
    expect(keepCompiled(folder, enable)).toBe(false);
    expect(enable).not.toHaveBeenCalled();
  });

  it('is not kept where another user could put a folder of theirs in place of the data folder', () => {
    const below = join(data, 'deep', 'data');
    mkdirSync(below, { recursive: true, mode: 0o700 });
    const keep = (): boolean => keepCompiled(join(below, COMPILE_CACHE_FOLDER), enable);
    chmodSync(join(data, 'deep'), 0o777);
    expect(keep()).toBe(false);
    chmodSync(join(data, 'deep'), 0o700);
    chmodSync(data, 0o770);
    expect(keep()).toBe(false);
    expect(enable).not.toHaveBeenCalled();
    chmodSync(data, 0o1777);
    expect(keep()).toBe(true);
  });

  it.skipIf(process.geteuid?.() !== 0)('is not kept for root below a folder of another user', () => {
    const below = join(data, 'home', 'data');
    mkdirSync(below, { recursive: true, mode: 0o700 });
    chownSync(join(data, 'home'), 12_345, 12_345);
    expect(keepCompiled(join(below, COMPILE_CACHE_FOLDER), enable)).toBe(false);
    expect(enable).not.toHaveBeenCalled();
  });

  it('is not kept in a folder of another user', () => {
    const geteuid = vi.spyOn(process, 'geteuid').mockReturnValue((process.geteuid?.() ?? 0) + 1);
    expect(keepCompiled(folder, enable)).toBe(false);
    geteuid.mockRestore();
    expect(existsSync(folder)).toBe(false);
  });

  it('is not kept, without a word, where nothing was kept before, where it cannot be, and where a person does not want it', () => {
    expect(keepCompiled(join(data, 'none', COMPILE_CACHE_FOLDER), enable)).toBe(false);
    expect(existsSync(join(data, 'none'))).toBe(false);
    expect(keepCompiled(folder, null)).toBe(false);
    vi.stubEnv('NODE_DISABLE_COMPILE_CACHE', '1');
    expect(keepCompiled(folder, enable)).toBe(false);
    vi.stubEnv('NODE_DISABLE_COMPILE_CACHE', undefined);
    writeFileSync(folder, '');
    expect(keepCompiled(folder, enable)).toBe(false);
    expect(enable).not.toHaveBeenCalled();
  });
});
