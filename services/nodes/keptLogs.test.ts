import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KEEP_LOGS } from './keptLogs.ts';
import { LOG_FIRST_BYTES, LOG_LAST_BYTES } from './NodePort.ts';
import { SHELLS } from './testing/shells.ts';

/** busybox has a find of its own, which knows nothing of what links are to. */
const WITH_FIND = SHELLS.filter((shell) => !shell.startsWith('busybox'));
/** The shell of SLES 12 and 15 is older than what it does with here-documents since. */
const ENV = { ...process.env, PUT_LOGS_EVERY_S: '0.2', BASH_COMPAT: '5.0' };
const FLOOD_BYTES = 20_000_000;

describe.each(WITH_FIND)('logs seen to by %s', (shell) => {
  let folder: string;
  let work: ChildProcess;
  const log = (): string => join(folder, 'job', 'a.1:log');
  const keepers: string[] = [];
  const keeper = (): string => readFileSync(join(folder, 'keeper'), 'utf8').trim();
  const runs = (pid: string): boolean => existsSync(`/proc/${pid.split(':', 1)[0]}/stat`);

  /** Ends before what it has begun; the PID of the shell, which led the process group of both. */
  const keep = async (afterS: string, before = ''): Promise<number> => {
    const script = `${before}${KEEP_LOGS}\nput_keep_logs ${folder} ${afterS}`.replace('/bin/sh', shell);
    const [program = '', ...its] = shell.split(' ');
    const begins = spawn(program, [...its, '-c', script], { env: ENV, stdio: 'ignore', detached: true });
    await once(begins, 'close');
    return begins.pid as number;
  };
  const isBegun = async (): Promise<void> => {
    await expect.poll(() => existsSync(join(folder, 'keeper')) && keeper(), { timeout: 10_000 }).toMatch(/^\d+:\d+$/);
  };
  const isCut = async (): Promise<void> => {
    await expect
      .poll(() => statSync(log()).blocks * 512, { timeout: 10_000 })
      .toBeLessThan(LOG_FIRST_BYTES + LOG_LAST_BYTES + 65_536);
    expect(statSync(log()).size).toBe(FLOOD_BYTES);
  };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'put-logs-'));
    mkdirSync(join(folder, 'job'));
    const writes = `head -c ${FLOOD_BYTES} /dev/zero; while [ ! -e go ]; do sleep 0.1; done`;
    work = spawn('sh', ['-c', writes], { cwd: folder, stdio: ['ignore', openSync(log(), 'a'), 'ignore'] });
    await expect.poll(() => statSync(log()).size, { timeout: 10_000 }).toBe(FLOOD_BYTES);
  });
  afterEach(async () => {
    writeFileSync(join(folder, 'go'), '');
    await expect.poll(() => work.exitCode, { timeout: 10_000 }).toBe(0);
    await expect.poll(() => keepers.splice(0).some(runs), { timeout: 10_000 }).toBe(false);
    rmSync(folder, { recursive: true });
  });

  it('gives its room back to a disk on which nothing can be written any more', async () => {
    await keep('0', `trap '' XFSZ; ulimit -f 0; `);
    await isCut();
  }, 30_000);

  it('gives room back where the file that says who does it cannot be made', async () => {
    mkdirSync(join(folder, 'keeper'));
    await keep('0');
    await isCut();
  }, 30_000);

  it('is begun all the same where the process group of what had it done is ended before', async () => {
    const group = await keep('60');
    await isBegun();
    process.kill(-group, 'SIGTERM');
    await isCut();
    keepers.push(keeper());
  }, 30_000);

  it('is done by one process, whoever else began, and however its file went', async () => {
    await keep('0');
    await isCut();
    const first = keeper();
    const firstPid = Number(first.split(':', 1)[0]);
    process.kill(firstPid, 'SIGSTOP');
    rmSync(join(folder, 'keeper'));
    await keep('0.1');
    process.kill(firstPid, 'SIGCONT');
    await expect.poll(() => runs(first), { timeout: 10_000 }).toBe(false);
    await isBegun();
    const second = keeper();
    expect(second).not.toBe(first);
    rmSync(join(folder, 'keeper'));
    await expect.poll(() => existsSync(join(folder, 'keeper')) && keeper(), { timeout: 10_000 }).toBe(second);
    expect(runs(second)).toBe(true);
    keepers.push(second);
  }, 30_000);
});
