import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundle } from '../../build/bundle.ts';
import { buildServicesPackages, whyNoFormat } from '../../build/putservicesPackages.ts';
import { Lab, whyNoLab } from '../../lab/Lab.ts';
import { isBootedRootMade } from '../../lab/labRoot.ts';

/*
 * The Debian package on a machine that boots a real systemd: installed, upgraded while a job of that very machine runs, removed. The master is its own
 * only node, reached by SSH from within the confinement of the service unit.
 */

const PUTCTL = fileURLToPath(new URL('../../dist/putctl.js', import.meta.url));
const INSTALL_DOCUMENT = fileURLToPath(new URL('../../docs/install.md', import.meta.url));
const STATE = '/var/lib/putservices';
const DEADLINE_MS = 30_000;

const missing =
  whyNoLab(true) ??
  (isBootedRootMade() ? undefined : 'npm run lab -- up 1 --booted makes the root of booted nodes, once') ??
  whyNoFormat('deb');

describe.skipIf(missing !== undefined)(
  `the package of putservices${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    let folder: string;
    let lab: Lab;
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'put-service-'));
      // Room for two Nodes side by side and their packages.
      [lab] = await Promise.all([
        Lab.up({ nodes: 1, booted: 1, nodeMib: 1024 }),
        bundle(['renderer', 'putservices', 'putctl']),
      ]);
    });
    afterAll(async () => {
      await lab?.down();
      rmSync(folder, { recursive: true, force: true });
    });

    const master = (): Lab['nodes'][number] => {
      const [node] = lab.nodes;
      if (!node) throw new Error('the lab has no node');
      return node;
    };
    /** Runs a script on the master as root; what it printed. Fails with that where its status is another one. */
    const onMaster = async (script: string, status = 0): Promise<string> => {
      // What Node is told by the environment of this machine is not there on a master.
      const done = await lab.run(master().nodeId, `unset NODE_EXTRA_CA_CERTS NODE_OPTIONS; ${script}`);
      expect(done.status, `${script}\n${done.output}`).toBe(status);
      return done.output;
    };
    const until = async (script: string, stillWanted = (): boolean => true): Promise<void> => {
      for (const end = performance.now() + DEADLINE_MS; performance.now() < end && stillWanted(); await wait(100))
        if ((await lab.run(master().nodeId, script)).status === 0) return;
      throw new Error(`not so in time: ${script}\n${await onMaster('journalctl -u putservices -n 30 --no-pager')}`);
    };
    const copyToMaster = async (file: string, to: string): Promise<void> => {
      const { address, port } = master().outside;
      const options = ['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null', '-o', 'LogLevel=ERROR'];
      const copy = spawn('ssh', [...options, '-i', lab.keyFile, '-p', String(port), `root@${address}`, `cat > ${to}`], {
        stdio: ['pipe', 'ignore', 'inherit'],
      });
      createReadStream(file).pipe(copy.stdin);
      expect((await once(copy, 'exit'))[0]).toBe(0);
    };

    it('is installed, goes on with a job over its own upgrade, and leaves the state behind when it is removed', async () => {
      for (const version of ['0.1.0', '0.1.1']) {
        const [file = ''] = await buildServicesPackages(folder, { formats: ['deb'], version });
        await copyToMaster(file, `/root/putservices-${version}.deb`);
      }

      await onMaster('dpkg -i /root/putservices-0.1.0.deb');
      expect(await onMaster('putservices --version')).toBe('0.1.0');
      expect(await onMaster('systemctl is-enabled putservices', 1)).toBe('disabled');
      expect(await onMaster('stat -c "%U:%G %a" /etc/putservices/Config')).toBe('root:putservices 640');
      await onMaster('echo SYSTEMNAME=night lab >> /etc/putservices/Config');
      await onMaster('systemctl enable --now putservices');
      await until(`test -e ${STATE}/ssh/id_ed25519 && journalctl -u putservices | grep -q 'night lab is ready'`);
      const doctor = await onMaster('putservices doctor', 1);
      expect(doctor).toContain('FAILED  accounts     nobody can sign in as admin');

      writeFileSync(join(folder, 'password'), 'long enough\n', { mode: 0o600 });
      const asService = 'runuser -u putservices --';
      await onMaster(
        `echo 'long enough' | ${asService} putservices account add anna --role admin --state ${STATE} --password-file -`,
      );
      writeFileSync(join(folder, 'nodes.yaml'), lab.inventoryFile('inside'));
      await copyToMaster(join(folder, 'nodes.yaml'), '/root/nodes.yaml');
      await onMaster(`install -o putservices -m 600 /root/nodes.yaml ${STATE}/nodes.yaml`);
      await until(`cmp -s ${STATE}/nodes.yaml ${STATE}/nodes-in-effect.yaml`);
      await onMaster(`ssh-keygen -y -f ${STATE}/ssh/id_ed25519 >> /root/.ssh/authorized_keys`);
      expect(await onMaster('putservices doctor')).not.toMatch(/^FAILED/m);
      const fingerprint = await onMaster(`${asService} putservices certificate --state ${STATE}`);
      const pidBefore = await onMaster('systemctl show -p MainPID --value putservices');

      const [command = '', ...words] = lab.enter;
      const putctl = (...args: string[]): ChildProcess =>
        spawn(
          command,
          [
            ...[...words, process.execPath, PUTCTL, ...args.slice(0, 1)],
            ...['--host', master().inside.address, '--user', 'anna', '--fingerprint', fingerprint],
            ...['--password-file', join(folder, 'password'), ...args.slice(1)],
          ],
          { env: { ...process.env, HOME: folder }, stdio: ['ignore', 'pipe', 'pipe'] },
        );
      const script = 'echo begun >> /root/begun; while [ ! -e /root/go-on ]; do sleep 0.1; done; echo finished';
      const job = putctl('exec', master().nodeId, '--yes', '--', script);
      let printed = '';
      for (const stream of [job.stdout, job.stderr])
        stream?.setEncoding('utf8').on('data', (text: string) => (printed += text));
      const ended = once(job, 'exit');
      await until('test -e /root/begun', () => job.exitCode === null).catch((error: unknown) => {
        throw new Error(`putctl printed: ${printed}`, { cause: error });
      });

      await onMaster('dpkg -i /root/putservices-0.1.1.deb');
      await until(`grep -q 'putservices/0.1.1' ${STATE}/version.json`);
      expect(await onMaster('systemctl show -p MainPID --value putservices')).not.toBe(pidBefore);
      expect(await onMaster('cat /etc/putservices/Config')).toContain('SYSTEMNAME=night lab');
      await onMaster('touch /root/go-on');
      expect((await ended)[0], printed).toBe(0);
      expect(printed).toContain('finished');
      expect(await onMaster('cat /root/begun')).toBe('begun');

      // A crash is none of anybody's business at night; a port of root takes the drop-in of docs/install.md.
      const dropIn = /```ini\n([^]*?)```/.exec(readFileSync(INSTALL_DOCUMENT, 'utf8'))?.[1] ?? '';
      writeFileSync(join(folder, 'low.conf'), dropIn);
      await onMaster(
        'mkdir -p /etc/systemd/system/putservices.service.d && echo SSLPORT=443 >> /etc/putservices/Config',
      );
      await copyToMaster(join(folder, 'low.conf'), '/etc/systemd/system/putservices.service.d/low.conf');
      await onMaster('systemctl daemon-reload && systemctl kill -s KILL --kill-whom=main putservices');
      await until('putservices doctor | grep "listens at 443, 8992, 9000-9009, 11111"');
      expect(await onMaster('systemctl show -p NRestarts --value putservices')).toBe('1');

      await onMaster('dpkg -r putservices');
      expect(await onMaster('systemctl is-active putservices', 3)).toBe('inactive');
      await onMaster('test ! -e /usr/lib/putservices && ! pgrep -u putservices');
      expect(await onMaster(`ls ${STATE}`)).toMatch(/accounts[^]*journal\.db[^]*nodes\.yaml/);
      expect(await onMaster('dpkg --purge putservices')).toContain(
        '/var/lib/putservices and the user putservices stay',
      );
      await onMaster(`test -e ${STATE}/journal.db && test ! -e /etc/putservices/Config`);
    });
  },
);
