import { assertNever, PutError } from '../../core/protocol/errors.ts';

/*
 * The lease table of the GUI ports as a pure state machine: `stepLeases(table, event, rules, now)` answers the next table
 * and effects. A lease goes through these phases:
 *
 *   offered  --- used at its port ----------------------------> attached
 *     |  deadline, cancel, lost watch or client                    |  ^
 *     v                                                       line lost | back with the session's token
 *   released <--- session over, admin, end of grace --- detached <-+  |
 *                                                           +---------+
 *
 * Every lease has a deadline (offered, detached) or a line that holds it (attached), so none can be lost for ever.
 * With `watched: false` the documented behaviour of PUT is reproduced: an offer has no deadline and nobody watches it.
 */

export interface LeaseRules {
  /** CCPORT + 2. */
  readonly firstPort: number;
  /** CCPORT + CCPORTCOUNT - 1; below `firstPort` when the block has no GUI ports. */
  readonly lastPort: number;
  /** Highest port that may be offered beyond the range; equal to `lastPort` unless ALLOWOVERFLOW=yes. */
  readonly overflowTo: number;
  /** Ports that other listeners of putservices have; never offered. */
  readonly takenPorts: ReadonlySet<number>;
  /** LEASEWATCH: offers end by deadline, lost watch and lost client. */
  readonly watched: boolean;
  readonly offerMs: number;
  readonly watchLostMs: number;
}

export interface LeaseHolder {
  readonly sessionId: string;
  readonly user: string;
  readonly clientSystem: string;
}

export type LeasePhase =
  | { readonly kind: 'offered'; readonly endsAtMs: number | undefined; readonly watchHeld: boolean }
  | { readonly kind: 'attached' }
  | { readonly kind: 'detached'; readonly endsAtMs: number };

export interface Lease {
  readonly port: number;
  /** SHA-256 of the lease token; the token itself is not kept. */
  readonly leaseKey: string;
  readonly holder: LeaseHolder;
  /** Ms since 1970, for showing; deadlines are of the steady clock. */
  readonly sinceMs: number;
  readonly phase: LeasePhase;
}

/** By port. */
export type LeaseTable = ReadonlyMap<number, Lease>;

export const EMPTY_LEASES: LeaseTable = new Map();

export type ReleaseReason =
  'offer-unused' | 'watch-lost' | 'client-lost' | 'session-over' | 'grace-over' | 'moved-away' | 'replaced' | 'admin';

export type LeaseEvent =
  /** A client negotiates. The session's own port is offered again where it has one. */
  | { readonly type: 'request'; readonly holder: LeaseHolder; readonly leaseKey: string }
  | { readonly type: 'watch-opened'; readonly leaseKey: string }
  | { readonly type: 'watch-lost'; readonly leaseKey: string }
  /** A connection came to a GUI port with the lease's token. */
  | { readonly type: 'use-offer'; readonly port: number; readonly leaseKey: string }
  /** A connection came to a GUI port with a session's token: the session's own port, or a free one after a restart. */
  | { readonly type: 'come-back'; readonly port: number; readonly holder: LeaseHolder }
  /** The session lost its line and is kept until `endsAtMs`. */
  | { readonly type: 'line-lost'; readonly sessionId: string; readonly endsAtMs: number }
  /** The grace of a session changed. */
  | { readonly type: 'grace-changed'; readonly sessionId: string; readonly endsAtMs: number }
  /** The session goes on over another way than its GUI port. */
  | { readonly type: 'moved-away'; readonly sessionId: string }
  | { readonly type: 'session-over'; readonly sessionId: string }
  | { readonly type: 'release'; readonly port: number }
  | { readonly type: 'time-passed' };

export type LeaseEffect =
  | { readonly effect: 'offered'; readonly lease: Lease }
  | { readonly effect: 'attached'; readonly lease: Lease }
  | { readonly effect: 'refused'; readonly error: PutError }
  | { readonly effect: 'released'; readonly lease: Lease; readonly reason: ReleaseReason }
  /** A listener beyond the range is needed from now on, or not any more. */
  | { readonly effect: 'open-port'; readonly port: number }
  | { readonly effect: 'close-port'; readonly port: number };

export interface LeaseStep {
  readonly table: LeaseTable;
  readonly effects: readonly LeaseEffect[];
}

/** One moment on the two clocks. */
export interface LeaseTime {
  /** For deadlines. */
  readonly steadyMs: number;
  /** Ms since 1970, for showing. */
  readonly wallMs: number;
}

