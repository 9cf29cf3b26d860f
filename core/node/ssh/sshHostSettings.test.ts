import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SshTarget } from '../../model/ways.ts';
import { notUnderstoodNote, resolveSshHops, type SshHop } from './sshHostSettings.ts';

const HOME = '/home/eva';
const hasSsh = spawnSync('ssh', ['-V']).status === 0;
const never = new AbortController().signal;
let folder: string;
let configs = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'put-ssh-config-'));
});
afterAll(() => rm(folder, { recursive: true }));

interface Way {
  readonly program?: string;
  readonly env?: Record<string, string>;
}

/** Without an ssh program unless one is named. */
async function hopsOf(target: SshTarget, configText = '', { program, env = {} }: Way = {}): Promise<SshHop[]> {
  const configFile = join(folder, `config-${configs++}`);
  await writeFile(configFile, configText, { mode: 0o600 });
  return resolveSshHops(target, { configFile, program, home: HOME, localUser: 'eva', env }, never);
}
const agentAt = (path: string): Way => ({ env: { SSH_AUTH_SOCK: path } });
const bySsh = { program: 'ssh' };

describe('way of SSH', () => {
  it('has the defaults of OpenSSH without a configuration', async () => {
    expect(await hopsOf({ host: 'master' })).toEqual([
      {
        host: 'master',
        address: 'master',
        port: 22,
        user: 'eva',
        keyFiles: ['id_ed25519', 'id_ecdsa', 'id_rsa'].map((name) => `${HOME}/.ssh/${name}`),
        defaultKeys: true,
        identitiesOnly: false,
        knownHostsFiles: [
          ...['known_hosts', 'known_hosts2'].map((name) => `${HOME}/.ssh/${name}`),
          ...['ssh_known_hosts', 'ssh_known_hosts2'].map((name) => `/etc/ssh/${name}`),
        ],
        onlyOpenSsh: [],
        notUnderstood: [],
        jump: false,
      },
    ]);
  });

  it('takes host, user, port, key, agent and known_hosts from the configuration, and the entry goes before it', async () => {
    const config = [
      'Host master',
      '  HostName 10.4.0.1',
      '  User ops',
      '  Port 2222',
      '  IdentityFile ~/keys/%h-%r',
      '  IdentityAgent %d/agent',
      '  UserKnownHostsFile /a /b',
      'Host *',
      '  User somebody',
    ].join('\n');
    expect((await hopsOf({ host: 'master' }, config))[0]).toMatchObject({
      address: '10.4.0.1',
      user: 'ops',
      port: 2222,
      keyFiles: [`${HOME}/keys/10.4.0.1-ops`],
      agent: `${HOME}/agent`,
      knownHostsFiles: ['/a', '/b', '/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2'],
    });
    const own = { host: 'master', user: 'root', port: 23, keyFile: '~/mine' };
    expect((await hopsOf(own, config))[0]).toMatchObject({ user: 'root', port: 23, keyFiles: [`${HOME}/mine`] });
    expect((await hopsOf({ host: 'x' }, 'Host x\n  IdentityAgent none', agentAt('/agent')))[0]).not.toHaveProperty(
      'agent',
    );
    expect((await hopsOf({ host: 'x' }, '', agentAt('/agent')))[0]).toMatchObject({ agent: '/agent' });
  });

  it('goes through named jump hosts, or those of the configuration, each with its own settings', async () => {
    const config = 'Host master\n  ProxyJump gate\nHost gate\n  User guard\n  ProxyJump outer\nHost inner\n  Port 2200';
    expect((await hopsOf({ host: 'master' }, config)).map(({ host }) => host)).toEqual(['outer', 'gate', 'master']);
    const named = await hopsOf({ host: 'master', jump: ['ops@gate:22', 'inner', '[fd00::1]:24'] }, config);
    expect(named.map(({ host, user, port, jump }) => [host, user, port, jump])).toEqual([
      ['outer', 'eva', 22, true],
      ['gate', 'ops', 22, true],
      ['inner', 'eva', 2200, true],
      ['fd00::1', 'eva', 24, true],
      ['master', 'eva', 22, false],
    ]);
    expect((await hopsOf({ host: 'a', jump: [] }, 'Host a\n  ProxyJump gate')).map(({ host }) => host)).toEqual(['a']);
  });

  it('gives accepted host keys to their own hosts', async () => {
    const hops = await hopsOf({
      host: 'master',
      hostKey: 'SHA256:m',
      jump: ['gate:2222', 'inner'],
      jumpHostKeys: { 'gate:2222': 'SHA256:g', 'master:22': 'SHA256:x' },
    });
    expect(hops.map(({ hostKey }) => hostKey)).toEqual(['SHA256:g', undefined, 'SHA256:m']);
  });

  it('ends for jumps that lead in a circle', async () => {
    const config = 'Host a\n  ProxyJump b\nHost b\n  ProxyJump a';
    expect((await hopsOf({ host: 'a' }, config)).length).toBeLessThanOrEqual(9);
  });

  it('takes any names of jump hosts', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.string({ maxLength: 30 }).filter(
            (name) =>
              !name
                .trim()
                .replace(/^ssh:\/\//, '')
                .includes('-'),
          ),
          { maxLength: 12 },
        ),
        async (jump) => {
          const hops = await hopsOf({ host: 'master', jump });
          expect(hops.at(-1)?.host).toBe('master');
          expect(hops.length).toBeLessThanOrEqual(9);
        },
      ),
      { seed: 9, numRuns: 50 },
    );
  });

  it('names what it passes over where there is no ssh, and runs no command for it', async () => {
    const marker = join(folder, 'ran');
    const config = [
      `Match host x exec "touch ${marker}"`,
      '  Port 99',
      'Host x',
      '  Port 22',
      '  ServerAliveInterval 5',
      '  CertificateFile ~/k-cert.pub',
      'Include other',
    ].join('\n');
    const hops = await hopsOf({ host: 'x' }, config);
    expect(hops[0]).toMatchObject({ port: 22 });
    const note = notUnderstoodNote(hops);
    for (const keyword of ['Match', 'CertificateFile', 'Include']) expect(note).toContain(keyword);
    expect(note).not.toContain('ServerAlive');
    expect(spawnSync('ls', [marker]).status).not.toBe(0);
  });
});

