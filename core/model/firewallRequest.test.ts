import { describe, expect, it } from 'vitest';
import { PutError } from '../protocol/errors.ts';
import {
  detailsOfFailures,
  failuresByWay,
  firewallRequest,
  firewallRequestForSide,
  leastFirewallRequest,
} from './firewallRequest.ts';
import { askForSinglePort } from './pathTest.ts';

const TARGET = { host: 'master', ccPort: 9000, sslPort: 8443, servicePort: 8992, chatPort: 11_111 };
const timeout = { code: 'dial-timeout' };

describe('what to ask the firewall team for', () => {
  it.each([
    ['single-port', 'port 9000 '],
    ['hand-off', 'ports 9000 to 9009 '],
    ['direct', 'ports 9000 to 9009, 8992 and 11111 '],
    ['websocket', 'port 8443 '],
  ] as const)('%s: %s', (path, ports) => {
    expect(firewallRequest(path, timeout, TARGET)).toContain(`from this machine to master ${ports}`);
  });

  it('names the port that was dialled, not the usual one', () => {
    expect(firewallRequest('websocket', timeout, { ...TARGET, sslPort: 443 })).toContain('master port 443 ');
    const silent = { code: 'dial-timeout', details: { host: 'gate', port: 2202 } };
    expect(firewallRequest('ssh', silent, TARGET)).toBe('Please allow TCP from this machine to gate port 2202 (SSH).');
    const proxy = { code: 'port-closed', details: { host: 'proxy.office', port: 3128 } };
    expect(firewallRequest('websocket', proxy, TARGET)).toContain('to proxy.office port 3128 (HTTP proxy)');
  });

  it('is nothing by SSH where the fault lies with the host or behind it', () => {
    for (const code of ['dial-failed', 'dial-timeout', 'line-lost'])
      expect(firewallRequest('ssh', { code, details: {} }, TARGET)).toBeUndefined();
    const own = { code: 'dial-timeout', details: { host: 'master', port: 22 } };
    expect(firewallRequest('ssh', own, TARGET)).toContain('master port 22 (SSH)');
  });

  it('is nothing where the network is not at fault, where there is none, and on this machine itself', () => {
    for (const code of [
      ...['sign-in-refused', 'certificate-changed', 'lease-range-full', 'ssh-sign-in-refused', 'proxy-refused'],
      ...['network-unreachable', 'name-server-silent', 'host-unknown', 'dial-forbidden'],
    ]) {
      expect(firewallRequest('hand-off', { code }, TARGET), code).toBeUndefined();
      expect(firewallRequestForSide(8992, { code }, 'master'), code).toBeUndefined();
    }
    for (const host of ['127.0.0.1', 'localhost', '::1']) {
      expect(firewallRequest('single-port', { code: 'port-closed' }, { ...TARGET, host })).toBeUndefined();
      expect(firewallRequestForSide(8992, { code: 'port-closed' }, host)).toBeUndefined();
    }
  });

  it('is one port where one is enough, in the words of the path test', () => {
    const details = detailsOfFailures([
      { path: 'hand-off', error: new PutError('dial-timeout', '', { host: 'master', port: 9001 }) },
      { path: 'single-port', error: new PutError('dial-timeout', '', { host: 'master', port: 9000 }) },
    ]);
    const cause = { code: 'paths-exhausted', details };
    expect(leastFirewallRequest(['hand-off', 'single-port'], cause, TARGET)).toBe(askForSinglePort('master', 9000));
    expect(leastFirewallRequest(['websocket'], { code: 'dial-timeout' }, TARGET)).toContain('port 8443');
    expect(leastFirewallRequest([], timeout, TARGET)).toBeUndefined();
  });

  it('is for a way that the network stopped, where others failed for other reasons', () => {
    const details = detailsOfFailures([
      { path: 'single-port', error: new PutError('network-unreachable', '', { host: 'master', port: 9000 }) },
      { path: 'ssh', error: new PutError('port-closed', '', { host: 'fd00::1', port: 2202 }) },
      { path: 'websocket', error: new PutError('proxy-refused', '', { status: 403 }) },
    ]);
    const cause = { code: 'paths-exhausted', details };
    expect([...failuresByWay(cause).keys()]).toEqual(['single-port', 'websocket', 'ssh']);
    expect(leastFirewallRequest(['single-port', 'websocket', 'ssh'], cause, TARGET)).toContain(
      'fd00::1 port 2202 (SSH)',
    );
    const noNetwork = { code: 'paths-exhausted', details: { 'single-port': 'network-unreachable' } };
    expect(leastFirewallRequest(['single-port'], noNetwork, TARGET)).toBeUndefined();
  });

  it('names the one port of a service, and what happens until then', () => {
    expect(firewallRequestForSide(11_111, timeout, 'master')).toMatch(/master port 11111 .*GUI port/);
  });

  it('names the hop of a way by SSH that did not answer, and nobody for what lies behind it', () => {
    const seen = { host: '10.9.9.9', port: 2202 };
    expect(firewallRequest('ssh', { code: 'dial-timeout', details: seen }, TARGET)).toContain(
      'to 10.9.9.9 port 2202 (SSH)',
    );
    for (const code of ['ssh-agent-unavailable', 'ssh-forwarding-denied', 'ssh-target-unreachable', 'host-unknown'])
      expect(firewallRequest('ssh', { code, details: seen }, TARGET)).toBeUndefined();
    expect(
      firewallRequest('ssh', { code: 'dial-failed', details: { ...seen, through: 'gate:22' } }, TARGET),
    ).toBeUndefined();
  });
});