/** The next table and what to do, for an event at `now`. The same table object comes back when nothing changed. */
export function stepLeases(table: LeaseTable, event: LeaseEvent, rules: LeaseRules, now: LeaseTime): LeaseStep {
  switch (event.type) {
    case 'request':
      return offer(table, event.holder, event.leaseKey, rules, now);
    case 'watch-opened':
      return change(table, byKey(table, event.leaseKey), (lease) =>
        lease.phase.kind === 'offered' ? { ...lease, phase: { ...lease.phase, watchHeld: true } } : lease,
      );
    case 'watch-lost':
      return change(table, byKey(table, event.leaseKey), (lease) => shortenOffer(lease, rules, now.steadyMs));
    case 'use-offer':
      return useOffer(table, event.port, event.leaseKey, rules);
    case 'come-back':
      return comeBack(table, event.port, event.holder, rules, now);
    case 'line-lost':
      return change(table, bySession(table, event.sessionId), (lease) =>
        lease.phase.kind === 'attached'
          ? { ...lease, phase: { kind: 'detached', endsAtMs: event.endsAtMs } }
          : shortenOffer(lease, rules, now.steadyMs),
      );
    case 'grace-changed':
      return change(table, bySession(table, event.sessionId), (lease) =>
        lease.phase.kind === 'detached' ? { ...lease, phase: { kind: 'detached', endsAtMs: event.endsAtMs } } : lease,
      );
    case 'moved-away': {
      const left = bySession(table, event.sessionId).filter((lease) => lease.phase.kind !== 'offered');
      return release(table, left, () => 'moved-away', rules);
    }
    case 'session-over': {
      // Unwatched, an offer stays although nobody can use it any more: that is the leak which the setting reproduces.
      const over = bySession(table, event.sessionId).filter((lease) => rules.watched || lease.phase.kind !== 'offered');
      return release(table, over, () => 'session-over', rules);
    }
    case 'release':
      return releaseIdle(table, event.port, rules);
    case 'time-passed': {
      const over = [...table.values()].filter((lease) => (leaseEndsAtMs(lease) ?? Infinity) <= now.steadyMs);
      return release(table, over, endReason, rules);
    }
    default:
      return assertNever(event);
  }
}

/** When a lease ends by itself; undefined while a line holds it (or nobody watches it). */
export function leaseEndsAtMs(lease: Lease): number | undefined {
  return lease.phase.kind === 'attached' ? undefined : lease.phase.endsAtMs;
}

/** The next moment at which `time-passed` releases something. */
export function nextDeadlineMs(table: LeaseTable): number | undefined {
  let next: number | undefined;
  for (const lease of table.values()) {
    const endsAtMs = leaseEndsAtMs(lease);
    if (endsAtMs !== undefined && (next === undefined || endsAtMs < next)) next = endsAtMs;
  }
  return next;
}

/** Who holds what and since when, for the refusal and the log. */
export function describeHolders(table: LeaseTable): string {
  return [...table.values()]
    .sort((a, b) => a.port - b.port)
    .map((lease) => {
      const since = new Date(lease.sinceMs).toISOString().slice(0, 16).replace('T', ' ');
      return `${lease.port} ${lease.holder.user} at ${lease.holder.clientSystem} since ${since} UTC (${lease.phase.kind})`;
    })
    .join('; ');
}

const stay = (table: LeaseTable): LeaseStep => ({ table, effects: [] });
const refuse = (table: LeaseTable, error: PutError): LeaseStep => ({ table, effects: [{ effect: 'refused', error }] });

function byKey(table: LeaseTable, leaseKey: string): Lease[] {
  return [...table.values()].filter((lease) => lease.leaseKey === leaseKey);
}

function bySession(table: LeaseTable, sessionId: string): Lease[] {
  return [...table.values()].filter((lease) => lease.holder.sessionId === sessionId);
}

function change(table: LeaseTable, leases: readonly Lease[], to: (lease: Lease) => Lease): LeaseStep {
  let next: Map<number, Lease> | undefined;
  for (const lease of leases) {
    const changed = to(lease);
    if (changed !== lease) (next ??= new Map(table)).set(lease.port, changed);
  }
  return { table: next ?? table, effects: [] };
}

function release(
  table: LeaseTable,
  leases: readonly Lease[],
  reasonOf: (lease: Lease) => ReleaseReason,
  rules: LeaseRules,
): LeaseStep {
  if (leases.length === 0) return stay(table);
  const next = new Map(table);
  const effects: LeaseEffect[] = [];
  for (const lease of leases) {
    next.delete(lease.port);
    effects.push({ effect: 'released', lease, reason: reasonOf(lease) });
    if (lease.port > rules.lastPort) effects.push({ effect: 'close-port', port: lease.port });
  }
  return { table: next, effects };
}

function endReason(lease: Lease): ReleaseReason {
  if (lease.phase.kind === 'detached') return 'grace-over';
  return lease.phase.kind === 'offered' && lease.phase.watchHeld ? 'watch-lost' : 'offer-unused';
}

