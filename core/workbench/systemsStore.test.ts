import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PutError } from '../protocol/errors.ts';
import type { SavedSystem } from './state.ts';
import { loadSystems, saveSystems, type TextFile } from './systemsStore.ts';
import { withHostKey, withSettings } from './waySettings.ts';

const HOST_KEY = `SHA256:${'A'.repeat(43)}`;
const SYSTEM: SavedSystem = {
  systemId: 's1',
  name: 'lab',
  host: '10.4.0.1',
  ccPort: 9000,
  sslPort: 8443,
  servicePort: 8992,
  chatPort: 11_111,
  pathOrder: ['ssh', 'websocket', 'single-port', 'hand-off', 'direct'],
  practice: false,
};
const fileOf = (text: string): TextFile & { text: string } => {
  const file = {
    path: '/data/systems.json',
    text,
    read: () => Promise.resolve(file.text),
    write: (next: string) => ((file.text = next), Promise.resolve()),
  };
  return file;
};
const listOf = (system: object): string => JSON.stringify({ version: 1, systems: [SYSTEM, { ...SYSTEM, ...system }] });

describe('list of systems', () => {
  it('reads a list without way settings, as earlier versions wrote it', async () => {
    expect(await loadSystems(fileOf(JSON.stringify({ version: 1, systems: [SYSTEM] })))).toEqual([SYSTEM]);
  });

  it('reads back ssh, proxy and trust settings', async () => {
    const system: SavedSystem = {
      ...SYSTEM,
      ssh: {
        host: 'master',
        port: 2222,
        user: 'ops',
        keyFile: '~/.ssh/id',
        jump: ['eva@gate:22', '[fd00::1]:2222'],
        hostKey: HOST_KEY,
        jumpHostKeys: { 'gate:22': HOST_KEY },
      },
      proxy: { host: 'proxy.example', port: 3128, user: 'eva' },
      trust: { authorityFile: '/etc/site/ca.pem', certificateFile: 'C:\\put\\me.pem', keyFile: '/k.pem' },
    };
    const file = fileOf('');
    await saveSystems(file, [system]);
    expect(await loadSystems(file)).toEqual([system]);
  });

  it.each([
    [{ ssh: { host: 'a b' } }, 'systems.1.ssh.host: is not a host name or address'],
    [{ ssh: { host: '-oProxyCommand=x' } }, 'systems.1.ssh.host: must not begin with -'],
    [{ ssh: { host: 'a', port: 0 } }, 'systems.1.ssh.port: '],
    [{ ssh: { host: 'a', jump: ['gate', '-x'] } }, 'systems.1.ssh.jump.1: must be [user@]host[:port]'],
    [{ ssh: { host: 'a', hostKey: 'MD5:aa' } }, 'systems.1.ssh.hostKey: must look like SHA256:'],
    [{ proxy: { host: 'p' } }, 'systems.1.proxy.port: '],
    [{ trust: { authorityFile: 'ca.pem' } }, 'systems.1.trust.authorityFile: must be a whole path'],
    [{ trust: { keyFile: '/k.pem' } }, 'systems.1.trust.keyFile: needs a client certificate beside it'],
    [{ pathOrder: ['telnet'] }, 'systems.1.pathOrder.0: '],
    [{ lastPath: 'telnet' }, 'systems.1.lastPath: '],
  ])('names file and place of %j', async (system, message) => {
    const fault = await loadSystems(fileOf(listOf(system))).catch((error: unknown) => error as PutError);
    expect(fault).toMatchObject({ code: 'config-unreadable' });
    expect((fault as PutError).message).toContain(`/data/systems.json: ${message}`);
  });

  it('answers any text with a list or with config-unreadable', async () => {
    const texts = fc.oneof(
      fc.string(),
      fc.json(),
      fc.json().map((json) => `{"version":1,"systems":[${json}]}`),
    );
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        const result = await loadSystems(fileOf(text)).catch((error: unknown) => error);
        if (!Array.isArray(result)) expect(result).toMatchObject({ code: 'config-unreadable' });
      }),
      { seed: 3, numRuns: 200 },
    );
  });
});

describe('settings of the ways', () => {
  it('take an accepted host key for the target and for a jump host', () => {
    const question = { kind: 'ssh-host-key', host: 'gate', port: 22, fingerprint: HOST_KEY } as const;
    expect(withHostKey(SYSTEM, { ...question, jump: false }).ssh).toEqual({ host: '10.4.0.1', hostKey: HOST_KEY });
    const saved: SavedSystem = { ...SYSTEM, ssh: { host: 'master', jump: ['gate'] } };
    expect(withHostKey(saved, { ...question, jump: true }).ssh).toEqual({
      host: 'master',
      jump: ['gate'],
      jumpHostKeys: { 'gate:22': HOST_KEY },
    });
  });

  it('lose what was left out, and trust does not move along to another host', () => {
    const before: SavedSystem = {
      ...SYSTEM,
      fingerprint: 'AA',
      ssh: { host: 'master', hostKey: HOST_KEY },
      proxy: { host: 'p', port: 1 },
      trust: { authorityFile: '/ca' },
    };
    const { systemId: _id, practice: _practice, ...input } = SYSTEM;
    expect(withSettings(before, input)).toEqual({ ...SYSTEM, fingerprint: 'AA' });
    expect(withSettings(before, { ...input, host: 'elsewhere' }).fingerprint).toBeUndefined();
    expect(withSettings(before, { ...input, ssh: { host: 'master', user: 'x', hostKey: HOST_KEY } }).ssh).toEqual({
      host: 'master',
      user: 'x',
      hostKey: HOST_KEY,
    });
    expect(withSettings(before, { ...input, ssh: { host: 'other', hostKey: HOST_KEY } }).ssh?.hostKey).toBeUndefined();
  });
});
