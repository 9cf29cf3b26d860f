import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../protocol/errorCatalogue.ts';
import { judgeWays, portsToProbe, whatToDo, type PortProbe } from './pathTest.ts';

const PLAN = { ccPort: 9000, ccPortCount: 4, servicePort: 8992, chatPort: 11_111, sslPort: 8443, sshPort: 2202 };
const after = (host: string, probe: Omit<PortProbe, 'port' | 'role'>, open: readonly number[] = []) => {
  const ports = portsToProbe(PLAN).map((port) =>
    open.includes(port.port) ? { ...port, finding: 'speaks-put' as const } : { ...port, ...probe },
  );
  return whatToDo(host, ports, judgeWays(ports), PLAN);
};

describe('what follows from a path test', () => {
  it.each<[ErrorCode, RegExp]>([
    ['network-unreachable', /Check cable, Wi-Fi and VPN of this machine/],
    ['name-server-silent', /No name server answered/],
    ['host-unknown', /The host name has no address/],
    ['dial-forbidden', /This machine itself forbids/],
  ])('%s: nothing to ask of the firewall team, but to do here', (code, advice) => {
    const found = after('master', { finding: 'unreachable', code });
    expect(found.askFor).toBeUndefined();
    expect(found.advice).toMatch(advice);
  });

  it('names no firewall between this machine and itself', () => {
    const found = after('127.0.0.1', { finding: 'refused', code: 'port-closed' });
    expect([found.askFor, found.advice]).toEqual([
      undefined,
      'putservices does not answer on this machine at port 9000: start it, or correct the port.',
    ]);
  });

  it('asks for one port where nothing comes back, and to look at the host first where all is refused', () => {
    expect(after('master', { finding: 'filtered', code: 'dial-timeout' })).toEqual({
      askFor: expect.stringContaining('to master port 9000 ') as string,
    });
    expect(after('master', { finding: 'refused', code: 'port-closed' }).advice).toContain(
      'first check that putservices',
    );
  });

  it('says which port works until then, by the port that was tested', () => {
    const filtered = { finding: 'filtered', code: 'dial-timeout' } as const;
    expect(after('master', filtered, [2202]).askFor).toContain('Until then SSH on port 2202 will do.');
    expect(after('master', filtered, [9000]).askFor).toContain('Nothing is needed');
  });
});

it('does not take the services of another putservices for those of the target', () => {
  const shown = (probe: { port: number; role: PortProbe['role'] }): PortProbe => ({
    ...probe,
    finding: 'speaks-put',
    fingerprint: probe.role === 'service' || probe.role === 'chat' ? 'BB' : 'AA',
  });
  const direct = (ports: readonly PortProbe[]) => judgeWays(ports).find(({ path }) => path === 'direct');
  expect(direct(portsToProbe(PLAN).map(shown))).toEqual({
    path: 'direct',
    works: false,
    missing: [8992, 11_111],
    because:
      'another putservices answers at 8992 and 11111, by another certificate than at 9000: give SERVICEPORT and CHATPORT of this one',
  });
  const same = portsToProbe(PLAN).map((port) => ({ ...shown(port), fingerprint: 'AA' }));
  expect(direct(same)?.works).toBe(true);
});
