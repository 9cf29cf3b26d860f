import { beforeEach, describe, expect, it } from 'vitest';
import { PutError } from '../core/protocol/errors.ts';
import type { SavedSystem } from '../core/workbench/state.ts';
import { EXIT } from './exitCodes.ts';
import { FakeHost, TEST_FINGERPRINT } from './testing/FakeMaster.ts';

const HELD =
  'every GUI port is leased (range: 9002 to 9002). 9002 ben at laptop since 2026-11-22 09:00 UTC (attached).';
const LAB = ['--host', 'lab', '--fingerprint', TEST_FINGERPRINT];

let host: FakeHost;
beforeEach(() => {
  host = new FakeHost();
  host.master.setState('nodes', { nodes: {} });
});

const savedSystem = (): SavedSystem =>
  (JSON.parse(host.saved ?? '{}') as { systems: SavedSystem[] }).systems[0] as SavedSystem;

describe('putctl tells of its line', () => {
  it('who holds the ports when the range is full, and goes on', async () => {
    host.master.leaseRefused = { code: 'lease-range-full', message: HELD };
    expect(await host.run('nodes', '--path', 'hand-off', ...LAB)).toBe(EXIT.done);
    expect(host.err).toContain(HELD);
    expect(host.err).toContain('This session goes over port 9000 instead.');
    expect(host.out).not.toContain('9002');
  });

  it('which port of direct is blocked, why, and what to ask for', async () => {
    const cause = new PutError('dial-timeout', 'master:8992 did not answer within 20 s');
    host.master.blockedSides = [{ service: 'file', port: 8992, state: 'blocked', cause, failedAtMs: 1 }];
    expect(await host.run('nodes', '--path', 'direct', ...LAB)).toBe(EXIT.done);
    expect(host.err).toContain('Port 8992 (file): master:8992 did not answer within 20 s. It goes over port 9000.');
    expect(host.err).toContain('Please allow TCP from this machine to master port 8992');
  });

  it('while it is lost, why and what to do, also that another server answers in its place', async () => {
    host.master.answers['nodes.refresh'] = () => {
      host.master.setLine('lost', new PutError('line-lost', 'lab:9000: ECONNRESET'));
      host.master.setLine('lost', new PutError('stranger-answers', 'lab:9000 shows the certificate CC'));
      host.master.setLine('online');
      return {};
    };
    await host.run('nodes', 'refresh', ...LAB);
    expect(host.err.match(/The line is lost/g)).toHaveLength(1);
    expect(host.err).toContain('lab:9000 shows the certificate CC. The session comes back by itself when');
    expect(host.err).toContain('The line is back.');
  });

  it('what the firewall team can do when no way worked', async () => {
    host.signIn = () =>
      Promise.reject(
        new PutError('paths-exhausted', 'no way to lab worked (single-port: lab:9000: the port is closed)', {
          'single-port': 'port-closed',
          websocket: 'dial-timeout',
        }),
      );
    expect(await host.run('nodes', ...LAB)).toBe(EXIT.failed);
    expect(host.err).toContain('single-port: lab:9000: the port is closed');
    expect(host.err).toContain('For the firewall team: Please allow TCP from this machine to lab port 9000 ');
    const { document } = await host.runJson('nodes', '--path', 'websocket');
    expect(document['askFor']).toContain('lab port 8443 ');
    const other = await host.runJson('nodes', '--path', 'websocket', '--ssl-port', '443');
    expect(other.document['askFor']).toContain('lab port 443 ');
  });

  it('nothing for the firewall team when the password was wrong', async () => {
    host.env = { ...host.env, PUT_PASSWORD: 'wrong' };
    const { document } = await host.runJson('nodes');
    expect(document).toMatchObject({ error: { code: 'sign-in-refused' } });
    expect(document['askFor']).toBeUndefined();
  });
});

describe('putctl remembers the way that worked', () => {
  it('first next time, the order as it was given, and not where the command line orders the ways', async () => {
    const add = ['systems', 'add', 'lab', ...LAB, '--path', 'hand-off,websocket,single-port'];
    expect(await host.run(...add)).toBe(EXIT.done);
    host.master.workedPath = 'websocket';
    expect(await host.run('nodes')).toBe(EXIT.done);
    expect(host.signIns.at(-1)?.pathOrder).toEqual(['hand-off', 'websocket', 'single-port']);
    expect(savedSystem()).toMatchObject({
      pathOrder: ['hand-off', 'websocket', 'single-port'],
      lastPath: 'websocket',
    });
    expect(await host.run('nodes')).toBe(EXIT.done);
    expect(host.signIns.at(-1)?.pathOrder).toEqual(['websocket', 'hand-off', 'single-port']);
    host.master.workedPath = 'ssh';
    expect(await host.run('nodes', '--path', 'ssh,direct')).toBe(EXIT.done);
    expect(host.signIns.at(-1)?.pathOrder).toEqual(['ssh', 'direct']);
    expect(savedSystem().lastPath).toBe('websocket');
  });
});

describe('a message to the timeline', () => {
  it.each(['', '  '])('that says nothing (%j) is a slip of the caller, and nothing is sent', async (text) => {
    expect(await host.run('chat', 'say', text, ...LAB)).toBe(EXIT.failed);
    expect(host.err).toContain('there is no text to say');
    expect(host.master.requests).toEqual([]);
  });
});
