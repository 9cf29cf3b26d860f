import { describe, expect, it } from 'vitest';
import { PutError } from '../core/protocol/errors.ts';
import type { SavedSystem } from '../core/workbench/state.ts';
import { withWayOptions, type WayOptions } from './wayOptions.ts';

const SYSTEM: SavedSystem = {
  systemId: 's',
  name: 'lab',
  host: '10.4.0.1',
  ccPort: 9000,
  sslPort: 8443,
  servicePort: 8992,
  chatPort: 11_111,
  pathOrder: ['single-port', 'hand-off'],
  practice: false,
};
const SAVED: SavedSystem = {
  ...SYSTEM,
  pathOrder: ['ssh'],
  ssh: { host: 'master', user: 'ops', hostKey: `SHA256:${'A'.repeat(43)}` },
  proxy: { host: 'p', port: 1, user: 'eva' },
  trust: { authorityFile: '/ca', certificateFile: '/c', keyFile: '/k' },
};

describe('options of the ways', () => {
  it('leave what is saved as it is', () => {
    const { ssh, proxy, trust, pathOrder } = SAVED;
    expect(withWayOptions(SAVED, {})).toEqual({ ssh, proxy, trust, pathOrder });
  });

  it('try a way that is named first, unless --path says otherwise', () => {
    const options: WayOptions = { sshUser: 'root', sshPort: '2222', sshJump: 'eva@gate:22, inner' };
    expect(withWayOptions(SYSTEM, options)).toMatchObject({
      ssh: { host: '10.4.0.1', user: 'root', port: 2222, jump: ['eva@gate:22', 'inner'] },
      pathOrder: ['ssh', 'single-port', 'hand-off'],
    });
    expect(withWayOptions(SYSTEM, { proxy: 'proxy.office:3128', proxyUser: 'eva' })).toMatchObject({
      proxy: { host: 'proxy.office', port: 3128, user: 'eva' },
      pathOrder: ['websocket', 'single-port', 'hand-off'],
    });
    expect(withWayOptions(SYSTEM, { ssh: 'gate', path: ['direct', 'ssh'] }).pathOrder).toEqual(['direct', 'ssh']);
  });

  it('change a part of what is saved; another SSH host takes nothing of the one before', () => {
    expect(withWayOptions(SAVED, { sshUser: 'root' }).ssh).toEqual({ ...SAVED.ssh, user: 'root' });
    expect(withWayOptions(SAVED, { ssh: 'other' }).ssh).toEqual({ host: 'other' });
    expect(withWayOptions(SAVED, { certificate: '/d' }).trust).toEqual({ authorityFile: '/ca', certificateFile: '/d' });
    expect(withWayOptions(SAVED, { proxyUser: 'ben' }).proxy).toEqual({ host: 'p', port: 1, user: 'ben' });
    expect(withWayOptions(SAVED, { proxy: '[fd00::1]:8080' }).proxy).toEqual({ host: 'fd00::1', port: 8080 });
  });

  it.each<[WayOptions, string]>([
    [{ ssh: '-oProxyCommand=x' }, '--ssh: is not a host name or address'],
    [{ sshPort: '70000' }, '--ssh-port: '],
    [{ sshPort: 'x' }, '--ssh-port: '],
    [{ sshJump: 'gate,,x' }, '--ssh-jump: '],
    [{ sshKey: 'id' }, '--ssh-key: must be a whole path'],
    [{ sshHostKey: 'MD5' }, '--ssh-host-key: must look like'],
    [{ proxy: 'proxy' }, '--proxy: proxy is not HOST:PORT'],
    [{ proxy: 'proxy:0' }, '--proxy: '],
    [{ proxyUser: 'eva' }, '--proxy-user needs --proxy'],
    [{ authority: 'ca.pem' }, '--authority: must be a whole path'],
    [{ certificateKey: '/k' }, '--certificate-key: needs a client certificate'],
  ])('name the option of %j', (options, message) => {
    let fault: unknown;
    try {
      withWayOptions(SYSTEM, options);
    } catch (error) {
      fault = error;
    }
    expect(fault).toBeInstanceOf(PutError);
    expect((fault as PutError).message.slice(0, message.length)).toBe(message);
  });
});
