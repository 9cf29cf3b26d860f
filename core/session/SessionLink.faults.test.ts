import { describe, expect, it } from 'vitest';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { encodeBody } from '../protocol/body.ts';
import { Channel, encodeFrame, FrameType, PREFACE } from '../protocol/frame.ts';
import { LIMITS } from '../protocol/limits.ts';
import { bytesOfHex, joinBytes } from '../testing/bytes.ts';
import { createFakeClock } from '../testing/fakeClock.ts';
import { createLinkPair } from '../testing/linkPair.ts';
import { createRandom } from '../testing/random.ts';
import { RecordingLink } from '../testing/RecordingLink.ts';
import { createScriptedPeer, type PeerAnswer } from '../testing/scriptedPeer.ts';
import { Wire } from '../testing/Wire.ts';
import type { MessageCompression } from './ports.ts';

const compression: MessageCompression = {
  capability: 'test',
  compress: (body) => deflateRawSync(body),
  decompress: (body, limitBytes) => inflateRawSync(body, { maxOutputLength: limitBytes }),
};
const message = (sequence: number, text = 'm', flags = 0): Uint8Array =>
  encodeFrame({ type: FrameType.message, flags, sequence, body: new TextEncoder().encode(text) });
const bomb = (): Uint8Array =>
  encodeFrame({
    type: FrameType.message,
    flags: 1,
    sequence: 1,
    body: deflateRawSync(new Uint8Array(LIMITS.messageBodyBytes + 1)),
  });

/** A link that said one message to a peer, which then answers with `answers`. */
async function hear(answers: readonly PeerAnswer[], withCompression = false) {
  const clock = createFakeClock();
  const end = new RecordingLink(clock, withCompression ? compression : undefined);
  const wire = new Wire(clock, { latencyMs: 1 });
  const peer = createScriptedPeer(wire.server, { message: answers });
  end.link.attach(wire.client, { peerReceived: 0, rest: new Uint8Array(0) });
  end.say('hello');
  await clock.advance(100);
  return { clock, end, peer };
}

