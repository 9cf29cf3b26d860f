import { describe, expect, it } from 'vitest';
import { HOST_KEY, mockSaved } from '../../testing/mockData.ts';
import { draftOf, inputOf, movedWay, problemsOf, type SystemDraft } from './systemDraft.ts';

const whole = mockSaved({
  pathOrder: ['ssh', 'websocket', 'direct'],
  ssh: {
    host: 'master',
    port: 2222,
    user: 'ops',
    keyFile: '~/.ssh/id',
    jump: ['ops@gate:22', 'inner'],
    hostKey: HOST_KEY,
    jumpHostKeys: { 'gate:22': HOST_KEY },
  },
  proxy: { host: 'proxy', port: 3128, user: 'eva' },
  trust: { authorityFile: '/ca.pem', certificateFile: 'C:\\me.pem', keyFile: '/k.pem' },
});
const draft = draftOf(whole);
const changed = (part: Partial<SystemDraft>): SystemDraft => ({ ...draft, ...part });

describe('draft of a system', () => {
  it('gives back what was saved, and only what is switched on', () => {
    const { ssh, proxy, trust, pathOrder } = whole;
    expect(problemsOf(draft)).toEqual({});
    expect(inputOf(draft, whole)).toEqual({
      ...{ name: 'prod-east', host: '10.4.0.1', ccPort: 9000, sslPort: 8443, servicePort: 8992, chatPort: 11_111 },
      ...{ pathOrder, ssh, proxy, trust },
    });
    const off = inputOf(changed({ useProxy: false, useTrust: false }), whole);
    expect([off.proxy, off.trust]).toEqual([undefined, undefined]);
    expect(inputOf(changed({ ways: ['single-port'], ssh: { ...draft.ssh, port: 'x' } }), whole)).toMatchObject({
      ssh,
      proxy,
    });
    expect(inputOf({ ...draftOf(undefined), name: 'a', host: 'h', ways: ['ssh'] }, undefined)).not.toHaveProperty(
      'ssh',
    );
  });

  it('forgets the accepted key of a jump host that is switched off', () => {
    expect(draft.jumpKeys).toEqual(['gate:22']);
    expect(inputOf(changed({ jumpKeys: [] }), whole).ssh).not.toHaveProperty('jumpHostKeys');
  });

  it('tells where a port belongs', () => {
    const bad = changed({ host: '10.4.0.1:9000', ssh: { ...draft.ssh, host: '' } });
    expect(problemsOf(bad)).toEqual({ host: 'The name or address alone: ports have fields of their own.' });
  });

  it('names the field that is wrong, and none of a part that is switched off', () => {
    const bad = changed({
      name: ' ',
      host: 'a b',
      ports: { ...draft.ports, chatPort: '70000' },
      ssh: { host: '-x', port: '0', user: 'a b', keyFile: 'id', jump: 'gate, @', hostKey: 'MD5:x' },
      proxy: { host: '', port: 'x', user: 'a:b' },
      trust: { authorityFile: 'ca', certificateFile: '', keyFile: '/k' },
    });
    expect(Object.keys(problemsOf(bad)).sort()).toEqual(
      [
        ...['name', 'host', 'ports.chatPort', 'proxy.host', 'proxy.port', 'proxy.user'],
        ...['ssh.host', 'ssh.hostKey', 'ssh.jump', 'ssh.keyFile', 'ssh.port', 'ssh.user'],
        ...['trust.authorityFile', 'trust.certificateFile'],
      ].sort(),
    );
    const off = problemsOf({ ...bad, ways: ['single-port'], useTrust: false });
    expect(Object.keys(off).sort()).toEqual(['host', 'name', 'ports.chatPort']);
    expect(problemsOf(changed({ ways: [] }))).toHaveProperty('ways');
  });

  it('moves a way within the chosen ones only', () => {
    expect(movedWay(['ssh', 'direct'], 'direct', -1)).toEqual(['direct', 'ssh']);
    expect(movedWay(['ssh', 'direct'], 'direct', 1)).toEqual(['ssh', 'direct']);
    expect(movedWay(['ssh'], 'hand-off', -1)).toEqual(['ssh']);
  });
});
