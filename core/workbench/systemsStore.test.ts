import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SavedSystem } from './state.ts';
import { memoryTextFile } from '../testing/memoryTextFile.ts';
import { changeSystems, findSystem, loadSystems, loadSystemsList } from './systemsStore.ts';
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
const fileOf = (text?: string) => memoryTextFile(text);
const listOf = (system: object): string =>
  JSON.stringify({ version: 1, systems: [SYSTEM, { ...SYSTEM, systemId: 's2', name: 'next', ...system }] });

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
    const file = fileOf();
    await changeSystems(file, () => [system]);
    expect(await loadSystems(file)).toEqual([system]);
  });

  it.each([
    [{ ssh: { host: 'a b' } }, 'systems[1].ssh.host: is not a host name or address'],
    [{ ssh: { host: '-oProxyCommand=x' } }, 'systems[1].ssh.host: is not a host name or address'],
    [{ ssh: { host: 'a', port: 0 } }, 'systems[1].ssh.port: '],
    [{ ssh: { host: 'a', jump: ['gate', '-x'] } }, 'systems[1].ssh.jump[1]: must be [user@]host[:port]'],
    [{ ssh: { host: 'a', hostKey: 'MD5:aa' } }, 'systems[1].ssh.hostKey: must look like SHA256:'],
    [{ proxy: { host: 'p' } }, 'systems[1].proxy.port: '],
    [{ trust: { authorityFile: 'ca.pem' } }, 'systems[1].trust.authorityFile: must be a whole path'],
    [{ trust: { keyFile: '/k.pem' } }, 'systems[1].trust.keyFile: needs a client certificate beside it'],
    [{ pathOrder: ['telnet'] }, 'systems[1].pathOrder[0]: one of '],
    [{ lastPath: 'telnet' }, 'systems[1].lastPath: '],
  ])('names file and place of %j', async (system, message) => {
    const list = await loadSystemsList(fileOf(listOf(system)));
    expect(list.systems).toEqual([SYSTEM]);
    expect(list.unusable).toEqual([{ key: 's2', name: 'next', reason: expect.stringContaining(message) as string }]);
    expect(() => findSystem(list, 'next')).toThrow(expect.objectContaining({ code: 'system-unusable' }));
    expect(findSystem(list, 'lab')).toEqual(SYSTEM);
  });

  it('keeps what cannot be used, and what another version wrote, as it stands', async () => {
    const strange = { ...SYSTEM, systemId: 's2', name: 'next', pathOrder: ['carrier-pigeon'] };
    const newer = { ...SYSTEM, systemId: 's3', name: 'newer', tone: 'blue' };
    const file = fileOf(JSON.stringify({ version: 1, theme: 'dark', systems: [strange, newer, SYSTEM] }));
    await changeSystems(file, ({ systems }) => systems.map((system) => ({ ...system, user: 'eva' })));
    const after = JSON.parse(file.text ?? '') as { theme: string; systems: object[] };
    expect(after.theme).toBe('dark');
    expect(after.systems).toEqual([{ ...newer, user: 'eva' }, { ...SYSTEM, user: 'eva' }, strange]);
    await changeSystems(file, ({ systems }) => ({ systems, unusable: [] }));
    expect((await loadSystemsList(file)).unusable).toEqual([]);
    const text = file.text;
    await changeSystems(file, ({ systems }) => systems);
    expect(file.text).toBe(text);
  });

  it('names entries without a name by their place', async () => {
    const { unusable } = await loadSystemsList(fileOf('{"version":1,"systems":[7,{"host":"x"}]}'));
    expect(unusable.map(({ key }) => key)).toEqual(['entry-1', 'entry-2']);
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
