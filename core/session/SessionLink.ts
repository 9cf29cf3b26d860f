import { errorOf, PutError, toPutError } from '../protocol/errors.ts';
import { decodeBodyAs } from '../protocol/body.ts';
import {
  decodeFileCredit,
  decodeFileData,
  encodeFileCredit,
  encodeFileData,
  type FileCredit,
} from '../protocol/filePayload.ts';
import { Channel, encodeFrame, FLAG_COMPRESSED, FrameType, type Frame } from '../protocol/frame.ts';
import { FrameReader } from '../protocol/FrameReader.ts';
import { closeSchema } from '../protocol/handshake.ts';
import { LIMITS, TIMES } from '../protocol/limits.ts';
import { closeBody, endsLineOnly } from './closeReason.ts';
import type { LinkHandlers } from './linkHandlers.ts';
import { LineProbe } from './LineProbe.ts';
import { NumberedLane } from './NumberedLane.ts';
import { plainBody } from './plainBody.ts';
import type { Clock, MessageCompression, Transport } from './ports.ts';

/** Messages below this are not worth compressing. */
const COMPRESS_FROM_BYTES = 160;
const NO_BYTES = new Uint8Array(0);
const NOBODY = { onData: () => {}, onDrain: () => {}, onClose: () => {} };

/** What belongs to one attached line and ends with it. */
interface Line {
  readonly transport: Transport;
  readonly reader: FrameReader;
  readonly probe: LineProbe;
  stopTick: (() => void) | undefined;
  stopAcknowledge: (() => void) | undefined;
  lastTickMs: number;
  lastTickWallMs: number;
  silenceFromMs: number;
  pingSentAtMs: number | undefined;
  /** When the last ping went, answered or not. */
  pingedAtMs: number;
  /** A ping that came while the line was full; answered when there is room, so that a peer that never reads costs no memory. */
  pongOwed: Uint8Array | undefined;
  writable: boolean;
  /** A handler works, or the line has not started to deliver. */
  busy: boolean;
}

/**
 * One end of a session: a numbered lane and a file lane over whatever line is attached at the moment. The same class serves
 * both ends. Time comes from the clock; it holds one ticking timer while a line is attached.
 */
export class SessionLink {
  /** For how long a question of this end had no answer when the last line ended, in ms; 0: all were answered. */
  unansweredMs = 0;
  readonly #lane = new NumberedLane();
  readonly #clock: Clock;
  readonly #handlers: LinkHandlers;
  readonly #compression: MessageCompression | undefined;
  #line: Line | undefined;
  #acknowledgeSent = 0;
  /** Bytes of messages received since, as they are on the line. */
  #unacknowledgedBytes = 0;
  /** By the wall clock, for showing. */
  #heardAtMs = 0;
  #heardSteadyMs = 0;
  #spokeAtMs = 0;
  #roundTripMs: number | undefined;
  #closed = false;

  constructor(options: { clock: Clock; handlers: LinkHandlers; compression?: MessageCompression | undefined }) {
    this.#clock = options.clock;
    this.#handlers = options.handlers;
    this.#compression = options.compression;
  }

  /** True while a line is attached. */
  get attached(): boolean {
    return this.#line !== undefined;
  }

  get received(): number {
    return this.#lane.received;
  }

  /** Numbered bytes that wait for acknowledgement, heads included. */
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

  /** When the peer was last heard, in ms since 1970, for showing. */
  get heardAtMs(): number {
    return this.#heardAtMs;
  }

  /** For how long the peer was not heard, in ms. */
  get silentMs(): number {
    return this.#clock.steadyMs() - this.#heardSteadyMs;
  }

  /** Smoothed round trip, in ms; undefined before the first measurement. */
  get roundTripMs(): number | undefined {
    return this.#roundTripMs;
  }

  get writable(): boolean {
    return this.#line?.writable ?? false;
  }

