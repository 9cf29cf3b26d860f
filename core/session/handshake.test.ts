import { describe, expect, it } from 'vitest';
import { encodeBody } from '../protocol/body.ts';
import { PutError } from '../protocol/errors.ts';
import { encodeFrame, FrameType, PREFACE } from '../protocol/frame.ts';
import { PROTOCOL_VERSIONS, type Hello, type Welcome } from '../protocol/handshake.ts';
import { TIMES } from '../protocol/limits.ts';
import { bytesOfHex, joinBytes } from '../testing/bytes.ts';
import { createFakeClock } from '../testing/fakeClock.ts';
import { createScriptedPeer, type PeerScript } from '../testing/scriptedPeer.ts';
import { Wire, type WireOptions } from '../testing/Wire.ts';
import { awaitHello, greet, sendRefused, sendWelcome } from './handshake.ts';

const HELLO: Hello = {
  versions: [...PROTOCOL_VERSIONS],
  software: 'test',
  capabilities: ['deflate-1', 'older'],
  purpose: 'session',
  path: 'single-port',
  clientSystem: 'laptop',
  password: { user: 'engineer', password: 'secret' },
};
const WELCOME: Welcome = {
  version: PROTOCOL_VERSIONS[0],
  software: 'test',
  capabilities: ['deflate-1'],
  sessionId: 's-1',
  sessionToken: 'kX9mQ2vB7nL4pR8sT1wZ6c',
  resumed: false,
  received: 0,
  graceMs: 1,
  user: 'engineer',
  role: 'operator',
  systemName: 'practice',
  practice: true,
  serverTimeMs: 1,
};
const welcomeBytes = (more: Record<string, unknown> = {}): Uint8Array =>
  joinBytes(PREFACE, encodeFrame({ type: FrameType.welcome, body: encodeBody({ ...WELCOME, ...more }) }));
const helloBytes = (more: Record<string, unknown> = {}): Uint8Array =>
  joinBytes(PREFACE, encodeFrame({ type: FrameType.hello, body: encodeBody({ ...HELLO, ...more }) }));

function setup(options: WireOptions = { latencyMs: 5 }) {
  const clock = createFakeClock();
  return { clock, wire: new Wire(clock, options) };
}

/** Settles to the value or the error of a promise, without leaving a rejection unhandled while the clock moves. */
function outcome<T>(promise: Promise<T>): Promise<T | PutError> {
  return promise.catch((error: unknown) => {
    if (error instanceof PutError) return error;
    throw error;
  });
}

/** What `greet` makes of a peer that follows the script. */
async function greetAgainst(script: PeerScript, advanceMs = 100) {
  const { clock, wire } = setup();
  const peer = createScriptedPeer(wire.server, script, { expectPreface: true });
  const result = outcome(greet(wire.client, HELLO, clock));
  await clock.advance(advanceMs);
  return { result: await result, peer, clock };
}

describe('handshake', () => {
  it.each([1, 7, 1_000])('greets in one round trip over pieces of %i bytes', async (pieceBytes) => {
    const { clock, wire } = setup({ latencyMs: 5, pieceBytes });
    const heard = awaitHello(wire.server, clock).then(({ hello, rest }) => {
      sendWelcome(wire.server, WELCOME);
      return { hello, rest };
    });
    const answered = greet(wire.client, HELLO, clock);
    await clock.advance(10);
    expect((await heard).hello).toEqual(HELLO);
    expect((await heard).rest).toHaveLength(0);
    expect((await answered).welcome).toEqual(WELCOME);
    expect(clock.openTimers).toBe(0);
  });

  it('hands bytes behind the greeting on, at every cut', async () => {
    const behind = bytesOfHex('12000000 00000000 00000000 00000000 1200');
    const whole = joinBytes(welcomeBytes(), behind);
    for (let at = whole.length - behind.length - 3; at <= whole.length; at++) {
      const { clock, wire } = setup();
      const early: number[] = [];
      wire.server.setHandlers({ onData: () => {}, onDrain: () => {}, onClose: () => {} });
      const answered = greet(wire.client, HELLO, clock);
      wire.server.send(whole.slice(0, at));
      await clock.advance(6);
      wire.server.send(whole.slice(at));
      await clock.advance(10);
      const { rest } = await answered;
      wire.client.setHandlers({ onData: (bytes) => early.push(...bytes), onDrain: () => {}, onClose: () => {} });
      await clock.advance(1);
      expect([...rest, ...early]).toEqual([...behind]);
    }
  });

  it('tells the client why it was refused, with the details', async () => {
    const { clock, wire } = setup();
    const heard = awaitHello(wire.server, clock).then(() =>
      sendRefused(wire.server, new PutError('lease-range-full', 'all in use', { holder: 'ada' })),
    );
    const answered = outcome(greet(wire.client, HELLO, clock));
    await clock.advance(100);
    await heard;
    expect(await answered).toMatchObject({
      code: 'lease-range-full',
      message: 'all in use',
      details: { holder: 'ada' },
    });
  });

  it('refuses with less rather than with nothing when the reason is too long for a frame', async () => {
    const { clock, wire } = setup();
    const details = Object.fromEntries(Array.from({ length: 2_000 }, (_, i) => [`port ${i}`, 'somebody']));
    sendRefused(wire.server, new PutError('lease-range-full', '\u7aef'.repeat(5_000), details));
    const answered = outcome(greet(wire.client, HELLO, clock));
    await clock.advance(100);
    expect(await answered).toMatchObject({ code: 'lease-range-full', details: {} });
  });
});

