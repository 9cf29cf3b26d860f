import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundle } from '../../build/bundle.ts';
import { buildServicesPackages, whyNoFormat } from '../../build/putservicesPackages.ts';
import { Lab, whyNoLab } from '../../lab/Lab.ts';
import { isBootedRootMade } from '../../lab/labRoot.ts';
import { buildDiaryPackages, DIARY, diaryOfUpgrade } from '../support/diaryPackages.ts';
import { blockOf, SERVICE_STATE as STATE, ServiceMaster } from '../support/ServiceMaster.ts';

/*
 * The Debian package on a machine that boots a real systemd: installed, upgraded while a job of that very machine runs, rebooted by a job of its own, removed. The
 * master is one of its own nodes, reached by SSH from within the confinement of the service unit.
 */

const INSTALL_DOCUMENT = fileURLToPath(new URL('../../docs/install.md', import.meta.url));
const BOOT_ID = 'cat /proc/sys/kernel/random/boot_id';
/** When the first process of a node began, in ticks of the kernel that all of them share. */
const BOOTED_AT = "cut -d ' ' -f 22 /proc/1/stat";

const missing =
  whyNoLab(true) ??
  (isBootedRootMade() ? undefined : 'npm run lab -- up 1 --booted makes the root of booted nodes, once') ??
  whyNoFormat('deb');

