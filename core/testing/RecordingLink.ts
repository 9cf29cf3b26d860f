import type { FileCredit } from '../protocol/filePayload.ts';
import type { Channel } from '../protocol/frame.ts';
import type { PutError } from '../protocol/errors.ts';
import type { LinkHandlers } from '../session/linkHandlers.ts';
import { SessionLink } from '../session/SessionLink.ts';
import type { Clock, MessageCompression } from '../session/ports.ts';

/** A link that writes down everything it tells its owner; single handlers can be replaced while it is used. */
export class RecordingLink {
  readonly link: SessionLink;
  readonly messages: { channel: Channel; text: string }[] = [];
  readonly fileData: { transfer: number; offset: number; bytes: number[] }[] = [];
  readonly credits: FileCredit[] = [];
  readonly lost: PutError[] = [];
  readonly closed: PutError[] = [];
  acknowledgedCalls = 0;
  writableCalls = 0;
  probesAnswered = 0;
  wakeUps = 0;
  /** Runs after the built-in note of the same event. */
  on: Partial<LinkHandlers> = {};

  constructor(clock: Clock, compression?: MessageCompression) {
    this.link = new SessionLink({
      clock,
      compression,
      handlers: {
        onMessage: (channel, body) => {
          this.messages.push({ channel, text: new TextDecoder().decode(body) });
          return this.on.onMessage?.(channel, body);
        },
        onFileData: (transfer, offset, bytes) => {
          this.fileData.push({ transfer, offset, bytes: [...bytes] });
          return this.on.onFileData?.(transfer, offset, bytes);
        },
        onFileCredit: (credit) => {
          this.credits.push(credit);
          this.on.onFileCredit?.(credit);
        },
        onAcknowledged: () => {
          this.acknowledgedCalls++;
          this.on.onAcknowledged?.();
        },
        onWritable: () => {
          this.writableCalls++;
          this.on.onWritable?.();
        },
        onLineLost: (cause) => {
          this.lost.push(cause);
          this.on.onLineLost?.(cause);
        },
        onClosedByPeer: (cause) => {
          this.closed.push(cause);
          this.on.onClosedByPeer?.(cause);
        },
        onProbeAnswered: () => void this.probesAnswered++,
        onWokeUp: () => void this.wakeUps++,
      },
    });
  }

  get texts(): string[] {
    return this.messages.map((message) => message.text);
  }

  say(text: string, channel: Channel = 0): number {
    return this.link.send(channel, new TextEncoder().encode(text));
  }
}
