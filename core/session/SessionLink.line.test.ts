import { describe, expect, it } from 'vitest';
import { PutError } from '../protocol/errors.ts';
import { Channel, encodeFrame, FrameType, type Frame } from '../protocol/frame.ts';
import { TIMES } from '../protocol/limits.ts';
import { createFakeClock } from '../testing/fakeClock.ts';
import { createLinkPair, type LinkPair } from '../testing/linkPair.ts';
import { RecordingLink } from '../testing/RecordingLink.ts';
import { createScriptedPeer, type PeerScript, type ScriptedPeer } from '../testing/scriptedPeer.ts';
import { Wire, type WireOptions } from '../testing/Wire.ts';

function createPair(options?: WireOptions): LinkPair & { wire: Wire } {
  const pair = createLinkPair();
  return { ...pair, wire: pair.join(options) };
}

/** A link whose peer follows a script. */
function againstScript(script: PeerScript, options: WireOptions = { latencyMs: 0 }) {
  const clock = createFakeClock();
  const end = new RecordingLink(clock);
  const wire = new Wire(clock, options);
  const peer: ScriptedPeer = createScriptedPeer(wire.server, script);
  end.link.attach(wire.client, { peerReceived: 0, rest: new Uint8Array(0) });
  return { clock, end, wire, peer };
}

const pong = (frame: Frame | undefined) => [
  encodeFrame({ type: FrameType.pong, body: frame?.body ?? new Uint8Array(8) }),
];

describe('SessionLink: keep-alive and round trip', () => {
  it('measures the round trip when a line comes and while it is idle', async () => {
    const { clock, client } = createPair({ latencyMs: 40 });
    expect(client.link.roundTripMs).toBeUndefined();
    await clock.advance(100);
    expect(client.link.roundTripMs).toBe(80);
  });

  it('measures the round trip also while it speaks all the time, and anew on another line', async () => {
    const { clock, client, wire } = createPair({ latencyMs: 40 });
    await clock.advance(1_000);
    wire.options.latencyMs = 900;
    for (let second = 0; second < 70; second++) {
      client.link.sendFileData(1, second, Uint8Array.of(1));
      await clock.advance(1_000);
    }
    expect(client.link.roundTripMs).toBeGreaterThan(1_000);
    client.link.attach(new Wire(clock, { latencyMs: 5 }).client, { peerReceived: 0, rest: new Uint8Array(0) });
    expect(client.link.roundTripMs).toBeUndefined();
  });

  it('speaks after five seconds of its own silence, and holds an idle line for an hour', async () => {
    const { clock, client, server, wire } = createPair({ latencyMs: 40 });
    await clock.advance(1_000);
    const before = wire.clientSentBytes;
    await clock.advance(TIMES.keepAliveMs - 2_000);
    expect(wire.clientSentBytes).toBe(before);
    await clock.advance(2_000);
    expect(wire.clientSentBytes).toBeGreaterThan(before);
    await clock.advance(3_600_000);
    expect(client.lost).toEqual([]);
    expect(server.lost).toEqual([]);
    // One ping and one pong in five seconds and not more, from both ends together.
    expect((wire.clientSentBytes - before) / (3_600_000 / TIMES.keepAliveMs)).toBeLessThanOrEqual(2 * 24);
  });

  it('goes on speaking while its ping is unanswered, since the peer counts our silence too', async () => {
    const { clock, peer, end } = againstScript({ message: () => [] });
    await clock.advance(19_000);
    expect(end.lost).toEqual([]);
    expect(peer.heard.filter((cue) => cue === 'ping')).toHaveLength(1);
    expect(peer.heard.filter((cue) => cue === 'keepAlive').length).toBeGreaterThanOrEqual(2);
  });

  it('answers a keep-alive at once with an acknowledgement', async () => {
    const { clock, peer } = againstScript({ ping: pong });
    peer.say(encodeFrame({ type: FrameType.keepAlive }));
    await clock.advance(1);
    expect(peer.heard.at(-1)).toBe('acknowledge');
  });

  it('answers one ping, not a thousand, to a peer that pings and does not read', async () => {
    const { clock, peer, wire } = againstScript({}, { latencyMs: 1_000, fullBytes: 64 });
    const flood = Array.from({ length: 1_000 }, () => encodeFrame({ type: FrameType.ping, body: new Uint8Array(8) }));
    peer.say(...flood);
    await clock.advance(1_100);
    expect(wire.clientSentBytes).toBeLessThan(24 * 10);
  });
});

