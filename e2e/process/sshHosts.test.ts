import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SshTarget, WayQuestion, WaySecrets } from '../../core/model/ways.ts';
import type { TcpOptions } from '../../core/node/connectTcp.ts';
import type { SshSurroundings } from '../../core/node/ssh/sshConfiguration.ts';
import { openSshWay } from '../../core/node/ssh/sshWay.ts';
import { SshServer, whyNoSshd } from '../support/sshServer.ts';

/* What sites do with OpenSSH, against OpenSSH: certificates, commands, limits, banners, forbidden forwarding. */

const missing = whyNoSshd();
const signal = AbortSignal.timeout(120_000);

function keygen(...args: string[]): void {
  const made = spawnSync('ssh-keygen', ['-q', ...args]);
  if (made.status !== 0) throw new Error(String(made.stderr));
}

/** Answers by kind of question; keeps what was asked. */
function personWith(answers: Partial<Record<WayQuestion['kind'], string>>) {
  const asked: WayQuestion[] = [];
  const told: string[] = [];
  const secrets: WaySecrets = {
    known: () => undefined,
    ask: (question) => {
      asked.push(question);
      return Promise.resolve(answers[question.kind]);
    },
    told: ({ kind }, right) => void told.push(`${kind} ${right ? 'right' : 'wrong'}`),
  };
  return { secrets, asked, told };
}

/** A sign-in that is under way: the host greeted, and nothing follows. */
async function holdSignIn(port: number): Promise<Socket> {
  for (;;) {
    const holder = connect(port, '127.0.0.1');
    holder.on('error', () => {});
    const [bytes] = (await once(holder, 'data')) as [Buffer];
    if (bytes.toString('latin1').startsWith('SSH-')) return holder;
    // The one that looked whether the host is up is not gone yet.
    holder.destroy();
  }
}

