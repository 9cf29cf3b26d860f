import { describe, expect, it } from 'vitest';
import { PutError } from '../protocol/errors.ts';
import { Channel, encodeFrame, FrameType } from '../protocol/frame.ts';
import { LIMITS, TIMES } from '../protocol/limits.ts';
import { createFakeClock } from '../testing/fakeClock.ts';
import { RecordingLink } from '../testing/RecordingLink.ts';
import { createScriptedPeer } from '../testing/scriptedPeer.ts';
import { Wire, type WireOptions } from '../testing/Wire.ts';
import { createLinkPair, type LinkPair } from '../testing/linkPair.ts';

const NO_BYTES = new Uint8Array(0);

function createPair(options?: WireOptions): LinkPair & { wire: Wire } {
  const pair = createLinkPair();
  return { ...pair, wire: pair.join(options) };
}

describe('SessionLink: messages', () => {
  it('carries messages both ways in order and on their channels', async () => {
    const { clock, client, server } = createPair({ latencyMs: 10, pieceBytes: 3 });
    client.say('one', Channel.job);
    client.say('two', Channel.chat);
    server.say('three', Channel.control);
    await clock.advance(100);
    expect(server.messages).toEqual([
      { channel: Channel.job, text: 'one' },
      { channel: Channel.chat, text: 'two' },
    ]);
    expect(client.messages).toEqual([{ channel: Channel.control, text: 'three' }]);
  });

  it('acknowledges within the time of the limits when it has nothing to say', async () => {
    const { clock, client } = createPair();
    await clock.advance(100);
    client.say('one');
    expect(client.link.acknowledged).toBe(0);
    await clock.advance(10 + TIMES.acknowledgeMs - 1);
    expect(client.link.acknowledged).toBe(0);
    await clock.advance(12);
    expect(client.link.acknowledged).toBe(1);
    expect(client.acknowledgedCalls).toBe(1);
    expect(client.link.pendingBytes).toBe(0);
  });

  it('acknowledges with the answer when there is one, and sends no frame of its own', async () => {
    const { clock, client, server, wire } = createPair();
    await clock.advance(100);
    server.on.onMessage = () => void server.say('answer');
    const before = wire.serverSentBytes;
    client.say('question');
    await clock.advance(20);
    expect(client.link.acknowledged).toBe(1);
    const sent = wire.serverSentBytes - before;
    await clock.advance(TIMES.acknowledgeMs * 2);
    expect(wire.serverSentBytes - before).toBe(sent);
    expect(server.link.acknowledged).toBe(1);
  });

  it('gathers the acknowledgement of many messages into one frame', async () => {
    const { clock, client, wire } = createPair();
    await clock.advance(100);
    const before = wire.serverSentBytes;
    for (let i = 0; i < 50; i++) client.say(String(i));
    await clock.advance(1_000);
    expect(client.link.acknowledged).toBe(50);
    expect(wire.serverSentBytes - before).toBe(16);
  });

  it('acknowledges at once what is much, since its sender waits for it', async () => {
    const { clock, client, wire } = createPair();
    await clock.advance(100);
    const before = wire.serverSentBytes;
    const half = 'x'.repeat(LIMITS.acknowledgeBytes / 2);
    client.say(half);
    await clock.advance(25);
    expect(client.link.acknowledged).toBe(0);
    client.say(half);
    await clock.advance(25);
    expect(client.link.acknowledged).toBe(2);
    await clock.advance(TIMES.acknowledgeMs * 2);
    expect(wire.serverSentBytes - before).toBe(16);
  });

  it('keeps what is said without a line and sends it on the next one', async () => {
    const { clock, client, server, join } = createLinkPair();
    client.say('early');
    join();
    client.say('late');
    await clock.advance(100);
    expect(server.texts).toEqual(['early', 'late']);
  });

  it('refuses more than may wait for acknowledgement, and keeps nothing of it', () => {
    const clock = createFakeClock();
    const { link } = new RecordingLink(clock);
    const body = new Uint8Array(LIMITS.messageBodyBytes - 16);
    for (let i = 0; i < 4; i++) link.send(Channel.job, body);
    expect(link.pendingBytes).toBe(LIMITS.unacknowledgedBytes);
    expect(() => link.send(Channel.job, NO_BYTES)).toThrowError(
      expect.objectContaining({ code: 'queue-full', retry: 'later' }),
    );
    expect(link.lastSent).toBe(4);
  });

  it('refuses a message that no line could carry, so that it does not spoil every replay', async () => {
    const { clock, client, server } = createPair();
    expect(() => client.link.send(Channel.job, new Uint8Array(LIMITS.messageBodyBytes + 1))).toThrowError(
      expect.objectContaining({ code: 'frame-too-large' }),
    );
    client.say('fine');
    await clock.advance(100);
    expect(server.texts).toEqual(['fine']);
  });

  it('delivers what came behind the handshake first, and not inside attach', async () => {
    const { clock, client, server } = createLinkPair();
    const wire = new Wire(clock, { latencyMs: 10 });
    const first = encodeFrame({ type: FrameType.message, sequence: 1, body: new TextEncoder().encode('first') });
    const second = encodeFrame({ type: FrameType.message, sequence: 2, body: new TextEncoder().encode('second') });
    wire.server.send(second);
    client.link.attach(wire.client, { peerReceived: 0, rest: first });
    expect(client.texts).toEqual([]);
    await clock.advance(0);
    expect(client.texts).toEqual(['first']);
    await clock.advance(20);
    expect(client.texts).toEqual(['first', 'second']);
    expect(server.lost).toEqual([]);
  });

  it('writes the replay before an answer to what came behind the handshake', async () => {
    const { clock, client } = createLinkPair();
    client.say('asked before');
    client.on.onMessage = () => void client.say('answer');
    const wire = new Wire(clock, { latencyMs: 10 });
    const peer = createScriptedPeer(wire.server, {});
    client.link.attach(wire.client, {
      peerReceived: 0,
      rest: encodeFrame({ type: FrameType.message, sequence: 1, body: new TextEncoder().encode('question') }),
    });
    await clock.advance(50);
    const messages = peer.frames.filter((frame) => frame.type === FrameType.message);
    expect(messages.map((frame) => frame.sequence)).toEqual([1, 2]);
    expect(new TextDecoder().decode(messages[1]?.body)).toBe('answer');
  });
});