describe('greet: faults of the other end', () => {
  it.each<[string, string, PeerScript]>([
    ['preface-foreign', 'a web server', { hello: [new TextEncoder().encode('HTTP/1.1 400 Bad Request\r\n\r\n')] }],
    [
      'handshake-expected',
      'a message instead',
      { hello: [PREFACE, encodeFrame({ type: FrameType.message, sequence: 1 })] },
    ],
    ['handshake-expected', 'its own hello', { hello: [helloBytes()] }],
    ['frame-type-unknown', 'an unknown frame', { hello: [PREFACE, bytesOfHex('99000000 00000000 00000000 00000000')] }],
    ['frame-too-large', 'a huge welcome', { hello: [PREFACE, bytesOfHex('02000000 00000000 00000000 00010000')] }],
    [
      'body-invalid',
      'a welcome that is no CBOR',
      { hello: [PREFACE, encodeFrame({ type: FrameType.welcome, body: bytesOfHex('ff') })] },
    ],
    [
      'message-invalid',
      'a welcome without a session',
      { hello: [PREFACE, encodeFrame({ type: FrameType.welcome, body: bytesOfHex('a0') })] },
    ],
    [
      'version-unsupported',
      'a version that was not offered',
      { hello: [welcomeBytes({ version: PROTOCOL_VERSIONS[0] + 1 })] },
    ],
    ['line-lost', 'a hang-up', { hello: ['hang-up'] }],
    ['line-lost', 'a line destroyed', { open: ['vanish'] }],
    ['line-lost', 'a hang-up in mid-welcome', { hello: [welcomeBytes().slice(0, 40), 'hang-up'] }],
  ])('%s: %s', async (code, _what, script) => {
    const { result, peer, clock } = await greetAgainst(script);
    expect(result).toMatchObject({ code });
    await clock.advance(10);
    expect(peer.closed || code === 'line-lost').toBe(true);
    expect(clock.openTimers).toBe(0);
  });

  it('gives up at the deadline when nothing comes, or a byte now and then', async () => {
    const silent = await greetAgainst({}, TIMES.handshakeMs);
    expect(silent.result).toMatchObject({ code: 'request-timeout' });
    const { clock, wire } = setup();
    const answered = outcome(greet(wire.client, HELLO, clock));
    for (const byte of welcomeBytes().slice(0, 12)) {
      wire.server.send(Uint8Array.of(byte));
      await clock.advance(TIMES.handshakeMs / 10);
    }
    expect(await answered).toMatchObject({ code: 'request-timeout' });
    expect(clock.openTimers).toBe(0);
  });

  it('is given up by its signal, before and in the middle', async () => {
    for (const early of [true, false]) {
      const { clock, wire } = setup();
      const abort = new AbortController();
      if (early) abort.abort();
      const answered = outcome(greet(wire.client, HELLO, clock, abort.signal));
      await clock.advance(3);
      abort.abort();
      await clock.advance(100);
      expect(await answered).toMatchObject({ code: 'cancelled' });
      expect(clock.openTimers).toBe(0);
    }
  });

  it('rejects, and leaves nothing behind, when the greeting itself is too large', async () => {
    const { clock, wire } = setup();
    const result = await outcome(greet(wire.client, { ...HELLO, software: 'x'.repeat(20_000) }, clock));
    expect(result).toMatchObject({ code: 'frame-too-large' });
    await clock.advance(60_000);
    expect(clock.openTimers).toBe(0);
  });
});

describe('handshake: older and newer ends', () => {
  it('a newer welcome may say more and offer more; only what both have counts', async () => {
    const { result } = await greetAgainst({
      hello: [
        welcomeBytes({
          tomorrow: { deep: [1] },
          capabilities: ['zstd-2', 'deflate-1'],
          lease: { port: 9002, leaseToken: WELCOME.sessionToken, useWithinMs: 5, colour: 1 },
        }),
      ],
    });
    expect(result).toMatchObject({ welcome: { capabilities: ['deflate-1'], lease: { port: 9002 } } });
    expect(result).not.toHaveProperty('welcome.tomorrow');
  });

  it('an older welcome with no capabilities leaves none', async () => {
    const { result } = await greetAgainst({ hello: [welcomeBytes({ capabilities: [] })] });
    expect(result).toMatchObject({ welcome: { capabilities: [] } });
  });

  it.each<[string, string, Uint8Array]>([
    ['none', 'a newer hello that says more', helloBytes({ tomorrow: 1, versions: [3, 2] })],
    [
      'version-unsupported',
      'a later version only, shaped otherwise',
      helloBytes({ versions: [4, 3], purpose: 'teleport', path: 7 }),
    ],
    ['version-unsupported', 'an earlier version only', helloBytes({ versions: [1] })],
    ['message-invalid', 'no versions', helloBytes({ versions: [] })],
    ['message-invalid', 'an unknown purpose', helloBytes({ purpose: 'teleport' })],
    ['message-invalid', 'a token of the wrong shape', helloBytes({ sessionToken: '../../etc' })],
    [
      'handshake-expected',
      'a message of 4 MiB before the greeting, at its head',
      joinBytes(PREFACE, bytesOfHex('10000002 00000001 00000000 00400000')),
    ],
    ['handshake-expected', 'a welcome', welcomeBytes()],
    ['preface-foreign', 'TLS inside TLS', bytesOfHex('160301020001')],
    ['preface-foreign', 'an SSH client', new TextEncoder().encode('SSH-2.0-x\r\n')],
  ])('the master answers %s to %s', async (code, _what, bytes) => {
    const { clock, wire } = setup();
    const heard = outcome(awaitHello(wire.server, clock).then(({ hello }) => hello));
    wire.client.send(bytes);
    await clock.advance(50);
    const result = await heard;
    if (code === 'none') expect(result).toMatchObject({ versions: [3, 2] });
    else expect(result).toMatchObject({ code });
    expect(clock.openTimers).toBe(0);
  });
});