describe('SessionLink: a peer that is silent', () => {
  it('counts as dead after 20 s with something unacknowledged', async () => {
    const { clock, client, server, wire } = createPair();
    await clock.advance(10_000);
    const heardBefore = client.link.heardAtMs;
    client.say('into the dark');
    wire.cut({ silent: true });
    await clock.advance(TIMES.deadPeerMs - (clock.nowMs() - heardBefore) - 1);
    expect(client.lost).toEqual([]);
    await clock.advance(TIMES.tickMs + 1);
    expect(client.lost).toMatchObject([{ code: 'peer-silent' }]);
    expect(clock.nowMs() - heardBefore).toBeLessThanOrEqual(TIMES.deadPeerMs + TIMES.tickMs);
    await clock.advance(30_000);
    expect(server.lost).toMatchObject([{ code: 'peer-silent' }]);
    expect(clock.openTimers).toBe(0);
  });

  it('does not count as dead while nothing is unacknowledged: it answers pings and says no more', async () => {
    const { clock, end } = againstScript({ ping: pong });
    await clock.advance(10 * 60_000);
    expect(end.lost).toEqual([]);
  });

  it('is not declared dead because our own loop stalled; what it said meanwhile is read first', async () => {
    const { clock, client, server } = createPair();
    await clock.advance(1_000);
    client.say('before the stall');
    clock.jump(60_000);
    await clock.advance(2_000);
    expect(client.lost).toEqual([]);
    expect(server.lost).toEqual([]);
    expect(server.texts).toEqual(['before the stall']);
    await clock.advance(60_000);
    expect(client.lost).toEqual([]);
  });

  it('is probed after a stall, and lost within the time of a probe when the line is gone', async () => {
    const { clock, client, wire } = createPair();
    await clock.advance(1_000);
    wire.cut({ silent: true });
    clock.jump(8 * 3_600_000);
    await clock.advance(TIMES.probeMs - 1);
    expect(client.lost).toEqual([]);
    await clock.advance(TIMES.tickMs + 1);
    expect(client.lost).toMatchObject([{ code: 'peer-silent' }]);
  });

  it('must answer a probe in time, to the millisecond', async () => {
    const { clock, client, wire } = createPair();
    await clock.advance(1_000);
    client.link.probe();
    await clock.advance(TIMES.probeLeastMs * 3);
    expect(client.lost).toEqual([]);
    expect(client.probesAnswered).toBe(1);
    wire.cut({ silent: true });
    client.link.probe();
    await clock.advance(TIMES.probeLeastMs - 500);
    client.link.probe();
    await clock.advance(499);
    expect(client.lost).toEqual([]);
    await clock.advance(1);
    expect(client.lost).toMatchObject([{ code: 'peer-silent' }]);
  });

  it('is given four round trips of its line for a probe', async () => {
    const { clock, client, wire } = createPair({ latencyMs: 1_000 });
    await clock.advance(10_000);
    wire.cut({ silent: true });
    client.link.probe();
    await clock.advance(7_999);
    expect(client.lost).toEqual([]);
    await clock.advance(1);
    expect(client.lost).toMatchObject([{ code: 'peer-silent' }]);
  });

  it('proves nothing by bytes that were on their way before the probe, and much by later ones', async () => {
    const { clock, end, peer, wire } = againstScript({ ping: () => [] });
    await clock.advance(1_000);
    const credit = encodeFrame({ type: FrameType.acknowledge });
    peer.say(credit);
    end.link.probe();
    await clock.advance(200);
    expect(end.probesAnswered).toBe(0);
    await clock.advance(400);
    peer.say(credit);
    await clock.advance(1);
    expect(end.probesAnswered).toBe(1);
    await clock.advance(TIMES.probeLeastMs);
    expect(end.lost).toEqual([]);
    end.link.probe();
    wire.cut({ silent: true });
    await clock.advance(TIMES.probeLeastMs);
    expect(end.lost).toMatchObject([{ code: 'peer-silent' }]);
  });

  it('is not asked whether it lives while our own handler works', async () => {
    const { clock, client, server } = createPair();
    await clock.advance(1_000);
    let done: () => void = () => {};
    client.on.onMessage = () => new Promise<void>((resolve) => (done = resolve));
    server.say('long work');
    await clock.advance(100);
    client.link.probe();
    await clock.advance(60_000);
    expect(client.lost).toEqual([]);
    done();
    await clock.advance(TIMES.probeLeastMs);
    expect(client.lost).toEqual([]);
    expect(client.probesAnswered).toBe(1);
  });

  it('tells of a sleep, not of a short stall', async () => {
    const { clock, client } = createPair();
    await clock.advance(1_000);
    clock.jump(10_000);
    await clock.advance(2_000);
    expect(client.wakeUps).toBe(0);
    clock.jump(60_000);
    await clock.advance(2_000);
    expect(client.wakeUps).toBe(1);
  });

  it('hears nothing more from a line that was retired, and keeps what is said meanwhile for the next', async () => {
    const { clock, client, server, join } = createPair();
    await clock.advance(1_000);
    const close = client.link.retire();
    server.say('too late on this line');
    client.say('said between the lines');
    await clock.advance(500);
    expect(client.texts).toEqual([]);
    expect(client.link.received).toBe(0);
    join();
    close?.();
    await clock.advance(500);
    expect(client.texts).toEqual(['too late on this line']);
    expect(server.texts).toEqual(['said between the lines']);
    expect(client.lost).toEqual([]);
    expect(new RecordingLink(clock).link.retire()).toBeUndefined();
  });

  it('is not asked anything by a probe without a line', () => {
    const end = new RecordingLink(createFakeClock());
    end.link.probe();
    expect(end.link.attached).toBe(false);
  });
});