describe('SessionLink: handlers that take their time', () => {
  it('delivers nothing further, in the same chunk or later, until the handler has settled', async () => {
    const { clock, client, server } = createPair({ latencyMs: 0 });
    const release: (() => void)[] = [];
    server.on.onMessage = () => new Promise((resolve) => release.push(resolve));
    for (const text of ['a', 'b', 'c']) client.say(text);
    await clock.advance(10);
    expect(server.texts).toEqual(['a']);
    client.say('d');
    await clock.advance(10);
    expect(server.texts).toEqual(['a']);
    for (const expected of ['ab', 'abc', 'abcd']) {
      release.shift()?.();
      await clock.advance(10);
      expect(server.texts.join('')).toBe(expected);
    }
  });

  it('stops reading from the line meanwhile', async () => {
    const { clock, client, server } = createPair({ latencyMs: 0, fullBytes: 1000 });
    await clock.advance(10);
    let release: () => void = () => {};
    server.on.onFileData = () => new Promise((resolve) => (release = resolve));
    client.link.sendFileData(1, 0, new Uint8Array(10));
    await clock.advance(10);
    client.link.sendFileData(1, 10, new Uint8Array(10));
    await clock.advance(10);
    expect(server.fileData.map((one) => one.offset)).toEqual([0]);
    server.on.onFileData = () => {};
    release();
    await clock.advance(10);
    expect(server.fileData.map((one) => one.offset)).toEqual([0, 10]);
  });

  it('does not lose the line over a handler that works for a minute, at either end', async () => {
    const { clock, client, server } = createPair();
    let release: () => void = () => {};
    server.on.onMessage = () => new Promise((resolve) => (release = resolve));
    client.say('slow');
    await clock.advance(30);
    for (let i = 0; i < 60; i++) {
      client.say(`more ${i}`);
      await clock.advance(1_000);
    }
    server.link.probe();
    await clock.advance(10_000);
    expect(client.lost).toEqual([]);
    expect(server.lost).toEqual([]);
    server.on.onMessage = () => {};
    release();
    await clock.advance(1_000);
    expect(server.texts).toHaveLength(61);
    expect(client.link.acknowledged).toBe(61);
  });

  it('loses the line, not the process, when an async handler fails', async () => {
    const { clock, client, server } = createPair();
    server.on.onMessage = () => Promise.reject(new Error('disk'));
    client.say('one');
    await clock.advance(100);
    expect(server.lost).toMatchObject([{ code: 'internal' }]);
    expect(client.lost).toMatchObject([{ code: 'internal' }]);
    expect(client.closed).toEqual([]);
  });

  it('says internal to the peer when a handler throws a code that would mean the session', async () => {
    const { clock, client, server } = createPair();
    server.on.onMessage = () => {
      throw new PutError('session-unknown', 'not of this line');
    };
    client.say('one');
    await clock.advance(100);
    expect(server.lost).toMatchObject([{ code: 'session-unknown' }]);
    expect(client.lost).toMatchObject([{ code: 'internal' }]);
    expect(client.closed).toEqual([]);
  });

  it('survives a handler of an old line that settles or fails after the next line came', async () => {
    const { clock, client, server, wire, join } = createPair();
    const settle: { resolve: () => void; reject: (error: Error) => void }[] = [];
    server.on.onMessage = () => new Promise((resolve, reject) => settle.push({ resolve, reject }));
    client.say('one');
    await clock.advance(50);
    wire.cut();
    await clock.advance(50);
    join();
    await clock.advance(50);
    settle[0]?.reject(new Error('late'));
    server.on.onMessage = () => {};
    client.say('two');
    await clock.advance(50);
    expect(server.texts).toEqual(['one', 'two']);
    expect(server.link.attached).toBe(true);
  });
});

