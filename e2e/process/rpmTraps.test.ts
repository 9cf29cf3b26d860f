import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PlannedPackage } from '../../core/model/job.ts';
import { Lab, whyNoLab } from '../../lab/Lab.ts';
import { commandScript } from '../../services/nodes/ssh/commandScript.ts';
import { createRpmLogReader, type RpmLog } from '../../services/steps/rpmLog.ts';
import { transactionsOf } from '../../services/steps/rpmTransaction.ts';

/*
 * What real rpm says of its traps, read as the steps read it.
 */

const SPEC = `Name: trap
Version: %{v}
Release: 1
Summary: Part of a test
License: Apache-2.0
BuildArch: noarch
%description
Fails where it is told to.
%install
mkdir -p %{buildroot}/etc
echo %{v} >%{buildroot}/etc/trap.conf
%pre
[ ! -e /run/trap-pre ]
%post
[ ! -e /run/trap-post ]
%files
%config(noreplace) /etc/trap.conf
`;

const planned = (version: string): PlannedPackage => ({
  ...{ name: 'trap', epoch: 0, version, release: '1', arch: 'noarch' },
  ...{ fileName: `trap-${version}-1.noarch.rpm`, sha256: '', fileBytes: 1, mandatory: false },
});

describe.skipIf(whyNoLab() !== undefined)('the traps of rpm', () => {
  let lab: Lab;
  let nodeId = '';
  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'put-traps-'));
    lab = await Lab.up({ nodes: 1 });
    nodeId = lab.nodes[0]?.nodeId ?? '';
    writeFileSync(join(folder, 'trap.spec'), SPEC);
    for (const version of ['1', '2', '3']) {
      const options = ['--define', `_topdir ${folder}`, '--define', `v ${version}`];
      execFileSync('rpmbuild', ['-bb', '--quiet', ...options, join(folder, 'trap.spec')], { stdio: 'pipe' });
      const { fileName } = planned(version);
      const bytes = readFileSync(join(folder, 'RPMS/noarch', fileName)).toString('base64');
      await lab.run(nodeId, `echo ${bytes} | base64 -d >/tmp/${fileName}`);
    }
    rmSync(folder, { recursive: true, force: true });
  });
  afterAll(() => lab?.down());

  async function install(version: string, before = ''): Promise<RpmLog & { status: number | null }> {
    const todo = [planned(version)];
    const [one] = transactionsOf({ spoolArea: '/tmp', packages: todo, changes: [] }, { todo, repairs: false });
    const { output, status } = await lab.run(nodeId, `${before}\n${one ? commandScript(one.command) : 'false'}`);
    const reader = createRpmLogReader(nodeId, todo, { onPercent: () => undefined, onBegun: () => undefined });
    for (const line of output.split('\n')) reader.take(line);
    return { ...reader.log(), status };
  }

  it('are told by package: a failing %pre, a failing %post that ends with 0, a configuration file put beside', async () => {
    expect(await install('1')).toMatchObject({ status: 0, failures: {}, warnings: {}, configFiles: [] });
    const pre = await install('2', ': >/run/trap-pre; echo mine >>/etc/trap.conf');
    expect(pre.failures['trap']).toMatchObject({ code: 'script-pre-failed' });
    expect((await lab.run(nodeId, 'rpm -q trap')).output).toBe('trap-1-1.noarch');
    const post = await install('3', 'rm /run/trap-pre; : >/run/trap-post');
    expect(post).toMatchObject({ status: 0, failures: {}, configFiles: ['/etc/trap.conf.rpmnew'] });
    expect(post.warnings['trap']).toMatchObject({ code: 'script-post-failed' });
    expect(await install('2')).toMatchObject({ failures: { trap: { code: 'package-older' } }, refused: true });
  });

  it('a lock is waited for, and its holder named', async () => {
    await lab.fault(nodeId, 'rpm-locked');
    const command = { argv: ['rpm', '-q', 'trap'] } as const;
    const words = (waitMs: number): string => commandScript({ ...command, rpmLockWaitMs: waitMs });
    // Until the other transaction has its lock.
    const held = 'until grep -q "POSIX.*WRITE" /proc/locks; do sleep 0.1; done;';
    const waited = await lab.run(nodeId, `${held} (sleep 2; rm -f /run/lab/hold) & ${held} ${words(20_000)}`);
    expect(waited.output).toMatch(/^rpm-lock: held by process \d+, rpm -U .*lab-hold.rpm/);
    expect(waited.output).toContain('trap-3-1.noarch');
  });
});