  /**
   * Goes on over a new line: replays what the peer does not have, then, after the caller's turn, delivers `rest` and what
   * follows. Throws `frame-out-of-order` when the peer's number cannot be true; the line before stays then, and the new
   * transport is the caller's to destroy.
   */
  attach(transport: Transport, options: { peerReceived: number; rest: Uint8Array }): void {
    if (this.#closed) throw new PutError('session-closed', 'the session is closed');
    const acknowledgedBefore = this.#lane.acknowledged;
    const replay = this.#lane.replayAfter(options.peerReceived);
    this.detach();
    const now = this.#clock.steadyMs();
    this.#heardAtMs = this.#clock.nowMs();
    this.#heardSteadyMs = this.#spokeAtMs = now;
    this.#acknowledgeSent = this.#lane.received;
    this.#roundTripMs = undefined;
    // Until the replay is written nothing is delivered: a handler that answers would overtake it.
    const reader = new FrameReader((frame) => this.#onFrame(line, frame), { expectPreface: false });
    reader.stop();
    reader.push(options.rest);
    const line: Line = {
      transport,
      reader,
      probe: this.#probeOf(() => line),
      stopTick: undefined,
      stopAcknowledge: undefined,
      lastTickMs: now,
      lastTickWallMs: this.#clock.nowMs(),
      silenceFromMs: now,
      pingSentAtMs: undefined,
      pingedAtMs: now,
      pongOwed: undefined,
      writable: true,
      busy: true,
    };
    this.#line = line;
    transport.setHandlers({
      onData: (bytes) => this.#onData(line, bytes),
      onDrain: () => this.#onDrain(line),
      onClose: (error) =>
        this.#lose(line, error ?? new PutError('line-lost', `${transport.label} was closed by the other end`)),
    });
    for (const message of replay) this.#write({ type: FrameType.message, ...message });
    if (this.#line !== line) return;
    line.stopTick = this.#clock.setTimer(TIMES.tickMs, () => this.#tick(line));
    this.#ping(line);
    queueMicrotask(() => {
      if (this.#line !== line) return;
      this.#guard(line, () => {
        if (this.#lane.acknowledged > acknowledgedBefore) this.#handlers.onAcknowledged();
        this.#goOnReading(line);
      });
    });
  }

  /** Lets the line go without telling the owner; the numbers stay. */
  detach(): void {
    const line = this.#line;
    if (!line) return;
    this.#release(line);
    line.transport.destroy();
  }

  /**
   * Sends a numbered message, now or after the next attach; the bytes are kept until acknowledged and must not be changed.
   * Throws `queue-full`, `session-closed`, or `frame-too-large` for a body that no line could carry; nothing is kept then.
   */
  send(channel: Channel, body: Uint8Array): number {
    if (this.#closed) throw new PutError('session-closed', 'the session is closed');
    if (body.length > LIMITS.messageBodyBytes) {
      throw new PutError('frame-too-large', `a message may hold ${LIMITS.messageBodyBytes} bytes, not ${body.length}`, {
        bodyBytes: body.length,
      });
    }
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

  /** Sends file bytes where a line is attached; without one they are dropped, since a transfer resumes by offset. False: wait for `onWritable` before more. */
  sendFileData(transfer: number, offset: number, bytes: Uint8Array): boolean {
    this.#write({ type: FrameType.fileData, channel: Channel.file, body: encodeFileData(transfer, offset, bytes) });
    return this.writable;
  }

  sendFileCredit(credit: FileCredit): void {
    this.#write({
      type: FrameType.fileCredit,
      channel: Channel.file,
      body: encodeFileCredit(credit),
    });
  }

  /** After a wake-up or a change of network: the peer must answer soon, as its round trip goes, or the line counts as lost. */
  probe(): void {
    this.#line?.probe.begin(Math.max(TIMES.probeLeastMs, 4 * (this.#roundTripMs ?? 0)));
  }

  /**
   * From here on the line is neither read nor written, while another one is asked for; nobody is told. The answer closes it
   * then. Undefined without a line.
   */
  retire(): (() => void) | undefined {
    const line = this.#line;
    if (!line) return undefined;
    this.#release(line);
    line.transport.pause();
    return () => line.transport.destroy();
  }

  /** Ends the line alone: the peer is told why, comes back and is greeted anew. `cause` is one of `endsLineOnly`. */
  dropLine(cause: PutError): void {
    const line = this.#line;
    if (!line) return;
    this.#endLine(line, cause);
    this.#handlers.onLineLost(cause);
  }

  /** Ends the session for good and tells the peer why. */
  close(cause: PutError): void {
    if (this.#closed) return;
    this.#closed = true;
    const line = this.#line;
    if (line) this.#endLine(line, cause);
  }

  /** Says why, then lets the line go; one that does not close in time is cut. */
  #endLine(line: Line, cause: PutError | undefined): void {
    if (cause) this.#write({ type: FrameType.close, body: closeBody(cause) });
    this.#release(line);
    const { transport } = line;
    const stopDeadline = this.#clock.setTimer(TIMES.closeMs, () => transport.destroy());
    transport.setHandlers({ ...NOBODY, onClose: stopDeadline });
    transport.end();
  }

  #release(line: Line): void {
    this.unansweredMs = line.pingSentAtMs === undefined ? 0 : this.#clock.steadyMs() - line.pingSentAtMs;
    line.stopTick?.();
    line.stopAcknowledge?.();
    line.probe.stop();
    line.reader.stop();
    line.transport.setHandlers(NOBODY);
    if (this.#line === line) this.#line = undefined;
  }

  #lose(line: Line, cause: PutError): void {
    if (this.#line !== line) return;
    this.#release(line);
    line.transport.destroy();
    this.#handlers.onLineLost(cause);
  }

  /** Runs what reads or calls handlers; a fault ends the line, the peer is told, and the session goes on over the next one. */
  #guard(line: Line, work: () => void): void {
    try {
      work();
    } catch (error) {
      if (this.#line !== line) return;
      const cause = toPutError(error);
      // Another code of ours would read to the peer as the end of the session.
      this.#endLine(line, endsLineOnly(cause) ? cause : new PutError('internal', cause.message));
      this.#handlers.onLineLost(cause);
    }
  }

  #write(frame: { type: FrameType; flags?: number; channel?: Channel; sequence?: number; body?: Uint8Array }): void {
    const line = this.#line;
    if (!line) return;
    const bytes = encodeFrame({
      type: frame.type,
      flags: frame.flags ?? 0,
      channel: frame.channel ?? Channel.control,
      sequence: frame.sequence ?? 0,
      acknowledgement: this.#lane.received,
      ...(frame.body ? { body: frame.body } : {}),
    });
    this.#acknowledgeSent = this.#lane.received;
    this.#unacknowledgedBytes = 0;
    this.#spokeAtMs = this.#clock.steadyMs();
    if (!line.transport.send(bytes)) line.writable = false;
  }

  #onData(line: Line, bytes: Uint8Array): void {
    if (this.#line !== line) return;
    this.#heardAtMs = this.#clock.nowMs();
    this.#heardSteadyMs = line.silenceFromMs = this.#clock.steadyMs();
    line.probe.heard();
    if (this.#line !== line) return;
    this.#guard(line, () => line.reader.push(bytes));
  }

  #onDrain(line: Line): void {
    if (this.#line !== line) return;
    line.writable = true;
    this.#guard(line, () => {
      const body = line.pongOwed;
      line.pongOwed = undefined;
      if (body) this.#write({ type: FrameType.pong, body });
      this.#handlers.onWritable();
    });
  }

  #onFrame(line: Line, frame: Frame): void {
    const before = this.#lane.acknowledged;
    this.#lane.acknowledge(frame.acknowledgement);
    if (this.#lane.acknowledged > before) {
      this.#handlers.onAcknowledged();
      // The owner may have closed, or gone over to another line, where the peer sends this frame again if it is numbered.
      if (this.#line !== line) return;
    }
    switch (frame.type) {
      case FrameType.message: {
        // Unpacked before it counts as received: what cannot be read is not lost but asked for again.
        const body = frame.sequence === this.#lane.received + 1 ? plainBody(frame, this.#compression) : NO_BYTES;
        if (!this.#lane.accept(frame.sequence)) return;
        this.#unacknowledgedBytes += frame.body.length;
        // Who sends much waits for it; a line that takes nothing now gets it a little later.
        if (this.#unacknowledgedBytes >= LIMITS.acknowledgeBytes && line.writable)
          this.#write({ type: FrameType.acknowledge });
        else this.#acknowledgeSoon(line);
        this.#hold(line, this.#handlers.onMessage(frame.channel, body));
        return;
      }
      case FrameType.acknowledge:
        return;
      case FrameType.keepAlive:
        if (line.writable) this.#write({ type: FrameType.acknowledge });
        return;
      case FrameType.ping:
        if (line.writable) this.#write({ type: FrameType.pong, body: frame.body });
        else line.pongOwed = new Uint8Array(frame.body);
        return;
      case FrameType.pong:
        this.#pong(line, frame.body);
        return;
      case FrameType.fileData: {
        const { transfer, offset, bytes } = decodeFileData(frame.body);
        this.#hold(line, this.#handlers.onFileData(transfer, offset, bytes));
        return;
      }
      case FrameType.fileCredit: {
        this.#handlers.onFileCredit(decodeFileCredit(frame.body));
        return;
      }
      case FrameType.close: {
        const cause = errorOf(decodeBodyAs(closeSchema, frame.body, 'close'));
        const lineOnly = endsLineOnly(cause);
        if (!lineOnly) this.#closed = true;
        this.#endLine(line, undefined);
        if (lineOnly) this.#handlers.onLineLost(cause);
        else this.#handlers.onClosedByPeer(cause);
        return;
      }
      default:
        throw new PutError(
          'frame-type-unknown',
          `frame type 0x${frame.type.toString(16)} is not allowed inside a session`,
          { type: frame.type },
        );
    }
  }

  /** Reading pauses while a handler works, frames that are here already included; the dead-peer rule counts from its end. */
  #hold(line: Line, work: void | Promise<void>): void {
    if (!work) return;
    // A handler that changed the line and then works on holds nothing back there; its failure still must not be unhandled.
    if (this.#line === line) {
      line.busy = true;
      line.reader.stop();
      line.transport.pause();
    }
    const done = (failure?: { error: unknown }): void => {
      if (this.#line !== line) return;
      line.silenceFromMs = this.#clock.steadyMs();
      this.#guard(line, () => {
        if (failure) throw failure.error;
        this.#goOnReading(line);
      });
    };
    work.then(
      () => done(),
      (error: unknown) => done({ error }),
    );
  }

  #goOnReading(line: Line): void {
    if (this.#line !== line) return;
    line.busy = false;
    line.reader.resume();
    if (this.#line === line && !line.busy) line.transport.resume();
  }

  #acknowledgeSoon(line: Line): void {
    line.stopAcknowledge ??= this.#clock.setTimer(TIMES.acknowledgeMs, () => {
      line.stopAcknowledge = undefined;
      if (this.#acknowledgeSent < this.#lane.received) this.#write({ type: FrameType.acknowledge });
    });
  }

