import { createFakeClock, type FakeClock } from './fakeClock.ts';
import { RecordingLink } from './RecordingLink.ts';
import { Wire, type WireOptions } from './Wire.ts';
import type { MessageCompression } from '../session/ports.ts';

/** Two links over a clock that stands; `join` gives them a new wire as a handshake would. */
export interface LinkPair {
  readonly clock: FakeClock;
  readonly client: RecordingLink;
  readonly server: RecordingLink;
  join(options?: WireOptions): Wire;
}

export function createLinkPair(compression?: MessageCompression): LinkPair {
  const clock = createFakeClock();
  const client = new RecordingLink(clock, compression);
  const server = new RecordingLink(clock, compression);
  const rest = new Uint8Array(0);
  return {
    clock,
    client,
    server,
    join(options = { latencyMs: 10 }) {
      const wire = new Wire(clock, { ...options });
      server.link.attach(wire.server, { peerReceived: client.link.received, rest });
      client.link.attach(wire.client, { peerReceived: server.link.received, rest });
      return wire;
    },
  };
}
