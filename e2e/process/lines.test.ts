import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { PathTestResult, PortProbe } from '../../core/model/pathTest.ts';
import type { PathKind } from '../../core/protocol/handshake.ts';
import { clearFirewall, setFirewall, whyNoFirewall, type FirewallRules } from '../../lab/firewall.ts';
import { PERFECT_LINE, type LineProperties } from '../../lab/lineModel.ts';
import { whyNoNamespaces } from '../../lab/namespaces.ts';
import { NamespaceWorker } from '../../lab/NamespaceWorker.ts';
import { startLineSystem, type LineSystem } from '../support/lineSystem.ts';
import type { LineReport, UploadReport } from '../support/lineWorker.ts';
import { SshServer, whyNoSshd } from '../support/sshServer.ts';

/*
 * putservices and a client in network namespaces of their own, an emulated line and a firewall between them. TCP is the
 * kernel's own, the ports are the ones of the manual.
 */

const WORKER = fileURLToPath(new URL('../support/lineWorker.ts', import.meta.url));
const OFFICE: Partial<LineProperties> = { delayMs: 5, bitsPerSecond: 10_000_000 };
const noLine = whyNoNamespaces();
const noFirewall = noLine ?? whyNoFirewall();
const noSsh = noFirewall ?? whyNoSshd();
const why = (reason: string | undefined): string => (reason === undefined ? '' : ` (skipped: ${reason})`);

