import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundle } from '../../build/bundle.ts';
import { Authority, whyNoOpenssl } from '../support/certificates.ts';
import { ConnectProxy } from '../support/connectProxy.ts';
import { PracticeSystem } from '../support/practiceSystem.ts';
import { runPutctl, type PutctlRun } from '../support/runPutctl.ts';
import { SshServer, whyNoSshd } from '../support/sshServer.ts';

const PUTCTL = fileURLToPath(new URL('../../dist/putctl.js', import.meta.url));
/** An address of this machine where nothing of the practice system listens: no way leads there directly. */
const WALLED_OFF = '127.0.0.9';

let system: PracticeSystem;
let folder: string;

function putctl(args: readonly string[], env: Record<string, string> = {}): Promise<PutctlRun> {
  return runPutctl(PUTCTL, args, {
    ...{ HOME: folder, SSH_AUTH_SOCK: '', PUT_DATA_DIR: folder },
    ...{ PUT_USER: system.user, PUT_PASSWORD: system.password },
    ...env,
  });
}

const walledOff = (): string[] => {
  const { ccPort, sslPort, fingerprint } = system.target;
  return [
    ...['--host', WALLED_OFF, '--cc-port', String(ccPort), '--ssl-port', String(sslPort)],
    ...['--fingerprint', fingerprint, '--json'],
  ];
};
const errorOf = ({ out }: PutctlRun): string => (JSON.parse(out) as { error: { code: string } }).error.code;
const nodesIn = ({ out, err }: PutctlRun): unknown => {
  expect(out, err).toContain('"nodes"');
  return (JSON.parse(out) as { nodes: unknown[] }).nodes.length;
};

beforeAll(async () => {
  await bundle(['putctl']);
  folder = await mkdtemp(join(tmpdir(), 'putctl-ways-'));
  system = await PracticeSystem.start({ nodes: 3 });
});
afterAll(async () => {
  await system?.stop();
  await rm(folder, { recursive: true });
});

describe.skipIf(whyNoSshd() !== undefined)('putctl by SSH where CCPORT cannot be reached', () => {
  let ssh: SshServer;
  beforeAll(async () => {
    ssh = await SshServer.start();
  });
  afterAll(() => ssh?.stop());

  const bySsh = (): string[] => [
    ...['nodes', ...walledOff(), '--ssh', '127.0.0.1', '--ssh-port', String(ssh.port)],
    ...['--ssh-key', ssh.encryptedKeyFile, '--ssh-host-key', ssh.hostKey, '--path', 'ssh'],
  ];

  it('unlocks the key by the environment or a file, and tells a wrong or missing passphrase', async () => {
    expect(errorOf(await putctl(['nodes', ...walledOff(), '--path', 'single-port']))).toBe('port-closed');
    expect(nodesIn(await putctl(bySsh(), { PUT_SSH_PASSPHRASE: 'let me in' }))).toBe(3);
    const file = join(folder, 'passphrase');
    await writeFile(file, 'let me in\n');
    expect(nodesIn(await putctl([...bySsh(), '--ssh-passphrase-file', file]))).toBe(3);
    for (const env of [{ PUT_SSH_PASSPHRASE: 'open sesame' }, {}]) {
      const ended = await putctl(bySsh(), env as Record<string, string>);
      expect(errorOf(ended)).toBe('ssh-key-locked');
      expect(ended.out + ended.err).not.toContain('open sesame');
    }
  });

  it('tells the fingerprint of an unknown host key with the option that accepts it', async () => {
    const args = bySsh().filter((arg) => arg !== '--ssh-host-key' && arg !== ssh.hostKey);
    const ended = await putctl(args, { PUT_SSH_PASSPHRASE: 'let me in' });
    expect(JSON.parse(ended.out)).toMatchObject({
      error: { code: 'ssh-host-key-unknown', details: { fingerprint: ssh.hostKey } },
      commands: [`repeat the command with --ssh-host-key ${ssh.hostKey}`],
    });
  });

  it('keeps the way with a saved system, and no secret', async () => {
    const { ccPort, fingerprint } = system.target;
    const saved = await putctl([
      ...['systems', 'add', 'deep', '--host', WALLED_OFF, '--cc-port', String(ccPort), '--fingerprint', fingerprint],
      ...['--ssh', '127.0.0.1', '--ssh-port', String(ssh.port), '--ssh-key', ssh.encryptedKeyFile],
      ...['--ssh-host-key', ssh.hostKey],
    ]);
    expect(saved.code, saved.err).toBe(0);
    const env = { PUT_SSH_PASSPHRASE: 'let me in' };
    expect(nodesIn(await putctl(['nodes', '--system', 'deep', '--json'], env))).toBe(3);
    expect((await putctl(['systems', '--json'])).out).not.toContain('let me in');
  });
});

describe('putctl through an HTTP proxy', () => {
  it('signs in with the password of the proxy, and tells a wrong or missing one', async () => {
    const proxy = await ConnectProxy.start('proxy word');
    try {
      const through = ['--proxy', `127.0.0.1:${proxy.port}`, '--proxy-user', proxy.user, '--path', 'websocket'];
      const args = ['nodes', ...walledOff(), ...through];
      expect(nodesIn(await putctl(args, { PUT_PROXY_PASSWORD: 'proxy word' }))).toBe(3);
      const authority = `${WALLED_OFF}:${system.target.sslPort}`;
      // Nothing is sent before the proxy has asked for it.
      expect(proxy.asked).toEqual([false, true].map((letIn) => ({ authority, letIn })));
      for (const env of [{ PUT_PROXY_PASSWORD: 'wrong word' }, {}]) {
        const ended = await putctl(args, env as Record<string, string>);
        expect(errorOf(ended)).toBe('proxy-sign-in-refused');
        expect(ended.out + ended.err).not.toContain('wrong word');
      }
    } finally {
      await proxy.stop();
    }
  });
});

describe.skipIf(whyNoOpenssl() !== undefined)('putctl with certificates of the site', () => {
  it('needs no fingerprint, shows its own certificate, and unlocks its key', async () => {
    const authority = await Authority.make('site authority');
    const master = await authority.issue('master', { names: 'IP:127.0.0.1' });
    const client = await authority.issue('engineer', { passphrase: 'key word' });
    const configFile = join(authority.folder, 'Config');
    await writeFile(
      configFile,
      `TLSCERT=${master.certificateFile}\nTLSKEY=${master.keyFile}\nCLIENTCA=${authority.certificateFile}\n`,
    );
    const strict = await PracticeSystem.start({ nodes: 2, configFile });
    try {
      const args = [
        ...['nodes', '--host', '127.0.0.1', '--cc-port', String(strict.target.ccPort), '--json'],
        ...['--authority', authority.certificateFile],
      ];
      const env = { PUT_PASSWORD: strict.password, PUT_USER: strict.user };
      expect(errorOf(await putctl(args, env))).toBe('client-certificate-refused');
      const shown = ['--certificate', client.certificateFile, '--certificate-key', client.keyFile];
      expect(errorOf(await putctl([...args, ...shown], env))).toBe('client-key-locked');
      expect(nodesIn(await putctl([...args, ...shown], { ...env, PUT_CERTIFICATE_PASSPHRASE: 'key word' }))).toBe(2);
    } finally {
      await strict.stop();
      await authority.remove();
    }
  });
});
