import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AccountBook, ensurePracticeAccount } from '../accounts/AccountBook.ts';
import { cutAtWrite } from '../testing/cutAtWrite.ts';
import { loadOwnIdentity } from '../tls/tlsIdentity.ts';
import { StateFolder } from './StateFolder.ts';

const log = { info: () => {}, warn: () => {}, error: () => {} };
const cost = { n: 16, r: 1, p: 1 };
let root: string;

beforeEach(async () => (root = await mkdtemp(join(tmpdir(), 'put-first-'))));
afterEach(() => rm(root, { recursive: true, force: true }));

interface Started {
  readonly folder: StateFolder;
  readonly user: string;
  readonly password: string;
  readonly fingerprint: string;
  readonly accounts: AccountBook;
}

/** What putservices writes at a start before it listens. */
async function start(path: string): Promise<Started> {
  const folder = await StateFolder.open({ path, software: '0.1.0', log });
  const { fingerprint } = loadOwnIdentity(folder.file('tls'), { systemName: 'test', nowMs: Date.now() });
  const accounts = await AccountBook.open({ file: folder.file('accounts'), log, cost });
  const { user, password } = await ensurePracticeAccount(accounts, folder.path);
  folder.checkPart('accounts', 'the account file', () => 1);
  await folder.mark();
  return { folder, user, password, fingerprint, accounts };
}

/** The lock of this process as that of one that was killed. */
async function letHolderDie(path: string): Promise<void> {
  const lock = join(path, 'lock');
  const text = await readFile(lock, 'utf8').catch(() => undefined);
  if (text !== undefined) await writeFile(lock, text.replace(/"startTicks":"\d+"/, '"startTicks":"1"'));
}

describe('a first start that is killed', () => {
  it('before any of its changes of a file is made good by the next, with one admin account whose password is there', async () => {
    let cuts = 0;
    for (let n = 0; ; n++) {
      const path = join(root, `state-${n}`);
      const cut = await cutAtWrite(n, () => start(path));
      await letHolderDie(path);
      const { folder, user, password, fingerprint, accounts } = await start(path);
      expect(await accounts.listAccounts()).toEqual([{ user: 'engineer', role: 'admin' }]);
      expect((await accounts.verifyPassword({ user, password, address: 'a', nowMs: 0 })).role).toBe('admin');
      await folder.release();
      const again = await start(path);
      expect(again).toMatchObject({ user, password, fingerprint });
      await again.folder.release();
      if (!cut) break;
      cuts++;
    }
    expect(cuts).toBeGreaterThan(15);
  });
});
