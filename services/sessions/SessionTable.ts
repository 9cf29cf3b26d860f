import { PutError } from '../../core/protocol/errors.ts';
import { TIMES } from '../../core/protocol/limits.ts';
import type { Clock, MessageCompression, Transport } from '../../core/session/ports.ts';
import type { MethodName } from '../../core/protocol/methods.ts';
import { accountOf, authorize, type AccountDirectory, type AccountNow, type Principal } from './authorize.ts';
import type { Log } from '../service.ts';
import { Conversation } from './Conversation.ts';
import { newShortId, newToken, tokenHashOf } from './secrets.ts';
import type { ServiceRegistry } from './ServiceRegistry.ts';
import type { Arrival, Session, SessionPlace, SessionTableEvents } from './session.ts';
import type { SessionStore } from './SessionStore.ts';

/** How many sessions putservices keeps. Beyond it, sessions without a line that were never used give way first. */
export const SESSION_LIMIT = 1000;
/** Sessions that one account keeps to sign in by, a client system each; the one that was not used for longest gives way. */
const KEPT_LIMIT = 16;
/** A session whose client never asked anything is kept this long after its line went: long enough for a cut right after sign-in. */
const UNUSED_GRACE_MS = 60_000;

/** Sessions that ended for a reason that their clients may not know yet. */
const REASONS_KEPT = 1000;

/** The last moment that a Date can hold. */
const NO_DEADLINE_MS = 8_640_000_000_000_000;

/**
 * The sessions of the master by token. A session outlives its line for a grace time, goes on where it stopped when the client
 * comes back with its numbers, and starts its numbers anew for another process, another client system, or after a restart.
 */
export class SessionTable {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #store: SessionStore;
  readonly #services: ServiceRegistry;
  readonly #accounts: AccountDirectory;
  readonly #stopHearing: () => void;
  readonly #events: SessionTableEvents;
  readonly #graceMs: number;
  readonly #limit: number;
  readonly #byHash = new Map<string, Session>();
  readonly #byId = new Map<string, Session>();
  /** Why, by the hash of the token: a client that was not reached then hears it when it comes back. */
  readonly #overBecause = new Map<string, PutError>();
  #stopTimer: (() => void) | undefined;
  #order = 0;

  constructor(options: {
    clock: Clock;
    log: Log;
    store: SessionStore;
    services: ServiceRegistry;
    accounts: AccountDirectory;
    events: SessionTableEvents;
    /** GRACEMINUTES, in ms. */
    graceMs: number;
    limit?: number;
  }) {
    this.#clock = options.clock;
    this.#log = options.log;
    this.#store = options.store;
    this.#services = options.services;
    this.#accounts = options.accounts;
    this.#stopHearing = this.#accounts.onChange(() => this.judge());
    this.#events = options.events;
    this.#graceMs = options.graceMs;
    this.#limit = options.limit ?? SESSION_LIMIT;
    const wallMs = this.#clock.nowMs();
    const { sessions, faults } = this.#store.load();
    for (const fault of faults)
      this.#log.error('a stored session cannot be used; its client signs in again', { fault });
    for (const row of [...sessions].sort((a, b) => a.sinceMs - b.sinceMs)) {
      const leftMs = Math.min(row.graceEndsAtMs - wallMs, row.kept ? TIMES.sessionKeptMs : this.#graceMs);
      if (leftMs <= 0) {
        this.#forget(row);
        continue;
      }
      this.#add({
        ...row,
        credential: row.credential === '' ? (this.#accounts.now(row.user)?.credential ?? '') : row.credential,
        toldRole: undefined,
        graceEndsAtMs: this.#clock.steadyMs() + leftMs,
        order: ++this.#order,
        lostAtMs: wallMs,
        place: { path: 'single-port', port: 0 },
        lane: undefined,
        conversation: undefined,
        online: false,
        used: true,
      });
    }
    this.#arm();
  }

  get size(): number {
    return this.#byId.size;
  }