  #ping(line: Line): void {
    line.pingSentAtMs = line.pingedAtMs = this.#clock.steadyMs();
    this.#write({ type: FrameType.ping, body: new Uint8Array(8) });
  }

  #probeOf(line: () => Line): LineProbe {
    return new LineProbe({
      clock: this.#clock,
      ping: (body) => this.#write({ type: FrameType.ping, body }),
      busy: () => line().busy,
      onAnswered: () => this.#handlers.onProbeAnswered?.(),
      onSilent: (patienceMs) => {
        const { label } = line().transport;
        const seconds = Math.round(patienceMs / 1000);
        this.#lose(
          line(),
          new PutError('peer-silent', `${label} did not answer within ${seconds} s when asked`, { asked: true }),
        );
      },
    });
  }

  #pong(line: Line, body: Uint8Array): void {
    if (body.some((byte) => byte !== 0)) {
      line.probe.pong(body);
      return;
    }
    if (line.pingSentAtMs === undefined) return;
    const sampleMs = this.#clock.steadyMs() - line.pingSentAtMs;
    line.pingSentAtMs = undefined;
    line.transport.measured?.(sampleMs);
    this.#roundTripMs = this.#roundTripMs === undefined ? sampleMs : this.#roundTripMs * 0.75 + sampleMs * 0.25;
  }

  #tick(line: Line): void {
    if (this.#line !== line) return;
    const now = this.#clock.steadyMs();
    const wallMs = this.#clock.nowMs();
    // Steady time stands while the machine sleeps on some systems, wall time does not; one that was set only causes a question.
    const lateMs = Math.max(now - line.lastTickMs, wallMs - line.lastTickWallMs) - TIMES.tickMs;
    line.lastTickMs = now;
    line.lastTickWallMs = wallMs;
    line.stopTick = this.#clock.setTimer(TIMES.tickMs, () => this.#tick(line));
    if (lateMs > TIMES.stalledMs) {
      // What the peer said meanwhile has not been read yet: its silence is counted from here, and it is asked to speak.
      line.silenceFromMs = now;
      line.probe.stop();
      line.probe.begin(TIMES.probeMs);
      if (lateMs > TIMES.deadPeerMs) this.#handlers.onWokeUp?.();
      return;
    }
    // We do not listen while a handler works.
    if (line.busy) line.silenceFromMs = now;
    const { label } = line.transport;
    const awaited = this.#lane.hasPending || line.pingSentAtMs !== undefined;
    if (awaited && now - line.silenceFromMs >= TIMES.deadPeerMs) {
      this.#lose(line, new PutError('peer-silent', `nothing was heard from ${label} for ${TIMES.deadPeerMs / 1000} s`));
      return;
    }
    if (now - this.#spokeAtMs >= TIMES.keepAliveMs) {
      // An unanswered ping is not repeated, but the peer still has to hear us: it may be waiting for its own 20 s.
      if (line.pingSentAtMs === undefined) this.#ping(line);
      else this.#write({ type: FrameType.keepAlive });
    } else if (line.pingSentAtMs === undefined && now - line.pingedAtMs >= TIMES.measureMs) this.#ping(line);
  }
}
