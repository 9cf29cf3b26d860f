import { deflateCompression } from '../node/messageCompression.ts';
import { PutError } from '../protocol/errors.ts';
import { Channel, encodeFrame, FLAG_COMPRESSED, FrameType } from '../protocol/frame.ts';
import { LIMITS } from '../protocol/limits.ts';
import type { Random } from '../session/ports.ts';
import { joinBytes } from './bytes.ts';
import { createFakeClock } from './fakeClock.ts';
import type { FuzzTarget } from './fuzz.ts';
import { RecordingLink } from './RecordingLink.ts';
import { createScriptedPeer } from './scriptedPeer.ts';
import { Wire } from './Wire.ts';

/** Packed message bodies: what unpacks stays within the limit, whatever it claims. */
export function compressionTarget(bodies: readonly Uint8Array[]): FuzzTarget {
  const packed = [...bodies, new Uint8Array(70_000)].map((body) => new Uint8Array(deflateCompression.compress(body)));
  return {
    name: 'compression',
    samples: packed,
    read(bytes, random) {
      const limitBytes = random() < 0.5 ? LIMITS.messageBodyBytes : 1 + Math.floor(random() * 200_000);
      const roomy = Math.max(limitBytes, 70_000);
      const plain = deflateCompression.decompress(bytes, roomy);
      if (plain.length > roomy) throw new Error(`${plain.length} bytes came out, ${roomy} were allowed`);
    },
  };
}

const FRAME_TYPES = Object.values(FrameType);
const CHANNELS = Object.values(Channel);

/** Frames whose heads are sound, with bytes of the input as bodies; numbers near the ones that are due. */
function framesOf(bytes: Uint8Array, random: Random): Uint8Array[] {
  const below = (limit: number): number => Math.floor(random() * limit);
  const frames: Uint8Array[] = [];
  let due = 1;
  for (let at = 0; at < bytes.length && frames.length < 40;) {
    const length = below(10) === 0 ? 0 : 1 + below(60);
    const type = FRAME_TYPES[below(FRAME_TYPES.length)] ?? FrameType.message;
    const isMessage = type === FrameType.message;
    const head = {
      type: below(3) === 0 ? FrameType.message : type,
      flags: below(6) === 0 ? FLAG_COMPRESSED : 0,
      channel: CHANNELS[below(CHANNELS.length)] ?? Channel.control,
      sequence: isMessage || below(8) === 0 ? due++ - (below(6) === 0 ? 1 : 0) : 0,
      acknowledgement: below(3),
    };
    try {
      frames.push(encodeFrame({ ...head, body: bytes.slice(at, at + length) }));
    } catch (error) {
      if (!(error instanceof PutError)) throw error;
    }
    at += Math.max(1, length);
  }
  return frames;
}

/**
 * A session link that is sent frames, sound ones in any order and spoiled ones, in pieces: at most one typed fault, the peer
 * told of it, no timer left, and the session goes on over the next line.
 */
export function linkTarget(frames: readonly Uint8Array[]): FuzzTarget {
  const talk = ['one', 'two', 'three'].map((text, at) =>
    encodeFrame({
      type: FrameType.message,
      channel: Channel.job,
      sequence: at + 1,
      acknowledgement: Math.min(at, 2),
      body: new TextEncoder().encode(text),
    }),
  );
  // A greeting inside a session is a fault by itself; the samples begin with what is allowed there.
  const allowed = frames.filter((frame) => frame[0] !== FrameType.hello && frame[0] !== FrameType.message);
  return {
    name: 'link',
    samples: [joinBytes(...talk), joinBytes(...talk, ...allowed), joinBytes(...allowed)],
    async read(bytes, random) {
      const clock = createFakeClock();
      const end = new RecordingLink(clock, deflateCompression);
      const slow = random() < 0.3;
      end.on = { onMessage: () => (slow ? new Promise<void>((resolve) => clock.setTimer(50, resolve)) : undefined) };
      const wire = new Wire(clock, { latencyMs: 1 });
      const peer = createScriptedPeer(wire.server, {});
      end.link.attach(wire.client, { peerReceived: 0, rest: new Uint8Array(0) });
      end.say('hello');
      end.say('again');
      const sent = random() < 0.5 ? bytes : joinBytes(...framesOf(bytes, random));
      for (let at = 0; at < sent.length;) {
        const length = 1 + Math.floor(random() * 200);
        peer.say(sent.slice(at, at + length));
        at += length;
        if (random() < 0.2) await clock.advance(1);
      }
      await clock.advance(5_000);
      judge(end, peer, clock.openTimers);
      const fault = end.lost[0] ?? end.closed[0];
      if (end.closed.length === 0) await goOn(end);
      // A peer may close with a code that this end does not know; a fault of ours is told to the peer.
      const ofPeer = fault?.code === 'internal' && peer.heard.at(-1) !== 'close';
      if (fault && !ofPeer) throw fault;

      async function goOn(link: RecordingLink): Promise<void> {
        const next = new Wire(clock, { latencyMs: 1 });
        const good = createScriptedPeer(next.server, {});
        link.link.attach(next.client, { peerReceived: link.link.acknowledged, rest: new Uint8Array(0) });
        await clock.advance(100);
        const replayed = good.frames.filter(({ type }) => type === FrameType.message).map(({ sequence }) => sequence);
        const due = [1, 2].filter((number) => number > link.link.acknowledged);
        if (replayed.join() !== due.join()) throw new Error(`replayed ${replayed.join()}, due ${due.join()}`);
        link.link.detach();
      }
    },
  };
}

function judge(end: RecordingLink, peer: ReturnType<typeof createScriptedPeer>, openTimers: number): void {
  if (end.lost.length + end.closed.length > 1)
    throw new Error(`ended ${end.lost.length + end.closed.length} times: ${[...end.lost, ...end.closed].join('; ')}`);
  const [lost] = end.lost;
  if (lost || end.closed.length > 0) {
    if (openTimers > 0) throw new Error(`${openTimers} timers are left on a line that ended`);
    if (!peer.closed) throw new Error('the line was not closed');
    if (lost?.kind === 'protocol' && peer.heard.at(-1) !== 'close') throw new Error('the peer was not told');
  } else if (!end.link.attached) throw new Error('the line went away and nobody was told');
}
