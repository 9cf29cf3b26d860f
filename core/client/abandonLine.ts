import { encodeBody } from '../protocol/body.ts';
import { PutError } from '../protocol/errors.ts';
import { Channel } from '../protocol/frame.ts';
import type { Clock } from '../session/ports.ts';
import { SessionLink } from '../session/SessionLink.ts';
import type { ConnectedLine, Credentials } from './paths.ts';

/**
 * Lets a line go that another one was faster than. A session that was made for it alone is ended, so that the master gives its
 * port back at once; one that existed before goes on elsewhere.
 */
export function abandonLine(line: ConnectedLine, credentials: Credentials, clock: Clock): void {
  const { transport, rest } = line;
  if (!('password' in credentials)) {
    transport.destroy();
    return;
  }
  const nothing = (): void => {};
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
  link.send(Channel.control, encodeBody({ k: 'q', i: 1, m: 'session.end', p: {} }));
  link.close(new PutError('cancelled', 'another way was faster'));
}
