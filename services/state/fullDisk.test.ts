import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFakeClock } from '../../core/testing/fakeClock.ts';
import { AccountBook } from '../accounts/AccountBook.ts';
import { ChatService } from '../chat/ChatService.ts';
import { Journal } from '../jobs/Journal.ts';
import { openSessionStore } from '../sessions/SessionStore.ts';
import { signIn } from '../testing/clients.ts';
import { createMasterRig, settle } from '../testing/masterRig.ts';
import { loadOwnIdentity } from '../tls/tlsIdentity.ts';
import { StateFolder } from './StateFolder.ts';

const log = { info: () => {}, warn: () => {}, error: () => {} };
const anna = { sessionId: 's', user: 'anna', clientSystem: 'laptop', sendFileCredit: () => {} };
const cost = { n: 16, r: 1, p: 1 };
const full = expect.objectContaining({ code: 'state-full' }) as object;

function tryMount(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'put-small-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m,mode=0700', 'tmpfs', folder], { stdio: 'ignore' });
    return folder;
  } catch {
    rmSync(folder, { recursive: true, force: true });
    return undefined;
  }
}

function unmount(folder: string): void {
  execFileSync('umount', ['-l', folder]);
  rmSync(folder, { recursive: true, force: true });
}

const probe = process.platform === 'linux' ? tryMount() : undefined;
if (probe !== undefined) unmount(probe);

// Mounting a small file system takes root on Linux.
describe.skipIf(probe === undefined)('a full file system of the state folder', () => {
  let disk: string;
  const fill = (): void => {
    for (let bytes = 1024 * 1024; bytes >= 1; bytes = Math.floor(bytes / 2)) {
      for (;;) {
        try {
          writeFileSync(join(disk, 'filler'), 'x'.repeat(bytes), { flag: 'a' });
        } catch {
          break;
        }
      }
    }
  };
  const free = (): void => rmSync(join(disk, 'filler'));

  beforeEach(() => {
    disk = tryMount() ?? '';
  });
  afterEach(() => unmount(disk));

  it('is named as such by everything that is opened on it, never as damage', async () => {
    fill();
    const open = (): Promise<StateFolder> => StateFolder.open({ path: join(disk, 'state'), software: '1', log });
    await expect(open()).rejects.toEqual(full);
    for (const make of [
      () => new Journal(join(disk, 'journal.db')),
      () => openSessionStore(join(disk, 'sessions.db')),
      () => new ChatService({ file: join(disk, 'timeline.db'), log }),
      () => loadOwnIdentity(join(disk, 'tls'), { systemName: 'x', nowMs: 0 }),
    ]) {
      expect(make).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^state-(full|unwritable)$/) as string }),
      );
    }
    free();
    await (await open()).release();
    new Journal(join(disk, 'journal.db')).close();
  });

  it('refuses what is said and told, which works again when there is room', async () => {
    const chat = new ChatService({ file: join(disk, 'timeline.db'), log });
    const say = (messageId: string): unknown =>
      chat.handlers['chat.say']?.({ messageId, text: 'y'.repeat(4_000) }, anna);
    say('m1');
    fill();
    const many = (): void => {
      for (let i = 0; i < 25; i++) say(`full-${i}`);
    };
    expect(many).toThrow(full);
    const { lastNumber } = chat;
    free();
    expect(say('m2')).toEqual({ number: lastNumber + 1 });
    await chat.close();
  });

  it('leaves the accounts as they are', async () => {
    const book = await AccountBook.open({ file: join(disk, 'accounts'), log, cost });
    await book.addAccount({ user: 'anna', role: 'admin', password: 'long enough' });
    const text = await readFile(join(disk, 'accounts'), 'utf8');
    fill();
    await expect(book.addAccount({ user: 'ben', role: 'admin', password: 'long enough' })).rejects.toEqual(full);
    expect(await readFile(join(disk, 'accounts'), 'utf8')).toBe(text);
    expect(book.now('anna')).toBeDefined();
    free();
    await book.addAccount({ user: 'ben', role: 'admin', password: 'long enough' });
  });

  it('at the end of the grace of sessions lets putservices live, and start again', async () => {
    const clock = createFakeClock();
    const store = openSessionStore(join(disk, 'sessions.db'));
    const rig = createMasterRig({ clock, store, graceMs: 60_000 });
    for (let i = 0; i < 40; i++) {
      const { client, wire } = await signIn(rig, undefined, { clientSystem: `laptop-${i} ${'z'.repeat(180)}` });
      await settle(clock, client.request('nodes.refresh', {}), 200);
      wire.cut();
      await clock.advance(100);
    }
    fill();
    await clock.advance(120_000);
    expect(rig.master.sessions.size).toBe(0);
    await signIn(rig);
    expect(rig.master.sessions.size).toBe(1);
    rig.master.stop();
    // What could not be removed is judged by its grace at the next start.
    const again = createMasterRig({ clock, store: openSessionStore(join(disk, 'sessions.db')) });
    expect(again.master.sessions.sessions.filter(({ graceEndsAtMs }) => graceEndsAtMs <= clock.steadyMs())).toEqual([]);
    again.master.stop();
  });
});
