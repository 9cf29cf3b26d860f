import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LOG_FIRST_BYTES, LOG_LAST_BYTES } from './NodePort.ts';
import { armScript, cleanGuards, confirmScript, GUARD_EXIT, lookScript, type GuardOrder } from './guardScript.ts';

/** An rpm whose database is a folder with a file a build. */
const RPM = `#!/bin/sh
echo "$*" >>"$DB/../calls"
if [ "$1" != -q ] && [ -e "$DB/../locked" ]; then
  rm "$DB/../locked"
  echo "error: can't create transaction lock on /var/lib/rpm/.rpm.lock" >&2
  exit 1
fi
if [ "$1" != -q ] && [ -e "$DB/../waits" ]; then
  echo "waiting for transaction lock on /var/lib/rpm/.rpm.lock" >&2
  exec sleep 600
fi
[ "$1" != -U ] || [ ! -e "$DB/../floods" ] || { yes flood | head -c 3000000; echo the last; }
case $1 in
  -q) shift; [ "$1" != --qf ] || shift 2
    found=1
    for f in "$DB"/*; do b=\${f##*/}; case $b in "$1" | "$1"-[0-9]*) echo "$b"; found=0 ;; esac; done
    exit $found ;;
  -e) shift; [ "$1" != --nodeps ] || shift; rm "$DB/$1" ;;
  -U) for f; do case $f in *.rpm) b=\${f##*/}; b=\${b%.rpm}; rm -f "$DB"/\${b%%-*}-*; : >"$DB/$b" ;; esac; done ;;
esac
`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'put-guard-'));
  for (const name of ['bin', 'db', 'spool']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'bin/rpm'), RPM);
  writeFileSync(join(folder, 'bin/reboot'), `#!/bin/sh\n: >'${join(folder, 'rebooted')}'\n`);
  for (const name of ['rpm', 'reboot']) chmodSync(join(folder, 'bin', name), 0o755);
  writeFileSync(join(folder, 'boot'), 'one\n');
  for (const build of ['a-2-1.noarch', 'n-1-1.noarch', 'o-5-1.noarch']) writeFileSync(join(folder, 'db', build), '');
  for (const build of ['a-1-1.noarch', 'o-5-1.noarch']) writeFileSync(join(folder, 'spool', `${build}.rpm`), '');
});
afterEach(() => rmSync(folder, { recursive: true }));