/** Half of the promised time, so that the timer's own delay stays inside the promise; a client under way gets that long. */
function shortenOffer(lease: Lease, rules: LeaseRules, nowMs: number): Lease {
  if (lease.phase.kind !== 'offered' || !rules.watched) return lease;
  const endsAtMs = Math.min(lease.phase.endsAtMs ?? Infinity, nowMs + rules.watchLostMs / 2);
  return { ...lease, phase: { ...lease.phase, endsAtMs } };
}

function lowestFreePort(table: LeaseTable, rules: LeaseRules): number | undefined {
  for (let port = rules.firstPort; port <= rules.overflowTo; port++) {
    if (!table.has(port) && !rules.takenPorts.has(port)) return port;
  }
  return undefined;
}

function offer(table: LeaseTable, holder: LeaseHolder, leaseKey: string, rules: LeaseRules, now: LeaseTime): LeaseStep {
  const own = rules.watched ? bySession(table, holder.sessionId)[0] : undefined;
  const port = own?.port ?? lowestFreePort(table, rules);
  if (port === undefined) {
    const range = rules.firstPort <= rules.lastPort ? `${rules.firstPort} to ${rules.lastPort}` : 'none';
    const held = describeHolders(table);
    return refuse(
      table,
      new PutError('lease-range-full', `every GUI port is leased (range: ${range}). ${held}`.trim(), {
        rangeFrom: rules.firstPort,
        rangeTo: rules.lastPort,
        leases: table.size,
        holders: held,
      }),
    );
  }
  const lease: Lease = {
    port,
    leaseKey,
    holder,
    sinceMs: own?.sinceMs ?? now.wallMs,
    phase: { kind: 'offered', endsAtMs: rules.watched ? now.steadyMs + rules.offerMs : undefined, watchHeld: false },
  };
  const effects: LeaseEffect[] = [{ effect: 'offered', lease }];
  if (port > rules.lastPort && !own) effects.unshift({ effect: 'open-port', port });
  return { table: new Map(table).set(port, lease), effects };
}

function attach(table: LeaseTable, lease: Lease, rules: LeaseRules): LeaseStep {
  const attached: Lease = { ...lease, phase: { kind: 'attached' } };
  const others = bySession(table, lease.holder.sessionId).filter(
    (other) => other.port !== lease.port && (rules.watched || other.phase.kind !== 'offered'),
  );
  const released = release(table, others, () => 'replaced', rules);
  return {
    table: new Map(released.table).set(lease.port, attached),
    effects: [...released.effects, { effect: 'attached', lease: attached }],
  };
}

function useOffer(table: LeaseTable, port: number, leaseKey: string, rules: LeaseRules): LeaseStep {
  const lease = table.get(port);
  if (!lease || lease.leaseKey !== leaseKey) {
    return refuse(
      table,
      new PutError('lease-unknown', `port ${port} is not offered to this client (any more)`, { port }),
    );
  }
  return attach(table, lease, rules);
}

function comeBack(table: LeaseTable, port: number, holder: LeaseHolder, rules: LeaseRules, now: LeaseTime): LeaseStep {
  const lease = table.get(port);
  if (lease && lease.holder.sessionId !== holder.sessionId) {
    return refuse(table, new PutError('lease-unknown', `port ${port} is leased to another session`, { port }));
  }
  if (lease) return attach(table, lease, rules);
  if (port < rules.firstPort || port > rules.lastPort) {
    return refuse(table, new PutError('lease-unknown', `port ${port} is not leased to this session`, { port }));
  }
  return attach(table, { port, leaseKey: '', holder, sinceMs: now.wallMs, phase: { kind: 'attached' } }, rules);
}

function releaseIdle(table: LeaseTable, port: number, rules: LeaseRules): LeaseStep {
  const lease = table.get(port);
  if (!lease) {
    const inRange = port >= rules.firstPort && port <= rules.lastPort;
    const error = inRange
      ? new PutError('already-done', `port ${port} is free`, { port })
      : new PutError(
          'port-unknown',
          `port ${port} is not one of the GUI ports ${rules.firstPort} to ${rules.lastPort}`,
          {
            port,
            rangeFrom: rules.firstPort,
            rangeTo: rules.lastPort,
          },
        );
    return refuse(table, error);
  }
  if (lease.phase.kind === 'attached') {
    return refuse(
      table,
      new PutError('lease-not-idle', `port ${port} is in use by ${lease.holder.user} at ${lease.holder.clientSystem}`, {
        port,
        user: lease.holder.user,
        clientSystem: lease.holder.clientSystem,
      }),
    );
  }
  return release(table, [lease], () => 'admin', rules);
}
