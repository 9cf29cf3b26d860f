import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { announcePractice, findPractice } from './practiceNotice.ts';
import type { PracticeReady } from './practiceReady.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'put-notice-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const ready = (pid: number, negotiation = 9000): PracticeReady => ({
  ready: true,
  ports: { negotiation, service: 8992, chat: 11_111, web: 8443 },
  addresses: ['127.0.0.1'],
  fingerprint: 'AB',
  practice: { user: 'engineer', passwordFile: '/s/practice-sign-in.json' },
  pid,
});
/** No process has it: beyond what a kernel gives. */
const GONE = 2 ** 30;

describe('a practice system started by hand', () => {
  it('is found while it is up, and not afterwards', async () => {
    expect(await findPractice(folder)).toEqual([]);
    const remove = await announcePractice(folder, ready(process.pid));
    expect(await findPractice(folder)).toEqual([ready(process.pid)]);
    remove();
    expect(await findPractice(folder)).toEqual([]);
    remove();
  });

  it('is not found when its process is gone, and the next one clears its notice away', async () => {
    await announcePractice(folder, ready(GONE));
    expect(await findPractice(folder)).toEqual([]);
    await announcePractice(folder, ready(process.pid));
    expect(existsSync(join(folder, 'practice-up', `${GONE}.json`))).toBe(false);
  });

  it('yields to the one that was launched, as long as that is up', async () => {
    await announcePractice(folder, ready(process.pid, 9100));
    writeFileSync(join(folder, 'practice-running.json'), JSON.stringify(ready(process.ppid, 9200)));
    expect((await findPractice(folder)).map((one) => one.ports.negotiation)).toEqual([9200]);
    writeFileSync(join(folder, 'practice-running.json'), JSON.stringify(ready(GONE, 9200)));
    expect((await findPractice(folder)).map((one) => one.ports.negotiation)).toEqual([9100]);
  });

  it('passes over what is no notice', async () => {
    mkdirSync(join(folder, 'practice-up'));
    writeFileSync(join(folder, 'practice-up', '12.json'), '{');
    writeFileSync(join(folder, 'practice-up', 'x.txt'), JSON.stringify(ready(process.pid)));
    expect(await findPractice(folder)).toEqual([]);
  });
});