describe.skipIf(noLine !== undefined)(`a session over an emulated line${why(noLine)}`, () => {
  let place: LineSystem;
  let client: NamespaceWorker;

  beforeAll(async () => {
    place = await startLineSystem(OFFICE, { nodes: 8, speed: 16, portBase: 'config' });
    client = await NamespaceWorker.start(place.line.clientNamespace, WORKER);
  });
  afterEach(async () => {
    if (noFirewall === undefined) clearFirewall(place.line.masterNamespace);
    place.line.set({ ...PERFECT_LINE, ...OFFICE });
    await client.call('signOut', {});
  });
  afterAll(async () => {
    await client?.stop();
    await place?.stop();
  });

  const signIn = (pathOrder: readonly PathKind[], more: object = {}): Promise<LineReport> => {
    const { target, user, password } = place.system;
    return client.call<LineReport>('signIn', { target, user, password, pathOrder, ...more });
  };
  const firewall = (rules: FirewallRules): void => setFirewall(place.line.masterNamespace, rules);

  it.each([
    ['56 kbit/s, 150 ms one way', { delayMs: 150, bitsPerSecond: 56_000 }],
    ['9,600 bit/s, 300 ms one way', { delayMs: 300, bitsPerSecond: 9_600 }],
    ['56 kbit/s, 150 ms, one packet of twenty lost', { delayMs: 150, bitsPerSecond: 56_000, lossPercent: 5 }],
  ])('signs in by single port at %s and is usable', async (_name, properties) => {
    place.line.set(properties);
    expect(await signIn(['single-port'])).toMatchObject({ path: 'single-port', port: 9000 });
    expect(await client.call<number>('say', { text: 'over a slow line' })).toBeGreaterThan(0);
  });

  it('the path test tells what a slow line carries', async () => {
    place.line.set({ delayMs: 150, bitsPerSecond: 56_000 });
    const { target } = place.system;
    const found = await client.call<PathTestResult>('pathTest', { ...target, timeoutMs: 10_000 });
    expect(found.orMore).toBe(false);
    // 7,000 bytes a second, heads of TCP included; the work of a busy machine only makes it less.
    expect(found.bytesPerSecond).toBeGreaterThan(1_500);
    expect(found.bytesPerSecond).toBeLessThan(8_500);
    expect(found.roundTripMs).toBeGreaterThanOrEqual(300);
  });

  it('hands off to the first GUI port, and gives it back at the end of the session', async () => {
    expect(await signIn(['hand-off'])).toMatchObject({ path: 'hand-off', port: 9002 });
    expect(await client.call('leasedPorts', { count: 1 })).toEqual([9002]);
    await client.call('signOut', {});
    await signIn(['single-port']);
    expect(await client.call('leasedPorts', { count: 0 })).toEqual([]);
  });

  describe.skipIf(noFirewall !== undefined)(`through a firewall${why(noFirewall)}`, () => {
    it('that lets only 9000 through: the hand-off gives way to single port, and no lease stays', async () => {
      firewall({ open: [9000] });
      const line = await signIn(['hand-off', 'single-port']);
      expect(line).toMatchObject({ path: 'single-port', port: 9000 });
      expect(await client.call('leasedPorts', { count: 0 })).toEqual([]);
    });

    it('that refuses the hand-off ports: told which one, then single port', async () => {
      firewall({ open: [9000], refused: [9001] });
      const line = await signIn(['hand-off', 'single-port']);
      expect(line).toMatchObject({ path: 'single-port', port: 9000 });
      expect(line.attempts).toMatchObject([
        { path: 'hand-off', outcome: 'port-closed', message: expect.stringContaining(':9001') as string },
        { path: 'single-port', outcome: 'works' },
      ]);
    });

    it('that lets only 8443 through: WebSocket', async () => {
      firewall({ open: [8443] });
      expect(await signIn(['single-port', 'hand-off', 'websocket'])).toMatchObject({ path: 'websocket', port: 8443 });
      expect(await client.call<number>('say', { text: 'by WebSocket' })).toBeGreaterThan(0);
    });

    it.skipIf(noSsh !== undefined)(`that lets only 22 through: SSH through a real sshd${why(noSsh)}`, async () => {
      const { masterNamespace: namespace, masterAddress: address } = place.line;
      const ssh = await SshServer.start({ namespace, address, port: 22 });
      try {
        firewall({ open: [22] });
        const { user, port, keyFile, knownHostsFile } = ssh;
        const line = await signIn(['single-port', 'websocket', 'ssh'], {
          ssh: { user, port, keyFile, knownHostsFile },
        });
        expect(line.path).toBe('ssh');
        expect(await client.call<number>('say', { text: 'through the tunnel' })).toBeGreaterThan(0);
        await client.call('signOut', {});
      } finally {
        await ssh.stop();
      }
    });

    it('that lets nothing through: every way is named with what went wrong', async () => {
      firewall({ open: [], refused: [9000, 9001, 8443] });
      await expect(signIn(['single-port', 'hand-off', 'websocket'])).rejects.toMatchObject({
        code: 'paths-exhausted',
        message: expect.stringMatching(/single-port: .*9000.*hand-off: .*9000.*websocket: .*8443/) as string,
      });
    });

    it.each([
      ['both', {}, undefined, undefined],
      ['to the master', { largestIn: 1280 }, 1280, undefined],
      ['to the client', { largestOut: 1400 }, undefined, 1400],
      ['to each, by WebSocket', { open: [8443], largestIn: 1400, largestOut: 1280 }, 1400, 1280],
    ])('the path test tells which packets pass: %s', async (_which, rules, toMaster, toClient) => {
      firewall({ open: 'all', ...rules });
      const { target } = place.system;
      const found = await client.call<PathTestResult>('pathTest', { ...target, ccPortCount: 2, timeoutMs: 1_500 });
      const about = (largest: number | undefined): object =>
        largest === undefined
          ? { kind: 'full-size' }
          : {
              kind: 'limited',
              passesBytes: expect.toSatisfy((n: number) => n <= largest && n > largest - 16) as number,
            };
      expect(found.packets).toMatchObject({ toMaster: about(toMaster), toClient: about(toClient) });
      const least = Math.min(toMaster ?? 1500, toClient ?? 1500);
      if (least === 1500) expect(found.askFor).toContain('Nothing is needed');
      else
        expect(found.askFor).toMatch(
          /do not pass: MTU or MSS\. Please clamp the TCP MSS on that way to 1[0-3]\d\d bytes/,
        );
    });

    it('the path test tells open, refused, filtered and foreign apart, and what to ask for', async () => {
      const master = await NamespaceWorker.start(place.line.masterNamespace, WORKER);
      try {
        const { target } = place.system;
        const other = { host: target.host, port: 8444, greeting: 'HTTP/1.1 400 Bad Request\r\n\r\n' };
        await master.call('foreignServer', other);
        firewall({ open: 'all', refused: [9001, 9000], filtered: [9002, 9003, 8992] });
        const test = (more: object): Promise<PathTestResult> =>
          client.call<PathTestResult>('pathTest', { ...target, timeoutMs: 1_500, sshPort: 8444, ...more });
        const found = await test({});
        const findings = (role: PortProbe['role']): string[] =>
          found.ports.filter((probe) => probe.role === role).map(({ port, finding }) => `${port} ${finding}`);
        expect(findings('negotiation')).toEqual(['9000 refused']);
        expect(findings('watch')).toEqual(['9001 refused']);
        expect(findings('gui').slice(0, 3)).toEqual(['9002 filtered', '9003 filtered', '9004 speaks-put']);
        expect(findings('service')).toEqual(['8992 filtered']);
        expect(findings('chat')).toEqual(['11111 speaks-put']);
        expect(findings('web')).toEqual(['8443 speaks-put']);
        expect(findings('ssh')).toEqual(['8444 speaks-other']);
        expect(found.ways.filter(({ works }) => works).map(({ path }) => path)).toEqual(['websocket']);
        expect(found.certificateKnown).toBe(true);
        expect(found.roundTripMs).toBeGreaterThan(5);
        expect(found.askFor).toBe(
          `Please allow TCP from this machine to ${target.host} port 9000 (TLS 1.2 or newer, one long-lived connection); ` +
            'no other port is needed. Until then HTTPS on port 8443 will do.',
        );

        firewall({ open: [9000] });
        const single = await test({ ccPortCount: 3, sslPort: 8444 });
        expect(single.askFor).toContain('Nothing is needed: TCP port 9000');
        expect(single.ways.filter(({ works }) => works).map(({ path }) => path)).toEqual(['single-port']);

        clearFirewall(place.line.masterNamespace);
        const foreign = await test({ ccPortCount: 2, sslPort: 8444 });
        expect(foreign.ports.find(({ role }) => role === 'web')).toMatchObject({
          finding: 'speaks-other',
          note: 'no TLS here',
        });
      } finally {
        await master.stop();
      }
    });
  });

  /** The line is dead until the client has noticed. */
  const outage = async (): Promise<void> => {
    place.line.set({ up: false });
    await client.call('networkChanged', {});
    await client.call('untilLost', {});
  };

  it('an outage in the middle of an upload: it goes on where the master stopped, and the digest is right', async () => {
    place.line.set({ delayMs: 20, bitsPerSecond: 2_000_000 });
    const { sessionId } = await signIn(['single-port']);
    await client.call('startUpload', { payloadBytes: 600_000, untilBytes: 150_000 });
    await outage();
    const before = await client.call<UploadReport>('uploadSoFar', {});
    const { sizeBytes } = before;
    expect(before.storedBytes).toBeLessThan(sizeBytes);
    place.line.set({ up: true });
    expect(await client.call('untilOnline', { nudge: true })).toMatchObject({ sessionId, resumed: true });
    const after = await client.call<UploadReport & { confirmed: string }>('finishUpload', {});
    expect(after.confirmed).toBe(before.sha256);
    expect(after.storedBytes).toBe(sizeBytes);
    // Nothing that the master had was read and sent again, and from there on each byte once, in order.
    const resumed = after.reads.slice(before.reads.length);
    expect(resumed[0]?.offset).toBeGreaterThanOrEqual(before.storedBytes);
    let next = resumed[0]?.offset;
    for (const { offset, bytes } of resumed) {
      expect(offset).toBe(next);
      next = offset + bytes;
    }
    expect(next).toBe(sizeBytes);
  });

  it('an outage in the middle of an install: it ends well, and nothing told of it is lost or doubled', async () => {
    const { sessionId } = await signIn(['single-port']);
    await client.call('uploadSamples', {});
    const seen = await client.call<number>('startInstall', { untilEvent: 30 });
    await outage();
    place.line.set({ up: true });
    expect(await client.call('untilOnline', { nudge: true })).toMatchObject({ sessionId, resumed: true });
    const end = await client.call<{ state: string; eventNumber: number; timeline: number[] }>('finishInstall', {});
    expect(end.state).toBe('succeeded');
    expect(end.eventNumber).toBeGreaterThan(seen);
    expect(end.timeline.length).toBeGreaterThan(5);
    expect(end.timeline).toEqual(end.timeline.map((_number, at) => (end.timeline[0] ?? 0) + at));
  });

  it('another address of the client: the same session goes over to a line from there', async () => {
    const { sessionId } = await signIn(['hand-off']);
    await client.call('say', { text: 'from the old address' });
    const before = place.line.clientAddress;
    expect(place.line.changeClientAddress()).not.toBe(before);
    expect(await client.call('moved', {})).toMatchObject({
      sessionId,
      resumed: true,
      path: 'hand-off',
      port: 9002,
    });
    expect(await client.call<number>('say', { text: 'from the new address' })).toBeGreaterThan(0);
  });
});