const env = (): Record<string, string> => ({
  ...{ PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}`, DB: join(folder, 'db') },
  ...{ PUT_GUARD_ROOT: join(folder, 'guard'), PUT_GUARD_BOOT: join(folder, 'boot') },
});
const run = (script: string, more: Record<string, string> = {}): number | null =>
  spawnSync('sh', ['-s'], { input: script, env: { ...env(), ...more } }).status;
const arm = (more: Partial<GuardOrder> = {}, variables: Record<string, string> = {}): number | null =>
  run(
    armScript({
      ...{
        job: 'j1',
        seconds: 0,
        eraseFirst: [],
        erase: ['n-1-1.noarch'],
        start: `touch '${join(folder, 'started')}'`,
      },
      files: ['a-1-1.noarch', 'o-5-1.noarch'].map((build) => ({
        ...{ name: build.slice(0, 1), build, path: `${join(folder, 'spool', build)}.rpm` },
      })),
      ...more,
    }),
    variables,
  );
const confirm = (): number | null => run(confirmScript('j1'));
const inFolder = (name: string): string => join(folder, 'guard/j1', name);
const calls = (): string => readFileSync(join(folder, 'calls'), 'utf8');

describe('the dead-man of a node', () => {
  it('goes back to exactly the builds of before, once, and a confirmation that comes too late is told so', async () => {
    expect(arm({ reboot: ['n-1-1.noarch'] })).toBe(GUARD_EXIT.plain);
    await expect.poll(() => existsSync(inFolder('went-back')), { timeout: 20_000 }).toBe(true);
    expect(readFileSync(inFolder('went-back'), 'utf8')).toBe('0\n');
    expect(existsSync(join(folder, 'db/a-1-1.noarch'))).toBe(true);
    expect(existsSync(join(folder, 'db/a-2-1.noarch'))).toBe(false);
    expect(existsSync(join(folder, 'db/n-1-1.noarch'))).toBe(false);
    // What the site's commands make is as readable as where systemd runs them.
    expect(statSync(join(folder, 'started')).mode & 0o777).toBe(0o644);
    // What is as before is left alone.
    expect(calls()).not.toMatch(/^-U.*o-5-1/m);
    expect(confirm()).toBe(GUARD_EXIT.wentBack);
    expect(arm()).toBe(GUARD_EXIT.wentBack);
    expect(run(lookScript('j1'))).toBe(GUARD_EXIT.wentBack);
    // After a boot it is begun again, and finds that it is over.
    const before = calls();
    expect(spawnSync('sh', [inFolder('guard'), join(folder, 'guard/j1')], { env: env() }).status).toBe(0);
    expect(calls()).toBe(before);
    // It is in the boot in which it was armed.
    expect(existsSync(join(folder, 'rebooted'))).toBe(false);
  });

  it('waits for the lock of rpm, and reboots a node that was booted with what is gone again', async () => {
    writeFileSync(join(folder, 'locked'), '');
    expect(arm({ reboot: ['n-1-1.noarch'], stop: `echo another >'${join(folder, 'boot')}'` })).toBe(GUARD_EXIT.plain);
    await expect.poll(() => existsSync(join(folder, 'rebooted')), { timeout: 20_000 }).toBe(true);
    expect(readFileSync(inFolder('went-back'), 'utf8')).toBe('0\n');
    expect(readFileSync(inFolder('log'), 'utf8')).toMatch(/lock of rpm: waiting\n(.*\n)*.*rebooting/);
    expect(existsSync(join(folder, 'db/n-1-1.noarch'))).toBe(false);
    // The boot that follows finds that it is over.
    rmSync(join(folder, 'rebooted'));
    expect(spawnSync('sh', [inFolder('guard'), join(folder, 'guard/j1')], { env: env() }).status).toBe(0);
    expect(existsSync(join(folder, 'rebooted'))).toBe(false);
  });

  it('ends an rpm that waits for its lock without end, and starts the service all the same', async () => {
    writeFileSync(join(folder, 'waits'), '');
    expect(arm({}, { PUT_GUARD_LOCK_S: '1' })).toBe(GUARD_EXIT.plain);
    await expect.poll(() => existsSync(inFolder('went-back')), { timeout: 20_000 }).toBe(true);
    expect(readFileSync(inFolder('went-back'), 'utf8')).toBe('1\n');
    expect(readFileSync(inFolder('log'), 'utf8')).toMatch(
      /rpm waited 1 s for its lock and was ended\n(.*\n)*a-1-1.noarch is not back/,
    );
    expect(existsSync(join(folder, 'started'))).toBe(true);
  });

  it('keeps the end of what a scriptlet says without end, and how rpm ended', async () => {
    writeFileSync(join(folder, 'floods'), '');
    expect(arm()).toBe(GUARD_EXIT.plain);
    await expect.poll(() => existsSync(inFolder('went-back')), { timeout: 20_000 }).toBe(true);
    expect(readFileSync(inFolder('went-back'), 'utf8')).toBe('0\n');
    const log = readFileSync(inFolder('log'), 'utf8');
    expect(log.length).toBeLessThan(70_000);
    expect(log).toContain('flood\nthe last\n');
  });

  it('keeps what a command of the site writes without end from the disk, and tells its first and its last part', async () => {
    const go = join(folder, 'go');
    const stop = `head -c 30000000 /dev/zero | tr '\\0' a; while [ ! -e '${go}' ]; do sleep 0.1; done; echo; echo stopped`;
    expect(arm({ stop }, { PUT_LOGS_EVERY_S: '1' })).toBe(GUARD_EXIT.plain);
    const onDisk = (): number => statSync(inFolder('log')).blocks * 512;
    await expect
      .poll(() => statSync(inFolder('log'), { throwIfNoEntry: false })?.size ?? 0, { timeout: 20_000 })
      .toBeGreaterThan(30_000_000);
    await expect.poll(onDisk, { timeout: 20_000 }).toBeLessThan(LOG_FIRST_BYTES + LOG_LAST_BYTES + 1_200_000);
    writeFileSync(go, '');
    await expect.poll(() => existsSync(inFolder('went-back')), { timeout: 20_000 }).toBe(true);
    const { stdout } = spawnSync('sh', ['-s'], { input: confirmScript('j1'), env: env(), maxBuffer: 64 * 1024 * 1024 });
    const said = stdout.toString('latin1');
    expect(said.length).toBeLessThan(LOG_FIRST_BYTES + LOG_LAST_BYTES + 1_000);
    expect(said).toMatch(/^not confirmed in time: going back\na/);
    expect(said).toMatch(/a\n\.\.\. \d+ bytes left out\na+\nstopped\n/);
  }, 60_000);

  it('goes away when it is confirmed; armed twice it keeps its time', () => {
    expect(confirm()).toBe(GUARD_EXIT.none);
    expect(arm({ seconds: 3600 })).toBe(GUARD_EXIT.plain);
    const deadline = readFileSync(inFolder('deadline'), 'utf8');
    expect(arm({ seconds: 7200 })).toBe(GUARD_EXIT.plain);
    expect(readFileSync(inFolder('deadline'), 'utf8')).toBe(deadline);
    expect(confirm()).toBe(GUARD_EXIT.done);
    writeFileSync(inFolder('deadline'), '0\n');
    expect(spawnSync('sh', [inFolder('guard'), join(folder, 'guard/j1')], { env: env() }).status).toBe(0);
    expect(existsSync(join(folder, 'calls'))).toBe(false);
  });

  it('goes away with its folder long after it was over, and never while it may go back', () => {
    const guards = join(folder, 'guard');
    const aged = (job: string, { days, ...files }: { days: number; deadline?: string; armed?: string }): void => {
      mkdirSync(join(guards, job), { recursive: true });
      for (const [name, text] of Object.entries(files)) writeFileSync(join(guards, job, name), `${text}\n`);
      const atS = Date.now() / 1000 - days * 86_400;
      utimesSync(join(guards, job), atS, atS);
    };
    const daysAgo = (days: number): string => String(Math.floor(Date.now() / 1000) - days * 86_400);
    for (const job of ['confirmed', 'young']) {
      mkdirSync(join(guards, job), { recursive: true });
      symlinkSync('confirmed', join(guards, job, 'decided'));
    }
    aged('confirmed', { days: 40, armed: 'systemd', deadline: daysAgo(40) });
    aged('young', { days: 20, armed: 'systemd', deadline: daysAgo(20) });
    aged('back', { days: 40, armed: 'systemd', deadline: daysAgo(40), ...{ 'went-back': '1' } });
    aged('lost', { days: 40, armed: 'plain', deadline: daysAgo(39) });
    aged('never-armed', { days: 40 });
    aged('waits', { days: 40, armed: 'systemd', deadline: daysAgo(40) });
    aged('later', { days: 40, armed: 'plain', deadline: daysAgo(2) });
    expect(run(cleanGuards(30))).toBe(0);
    expect(readdirSync(guards).sort()).toEqual(['later', 'waits', 'young']);
    rmSync(guards, { recursive: true });
    expect(run(cleanGuards(30))).toBe(0);
  });

  it('is not armed where a kept file is missing', () => {
    rmSync(join(folder, 'spool/a-1-1.noarch.rpm'));
    expect(arm()).toBe(1);
    expect(existsSync(inFolder('armed'))).toBe(false);
  });
});
