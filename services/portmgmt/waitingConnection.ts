import { LIMITS } from '../../core/protocol/limits.ts';
import type { Transport } from '../../core/session/ports.ts';

/** Pieces kept of a client that speaks before it is welcomed. */
const EARLY_PARTS = 64;

/** A greeted connection before it is attached: keeps what comes early, and whether it went away. */
export interface Waiting {
  readonly transport: Transport;
  rest(): Uint8Array;
  gone(): boolean;
}

/** Keeps what comes while the greeting is judged, up to a limit; reading goes on until there, so that a client that leaves is noticed. */
export function waitFor(transport: Transport, first: Uint8Array): Waiting {
  const parts: Uint8Array[] = [first];
  let held = first.length;
  let gone = false;
  transport.setHandlers({
    onData: (bytes) => {
      parts.push(bytes);
      held += bytes.length;
      if (held > LIMITS.handshakeBodyBytes || parts.length > EARLY_PARTS) transport.pause();
    },
    onDrain: () => {},
    onClose: () => {
      gone = true;
    },
  });
  return { transport, rest: () => Buffer.concat(parts), gone: () => gone };
}