describe.skipIf(missing !== undefined)(
  `hosts as sites have them${missing === undefined ? '' : ` (${missing})`}`,
  () => {
    let echo: Server;
    const servers: SshServer[] = [];

    beforeAll(async () => {
      echo = createServer((socket) => {
        socket.on('error', () => {});
        socket.pipe(socket);
      }).listen(0, '127.0.0.1');
      await once(echo, 'listening');
    });
    afterEach(async () => {
      for (const server of servers.splice(0)) await server.stop();
    });
    afterAll(() => {
      echo.close();
    });

    async function sshd(config?: (folder: string) => readonly string[]): Promise<SshServer> {
      const server = await SshServer.start(undefined, config);
      servers.push(server);
      return server;
    }

    async function echoes(
      target: SshTarget,
      surroundings: SshSurroundings,
      secrets: WaySecrets = personWith({}).secrets,
      options: TcpOptions = {},
    ): Promise<string> {
      const end = { hosts: ['127.0.0.1'], port: (echo.address() as AddressInfo).port };
      const stream = await openSshWay(target, end, surroundings, secrets, signal, undefined, options);
      stream.write('hello');
      const [bytes] = (await once(stream, 'data')) as [Buffer];
      stream.destroy();
      return bytes.toString();
    }
    const targetOf = ({ port, keyFile }: SshServer): SshTarget => ({ host: '127.0.0.1', port, keyFile });

    it('leads through a ProxyCommand, and tells one that fails', async () => {
      const host = await sshd();
      const relay = `${process.execPath} -e "const s=require('net').connect(%p,'%h');process.stdin.pipe(s).pipe(process.stdout)"`;
      expect(await echoes(targetOf(host), await host.surroundings(`Host *\n  ProxyCommand ${relay}`))).toBe('hello');
      const failing = await host.surroundings('Host *\n  ProxyCommand echo no way through >&2; exit 3');
      await expect(echoes(targetOf(host), failing)).rejects.toMatchObject({
        code: 'ssh-proxy-command-failed',
        message: expect.stringContaining('no way through') as string,
      });
    });

    it('says that forwarding is not allowed, and where nothing listens', async () => {
      const host = await sshd(() => ['AllowTcpForwarding no']);
      await expect(echoes(targetOf(host), await host.surroundings())).rejects.toMatchObject({
        code: 'ssh-forwarding-denied',
        details: { through: `127.0.0.1:${host.port}` },
      });
      const open = await sshd();
      const nowhere = { hosts: ['127.0.0.1'], port: 1 };
      const { secrets } = personWith({});
      await expect(
        openSshWay(targetOf(open), nowhere, await open.surroundings(), secrets, signal),
      ).rejects.toMatchObject({
        code: 'ssh-target-unreachable',
      });
    });

    it('waits for a host that has too many sign-ins under way', async () => {
      const host = await sshd(() => ['MaxStartups 1:100:1']);
      const holder = await holdSignIn(host.port);
      let dials = 0;
      // The one that is under way ends when ours comes a second time.
      const dial = (address: string, port: number): Socket => {
        if (++dials === 2) holder.destroy();
        return connect(port, address);
      };
      expect(await echoes(targetOf(host), await host.surroundings(), undefined, { connect: dial })).toBe('hello');
      expect(dials).toBeGreaterThan(1);
    });

    it('goes on with the named key where the agent never answers or is gone', async () => {
      const host = await sshd();
      const socket = join(host.folder, 'agent');
      const silent = createServer(() => {}).listen(socket);
      await once(silent, 'listening');
      const config = `Host *\n  IdentityAgent ${socket}`;
      expect(await echoes(targetOf(host), await host.surroundings(config))).toBe('hello');
      const other = join(host.folder, 'other');
      keygen('-t', 'ed25519', '-N', '', '-f', other);
      await expect(
        echoes({ ...targetOf(host), keyFile: other }, await host.surroundings(config)),
      ).rejects.toMatchObject({
        code: 'ssh-agent-unavailable',
        message: expect.stringMatching(/did not answer within 3 s/) as string,
      });
      silent.close();
    });

    it('uses certificates of user and host by the machine own ssh, which asks for the passphrase here', async () => {
      const host = await sshd((folder) => {
        for (const name of ['user-ca', 'host-ca', 'eva']) keygen('-t', 'ed25519', '-N', '', '-f', join(folder, name));
        keygen('-s', join(folder, 'user-ca'), '-I', 'eva', '-n', 'root', join(folder, 'eva.pub'));
        keygen('-s', join(folder, 'host-ca'), '-h', '-I', 'gate', '-n', '127.0.0.1', join(folder, 'host.pub'));
        keygen('-p', '-P', '', '-N', 'let me in', '-f', join(folder, 'eva'));
        return [`TrustedUserCAKeys ${folder}/user-ca.pub`, `HostCertificate ${folder}/host-cert.pub`];
      });
      const authority = await readFile(join(host.folder, 'host-ca.pub'), 'utf8');
      await writeFile(host.knownHostsFile, `@cert-authority [127.0.0.1]:${host.port} ${authority}`);
      const target = { host: '127.0.0.1', port: host.port, keyFile: join(host.folder, 'eva') };
      const person = personWith({ 'ssh-key-passphrase': 'let me in' });
      expect(await echoes(target, await host.surroundings(), person.secrets)).toBe('hello');
      expect(person.asked).toEqual([{ kind: 'ssh-key-passphrase', keyFile: target.keyFile }]);
      expect(person.told).toEqual(['ssh-key-passphrase right']);
      // Without an ssh program nothing of it can be used, which is said.
      const without = await host.surroundings('', { program: undefined });
      await expect(echoes(target, without)).rejects.toMatchObject({
        code: 'ssh-host-key-unknown',
        message: expect.stringMatching(/certificate authority of 127.0.0.1.*cannot be used/) as string,
      });
      const wrong = personWith({ 'ssh-key-passphrase': 'open sesame' });
      await expect(echoes(target, await host.surroundings(), wrong.secrets)).rejects.toMatchObject({
        code: 'ssh-sign-in-refused',
      });
    });

    it('takes a banner of 60 kB', async () => {
      const host = await sshd((folder) => {
        spawnSync('sh', ['-c', `head -c 60000 /dev/zero | tr '\\0' x > ${folder}/banner`]);
        return [`Banner ${folder}/banner`];
      });
      expect(await echoes(targetOf(host), await host.surroundings())).toBe('hello');
      await expect(echoes(targetOf(host), await host.surroundings('', { program: undefined }))).rejects.toMatchObject({
        code: 'ssh-packet-too-large',
      });
    });

    it('meets a hardened host', async () => {
      const host = await sshd(() => [
        'KexAlgorithms diffie-hellman-group18-sha512',
        'Ciphers aes256-ctr',
        'MACs hmac-sha2-512-etm@openssh.com',
      ]);
      expect(await echoes(targetOf(host), await host.surroundings())).toBe('hello');
      const strange = await sshd(() => ['KexAlgorithms sntrup761x25519-sha512@openssh.com']);
      await expect(echoes(targetOf(strange), await strange.surroundings())).rejects.toMatchObject({
        code: 'ssh-algorithms-differ',
        message: expect.stringContaining('sntrup761x25519-sha512@openssh.com') as string,
      });
    });
  },
);
