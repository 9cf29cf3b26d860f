import { PutError } from '../../core/protocol/errors.ts';
import type { Clock, Transport } from '../../core/session/ports.ts';
import { SessionLink } from '../../core/session/SessionLink.ts';

/** A watch connection whose lease is in use may stay this long; the client closes it itself before. */
const AFTER_ATTACH_MS = 10_000;

/** The connections on CCPORT+1 that hold offered GUI ports while their clients set them up, by lease key. */
export class WatchConnections {
  readonly #clock: Clock;
  readonly #onLost: (leaseKey: string) => void;
  readonly #links = new Map<string, SessionLink>();

  constructor(clock: Clock, onLost: (leaseKey: string) => void) {
    this.#clock = clock;
    this.#onLost = onLost;
  }

  /** Holds the lease as long as the line lives; the one before, if any, is let go. */
  hold(leaseKey: string, transport: Transport, rest: Uint8Array): void {
    this.#links.get(leaseKey)?.detach();
    const lost = (): void => {
      if (this.#links.get(leaseKey) !== link) return;
      this.#links.delete(leaseKey);
      this.#onLost(leaseKey);
    };
    const carriesNothing = (): never => {
      throw new PutError('message-invalid', 'a watch connection carries no messages and no file bytes');
    };
    const link = new SessionLink({
      clock: this.#clock,
      handlers: {
        onMessage: carriesNothing,
        onFileData: carriesNothing,
        onFileCredit: () => {},
        onAcknowledged: () => {},
        onWritable: () => {},
        onLineLost: lost,
        onClosedByPeer: lost,
      },
    });
    this.#links.set(leaseKey, link);
    link.attach(transport, { peerReceived: 0, rest });
  }

  /** The lease is attached: nothing depends on the watch any more. */
  notNeeded(leaseKey: string): void {
    const link = this.#links.get(leaseKey);
    if (!link) return;
    this.#clock.setTimer(AFTER_ATTACH_MS, () => {
      if (this.#links.get(leaseKey) !== link) return;
      this.#links.delete(leaseKey);
      link.detach();
    });
  }

  close(leaseKey: string, cause: PutError): void {
    const link = this.#links.get(leaseKey);
    if (!link) return;
    this.#links.delete(leaseKey);
    link.close(cause);
  }

  closeAll(cause: PutError): void {
    for (const leaseKey of [...this.#links.keys()]) this.close(leaseKey, cause);
  }
}
