import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openDatabase } from './openDatabase.ts';

it('makes files for their user only, and mends those that were open to others', () => {
  const folder = mkdtempSync(join(tmpdir(), 'put-sqlite-'));
  const umask = process.umask(0);
  try {
    const file = join(folder, 'x.db');
    for (const before of ['new', 'open to others']) {
      if (before !== 'new') chmodSync(file, 0o666);
      const database = openDatabase(file);
      database.exec('PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS t (a); INSERT INTO t VALUES (1)');
      const files = readdirSync(folder);
      expect(files.sort()).toEqual(['x.db', 'x.db-shm', 'x.db-wal']);
      for (const name of files) expect(statSync(join(folder, name)).mode & 0o777, `${before}: ${name}`).toBe(0o600);
      database.close();
    }
  } finally {
    process.umask(umask);
    rmSync(folder, { recursive: true });
  }
});
