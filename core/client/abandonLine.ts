import { encodeBody } from '../protocol/body.ts';
import { PutError } from '../protocol/errors.ts';
import { Channel } from '../protocol/frame.ts';
import type { Clock } from '../session/ports.ts';
import { SessionLink } from '../session/SessionLink.ts';
import type { ConnectedLine, Credentials } from './connectedLine.ts';

const nothing = (): void => {};

/** A line that is kept alive while the way that it began goes on elsewhere. */
export interface HeldLine {
  /** The session went over to another line. */
  end(): void;
  /** Nobody will use it: a session that was made for it alone is ended, so that the master gives its port back at once. */
  abandon(): void;
}

/** Holds a greeted line. A session that existed before has numbers of its own and is only kept open, never ended. */
export function holdLine({ transport, rest }: ConnectedLine, credentials: Credentials, clock: Clock): HeldLine {
  if ('sessionToken' in credentials) {
    transport.setHandlers({ onData: nothing, onDrain: nothing, onClose: nothing });
    return { end: () => transport.end(), abandon: () => transport.destroy() };
  }
  const link = new SessionLink({
    clock,
    handlers: {
      onMessage: nothing,
      onFileData: nothing,
      onFileCredit: nothing,
      onAcknowledged: nothing,
      onWritable: nothing,
      onLineLost: nothing,
      onClosedByPeer: nothing,
    },
  });
  link.attach(transport, { peerReceived: 0, rest });
  return {
    end: () => link.detach(),
    abandon() {
      if (!link.attached) return;
      link.send(Channel.control, encodeBody({ k: 'q', i: 1, m: 'session.end', p: {} }));
      link.close(new PutError('cancelled', 'another way was faster'));
    },
  };
}

/** Lets a line go that another one was faster than. */
export function abandonLine(line: ConnectedLine, credentials: Credentials, clock: Clock): void {
  holdLine(line, credentials, clock).abandon();
}
