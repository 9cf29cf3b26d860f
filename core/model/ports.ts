/** A rung of the ladder of ports. */
export interface PortRow {
  readonly port: number;
  /** What it is: listening for negotiation, the watch, a GUI port, a service. */
  readonly role: 'negotiation' | 'watch' | 'gui' | 'service' | 'chat' | 'web' | 'outside';
  /** Free, or the state of its lease; `listening` for ports that are not leased. */
  readonly state: 'listening' | 'free' | 'offered' | 'attached' | 'detached' | 'never-offered' | 'off';
  readonly connections: number;
  readonly lease?: LeaseView | undefined;
}

export interface LeaseView {
  readonly user: string;
  readonly clientSystem: string;
  readonly sessionId: string;
  readonly sinceMs: number;
  /** When it is taken back if nothing happens: an offer not used, a detached lease at the end of its grace. */
  readonly endsAtMs?: number | undefined;
}

/** A connection of a session for one service alone (direct). */
export interface SideRow {
  readonly service: 'job' | 'file' | 'chat';
  readonly port: number;
  readonly sinceMs: number;
}

/** One session as the ports view lists it. */
export interface SessionRow {
  readonly sessionId: string;
  readonly user: string;
  readonly clientSystem: string;
  readonly path: string;
  readonly state: 'online' | 'detached';
  readonly port: number;
  readonly sinceMs: number;
  /** When its line was lost and when it ends if nobody comes back; absent while it has a line. */
  readonly lostAtMs?: number | undefined;
  readonly endsAtMs?: number | undefined;
  /** Kept to sign in by: it never has a line. */
  readonly kept?: boolean | undefined;
  /** Absent where everything goes over the one connection. */
  readonly sides?: readonly SideRow[] | undefined;
}

/** What topic `ports` holds. */
export interface PortsView {
  /** By port number as text. */
  readonly ports: Readonly<Record<string, PortRow>>;
  /** By session id. */
  readonly sessions: Readonly<Record<string, SessionRow>>;
  readonly rangeFrom: number;
  readonly rangeTo: number;
}
