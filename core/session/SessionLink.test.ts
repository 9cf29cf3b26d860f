import { describe, expect, it } from 'vitest';
import { PutError } from '../protocol/errors.ts';
import { Channel, FrameType, encodeFrame } from '../protocol/frame.ts';
import { LIMITS, TIMES } from '../protocol/limits.ts';
import { createFakeClock, type FakeClock } from '../testing/fakeClock.ts';
import { RecordingLink } from '../testing/RecordingLink.ts';
import { Wire, type WireOptions } from '../testing/Wire.ts';

const NO_BYTES = new Uint8Array(0);

interface Pair {
  clock: FakeClock;
  wire: Wire;
  client: RecordingLink;
  server: RecordingLink;
}

function join(pair: Omit<Pair, 'wire'>, options: WireOptions = { latencyMs: 10 }): Wire {
  const wire = new Wire(pair.clock, options);
  const { client, server } = pair;
  server.link.attach(wire.server, { peerReceived: client.link.received, rest: NO_BYTES });
  client.link.attach(wire.client, { peerReceived: server.link.received, rest: NO_BYTES });
  return wire;
}

function createPair(options?: WireOptions): Pair {
  const clock = createFakeClock();
  const ends = { clock, client: new RecordingLink(clock), server: new RecordingLink(clock) };
  return { ...ends, wire: join(ends, options) };
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

  it('keeps what is said without a line and sends it on the next one', async () => {
    const clock = createFakeClock();
    const ends = { clock, client: new RecordingLink(clock), server: new RecordingLink(clock) };
    ends.client.say('early');
    join(ends);
    ends.client.say('late');
    await clock.advance(100);
    expect(ends.server.texts).toEqual(['early', 'late']);
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
});