  get sessions(): readonly Session[] {
    return [...this.#byId.values()];
  }

  byId(sessionId: string): Session | undefined {
    return this.#byId.get(sessionId);
  }

  /**
   * Lets a session in again: on each of its lines, by whichever token. Answers its account as it is now. Throws
   * `account-changed`; the session has ended then.
   */
  admit(session: Session): AccountNow {
    return this.#endingTheUnfit(session, () => accountOf(session, this.#accounts));
  }

  /** Throws where the session may not do this at this moment; one whose account changed has ended then. */
  authorize(method: MethodName, session: Session): void {
    this.#endingTheUnfit(session, () => authorize(method, session, this.#accounts));
  }

  /** Accounts changed: sessions that no longer hold end, on all their lines; a client with another role is told by a new greeting. */
  judge(): void {
    for (const session of [...this.#byId.values()]) {
      try {
        const { role } = this.admit(session);
        if (session.toldRole === undefined || role === session.toldRole) continue;
        this.#log.info('a session has another role now', { session: session.sessionId, user: session.user, role });
        session.toldRole = undefined;
        session.conversation?.judgeTopics();
        this.#events.onRoleChanged(session);
        session.conversation?.link.dropLine(new PutError('role-changed', `${session.user} is ${role} now`, { role }));
      } catch (error) {
        this.#log.info('a session ended with its account', { session: session.sessionId, reason: String(error) });
      }
    }
  }

  #endingTheUnfit<T>(session: Session, ask: () => T): T {
    try {
      return ask();
    } catch (error) {
      if (error instanceof PutError && error.code === 'account-changed') this.end(session, error);
      throw error;
    }
  }

  /** The session of a token. Throws `session-unknown`, or why it ended where its client may not know: `session-taken-over`, `account-changed`. */
  byToken(token: string): Session {
    const hash = tokenHashOf(token);
    const session = this.#byHash.get(hash);
    const over = this.#overBecause.get(hash);
    if (over) throw over;
    if (!session) throw new PutError('session-unknown', 'the master node does not keep this session (any more)');
    return session;
  }

  /** Time that a session without a line is kept, in ms. */
  graceOf(session: Session): number {
    if (session.kept) return TIMES.sessionKeptMs;
    return this.#isReplaced(session) ? Math.min(this.#graceMs, TIMES.sessionGraceReplacedMs) : this.#graceMs;
  }

  /** A new session after a sign-in. Throws `connection-limit` when too many are in use. */
  create(who: Principal & { clientSystem: string }, place: SessionPlace): { session: Session; token: string } {
    const made = this.#make(who, place, false);
    this.#shortenReplaced(made.session);
    this.#arm();
    return made;
  }

  /** A session of the same account that is kept to sign in by, in the place of the one that this session kept before. */
  keep(by: Session): { session: Session; token: string } {
    if (by.keeps) this.end(by.keeps, new PutError('session-unknown', 'another one was kept in its place'));
    const others = this.sessions.filter(({ kept, user }) => kept && user === by.user);
    const [oldest] = others.sort((a, b) => a.graceEndsAtMs - b.graceEndsAtMs);
    if (oldest && others.length >= KEPT_LIMIT)
      this.end(oldest, new PutError('session-unknown', `${by.user} keeps ${KEPT_LIMIT} newer sessions to sign in by`));
    const made = this.#make(by, by.place, true);
    by.keeps = made.session;
    this.persist(made.session);
    this.#arm();
    this.#events.onChange();
    return made;
  }

  /**
   * A new session for whoever shows the token of a kept one, which is kept on for its whole time from now.
   * Throws `session-unknown`, `account-changed`, and as `create` does.
   */
  createBeside(token: string, clientSystem: string, place: SessionPlace): { session: Session; token: string } {
    const kept = this.byToken(token);
    if (!kept.kept) throw new PutError('session-unknown', 'the session is not one that is kept to sign in by');
    this.admit(kept);
    kept.graceEndsAtMs = this.#clock.steadyMs() + TIMES.sessionKeptMs;
    this.persist(kept);
    return this.create({ user: kept.user, credential: kept.credential, clientSystem }, place);
  }

  #make(
    who: Principal & { clientSystem: string },
    place: SessionPlace,
    kept: boolean,
  ): { session: Session; token: string } {
    this.#makeRoom();
    const token = newToken();
    const wallMs = this.#clock.nowMs();
    let sessionId = newShortId();
    while (this.#byId.has(sessionId)) sessionId = newShortId();
    const session: Session = {
      sessionId,
      tokenHash: tokenHashOf(token),
      user: who.user,
      credential: who.credential,
      clientSystem: who.clientSystem,
      toldRole: undefined,
      sinceMs: wallMs,
      order: ++this.#order,
      place,
      lane: undefined,
      conversation: undefined,
      online: false,
      graceEndsAtMs: this.#clock.steadyMs() + (kept ? TIMES.sessionKeptMs : UNUSED_GRACE_MS),
      lostAtMs: wallMs,
      used: kept,
      kept,
    };
    this.#add(session);
    return { session, token };
  }

  /**
   * Judges who comes, before anything is changed for it. Throws `session-taken-over` for a process that another one followed
   * and that does not know it yet, and `line-lost` for a greeting that a newer one of the same process overtook.
   */
  checkArrival(session: Session, arrival: Pick<Arrival, 'received' | 'lane'>): void {
    const { lane } = session;
    if (!lane || !arrival.lane) return;
    if (arrival.lane.id !== lane.id) {
      if (arrival.received === undefined) return;
      throw new PutError('session-taken-over', `the session goes on at ${session.clientSystem}`, {
        clientSystem: session.clientSystem,
      });
    }
    if (arrival.lane.line <= lane.line) {
      throw new PutError('line-lost', 'a newer line of this client came first', { line: arrival.lane.line });
    }
  }

  /** Whether the client's numbers fit the lane that is kept, so that it goes on where it stopped. */
  #mayResume(session: Session, { received, lane }: Arrival): boolean {
    const link = session.conversation?.link;
    if (link === undefined || received === undefined || received > link.lastSent) return false;
    // The same process has what it acknowledged, also where its greeting was written before.
    return received >= link.acknowledged || (lane !== undefined && lane.id === session.lane?.id);
  }

