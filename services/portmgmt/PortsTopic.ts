import type { LeaseView, PortRow, PortsView, SessionRow, SideRow } from '../../core/model/ports.ts';
import type { StateTopic } from '../service.ts';
import { leaseEndsAtMs, type Lease, type LeaseTable } from './leases.ts';
import type { Session } from '../sessions/session.ts';

/** The ports of putservices, for the ladder of ports. */
export interface PortMap {
  readonly negotiation: number;
  readonly watch: number;
  /** Every GUI port of the range, in order. */
  readonly gui: readonly number[];
  readonly service: number;
  readonly chat: number;
  readonly web: number;
}

export interface PortsSources {
  leases(): LeaseTable;
  sessions(): readonly Session[];
  /** Side connections of a session (direct mode). */
  sidesOf(sessionId: string): readonly SideRow[];
  /** Open connections at a port. */
  connectionsAt(port: number): number;
  /** Wall time of a moment of the steady clock. */
  shownMs(steadyMs: number): number;
  /** Whether something listens at a port. */
  listeningAt(port: number): boolean;
}

function leaseView(lease: Lease, shownMs: (steadyMs: number) => number): LeaseView {
  const endsAtMs = leaseEndsAtMs(lease);
  return {
    user: lease.holder.user,
    clientSystem: lease.holder.clientSystem,
    sessionId: lease.holder.sessionId,
    sinceMs: lease.sinceMs,
    ...(endsAtMs === undefined ? {} : { endsAtMs: shownMs(endsAtMs) }),
  };
}

/** Topics `ports` and `sessions`: computed when somebody looks, after something changed. */
export class PortsTopic {
  readonly #map: PortMap;
  readonly #sources: PortsSources;
  readonly #listeners = new Set<() => void>();
  #number = 1;
  #stale = true;
  #view: PortsView;

  constructor(map: PortMap, sources: PortsSources) {
    this.#map = map;
    this.#sources = sources;
    this.#view = { ports: {}, sessions: {}, rangeFrom: 0, rangeTo: 0 };
  }

  /** Something that the views show has changed. */
  changed(): void {
    this.#number++;
    this.#stale = true;
    for (const listener of [...this.#listeners]) listener();
  }

  readonly ports: StateTopic = this.#topic(() => this.#current());
  readonly sessions: StateTopic = this.#topic(() => this.#current().sessions);

  #topic(state: () => object): StateTopic {
    return {
      kind: 'state',
      state,
      number: () => this.#number,
      onChange: (listener) => {
        this.#listeners.add(listener);
        return () => void this.#listeners.delete(listener);
      },
    };
  }

  #current(): PortsView {
    if (!this.#stale) return this.#view;
    this.#stale = false;
    const { negotiation, watch, gui, service, chat, web } = this.#map;
    const leases = this.#sources.leases();
    const ports: Record<string, PortRow> = {};
    const put = (port: number, role: PortRow['role']): void => {
      const lease = leases.get(port);
      const listening = this.#sources.listeningAt(port);
      const leased = role === 'gui' || role === 'outside';
      ports[String(port)] = {
        port,
        role,
        state: lease ? lease.phase.kind : !listening ? 'off' : leased ? 'free' : 'listening',
        connections: this.#sources.connectionsAt(port),
        ...(lease ? { lease: leaseView(lease, (ms) => this.#sources.shownMs(ms)) } : {}),
      };
    };
    put(negotiation, 'negotiation');
    put(watch, 'watch');
    for (const port of gui) put(port, 'gui');
    put(service, 'service');
    put(chat, 'chat');
    put(web, 'web');
    const rangeTo = gui[gui.length - 1] ?? watch;
    for (const port of leases.keys()) if (port > rangeTo) put(port, 'outside');
    // The two ports beyond the range stand in the ladder as what they are: never offered.
    for (const port of [rangeTo + 1, rangeTo + 2]) {
      ports[String(port)] ??= { port, role: 'outside', state: 'never-offered', connections: 0 };
    }
    const sessions: Record<string, SessionRow> = {};
    for (const session of this.#sources.sessions()) {
      const sides = this.#sources.sidesOf(session.sessionId);
      sessions[session.sessionId] = {
        sessionId: session.sessionId,
        user: session.user,
        clientSystem: session.clientSystem,
        path: session.place.path,
        state: session.online ? 'online' : 'detached',
        port: session.place.port,
        sinceMs: session.sinceMs,
        ...(session.kept
          ? { kept: true, endsAtMs: this.#sources.shownMs(session.graceEndsAtMs) }
          : session.lostAtMs === undefined
            ? {}
            : { lostAtMs: session.lostAtMs, endsAtMs: this.#sources.shownMs(session.graceEndsAtMs) }),
        ...(sides.length === 0 ? {} : { sides }),
      };
    }
    this.#view = { ports, sessions, rangeFrom: gui[0] ?? watch + 1, rangeTo };
    return this.#view;
  }
}