describe('SessionLink: handlers that call back', () => {
  it('may close inside a message; nothing further is delivered and the peer hears it once', async () => {
    const { clock, client, server } = createPair({ latencyMs: 5 });
    server.on.onMessage = () => server.link.close(new PutError('session-closed', 'enough'));
    client.say('one');
    client.say('two');
    await clock.advance(5_000);
    expect(server.texts).toEqual(['one']);
    expect(client.closed).toMatchObject([{ code: 'session-closed', message: 'enough' }]);
    expect(client.lost).toEqual([]);
    expect(server.lost).toEqual([]);
    expect(clock.openTimers).toBe(0);
  });

  it('may go over to another line inside a message, also from a handler that works on', async () => {
    const { clock, client, server, join } = createPair({ latencyMs: 5 });
    let release: () => void = () => {};
    server.on.onMessage = () => {
      server.on.onMessage = () => {};
      join({ latencyMs: 5 });
      return new Promise((resolve) => (release = resolve));
    };
    for (const text of ['one', 'two', 'three']) client.say(text);
    await clock.advance(100);
    // The new line is not held back by work that began on the old one.
    expect(server.texts).toEqual(['one', 'two', 'three']);
    release();
    client.say('four');
    await clock.advance(100);
    expect(server.texts).toEqual(['one', 'two', 'three', 'four']);
    // Nor does that work hide silence on the new one.
    await clock.advance(60_000);
    expect(client.lost).toEqual([]);
  });

  it('may close or detach inside onAcknowledged; the message of the same frame is not delivered then', async () => {
    const { clock, client, server } = createPair({ latencyMs: 5 });
    await clock.advance(50);
    server.on.onMessage = () => void server.say('answer');
    client.on.onAcknowledged = () => client.link.detach();
    client.say('one');
    await clock.advance(100);
    expect(client.texts).toEqual([]);
    expect(client.link.attached).toBe(false);
    expect(client.link.received).toBe(0);
  });

  it('may attach again inside onLineLost', async () => {
    const { clock, client, server, wire, join } = createPair();
    client.on.onLineLost = () => void join();
    wire.cut();
    client.say('after the cut');
    await clock.advance(100);
    expect(server.texts).toEqual(['after the cut']);
    expect(client.lost).toMatchObject([{ code: 'line-lost' }]);
  });

  it('tells of what the handshake of a new line acknowledged', async () => {
    const { clock, client, server, wire, join } = createPair();
    await clock.advance(100);
    client.say('one');
    await clock.advance(15);
    expect(server.texts).toEqual(['one']);
    wire.cut();
    await clock.advance(10);
    expect(client.acknowledgedCalls).toBe(0);
    join();
    expect(client.acknowledgedCalls).toBe(0);
    await clock.advance(0);
    expect(client.acknowledgedCalls).toBe(1);
  });
});
