import type { PutError } from '../../core/protocol/errors.ts';
import type { LeaseOffer } from '../../core/protocol/handshake.ts';
import type { Clock } from '../../core/session/ports.ts';
import type { Log } from '../service.ts';
import {
  EMPTY_LEASES,
  nextDeadlineMs,
  stepLeases,
  type Lease,
  type LeaseEffect,
  type LeaseEvent,
  type LeaseHolder,
  type LeaseRules,
  type LeaseTable,
  type ReleaseReason,
} from './leases.ts';
import { newToken, tokenHashOf } from '../sessions/secrets.ts';

export interface LeaseKeeperEvents {
  onChange(): void;
  onReleased(lease: Lease, reason: ReleaseReason): void;
  /** A port beyond the range is needed (ALLOWOVERFLOW). */
  onOpenPort(port: number): void;
  onClosePort(port: number): void;
}

/** Runs the lease table: makes tokens, keeps its timer, tells what changed. */
export class LeaseKeeper {
  readonly rules: LeaseRules;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #events: LeaseKeeperEvents;
  #table: LeaseTable = EMPTY_LEASES;
  #stopTimer: (() => void) | undefined;
  #closed = false;

  constructor(options: { rules: LeaseRules; clock: Clock; log: Log; events: LeaseKeeperEvents }) {
    this.rules = options.rules;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#events = options.events;
  }

  get table(): LeaseTable {
    return this.#table;
  }

  /** Offers a GUI port, or answers why there is none. */
  offer(holder: LeaseHolder): { offer: LeaseOffer } | { refused: PutError } {
    const leaseToken = newToken();
    for (const effect of this.#apply({ type: 'request', holder, leaseKey: tokenHashOf(leaseToken) })) {
      if (effect.effect === 'offered')
        return { offer: { port: effect.lease.port, leaseToken, useWithinMs: this.rules.offerMs } };
      if (effect.effect === 'refused') return { refused: effect.error };
    }
    throw new Error('a lease request has no outcome');
  }

  /** The lease of a token, while it is held. */
  byToken(leaseToken: string): Lease | undefined {
    const key = tokenHashOf(leaseToken);
    for (const lease of this.#table.values()) if (lease.leaseKey === key) return lease;
    return undefined;
  }

  /** Throws `lease-unknown` when the offer is not (any more) for this port. */
  useOffer(port: number, leaseToken: string): void {
    this.#applyOrThrow({ type: 'use-offer', port, leaseKey: tokenHashOf(leaseToken) });
  }

  /** Throws `lease-unknown` when the port is leased to somebody else. */
  comeBack(port: number, holder: LeaseHolder): void {
    this.#applyOrThrow({ type: 'come-back', port, holder });
  }

  /** Throws `already-done`, `lease-not-idle` or `port-unknown`. */
  release(port: number): void {
    this.#applyOrThrow({ type: 'release', port });
  }

  /** Any event whose outcome nobody waits for. */
  tell(event: LeaseEvent): void {
    this.#apply(event);
  }

  close(): void {
    this.#closed = true;
    this.#stopTimer?.();
    this.#stopTimer = undefined;
  }

  #applyOrThrow(event: LeaseEvent): void {
    for (const effect of this.#apply(event)) if (effect.effect === 'refused') throw effect.error;
  }

  #apply(event: LeaseEvent): readonly LeaseEffect[] {
    if (this.#closed) return [];
    const before = this.#table;
    const step = stepLeases(before, event, this.rules, {
      steadyMs: this.#clock.steadyMs(),
      wallMs: this.#clock.nowMs(),
    });
    this.#table = step.table;
    for (const effect of step.effects) this.#run(effect);
    if (this.#table !== before) {
      this.#arm();
      this.#events.onChange();
    }
    return step.effects;
  }

  #run(effect: LeaseEffect): void {
    switch (effect.effect) {
      case 'released':
        this.#log.info('GUI port released', {
          port: effect.lease.port,
          session: effect.lease.holder.sessionId,
          reason: effect.reason,
        });
        this.#events.onReleased(effect.lease, effect.reason);
        return;
      case 'offered':
      case 'attached':
        this.#log.info(`GUI port ${effect.effect}`, {
          port: effect.lease.port,
          session: effect.lease.holder.sessionId,
        });
        return;
      case 'open-port':
        this.#events.onOpenPort(effect.port);
        return;
      case 'close-port':
        this.#events.onClosePort(effect.port);
        return;
      case 'refused':
        return;
    }
  }

  #arm(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    const next = nextDeadlineMs(this.#table);
    if (next === undefined) return;
    this.#stopTimer = this.#clock.setTimer(Math.min(Math.max(0, next - this.#clock.steadyMs()), 2_000_000_000), () => {
      this.#stopTimer = undefined;
      this.#apply({ type: 'time-passed' });
      if (!this.#stopTimer) this.#arm();
    });
  }
}