describe('SessionLink: a peer that breaks the rules', () => {
  it.each<[string, string, readonly PeerAnswer[]]>([
    ['frame-type-unknown', 'an unknown type', [bytesOfHex('99000000 00000000 00000000 00000000')]],
    ['frame-type-unknown', 'an unknown flag', [bytesOfHex('10800000 00000001 00000000 00000000')]],
    [
      'frame-type-unknown',
      'a hello inside a session',
      [encodeFrame({ type: FrameType.hello, body: bytesOfHex('a0') })],
    ],
    [
      'frame-type-unknown',
      'a welcome inside a session',
      [encodeFrame({ type: FrameType.welcome, body: bytesOfHex('a0') })],
    ],
    [
      'frame-type-unknown',
      'a refusal inside a session',
      [encodeFrame({ type: FrameType.refused, body: bytesOfHex('a0') })],
    ],
    ['frame-type-unknown', 'the preface again', [PREFACE, new Uint8Array(8)]],
    ['frame-too-large', 'a message beyond the limit', [bytesOfHex('10000000 00000001 00000000 00400001')]],
    ['frame-too-large', 'file bytes beyond the limit', [bytesOfHex('20000003 00000000 00000000 00010001')]],
    ['frame-out-of-order', 'a gap', [message(2)]],
    ['frame-out-of-order', 'a gap after good ones', [message(1), message(2), message(4)]],
    ['frame-out-of-order', 'a message without a number', [bytesOfHex('10000000 00000000 00000000 00000000')]],
    [
      'frame-out-of-order',
      'an acknowledgement of what was never sent',
      [encodeFrame({ type: FrameType.acknowledge, acknowledgement: 2 })],
    ],
    ['channel-unknown', 'channel 99', [bytesOfHex('10000063 00000001 00000000 00000000')]],
    [
      'channel-unknown',
      'file bytes on the job channel',
      [bytesOfHex('20000002 00000000 00000000 0000000c 000000000000000000000000')],
    ],
    ['body-invalid', 'a short ping', [bytesOfHex('14000000 00000000 00000000 00000001 00')]],
    [
      'body-invalid',
      'a file offset beyond counting',
      [encodeFrame({ type: FrameType.fileData, channel: Channel.file, body: new Uint8Array(12).fill(255) })],
    ],
    [
      'body-invalid',
      'a credit beyond counting',
      [encodeFrame({ type: FrameType.fileCredit, channel: Channel.file, body: new Uint8Array(24).fill(255) })],
    ],
    ['body-invalid', 'a compressed message that was not agreed', [message(1, 'x', 1)]],
    ['body-invalid', 'a close that is no CBOR', [encodeFrame({ type: FrameType.close, body: bytesOfHex('ff') })]],
    ['message-invalid', 'a close that says nothing', [encodeFrame({ type: FrameType.close, body: encodeBody({}) })]],
  ])('%s: %s ends the line, tells the peer, and keeps the session', async (code, _what, answers) => {
    const { clock, end, peer } = await hear(answers);
    expect(end.lost).toMatchObject([{ code }]);
    expect(end.closed).toEqual([]);
    expect(peer.heard.at(-1)).toBe('close');
    await clock.advance(10_000);
    expect(peer.closed).toBe(true);
    expect(clock.openTimers).toBe(0);
    // The session goes on over a next line with a peer that keeps the rules.
    const wire = new Wire(clock, { latencyMs: 1 });
    const good = createScriptedPeer(wire.server, {});
    end.link.attach(wire.client, { peerReceived: 0, rest: new Uint8Array(0) });
    await clock.advance(10);
    expect(good.frames.filter((frame) => frame.type === FrameType.message).map((frame) => frame.sequence)).toEqual([1]);
  });

  it.each<[string, Uint8Array]>([
    ['compressed bytes that do not unpack', message(1, 'rubbish', 1)],
    ['a message that unpacks beyond the limit', bomb()],
  ])('body-invalid: %s, and it does not count as received', async (_what, bytes) => {
    const { end } = await hear([bytes], true);
    expect(end.lost).toMatchObject([{ code: 'body-invalid' }]);
    expect(end.link.received).toBe(0);
  });

  it('drops a message that comes twice and goes on', async () => {
    const { end } = await hear([message(1, 'a'), message(1, 'again'), message(2, 'b'), message(1, 'again')]);
    expect(end.texts).toEqual(['a', 'b']);
    expect(end.lost).toEqual([]);
  });

  it('takes a pong that nobody asked for', async () => {
    const pong = encodeFrame({ type: FrameType.pong, body: new Uint8Array(8) });
    const { end } = await hear([pong, pong, pong]);
    expect(end.lost).toEqual([]);
  });

  it.each<[string, readonly PeerAnswer[]]>([
    ['hangs up', ['hang-up']],
    ['vanishes', ['vanish']],
    ['hangs up in mid-frame', [message(1).slice(0, 9), 'hang-up']],
  ])('a peer that %s loses the line', async (_what, answers) => {
    const { end, clock } = await hear(answers);
    expect(end.lost).toMatchObject([{ code: 'line-lost' }]);
    expect(end.texts).toEqual([]);
    expect(clock.openTimers).toBe(0);
  });

  it('meets random bytes with one protocol error at most, and never with anything else', async () => {
    const random = createRandom(20_261_122);
    for (let run = 0; run < 200; run++) {
      const noise = Uint8Array.from({ length: 1 + Math.floor(random() * 60) }, () => Math.floor(random() * 256));
      const start = random() < 0.5 ? message(1).slice(0, Math.floor(random() * 17)) : new Uint8Array(0);
      const { end } = await hear([joinBytes(start, noise)]);
      expect(end.lost.length).toBeLessThanOrEqual(1);
      for (const cause of end.lost) expect(cause.kind).toBe('protocol');
    }
  });
});

describe('SessionLink: compression', () => {
  it('packs what becomes smaller, unpacks it, and replays it packed', async () => {
    const pair = createLinkPair(compression);
    const wire = pair.join({ latencyMs: 1 });
    const long = 'state running '.repeat(500);
    pair.client.say(long);
    pair.client.say('short');
    const packed = wire.clientSentBytes;
    wire.cut();
    await pair.clock.advance(10);
    pair.join({ latencyMs: 1 });
    await pair.clock.advance(500);
    expect(pair.server.texts).toEqual([long, 'short']);
    expect(packed).toBeLessThan(500);
    expect(pair.client.link.pendingBytes).toBe(0);
  });

  it('sends as it is what does not become smaller', async () => {
    const pair = createLinkPair(compression);
    pair.join({ latencyMs: 1 });
    const random = createRandom(7);
    const body = Uint8Array.from({ length: 400 }, () => Math.floor(random() * 256));
    let received: Uint8Array | undefined;
    pair.server.on.onMessage = (_channel, bytes) => void (received = bytes.slice());
    pair.client.link.send(Channel.job, body);
    await pair.clock.advance(10);
    expect(received).toEqual(body);
  });
});
