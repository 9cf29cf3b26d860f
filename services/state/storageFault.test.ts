import { DatabaseSync } from 'node:sqlite';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PutError } from '../../core/protocol/errors.ts';
import { storageCodeOf, storageFault } from './storageFault.ts';

let root: string;
beforeAll(() => (root = mkdtempSync(join(tmpdir(), 'put-fault-'))));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('storageFault', () => {
  it.each([
    ['ENOSPC', 'state-full'],
    ['EDQUOT', 'state-full'],
    ['EROFS', 'state-read-only'],
    ['EACCES', 'state-denied'],
    ['EPERM', 'state-denied'],
    ['EMFILE', 'open-files-limit'],
    ['ENFILE', 'open-files-limit'],
  ])('%s is %s', (errno, code) => {
    const error = Object.assign(new Error(`${errno}: it failed`), { code: errno });
    expect(storageCodeOf(error)).toBe(code);
    const fault = storageFault(error, '/state/file');
    expect(fault.code).toBe(code);
    expect(fault.message).toContain('/state/file');
    expect(fault.message).toContain(errno);
  });

  it('says nothing about what is no fault of the storage', () => {
    expect(storageCodeOf(new Error('x'))).toBeUndefined();
    expect(storageCodeOf('ENOSPC')).toBeUndefined();
    expect(storageCodeOf(new PutError('state-full', 'no room'))).toBe('state-full');
    expect(storageCodeOf(new PutError('internal', 'a fault'))).toBeUndefined();
    expect(storageFault(new SyntaxError('bad JSON'), 'f').code).toBe('state-damaged');
    expect(storageFault(new Error('x'), 'f', 'journal-unwritable').code).toBe('journal-unwritable');
    const known = new PutError('state-newer', 'newer');
    expect(storageFault(known, 'f')).toBe(known);
  });

  it('tells a full, a read-only, a locked and a damaged database apart', () => {
    const path = join(root, 'a.db');
    const database = new DatabaseSync(path);
    database.exec(`CREATE TABLE t (x TEXT); INSERT INTO t VALUES ('${'y'.repeat(20_000)}')`);
    database.exec('PRAGMA max_page_count = 8');
    const full = thrownBy(() => database.exec(`INSERT INTO t VALUES ('${'z'.repeat(50_000)}')`));
    expect(storageFault(full, path).code).toBe('state-full');
    const reader = new DatabaseSync(path, { readOnly: true });
    expect(
      storageFault(
        thrownBy(() => reader.exec('DELETE FROM t')),
        path,
      ).code,
    ).toBe('state-read-only');
    reader.close();
    database.exec('BEGIN EXCLUSIVE');
    const other = new DatabaseSync(path, { timeout: 0 });
    expect(
      storageFault(
        thrownBy(() => other.exec('DELETE FROM t')),
        path,
      ).code,
    ).toBe('state-locked');
    other.close();
    database.close();
    truncateSync(path, 8192);
    const cut = new DatabaseSync(path);
    expect(
      storageFault(
        thrownBy(() => cut.prepare('SELECT * FROM t').all()),
        path,
      ).code,
    ).toBe('state-damaged');
    cut.close();
    writeFileSync(path, 'no database '.repeat(1000));
    const foreign = new DatabaseSync(path);
    expect(
      storageFault(
        thrownBy(() => foreign.exec('PRAGMA user_version')),
        path,
      ).code,
    ).toBe('state-damaged');
    foreign.close();
    expect(
      storageFault(
        thrownBy(() => new DatabaseSync(join(root, 'none', 'a.db'))),
        path,
      ).code,
    ).toBe('state-unwritable');
  });
});
