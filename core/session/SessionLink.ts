import { errorOf, PutError, reportOf } from '../protocol/errors.ts';
import { encodeBody, decodeBodyAs } from '../protocol/body.ts';
import { decodeFileCredit, decodeFileData, encodeFileCredit, encodeFileData } from '../protocol/filePayload.ts';
import { Channel, encodeFrame, FLAG_COMPRESSED, FrameType, type Frame } from '../protocol/frame.ts';
import { FrameReader } from '../protocol/FrameReader.ts';
import { closeSchema } from '../protocol/handshake.ts';
import { LIMITS, TIMES } from '../protocol/limits.ts';
import { NumberedLane } from './NumberedLane.ts';
import type { Clock, MessageCompression, Transport } from './ports.ts';

/** What a link tells its owner. Callbacks never run inside a call of the owner to the link, except `onLineLost`. */
export interface LinkHandlers {
  /** A numbered message, once and in order. A promise holds back further reading until it settles. */
  onMessage(channel: Channel, body: Uint8Array): void | Promise<void>;
  /** File bytes. A promise holds back further reading until it settles. */
  onFileData(transfer: number, offset: number, bytes: Uint8Array): void | Promise<void>;
  onFileCredit(transfer: number, stored: number, allowed: number): void;
  /** The peer acknowledged more. */
  onAcknowledged(): void;
  /** There is room again after `sendFileData` answered false. */
  onWritable(): void;
  /** The line is gone; the link keeps numbers and waits for `attach`. */
  onLineLost(cause: PutError): void;
  /** The peer ended the session and said why. */
  onClosedByPeer(cause: PutError): void;
}

/** Messages below this are not worth compressing. */
const COMPRESS_FROM_BYTES = 160;

/**
 * One end of a session: a numbered lane and a file lane over whatever line is attached at the moment. The same class serves
 * both ends. Time comes from the clock; it holds one ticking timer while a line is attached.
 */
export class SessionLink {
  readonly #lane = new NumberedLane();
  readonly #clock: Clock;
  readonly #handlers: LinkHandlers;
  readonly #compression: MessageCompression | undefined;
  #transport: Transport | undefined;
  #reader: FrameReader | undefined;
  #stopTick: (() => void) | undefined;
  #stopAcknowledge: (() => void) | undefined;
  #acknowledgeSent = 0;
  #lastTickMs = 0;
  #heardAtMs = 0;
  #spokeAtMs = 0;
  #silenceFromMs = 0;
  #probeUntilMs: number | undefined;
  #pingSentAtMs: number | undefined;
  #roundTripMs: number | undefined;
  #writable = true;
  #busy = 0;
  #closed = false;

  constructor(options: { clock: Clock; handlers: LinkHandlers; compression?: MessageCompression | undefined }) {
    this.#clock = options.clock;
    this.#handlers = options.handlers;
    this.#compression = options.compression;
  }

  /** True while a line is attached. */
  get attached(): boolean {
    return this.#transport !== undefined;
  }

  get received(): number {
    return this.#lane.received;
  }

  /** Numbered bytes that wait for acknowledgement. */
  get pendingBytes(): number {
    return this.#lane.pendingBytes;
  }

  /** Highest number sent so far; compare with `acknowledged`. */
  get lastSent(): number {
    return this.#lane.lastSent;
  }

  get acknowledged(): number {
    return this.#lane.acknowledged;
  }

  /** When the peer was last heard, in ms of the clock. */
  get heardAtMs(): number {
    return this.#heardAtMs;
  }

  /** Smoothed round trip, in ms; undefined before the first measurement. */
  get roundTripMs(): number | undefined {
    return this.#roundTripMs;
  }

  get writable(): boolean {
    return this.#writable && this.#transport !== undefined;
  }