  /**
   * Puts a session onto a new line. `welcome` sends the answer to the greeting in between: after the old lane was let go and
   * before anything of the new one is sent. Call only with a transport that is still open.
   */
  attach(
    session: Session,
    transport: Transport,
    arrival: Arrival,
    rest: Uint8Array,
    welcome: (lane: { resumed: boolean; received: number }) => void,
  ): void {
    const resumed = this.#mayResume(session, arrival);
    let conversation = session.conversation;
    if (!resumed || !conversation) {
      const wasOnline = conversation !== undefined;
      const { clientSystem } = arrival;
      conversation?.close(
        new PutError('session-taken-over', `the session goes on at ${clientSystem}`, { clientSystem }),
      );
      if (wasOnline) this.#services.callerGone(session.sessionId);
      session.clientSystem = arrival.clientSystem;
      conversation = this.#converse(session, arrival.compression);
      session.conversation = conversation;
    }
    session.lane = arrival.lane;
    session.place = arrival.place;
    session.online = true;
    session.lostAtMs = undefined;
    welcome({ resumed, received: conversation.link.received });
    const { link } = conversation;
    link.attach(transport, { peerReceived: resumed ? Math.max(arrival.received ?? 0, link.acknowledged) : 0, rest });
    if (session.used) this.persist(session);
    this.#arm();
    this.#events.onChange();
  }

  /** Ends a session for good and tells its client why. */
  end(session: Session, cause: PutError): void {
    if (this.#byId.get(session.sessionId) !== session) return;
    this.#byId.delete(session.sessionId);
    this.#byHash.delete(session.tokenHash);
    if (session.used) this.#forget(session);
    session.online = false;
    if (cause.code === 'session-taken-over' || cause.code === 'account-changed') this.#rememberWhy(session, cause);
    session.conversation?.close(cause);
    this.#services.callerGone(session.sessionId);
    this.#events.onOver(session, cause);
    this.#events.onChange();
  }

  /** putservices stops: clients are told and sessions are kept in the store for its next start. */
  stop(cause: PutError): void {
    this.#stopHearing();
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    for (const session of this.#byId.values()) {
      if (session.used) this.persist(session);
      session.conversation?.close(cause);
      session.online = false;
    }
    this.#byId.clear();
    this.#byHash.clear();
    this.#store.close();
  }

  #rememberWhy(session: Session, cause: PutError): void {
    this.#overBecause.set(session.tokenHash, cause);
    const oldest = this.#overBecause.keys().next().value;
    if (this.#overBecause.size > REASONS_KEPT && oldest !== undefined) this.#overBecause.delete(oldest);
  }

  #add(session: Session): void {
    this.#byId.set(session.sessionId, session);
    this.#byHash.set(session.tokenHash, session);
  }

