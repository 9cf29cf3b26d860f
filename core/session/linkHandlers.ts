import type { PutError } from '../protocol/errors.ts';
import type { Channel } from '../protocol/frame.ts';
import type { FileCredit } from '../protocol/filePayload.ts';

/**
 * What a link tells its owner. Callbacks never run inside a call of the owner to the link, except `onLineLost`. Every callback
 * may call the link: send, close, detach, or attach another line.
 */
export interface LinkHandlers {
  /** A numbered message, once and in order. Until a returned promise settles nothing further is delivered or read. */
  onMessage(channel: Channel, body: Uint8Array): void | Promise<void>;
  /** File bytes. Until a returned promise settles nothing further is delivered or read. */
  onFileData(transfer: number, offset: number, bytes: Uint8Array): void | Promise<void>;
  onFileCredit(credit: FileCredit): void;
  /** The peer acknowledged more, in a frame or in the handshake of a new line. */
  onAcknowledged(): void;
  /** There is room again after `sendFileData` answered false. Not called for a new line: transfers are begun again there. */
  onWritable(): void;
  /** The line is gone; the link keeps numbers and waits for `attach`. */
  onLineLost(cause: PutError): void;
  /** The peer ended the session and said why. */
  onClosedByPeer(cause: PutError): void;
  /** The line answered a probe: it lives. */
  onProbeAnswered?(): void;
  /** No check ran for longer than a silent peer is waited for: the machine slept, or was stopped. */
  onWokeUp?(): void;
}