describe('SessionLink: files', () => {
  it('carries file bytes and credit, unnumbered', async () => {
    const { clock, client, server } = createPair({ latencyMs: 5, pieceBytes: 7 });
    const far = 2 ** 40;
    client.link.sendFileData(7, far, Uint8Array.of(1, 2, 3));
    const credit = { transfer: 7, stored: far + 3, allowed: far + 1_000, arrivedAtMs: 12 };
    server.link.sendFileCredit(credit);
    await clock.advance(50);
    expect(server.fileData).toEqual([{ transfer: 7, offset: far, bytes: [1, 2, 3] }]);
    expect(client.credits).toEqual([credit]);
    expect(client.link.lastSent).toBe(0);
  });

  it('says when the line is full and when there is room again', async () => {
    const { clock, client, server } = createPair({ latencyMs: 10, fullBytes: 2_000 });
    await clock.advance(100);
    let offset = 0;
    while (client.link.sendFileData(1, offset, new Uint8Array(500))) offset += 500;
    expect(client.link.writable).toBe(false);
    expect(client.writableCalls).toBe(0);
    await clock.advance(50);
    expect(client.writableCalls).toBe(1);
    expect(client.link.writable).toBe(true);
    expect(server.fileData).toHaveLength(offset / 500 + 1);
  });

  it('drops file bytes without a line, and keeps messages', async () => {
    const { clock, client, server, wire, join } = createPair();
    wire.cut();
    await clock.advance(50);
    expect(client.link.sendFileData(1, 0, new Uint8Array(5))).toBe(false);
    client.say('kept');
    join();
    await clock.advance(50);
    expect(server.fileData).toEqual([]);
    expect(server.texts).toEqual(['kept']);
  });

  it('lets messages pass between file frames', async () => {
    const { clock, client, server } = createPair({ latencyMs: 5 });
    const order: string[] = [];
    server.on.onFileData = (_transfer, offset) => void order.push(`file ${offset}`);
    server.on.onMessage = () => void order.push('message');
    client.link.sendFileData(1, 0, new Uint8Array(9));
    client.say('between');
    client.link.sendFileData(1, 9, new Uint8Array(9));
    await clock.advance(20);
    expect(order).toEqual(['file 0', 'message', 'file 9']);
  });
});

