import { describe, expect, it } from 'vitest';
import { firewallRequest, firewallRequestForSide, leastFirewallRequest } from './firewallRequest.ts';
import { judgeWays, sentenceForFirewall } from './pathTest.ts';

const TARGET = { host: 'master', ccPort: 9000, sslPort: 8443, servicePort: 8992, chatPort: 11_111 };

describe('what to ask the firewall team for', () => {
  it.each([
    ['single-port', 'port 9000 '],
    ['hand-off', 'ports 9000 to 9009 '],
    ['direct', 'ports 9000 to 9009, 8992 and 11111 '],
    ['websocket', 'port 8443 '],
    ['ssh', 'port 22 '],
  ] as const)('%s: %s', (path, ports) => {
    expect(firewallRequest(path, 'dial-timeout', TARGET)).toContain(`from this machine to master ${ports}`);
  });

  it('is nothing where the network is not at fault', () => {
    for (const code of ['sign-in-refused', 'certificate-changed', 'lease-range-full', 'ssh-sign-in-refused']) {
      expect(firewallRequest('hand-off', code, TARGET)).toBeUndefined();
      expect(firewallRequestForSide(8992, code, 'master')).toBeUndefined();
    }
  });

  it('is one port where one is enough, in the words of the path test', () => {
    const asked = leastFirewallRequest(['hand-off', 'single-port'], 'paths-exhausted', TARGET);
    const ports = { ...TARGET, ccPortCount: 10, sshPort: 22 };
    expect(asked).toBe(sentenceForFirewall('master', judgeWays([]), ports));
    expect(leastFirewallRequest(['websocket'], 'dial-failed', TARGET)).toContain('port 8443');
    expect(leastFirewallRequest([], 'dial-failed', TARGET)).toBeUndefined();
  });

  it('names the one port of a service, and what happens until then', () => {
    expect(firewallRequestForSide(11_111, 'dial-failed', 'master')).toMatch(/master port 11111 .*GUI port/);
  });

  it('names the hop of a way by SSH that did not answer, and nobody for what lies behind it', () => {
    const seen = { host: '10.9.9.9', port: 2202 };
    expect(firewallRequest('ssh', 'dial-timeout', TARGET, seen)).toContain('to 10.9.9.9 port 2202 (SSH)');
    for (const code of ['ssh-agent-unavailable', 'ssh-forwarding-denied', 'ssh-target-unreachable', 'host-unknown'])
      expect(firewallRequest('ssh', code, TARGET, seen)).toBeUndefined();
    expect(firewallRequest('ssh', 'dial-failed', TARGET, { ...seen, through: 'gate:22' })).toBeUndefined();
  });
});