  /**
   * Goes on over a new line: replays what the peer does not have, then reads `rest` and what follows.
   * Throws `frame-out-of-order` when the peer's number cannot be true.
   */
  attach(transport: Transport, options: { peerReceived: number; rest: Uint8Array }): void {
    if (this.#closed) throw new PutError('session-closed', 'the session is closed');
    const replay = this.#lane.replayAfter(options.peerReceived);
    this.detach();
    this.#transport = transport;
    this.#writable = true;
    const now = this.#clock.nowMs();
    this.#heardAtMs = this.#spokeAtMs = this.#silenceFromMs = this.#lastTickMs = now;
    this.#acknowledgeSent = this.#lane.received;
    const reader = new FrameReader((frame) => this.#onFrame(transport, frame), { expectPreface: false });
    this.#reader = reader;
    transport.setHandlers({
      onData: (bytes) => this.#onData(transport, bytes),
      onDrain: () => {
        if (this.#transport !== transport) return;
        this.#writable = true;
        this.#handlers.onWritable();
      },
      onClose: (error) => this.#lose(transport, error ?? new PutError('line-lost', `${transport.label} was closed by the other end`)),
    });
    for (const message of replay) this.#write({ type: FrameType.message, ...message });
    this.#stopTick = this.#clock.setTimer(TIMES.tickMs, () => this.#tick());
    this.#ping();
    if (options.rest.length > 0) this.#onData(transport, options.rest);
  }

  /** Lets the line go without telling the owner; the numbers stay. */
  detach(): void {
    const transport = this.#transport;
    this.#release();
    transport?.destroy();
  }

  /** Sends a numbered message, now or after the next attach. Throws `queue-full` or `session-closed`. */
  send(channel: Channel, body: Uint8Array): number {
    if (this.#closed) throw new PutError('session-closed', 'the session is closed');
    let flags = 0;
    let bytes = body;
    if (this.#compression && body.length >= COMPRESS_FROM_BYTES) {
      const small = this.#compression.compress(body);
      if (small.length < body.length) {
        bytes = small;
        flags = FLAG_COMPRESSED;
      }
    }
    const message = this.#lane.enqueue(channel, flags, bytes);
    this.#write({ type: FrameType.message, ...message });
    return message.sequence;
  }

  /** Sends file bytes where a line is attached. False: wait for `onWritable` before more. */
  sendFileData(transfer: number, offset: number, bytes: Uint8Array): boolean {
    this.#write({ type: FrameType.fileData, channel: Channel.file, body: encodeFileData(transfer, offset, bytes) });
    return this.writable;
  }

  sendFileCredit(transfer: number, stored: number, allowed: number): void {
    this.#write({ type: FrameType.fileCredit, channel: Channel.file, body: encodeFileCredit(transfer, stored, allowed) });
  }

  /** After a wake-up or a change of network: the peer must answer soon, or the line counts as lost. */
  probe(): void {
    if (!this.#transport) return;
    this.#probeUntilMs ??= this.#clock.nowMs() + TIMES.probeMs;
    this.#write({ type: FrameType.keepAlive });
  }

  /** Ends the session for good and tells the peer why. */
  close(cause: PutError): void {
    if (this.#closed) return;
    this.#closed = true;
    const transport = this.#transport;
    if (transport) {
      const report = reportOf(cause);
      this.#write({ type: FrameType.close, body: encodeBody({ ...report, message: report.message.slice(0, 500), details: {} }) });
      this.#release();
      transport.end();
    }
  }

  #release(): void {
    this.#stopTick?.();
    this.#stopAcknowledge?.();
    this.#stopTick = this.#stopAcknowledge = undefined;
    this.#reader?.stop();
    this.#reader = undefined;
    this.#transport?.setHandlers({ onData: () => {}, onDrain: () => {}, onClose: () => {} });
    this.#transport = undefined;
    this.#probeUntilMs = this.#pingSentAtMs = undefined;
    this.#busy = 0;
  }

  #lose(transport: Transport, cause: PutError): void {
    if (this.#transport !== transport) return;
    this.#release();
    transport.destroy();
    this.#handlers.onLineLost(cause);
  }

  #write(frame: { type: FrameType; flags?: number; channel?: Channel; sequence?: number; body?: Uint8Array }): void {
    const transport = this.#transport;
    if (!transport) return;
    this.#acknowledgeSent = this.#lane.received;
    this.#spokeAtMs = this.#clock.nowMs();
    const bytes = encodeFrame({
      type: frame.type,
      flags: frame.flags ?? 0,
      channel: frame.channel ?? Channel.control,
      sequence: frame.sequence ?? 0,
      acknowledgement: this.#lane.received,
      ...(frame.body ? { body: frame.body } : {}),
    });
    if (!transport.send(bytes)) this.#writable = false;
  }

  #onData(transport: Transport, bytes: Uint8Array): void {
    if (this.#transport !== transport) return;
    this.#heardAtMs = this.#silenceFromMs = this.#clock.nowMs();
    this.#probeUntilMs = undefined;
    try {
      this.#reader?.push(bytes);
    } catch (error) {
      const cause = error instanceof PutError ? error : new PutError('internal', String(error), {}, { cause: error });
      if (this.#transport === transport) {
        const report = reportOf(cause);
        this.#write({ type: FrameType.close, body: encodeBody({ ...report, message: report.message.slice(0, 500), details: {} }) });
      }
      this.#lose(transport, cause);
    }
  }

  #onFrame(transport: Transport, frame: Frame): void {
    if (this.#transport !== transport) return;
    const before = this.#lane.acknowledged;
    this.#lane.acknowledge(frame.acknowledgement);
    if (this.#lane.acknowledged > before) this.#handlers.onAcknowledged();
    switch (frame.type) {
      case FrameType.message: {
        if (!this.#lane.accept(frame.sequence)) return;
        this.#acknowledgeSoon();
        this.#hold(transport, this.#handlers.onMessage(frame.channel, this.#plain(frame)));
        return;
      }
      case FrameType.acknowledge:
        return;
      case FrameType.keepAlive:
        this.#write({ type: FrameType.acknowledge });
        return;
      case FrameType.ping:
        this.#write({ type: FrameType.pong, body: frame.body });
        return;
      case FrameType.pong:
        this.#pong();
        return;
      case FrameType.fileData: {
        const { transfer, offset, bytes } = decodeFileData(frame.body);
        this.#hold(transport, this.#handlers.onFileData(transfer, offset, bytes));
        return;
      }
      case FrameType.fileCredit: {
        const { transfer, stored, allowed } = decodeFileCredit(frame.body);
        this.#handlers.onFileCredit(transfer, stored, allowed);
        return;
      }
      case FrameType.close: {
        const cause = errorOf(decodeBodyAs(closeSchema, frame.body, 'close'));
        this.#release();
        transport.end();
        if (cause.kind === 'protocol') this.#handlers.onLineLost(cause);
        else {
          this.#closed = true;
          this.#handlers.onClosedByPeer(cause);
        }
        return;
      }
      default:
        throw new PutError('frame-type-unknown', `frame type 0x${frame.type.toString(16)} is not allowed inside a session`, { type: frame.type });
    }
  }

  #plain(frame: Frame): Uint8Array {
    if ((frame.flags & FLAG_COMPRESSED) === 0) return frame.body;
    if (!this.#compression) throw new PutError('body-invalid', 'a compressed message came, but no compression was agreed');
    return this.#compression.decompress(frame.body, LIMITS.messageBodyBytes);
  }

  /** Reading pauses while a handler works; the dead-peer rule counts from its end. */
  #hold(transport: Transport, work: void | Promise<void>): void {
    if (!work) return;
    if (this.#busy++ === 0) transport.pause();
    const done = (error?: unknown): void => {
      if (this.#transport !== transport) return;
      this.#silenceFromMs = this.#clock.nowMs();
      if (error !== undefined) {
        this.#lose(transport, error instanceof PutError ? error : new PutError('internal', String(error), {}, { cause: error }));
        return;
      }
      if (--this.#busy === 0) transport.resume();
    };
    work.then(() => done(), done);
  }

  #acknowledgeSoon(): void {
    this.#stopAcknowledge ??= this.#clock.setTimer(TIMES.acknowledgeMs, () => {
      this.#stopAcknowledge = undefined;
      if (this.#acknowledgeSent < this.#lane.received) this.#write({ type: FrameType.acknowledge });
    });
  }

  #ping(): void {
    if (this.#pingSentAtMs !== undefined) return;
    this.#pingSentAtMs = this.#clock.nowMs();
    this.#write({ type: FrameType.ping, body: new Uint8Array(8) });
  }

  #pong(): void {
    if (this.#pingSentAtMs === undefined) return;
    const sampleMs = this.#clock.nowMs() - this.#pingSentAtMs;
    this.#pingSentAtMs = undefined;
    this.#roundTripMs = this.#roundTripMs === undefined ? sampleMs : this.#roundTripMs * 0.75 + sampleMs * 0.25;
  }

  #tick(): void {
    const transport = this.#transport;
    if (!transport) return;
    const now = this.#clock.nowMs();
    const lateMs = now - this.#lastTickMs - TIMES.tickMs;
    this.#lastTickMs = now;
    this.#stopTick = this.#clock.setTimer(TIMES.tickMs, () => this.#tick());
    if (lateMs > TIMES.stalledMs) {
      this.#silenceFromMs = now;
      this.probe();
      return;
    }
    if (this.#busy > 0) this.#silenceFromMs = now;
    if (this.#probeUntilMs !== undefined && now >= this.#probeUntilMs) {
      this.#lose(transport, new PutError('peer-silent', `${transport.label} did not answer within ${TIMES.probeMs / 1000} s after a change of network`));
      return;
    }
    const awaited = this.#lane.hasPending || this.#pingSentAtMs !== undefined;
    if (awaited && now - this.#silenceFromMs >= TIMES.deadPeerMs) {
      this.#lose(transport, new PutError('peer-silent', `nothing was heard from ${transport.label} for ${TIMES.deadPeerMs / 1000} s`));
      return;
    }
    if (now - this.#spokeAtMs >= TIMES.keepAliveMs) this.#ping();
  }
}
