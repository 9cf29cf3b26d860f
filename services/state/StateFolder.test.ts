import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isAlive, ownIdentity } from './processIdentity.ts';
import { checkOwner } from './folderOwner.ts';
import { StateFolder } from './StateFolder.ts';

const log = { info: () => {}, warn: () => {}, error: () => {} };
let root: string;
let path: string;
const open = (software = '0.1.0'): Promise<StateFolder> => StateFolder.open({ path, software, log });

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'put-state-'));
  path = join(root, 'state');
});
afterEach(() => rm(root, { recursive: true, force: true }));

describe('StateFolder', () => {
  it.skipIf(process.platform !== 'linux')(
    'says where no folder can be made, and does not try without end',
    async () => {
      const nowhere = StateFolder.open({ path: '/proc/put-state', software: '1', log });
      await expect(nowhere).rejects.toMatchObject({
        code: 'state-denied',
        message: expect.stringContaining('--state') as unknown,
      });
    },
  );

  it('makes the folder for its user alone, and opens it again', async () => {
    const folder = await open();
    expect((await stat(path)).mode & 0o777).toBe(0o700);
    expect(JSON.parse(await readFile(folder.file('version.json'), 'utf8'))).toEqual({
      format: 1,
      software: '0.1.0',
      marks: {},
    });
    await folder.release();
    expect(await readdir(path)).toEqual(['version.json']);
    await (await open('0.2.0')).release();
    expect(await readFile(join(path, 'version.json'), 'utf8')).toContain('0.2.0');
  });

  it('takes rights away from others', async () => {
    await mkdir(path, { mode: 0o755 });
    await chmod(path, 0o755);
    await (await open()).release();
    expect((await stat(path)).mode & 0o777).toBe(0o700);
  });

  it('refuses a second putservices and names the first', async () => {
    const folder = await open();
    await expect(open()).rejects.toMatchObject({ code: 'state-locked', details: { pid: process.pid } });
    await folder.release();
    await (await open()).release();
  });

  it('lets exactly one of many starters win', async () => {
    await (await open()).release();
    await writeFile(join(path, 'lock'), JSON.stringify({ pid: 999_999_999, startTicks: '1', bootId: '' }));
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => open()));
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
    expect((await readdir(path)).sort()).toEqual(['lock', 'lock.guard', 'version.json']);
  });

  it('takes over the lock of a process that was killed', async () => {
    await (await open()).release();
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    await once(child, 'spawn');
    const own = await ownIdentity();
    const stat22 = await readFile(`/proc/${child.pid}/stat`, 'utf8').catch(() => '');
    const startTicks = stat22.slice(stat22.lastIndexOf(')') + 2).split(' ')[19] ?? '';
    await writeFile(join(path, 'lock'), JSON.stringify({ pid: child.pid, startTicks, bootId: own.bootId }));
    await expect(open()).rejects.toMatchObject({ code: 'state-locked' });
    child.kill('SIGKILL');
    await once(child, 'exit');
    await (await open()).release();
  });

  it('takes over a lock whose number now belongs to another process, or that says nothing', async () => {
    await (await open()).release();
    const own = await ownIdentity();
    for (const text of [
      JSON.stringify({ ...own, startTicks: '1' }),
      JSON.stringify({ ...own, startTicks: '', bootId: 'before' }),
      'rubbish',
      '',
    ]) {
      await writeFile(join(path, 'lock'), text);
      await (await open()).release();
    }
  });

  it('does not touch a folder of a newer version', async () => {
    await mkdir(path, { mode: 0o755 });
    await writeFile(join(path, 'version.json'), JSON.stringify({ format: 7, software: '9.0.0' }));
    await expect(open()).rejects.toMatchObject({ code: 'state-newer', details: { format: 7, software: '9.0.0' } });
    expect(await readdir(path)).toEqual(['version.json']);
  });

  it('does not take a folder of other things, or one whose version is broken', async () => {
    await mkdir(path);
    await writeFile(join(path, 'holiday.jpg'), '');
    await expect(open()).rejects.toMatchObject({ code: 'state-damaged' });
    await rm(join(path, 'holiday.jpg'));
    await writeFile(join(path, 'version.json'), '{}');
    await expect(open()).rejects.toMatchObject({ code: 'state-damaged' });
    await writeFile(join(root, 'file'), '');
    await expect(StateFolder.open({ path: join(root, 'file'), software: '1', log })).rejects.toMatchObject({
      code: 'state-damaged',
    });
  });

  it('knows what was in it, says what vanished, and goes on with the rest when a person says so', async () => {
    let entries = 7;
    const folder = await open();
    folder.checkPart('timeline', 'the timeline', () => entries);
    await folder.mark();
    entries = 12;
    await folder.mark();
    await folder.release();
    entries = 11;
    const again = await open();
    expect(() => again.checkPart('timeline', 'the timeline', () => entries)).toThrow(
      expect.objectContaining({
        code: 'state-damaged',
        message: expect.stringMatching(/the timeline had 12 entries, now 11.*accept-loss/) as string,
      }),
    );
    // A part that is not looked at stays known.
    await again.mark();
    await again.release();
    const accepted = await open();
    await accepted.acceptLoss();
    await accepted.release();
    const after = await open();
    after.checkPart('timeline', 'the timeline', () => entries);
    await after.mark();
    await after.release();
    expect(JSON.parse(await readFile(join(path, 'version.json'), 'utf8'))).toMatchObject({ marks: { timeline: 11 } });
  });

  it.skipIf(process.getuid === undefined)(
    'does not start on the folder of another user, whoever starts it',
    async () => {
      await (await open()).release();
      const own = process.getuid?.() ?? 0;
      await expect(checkOwner(path, own)).resolves.toBeUndefined();
      await expect(checkOwner(path, own + 1)).rejects.toMatchObject({ code: 'state-denied', details: { owner: own } });
      await expect(checkOwner(join(path, 'not-there'), own + 1)).resolves.toBeUndefined();
    },
  );

  it('takes a fresh folder that already has a Config file', async () => {
    await mkdir(path);
    await writeFile(join(path, 'Config'), 'CCPORT=9000\n');
    await (await open()).release();
  });
});

it('knows its own process as alive, also where it sees another boot, as a service in a container does', async () => {
  const own = await ownIdentity();
  expect(await isAlive(own)).toBe(true);
  expect(await isAlive({ ...own, bootId: 'as seen in the confinement' })).toBe(true);
});
