import { PutError, toPutError } from '../protocol/errors.ts';
import type { Welcome } from '../protocol/handshake.ts';
import { TIMES } from '../protocol/limits.ts';
import { mayReconnectAfter, reconnectWaitMs, waitAfterShortLineMs } from '../session/reconnectPolicy.ts';
import type { Clock, Random } from '../session/ports.ts';
import type { LinkHandlers } from '../session/linkHandlers.ts';
import type { SessionLink } from '../session/SessionLink.ts';
import type { ConnectedLine } from './connectedLine.ts';

/** Services that have connections of their own in direct mode. */
export type SideService = 'job' | 'file' | 'chat';

/** How a side line is at the moment, for people. */
export interface SideLineView {
  readonly service: SideService;
  readonly port: number;
  /** `blocked`: its last attempt failed, and its messages go over the main line until one works. */
  readonly state: 'connecting' | 'up' | 'blocked';
  /** Of the last failure, while it is blocked. */
  readonly cause?: PutError | undefined;
  /** When it failed, ms of the clock. */
  readonly failedAtMs?: number | undefined;
}

export interface SideLineOptions {
  readonly service: SideService;
  readonly port: number;
  readonly clock: Clock;
  readonly random: Random;
  /** Greets over a new connection; `received` where the lane is to go on. Rejects with a PutError. */
  connect(received: number | undefined, signal: AbortSignal): Promise<ConnectedLine>;
  createLink(welcome: Welcome, handlers: Pick<LinkHandlers, 'onLineLost' | 'onClosedByPeer'>): SessionLink;
  /** A line is there. `again`: the lane began anew, and what was open on the one before has to be sent again. */
  onUp(again: boolean): void;
  onLineLost(): void;
  /** It carries nothing any more; what was open on it has to go over the main line. */
  onFellBack(): void;
  onChange(): void;
}

const CLOSED = new PutError('session-closed', 'the session was closed here');

/**
 * A connection of its own for one service, beside a session's main line, with its own numbers. It is dialled while the main
 * line is up, again after a cut, and for ever when it is blocked; without a line for TIMES.staggerMs, or after one failed
 * attempt, its messages go over the main line, so that nobody waits for it.
 */
export class SideLine {
  readonly #options: SideLineOptions;
  #mayDial = false;
  #link: SessionLink | undefined;
  #dialing: AbortController | undefined;
  #attempt = 0;
  #upSinceMs = 0;
  #failure: { readonly cause: PutError; readonly atMs: number } | undefined;
  #stopWait: (() => void) | undefined;
  #stopFallBack: (() => void) | undefined;

  constructor(options: SideLineOptions) {
    this.#options = options;
  }

  /** Carries the service's messages, also across a short cut; undefined: the main line does. */
  get link(): SessionLink | undefined {
    return this.#link;
  }

  get view(): SideLineView {
    const { service, port } = this.#options;
    if (this.#link?.attached) return { service, port, state: 'up' };
    if (!this.#failure) return { service, port, state: 'connecting' };
    return { service, port, state: 'blocked', cause: this.#failure.cause, failedAtMs: this.#failure.atMs };
  }

  /** The main line is up. `anew`: the session's numbers began anew, and so do those of this line. */
  begin(anew: boolean): void {
    if (anew) this.#drop();
    this.#mayDial = true;
    this.#attempt = 0;
    if (this.#link?.attached) this.#link.probe();
    else this.#dial();
  }

  /** The main line is lost: nothing is dialled until it is back. A line that is there stays. */
  rest(): void {
    this.#mayDial = false;
    this.#stopDialing();
    this.#stopFallingBack();
  }

  /** A person asked, the machine woke up, or the network changed. */
  retryNow(): void {
    if (this.#mayDial) this.begin(false);
  }

  /** Ends it for good. */
  stop(): void {
    this.rest();
    this.#drop();
  }

  #drop(): void {
    const link = this.#link;
    this.#link = undefined;
    link?.close(CLOSED);
  }

  #stopDialing(): void {
    this.#stopWait?.();
    this.#stopWait = undefined;
    this.#dialing?.abort();
    this.#dialing = undefined;
  }

  #stopFallingBack(): void {
    this.#stopFallBack?.();
    this.#stopFallBack = undefined;
  }

  #dial(): void {
    this.#stopDialing();
    const link = this.#link;
    if (link) this.#fallBackSoon();
    const abort = new AbortController();
    this.#dialing = abort;
    this.#options.connect(link?.received, abort.signal).then(
      (line) => {
        if (this.#dialing !== abort) {
          line.transport.destroy();
          return;
        }
        this.#dialing = undefined;
        this.#use(line, link);
      },
      (error: unknown) => {
        if (this.#dialing !== abort) return;
        this.#dialing = undefined;
        this.#failed(toPutError(error));
      },
    );
    this.#options.onChange();
  }

  #use(line: ConnectedLine, askedFor: SessionLink | undefined): void {
    const { welcome, transport, rest } = line;
    if (welcome.resumed && (!askedFor || askedFor !== this.#link)) {
      transport.destroy();
      // What was to go on went over the main line meanwhile.
      if (askedFor) this.#dial();
      else this.#failed(new PutError('frame-out-of-order', `${transport.label} goes on with numbers that never were`));
      return;
    }
    this.#stopFallingBack();
    const before = this.#link;
    try {
      if (!welcome.resumed) {
        before?.close(CLOSED);
        this.#link = this.#createLink(welcome);
      }
      this.#link?.attach(transport, { peerReceived: welcome.received, rest });
    } catch (error) {
      transport.destroy();
      this.#failed(toPutError(error));
      return;
    }
    this.#failure = undefined;
    this.#upSinceMs = this.#options.clock.steadyMs();
    this.#options.onUp(before !== undefined && before !== this.#link);
    this.#options.onChange();
  }

  #createLink(welcome: Welcome): SessionLink {
    const link: SessionLink = this.#options.createLink(welcome, {
      onLineLost: (cause) => {
        if (this.#link === link) this.#lost(cause);
      },
      onClosedByPeer: (cause) => {
        if (this.#link !== link) return;
        this.#options.onLineLost();
        this.#failed(cause);
      },
    });
    return link;
  }

  #lost(cause: PutError): void {
    const { clock, random } = this.#options;
    this.#options.onLineLost();
    this.#options.onChange();
    if (!this.#mayDial) return;
    const heldMs = clock.steadyMs() - this.#upSinceMs;
    const short = waitAfterShortLineMs(cause.kind, heldMs, this.#attempt, random);
    this.#attempt = short?.attempt ?? 1;
    if (!short) {
      this.#dial();
      return;
    }
    this.#fallBackSoon();
    this.#dialAfter(short.delayMs);
  }

  #failed(cause: PutError): void {
    const { clock, random } = this.#options;
    this.#failure = { cause, atMs: clock.nowMs() };
    this.#fallBack();
    this.#attempt++;
    if (this.#mayDial && mayReconnectAfter(cause.code)) this.#dialAfter(reconnectWaitMs(this.#attempt, random));
    this.#options.onChange();
  }

  #dialAfter(delayMs: number): void {
    this.#stopWait?.();
    this.#stopWait = this.#options.clock.setTimer(delayMs, () => this.#dial());
  }

  #fallBackSoon(): void {
    this.#stopFallBack ??= this.#options.clock.setTimer(TIMES.staggerMs, () => this.#fallBack());
  }

  #fallBack(): void {
    this.#stopFallingBack();
    if (!this.#link) return;
    this.#drop();
    this.#options.onFellBack();
  }
}