describe.skipIf(noFirewall !== undefined)(`a firewall that blocks 9010 and 9011${why(noFirewall)}`, () => {
  const blocked: FirewallRules = { open: 'all', refused: [9010, 9011] };

  async function during(
    config: readonly string[],
    work: (place: LineSystem, client: NamespaceWorker) => Promise<void>,
  ): Promise<void> {
    const place = await startLineSystem(OFFICE, { nodes: 1, portBase: 'config' }, config);
    let client: NamespaceWorker | undefined;
    try {
      client = await NamespaceWorker.start(place.line.clientNamespace, WORKER);
      setFirewall(place.line.masterNamespace, blocked);
      await work(place, client);
    } finally {
      await client?.stop();
      await place.stop();
    }
  }

  it('keeps out who cancelled eight times, with the documented behaviour', async () => {
    await during(['ALLOWOVERFLOW=yes', 'LEASEWATCH=off'], async ({ system }, client) => {
      const who = { target: system.target, user: system.user, password: system.password, pathOrder: ['hand-off'] };
      expect(await client.call('connectAndCancel', { ...who, times: 8 })).toEqual([
        9002, 9003, 9004, 9005, 9006, 9007, 9008, 9009,
      ]);
      for (const port of [9010, 9011]) {
        await expect(client.call('signIn', who)).rejects.toMatchObject({
          code: 'port-closed',
          message: expect.stringContaining(`:${port}`) as string,
        });
      }
    });
  });

  it('keeps nobody out with ours, and offers no port beyond the range', async () => {
    await during([], async ({ system }, client) => {
      const who = { target: system.target, user: system.user, password: system.password, pathOrder: ['hand-off'] };
      const offered = await client.call<number[]>('connectAndCancel', { ...who, times: 16 });
      expect(Math.max(...offered)).toBeLessThanOrEqual(9009);
      const line = await client.call<LineReport>('signIn', who);
      expect(line.path === 'hand-off' ? line.port : 9002).toBeGreaterThanOrEqual(9002);
      expect(line.port).toBeLessThanOrEqual(9009);
      await client.call('signOut', {});
    });
  });
});