describe('SessionLink: the end', () => {
  it.each(['client', 'server'] as const)(
    'closed by the %s: the other end hears why, once, and both let the line go',
    async (who) => {
      const pair = createPair({ latencyMs: 30 });
      const other = who === 'client' ? pair.server : pair.client;
      await pair.clock.advance(1_000);
      pair[who].link.close(new PutError('session-closed', 'over', { by: 'ada' }));
      pair[who].link.close(new PutError('session-closed', 'over again'));
      await pair.clock.advance(10_000);
      expect(other.closed).toMatchObject([{ code: 'session-closed', message: 'over', details: { by: 'ada' } }]);
      expect(other.lost).toEqual([]);
      expect(pair[who].lost).toEqual([]);
      expect(pair.clock.openTimers).toBe(0);
      for (const end of [pair.client, pair.server]) {
        expect(() => end.say('more')).toThrowError(expect.objectContaining({ code: 'session-closed' }));
        expect(() =>
          end.link.attach(new Wire(pair.clock).client, { peerReceived: 0, rest: new Uint8Array(0) }),
        ).toThrowError(expect.objectContaining({ code: 'session-closed' }));
      }
    },
  );

  it('carries a long reason in any script within the limit of a close frame', async () => {
    const { clock, client, server } = createPair();
    const wide = '\u7aef'.repeat(2_000);
    server.link.close(new PutError('session-closed', wide, { by: wide }));
    await clock.advance(100);
    expect(client.closed[0]).toMatchObject({ message: '\u7aef'.repeat(300), details: {} });
  });

  it('stopping services end the line, not the session', async () => {
    const { clock, client, server, join } = createPair();
    server.link.close(new PutError('server-stopping', 'an upgrade'));
    await clock.advance(100);
    expect(client.lost).toMatchObject([{ code: 'server-stopping' }]);
    expect(client.closed).toEqual([]);
    expect(join).toThrow();
  });

  it('an unknown reason of a newer peer ends the line and is shown by name', async () => {
    const { clock, end, peer } = againstScript({ ping: pong });
    const body = Uint8Array.from([
      0xa3,
      0x64,
      ...Buffer.from('code'),
      0x66,
      ...Buffer.from('newish'),
      0x67,
      ...Buffer.from('message'),
      0x62,
      ...Buffer.from('ok'),
      0x67,
      ...Buffer.from('details'),
      0xa0,
    ]);
    peer.say(encodeFrame({ type: FrameType.close, body }));
    await clock.advance(10);
    expect(end.lost).toMatchObject([{ code: 'internal', message: 'newish: ok' }]);
  });

  it('cuts a line that does not close after the last word', async () => {
    const clock = createFakeClock();
    const end = new RecordingLink(clock);
    let destroyed = 0;
    end.link.attach(
      {
        label: 'deaf',
        port: 1,
        setHandlers: () => {},
        send: () => true,
        pause: () => {},
        resume: () => {},
        end: () => {},
        destroy: () => destroyed++,
      },
      { peerReceived: 0, rest: new Uint8Array(0) },
    );
    end.link.close(new PutError('session-closed', 'over'));
    await clock.advance(TIMES.closeMs - 1);
    expect(destroyed).toBe(0);
    await clock.advance(1);
    expect(destroyed).toBe(1);
    expect(clock.openTimers).toBe(0);
  });

  it('a line that ends without a word is lost, and detach tells nobody', async () => {
    const { clock, client, server } = createPair();
    await clock.advance(100);
    server.link.detach();
    await clock.advance(100);
    expect(server.lost).toEqual([]);
    expect(client.lost).toMatchObject([{ code: 'line-lost' }]);
    expect(clock.openTimers).toBe(0);
  });

  it('refuses a peer that claims what was never sent or forgets what it acknowledged, and keeps the line it has', async () => {
    const { clock, client } = createPair();
    client.say('one');
    await clock.advance(1_000);
    expect(client.link.acknowledged).toBe(1);
    const other = new Wire(clock);
    for (const peerReceived of [0, 2]) {
      expect(() => client.link.attach(other.client, { peerReceived, rest: new Uint8Array(0) })).toThrowError(
        expect.objectContaining({ code: 'frame-out-of-order' }),
      );
    }
    expect(client.link.attached).toBe(true);
    expect(client.say('two', Channel.job)).toBe(2);
  });
});
