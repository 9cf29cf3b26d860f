import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SshTarget } from '../../model/ways.ts';
import { resolveSshHops, type SshHop } from './sshHostSettings.ts';

const HOME = '/home/eva';
const hopsOf = (target: SshTarget, configText = '', agentSocket?: string): SshHop[] =>
  resolveSshHops(target, {
    configText,
    home: HOME,
    localUser: 'eva',
    ...(agentSocket === undefined ? {} : { agentSocket }),
  });

describe('way of SSH', () => {
  it('has the defaults of OpenSSH without a configuration', () => {
    expect(hopsOf({ host: 'master' })).toEqual([
      {
        host: 'master',
        address: 'master',
        port: 22,
        user: 'eva',
        keyFiles: ['id_ed25519', 'id_ecdsa', 'id_rsa'].map((name) => `${HOME}/.ssh/${name}`),
        knownHostsFiles: [`${HOME}/.ssh/known_hosts`, '/etc/ssh/ssh_known_hosts'],
        jump: false,
      },
    ]);
  });

  it('takes host, user, port, key, agent and known_hosts from the configuration, and the entry goes before it', () => {
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
    expect(hopsOf({ host: 'master' }, config)[0]).toMatchObject({
      address: '10.4.0.1',
      user: 'ops',
      port: 2222,
      keyFiles: [`${HOME}/keys/10.4.0.1-ops`],
      agent: `${HOME}/agent`,
      knownHostsFiles: ['/a', '/b'],
    });
    const own = { host: 'master', user: 'root', port: 23, keyFile: '~/mine' };
    expect(hopsOf(own, config)[0]).toMatchObject({ user: 'root', port: 23, keyFiles: [`${HOME}/mine`] });
    expect(hopsOf({ host: 'x' }, 'Host x\n  IdentityAgent none', '/agent')[0]).not.toHaveProperty('agent');
    expect(hopsOf({ host: 'x' }, '', '/agent')[0]).toMatchObject({ agent: '/agent' });
  });

  it('goes through named jump hosts, or those of the configuration, each with its own settings', () => {
    const config = 'Host master\n  ProxyJump gate\nHost gate\n  User guard\n  ProxyJump outer\nHost inner\n  Port 2200';
    expect(hopsOf({ host: 'master' }, config).map(({ host }) => host)).toEqual(['outer', 'gate', 'master']);
    const named = hopsOf({ host: 'master', jump: ['ops@gate:22', 'inner', '[fd00::1]:24'] }, config);
    expect(named.map(({ host, user, port, jump }) => [host, user, port, jump])).toEqual([
      ['outer', 'eva', 22, true],
      ['gate', 'ops', 22, true],
      ['inner', 'eva', 2200, true],
      ['fd00::1', 'eva', 24, true],
      ['master', 'eva', 22, false],
    ]);
    expect(hopsOf({ host: 'a', jump: [] }, 'Host a\n  ProxyJump gate').map(({ host }) => host)).toEqual(['a']);
  });

  it('gives accepted host keys to their own hosts', () => {
    const hops = hopsOf({
      host: 'master',
      hostKey: 'SHA256:m',
      jump: ['gate:2222', 'inner'],
      jumpHostKeys: { 'gate:2222': 'SHA256:g', 'master:22': 'SHA256:x' },
    });
    expect(hops.map(({ hostKey }) => hostKey)).toEqual(['SHA256:g', undefined, 'SHA256:m']);
  });

  it('ends for jumps that lead in a circle', () => {
    const config = 'Host a\n  ProxyJump b\nHost b\n  ProxyJump a';
    expect(hopsOf({ host: 'a' }, config).length).toBeLessThanOrEqual(9);
  });

  it('takes any names of jump hosts', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 30 }), { maxLength: 12 }), (jump) => {
        const hops = hopsOf({ host: 'master', jump });
        expect(hops.at(-1)?.host).toBe('master');
        expect(hops.length).toBeLessThanOrEqual(9);
      }),
      { seed: 9, numRuns: 100 },
    );
  });
});