describe.skipIf(missing !== undefined)(
  `the package of putservices${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    let folder: string;
    let lab: Lab;
    let master: ServiceMaster;
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'put-service-'));
      // Room for two Nodes side by side and their packages.
      [lab] = await Promise.all([
        Lab.up({ nodes: 2, booted: 1, nodeMib: 1024 }),
        bundle(['renderer', 'putservices', 'putctl']),
      ]);
      master = new ServiceMaster(lab, folder);
    });
    afterAll(async () => {
      await lab?.down();
      rmSync(folder, { recursive: true, force: true });
    });

    it('is installed, and goes on with a job over its own upgrade', async () => {
      for (const version of ['0.1.0', '0.1.1']) {
        const [file = ''] = await buildServicesPackages(folder, { formats: ['deb'], version });
        await master.copy(file, `/root/putservices-${version}.deb`);
      }

      await master.run('dpkg -i /root/putservices-0.1.0.deb');
      expect(await master.run('putservices --version')).toBe('0.1.0');
      expect(await master.run('systemctl is-enabled putservices', 1)).toBe('disabled');
      expect(await master.run('stat -c "%U:%G %a" /etc/putservices/Config')).toBe('root:putservices 640');
      await master.run("printf '%s\\n' 'SYSTEMNAME=night lab' SIGNATURES=digests-only >> /etc/putservices/Config");
      const unstarted = await master.run('putservices doctor', 1);
      expect(unstarted).toMatch(/NOTICE {2}service .*does not start when this machine boots \(disabled\)/);
      expect(unstarted).toContain('systemctl enable --now putservices');
      await master.run('systemctl enable --now putservices');
      await master.until(`test -e ${STATE}/ssh/id_ed25519 && journalctl -u putservices | grep -q 'night lab is ready'`);
      const doctor = await master.run('putservices doctor', 1);
      expect(doctor).toContain('FAILED  accounts     nobody can sign in as admin');

      await master.settle();
      const settled = await master.run('putservices doctor');
      expect(settled).not.toMatch(/^FAILED/m);
      expect(settled).toMatch(/^OK {6}service .*runs, and starts when this machine boots$/m);
      const pidBefore = await master.run('systemctl show -p MainPID --value putservices');

      const script = 'echo begun >> /root/begun; while [ ! -e /root/go-on ]; do sleep 0.1; done; echo finished';
      const job = master.putctl('exec', master.node.nodeId, '--yes', '--', script);
      let printed = '';
      for (const stream of [job.stdout, job.stderr])
        stream?.setEncoding('utf8').on('data', (text: string) => (printed += text));
      const ended = once(job, 'exit');
      await master
        .until('test -e /root/begun', () => job.exitCode === null)
        .catch((error: unknown) => {
          throw new Error(`putctl printed: ${printed}`, { cause: error });
        });

      await master.run('dpkg -i /root/putservices-0.1.1.deb');
      await master.until(`grep -q 'putservices/0.1.1' ${STATE}/version.json`);
      expect(await master.run('systemctl show -p MainPID --value putservices')).not.toBe(pidBefore);
      expect(await master.run('cat /etc/putservices/Config')).toContain('SYSTEMNAME=night lab');
      await master.run('touch /root/go-on');
      expect((await ended)[0], printed).toBe(0);
      expect(printed).toContain('finished');
      expect(await master.run('cat /root/begun')).toBe('begun');
    });

    it('reboots the master itself after all others, comes back by systemd, and ends the job as planned', async () => {
      const [before, after] = ['1', '2'].map((version) => buildDiaryPackages(folder, version));
      const [own, other] = lab.nodes.map(({ nodeId }) => nodeId);
      for (const node of lab.nodes) await master.install(before ?? [], node);
      await master.run(`mv /root/*.rpm /tmp; rm -f ${DIARY}`);
      const boots = await Promise.all(lab.nodes.map(({ nodeId }) => master.run(BOOT_ID, 0, nodeId)));
      expect(await master.putctlRun('upload', ...(before ?? []), ...(after ?? []))).toMatchObject({ code: 0 });

      const { code, out, err } = await master.putctlRun('run', '--yes', '--accept-warning', 'reboots');
      const printed = `${out}${err}`;
      expect(code, printed).toBe(0);
      expect(printed).toContain(`${own} is the master itself and goes last: putservices is away meanwhile`);
      for (const [i, { nodeId }] of lab.nodes.entries()) {
        expect(await master.run(BOOT_ID, 0, nodeId), nodeId).not.toBe(boots[i]);
        expect(await master.run("rpm -qa --qf '%{NAME}-%{VERSION} ' 'night-*'", 0, nodeId)).toContain('night-kernel-2');
        const diary = (await master.run(`cat ${DIARY}`, 0, nodeId)).split('\n').sort();
        expect(diary, nodeId).toEqual(Object.values(diaryOfUpgrade('1', '2')).flat().sort());
        expect(await master.run('systemctl is-active practice-db', 0, nodeId)).toBe('active');
      }
      const bootedAt = async (nodeId = ''): Promise<number> => Number(await master.run(BOOTED_AT, 0, nodeId));
      expect(await bootedAt(own)).toBeGreaterThan(await bootedAt(other));
      expect(await master.run('systemctl show -p NRestarts --value putservices')).toBe('0');
    });

    it('comes back after a crash, takes a port of root, and leaves the state behind when it is removed', async () => {
      // A crash is none of anybody's business at night; a port of root takes the drop-in of docs/install.md.
      writeFileSync(join(folder, 'low.conf'), blockOf(INSTALL_DOCUMENT, 'ini'));
      await master.run(
        'mkdir -p /etc/systemd/system/putservices.service.d && echo SSLPORT=443 >> /etc/putservices/Config',
      );
      await master.copy(join(folder, 'low.conf'), '/etc/systemd/system/putservices.service.d/low.conf');
      await master.run('systemctl daemon-reload && systemctl kill -s KILL --kill-whom=main putservices');
      await master.until('putservices doctor | grep "listens at 443, 8992, 9000-9009, 11111"');
      expect(await master.run('systemctl show -p NRestarts --value putservices')).toBe('1');

      await master.run('dpkg -r putservices');
      expect(await master.run('systemctl is-active putservices', 3)).toBe('inactive');
      await master.run('test ! -e /usr/lib/putservices && ! pgrep -u putservices');
      expect(await master.run(`ls ${STATE}`)).toMatch(/accounts[^]*journal\.db[^]*nodes\.yaml/);
      expect(await master.run('dpkg --purge putservices')).toContain(
        '/var/lib/putservices and the user putservices stay',
      );
      await master.run(`test -e ${STATE}/journal.db && test ! -e /etc/putservices/Config`);
    });
  },
);