  #converse(session: Session, compression: MessageCompression | undefined): Conversation {
    const conversation: Conversation = new Conversation({
      clock: this.#clock,
      log: this.#log,
      services: this.#services,
      compression,
      authorize: (method) => this.authorize(method, session),
      caller: {
        sessionId: session.sessionId,
        user: session.user,
        clientSystem: session.clientSystem,
      },
      events: {
        onUsed: () => {
          if (session.used) return;
          session.used = true;
          this.persist(session);
          this.#events.onFirstUse(session);
        },
        onLineLost: (cause) => {
          if (session.conversation === conversation) this.#lineLost(session, cause);
        },
        onClosedByPeer: (cause) => {
          // The client closed this lane, not the session: `session.end` does that. It may come back with new numbers.
          if (session.conversation !== conversation) return;
          session.conversation = undefined;
          conversation.close(cause);
          this.#lineLost(session, cause);
        },
        onEndAsked: () => this.end(session, new PutError('session-closed', 'the session was ended by its client')),
      },
    });
    return conversation;
  }

  #lineLost(session: Session, cause: PutError): void {
    session.online = false;
    session.lostAtMs = this.#clock.nowMs();
    const graceMs = session.used ? this.graceOf(session) : UNUSED_GRACE_MS;
    session.graceEndsAtMs = this.#clock.steadyMs() + graceMs;
    this.#log.info('the line was lost; the session is kept', {
      session: session.sessionId,
      user: session.user,
      code: cause.code,
      graceS: Math.round(graceMs / 1000),
    });
    this.#services.callerGone(session.sessionId);
    if (session.used) this.persist(session);
    this.#arm();
    this.#events.onLineLost(session);
    this.#events.onChange();
  }

  /** Keeps the session over a restart. While a line is attached no deadline is stored: after a crash the grace counts from the next start. */
  persist(session: Session): void {
    const leftMs = session.graceEndsAtMs - this.#clock.steadyMs();
    const graceEndsAtMs = session.online ? NO_DEADLINE_MS : this.#clock.nowMs() + leftMs;
    const { sessionId, tokenHash, user, credential, clientSystem, sinceMs, kept } = session;
    try {
      this.#store.put({ sessionId, tokenHash, user, credential, clientSystem, sinceMs, graceEndsAtMs, kept });
    } catch (error) {
      // The session works without; only a restart of putservices would make the client sign in again.
      this.#log.error('a session could not be stored', { session: sessionId, error: String(error) });
    }
  }

  #forget({ sessionId }: Pick<Session, 'sessionId'>): void {
    try {
      this.#store.remove(sessionId);
    } catch (error) {
      // Its token is forgotten here already; a row that stays is judged anew at the next start, by its grace and its account.
      this.#log.error('an ended session could not be removed from the store', {
        session: sessionId,
        error: String(error),
      });
    }
  }

  #isReplaced(session: Session): boolean {
    for (const other of this.#byId.values()) {
      if (
        other !== session &&
        other.order > session.order &&
        other.user === session.user &&
        other.clientSystem === session.clientSystem &&
        other.used &&
        !other.kept
      ) {
        return true;
      }
    }
    return false;
  }

  /** The same user came anew from the same client system: what he left behind there is kept only shortly. */
  #shortenReplaced(by: Session): void {
    const latestMs = this.#clock.steadyMs() + TIMES.sessionGraceReplacedMs;
    for (const session of this.#byId.values()) {
      if (
        session === by ||
        session.online ||
        session.kept ||
        session.user !== by.user ||
        session.clientSystem !== by.clientSystem
      )
        continue;
      if (session.graceEndsAtMs <= latestMs) continue;
      session.graceEndsAtMs = latestMs;
      if (session.used) this.persist(session);
      this.#events.onGraceChanged(session);
    }
  }

  #makeRoom(): void {
    if (this.#byId.size < this.#limit) return;
    let victim: Session | undefined;
    for (const session of this.#byId.values()) {
      if (session.online) continue;
      if (
        !victim ||
        (victim.used && !session.used) ||
        (victim.used === session.used && session.graceEndsAtMs < victim.graceEndsAtMs)
      ) {
        victim = session;
      }
    }
    if (!victim) throw new PutError('connection-limit', `${this.#limit} sessions are in use`, { limit: this.#limit });
    this.end(victim, new PutError('session-unknown', 'the session gave way to newer ones'));
  }

  #arm(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    let next = Infinity;
    for (const session of this.#byId.values()) if (!session.online) next = Math.min(next, session.graceEndsAtMs);
    if (next === Infinity) return;
    // A timer takes at most 2^31 - 1 ms; an early one only looks and waits again.
    const waitMs = Math.min(Math.max(0, next - this.#clock.steadyMs()), 2_000_000_000);
    this.#stopTimer = this.#clock.setTimer(waitMs, () => {
      this.#stopTimer = undefined;
      const now = this.#clock.steadyMs();
      for (const session of [...this.#byId.values()]) {
        if (!session.online && session.graceEndsAtMs <= now) {
          this.end(session, new PutError('session-unknown', 'nobody came back within the grace time'));
        }
      }
      this.#arm();
    });
  }
}