describe.skipIf(!hasSsh)('way of SSH by the answer of ssh -G', () => {
  it('understands Include, Match and its negations, as ssh does', async () => {
    const included = join(folder, 'included');
    await writeFile(included, 'Host gate\n  Port 2200\n', { mode: 0o600 });
    const config = [
      `Include ${included}`,
      'Match !host other exec "true"',
      '  User ops',
      'Match exec "false"',
      '  HostName wrong',
      'Host *',
      '  ProxyCommand nc %h %p',
    ].join('\n');
    const [hop] = await hopsOf({ host: 'gate' }, config, bySsh);
    expect(hop).toMatchObject({
      ...{
        address: 'gate',
        port: 2200,
        user: 'ops',
        proxyCommand: 'nc gate 2200',
        notUnderstood: [],
        defaultKeys: true,
      },
    });
    expect(hop?.keyFiles).toContain(`${HOME}/.ssh/id_ed25519`);
  });

  it('takes key, agent and aliases of the host, and the entry before them', async () => {
    const config = [
      'Host master',
      '  HostName 10.4.0.1',
      '  HostKeyAlias cluster-7',
      '  IdentityFile ~/keys/%h.pub',
      '  IdentitiesOnly yes',
      '  IdentityAgent ${HOME}/agent',
      '  UserKnownHostsFile /a',
      '  CertificateFile /k-cert.pub',
    ].join('\n');
    const [hop] = await hopsOf({ host: 'master', user: 'root', port: 2222 }, config, bySsh);
    expect(hop).toMatchObject({
      ...{ address: '10.4.0.1', hostKeyAlias: 'cluster-7', user: 'root', port: 2222 },
      ...{ keyFiles: [`${HOME}/keys/10.4.0.1.pub`], identitiesOnly: true, defaultKeys: false },
      onlyOpenSsh: ['CertificateFile'],
    });
    expect(hop?.agent).toMatch(/^\/.*\/agent$/);
    expect(hop?.knownHostsFiles[0]).toBe('/a');
  });

  it('says what ssh says of a configuration that cannot be used', async () => {
    await expect(hopsOf({ host: 'x' }, 'Host x\n  Prot 22', bySsh)).rejects.toMatchObject({
      code: 'ssh-config-unusable',
      message: expect.stringMatching(/line 2: Bad configuration option: prot/) as string,
    });
    await expect(hopsOf({ host: 'x' }, 'Host x\n  User a', { program: '/nowhere/ssh' })).resolves.toMatchObject([
      { user: 'a' },
    ]);
  });
});
