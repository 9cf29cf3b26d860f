import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readMasterBoot } from './masterBoot.ts';

describe('the machine that putservices runs on', () => {
  let root: string;
  const put = (path: string, text: string): void => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'put-master-'));
    put('proc/sys/kernel/random/boot_id', 'b0\n');
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('comes back with putservices where its unit is started at boot, and not where it is only started or run by hand', async () => {
    put('proc/self/cgroup', '0::/user.slice/user-0.slice/session-3.scope\n');
    expect(await readMasterBoot(root)).toEqual({ id: 'b0', comesBack: false });
    put('proc/self/cgroup', '12:pids:/system.slice/putservices.service\n0::/system.slice/putservices.service\n');
    expect(await readMasterBoot(root)).toEqual({ id: 'b0', comesBack: false });
    mkdirSync(join(root, 'etc/systemd/system/multi-user.target.wants'), { recursive: true });
    symlinkSync('/nowhere', join(root, 'etc/systemd/system/multi-user.target.wants/putservices.service'));
    expect(await readMasterBoot(root)).toEqual({ id: 'b0', comesBack: true });
    const told = await readMasterBoot(root, '0123456789abcdef0123456789abcdef');
    expect(told?.id).toBe('01234567-89ab-cdef-0123-456789abcdef');
  });

  it('is not known where nothing names its boot', async () => {
    rmSync(join(root, 'proc'), { recursive: true });
    expect(await readMasterBoot(root)).toBeUndefined();
  });
});
