import { PutError } from '../../core/protocol/errors.ts';
import { SMALL_PACKETS } from '../../core/session/largePackets.ts';
import { answerToProbe } from '../../core/session/packetProbe.ts';
import { negotiateCapabilities, negotiateVersion } from '../../core/protocol/handshake.ts';
import type { Hello, Role, Welcome } from '../../core/protocol/handshake.ts';
import { TIMES } from '../../core/protocol/limits.ts';
import { awaitHello, sendRefused, sendWelcome } from '../../core/session/handshake.ts';
import type { Clock, MessageCompression, Transport } from '../../core/session/ports.ts';
import type { AccountDirectory, Principal } from '../sessions/authorize.ts';
import type { Handlers, Log, Service, Topic } from '../service.ts';
import { LeaseKeeper } from './LeaseKeeper.ts';
import type { LeaseRules } from './leases.ts';
import { LogLimiter } from '../LogLimiter.ts';
import { PortsTopic, type PortMap } from './PortsTopic.ts';
import { portRequests } from './portRequests.ts';
import { createShownTime } from './shownTime.ts';
import { tokenHashOf } from '../sessions/secrets.ts';
import { ServiceConnections, type ServiceName } from '../sessions/ServiceConnections.ts';
import type { ServiceRegistry } from '../sessions/ServiceRegistry.ts';
import { sessionRequests, type ChangePassword } from '../sessions/sessionRequests.ts';
import type { SessionStore } from '../sessions/SessionStore.ts';
import { SessionTable } from '../sessions/SessionTable.ts';
import type { Session } from '../sessions/session.ts';
import { waitFor, type Waiting } from './waitingConnection.ts';
import { WatchConnections } from './WatchConnections.ts';

/** What a port is for; decides which greetings it takes. */
export type PortRole = 'negotiation' | 'watch' | 'gui' | 'service' | 'chat' | 'web';

/** Where a connection came in. */
export interface Arrived {
  readonly role: PortRole;
  readonly port: number;
  readonly address: string;
  /** Somebody signed in: the connection is none of a stranger any more. Without it, it is destroyed at a deadline. */
  settled?(): void;
  /** Whether a new session may begin here: false where this address, or all, have too many connections. */
  hasRoom?(): boolean;
}

/** Checks who signs in. Throws `sign-in-refused`, `sign-in-slowed` or `sign-in-busy`. */
export interface SignIn {
  /** `stillWanted` false: nobody waits for the answer any more, so no work is needed. */
  signIn(user: string, password: string, address: string, stillWanted?: () => boolean): Promise<Principal>;
}

const PURPOSES: Readonly<Record<PortRole, readonly Hello['purpose'][]>> = {
  negotiation: ['session', 'negotiate'],
  watch: ['watch'],
  gui: ['session'],
  service: ['job', 'file'],
  chat: ['chat', 'session'],
  web: ['session', 'chat'],
};

export interface PortmgmtOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly signIn: SignIn;
  /** Asked at each request what an account may do. */
  readonly accounts: AccountDirectory;
  /** Gives an account a new password; absent: not from outside. */
  readonly changePassword?: ChangePassword | undefined;
  readonly store: SessionStore;
  readonly services: ServiceRegistry;
  readonly ports: PortMap;
  readonly leaseRules: LeaseRules;
  /** GRACEMINUTES, in ms. */
  readonly graceMs: number;
  readonly software: string;
  readonly systemName: string;
  readonly practice: boolean;
  /** What this end can, best first; the first that both have is used. */
  readonly compressions: readonly MessageCompression[];
  readonly sessionLimit?: number;
  connectionsAt?(port: number): number;
  listeningAt?(port: number): boolean;
  /** Listeners beyond the range (ALLOWOVERFLOW). */
  openPort?(port: number): void;
  closePort?(port: number): void;
}

/**
 * portmgmt: greets every connection, signs in, keeps sessions and leases, and hands lanes to the services. It knows
 * transports, not sockets: listeners bring connections through `accept`.
 */
export class Portmgmt implements Service {
  readonly sessions: SessionTable;
  readonly leases: LeaseKeeper;
  readonly handlers: Handlers;
  readonly #options: PortmgmtOptions;
  readonly #topic: PortsTopic;
  readonly #log: Log;
  /** For what peers do that are not signed in. */
  readonly #quiet: LogLimiter;
  readonly #watches: WatchConnections;
  readonly #serviceConnections: ServiceConnections;
  #stopping: PutError | undefined;

  constructor(options: PortmgmtOptions) {
    this.#options = options;
    this.#log = options.log;
    this.#quiet = new LogLimiter(options.log, () => options.clock.steadyMs());
    this.handlers = {
      ...sessionRequests({
        sessions: () => this.sessions,
        log: options.log,
        changePassword: options.changePassword,
      }),
      ...portRequests({ leases: () => this.leases, log: options.log }),
    };
    this.#watches = new WatchConnections(options.clock, (leaseKey) =>
      this.leases.tell({ type: 'watch-lost', leaseKey }),
    );
    this.#serviceConnections = new ServiceConnections({
      clock: options.clock,
      log: options.log,
      services: options.services,
      authorize: (method, session) => this.sessions.authorize(method, session),
      endSession: (session) =>
        this.sessions.end(session, new PutError('session-closed', 'the session was ended by its client')),
      onChange: () => this.#topic.changed(),
    });
    this.#topic = new PortsTopic(options.ports, {
      leases: () => this.leases.table,
      sessions: () => this.sessions.sessions,
      sidesOf: (sessionId) => this.#serviceConnections.of(sessionId),
      connectionsAt: (port) => options.connectionsAt?.(port) ?? 0,
      shownMs: createShownTime(options.clock),
      listeningAt: (port) => options.listeningAt?.(port) ?? true,
    });
    this.leases = new LeaseKeeper({
      rules: options.leaseRules,
      clock: options.clock,
      log: options.log,
      events: {
        onChange: () => this.#topic.changed(),
        onReleased: (lease) =>
          this.#watches.close(lease.leaseKey, new PutError('lease-unknown', `GUI port ${lease.port} was released`)),
        onOpenPort: (port) => options.openPort?.(port),
        onClosePort: (port) => options.closePort?.(port),
      },
    });
    this.sessions = new SessionTable({
      clock: options.clock,
      log: options.log,
      store: options.store,
      services: options.services,
      accounts: options.accounts,
      graceMs: options.graceMs,
      ...(options.sessionLimit === undefined ? {} : { limit: options.sessionLimit }),
      events: {
        onChange: () => this.#topic.changed(),
        onLineLost: (session) => this.#sessionLineLost(session),
        onGraceChanged: (session) =>
          this.leases.tell({ type: 'grace-changed', sessionId: session.sessionId, endsAtMs: session.graceEndsAtMs }),
        onFirstUse: () => {},
        onRoleChanged: ({ sessionId }) => this.#serviceConnections.judgeTopicsOf(sessionId),
        onOver: (session, cause) => {
          this.leases.tell({ type: 'session-over', sessionId: session.sessionId });
          this.#serviceConnections.closeOf(session.sessionId, cause);
        },
      },
    });
    options.services.add(this);
  }

  topic(name: string): Topic | undefined {
    if (name === 'ports') return this.#topic.ports;
    return name === 'sessions' ? this.#topic.sessions : undefined;
  }

  /** Something that only the listeners know has changed: connections of a port. */
  connectionsChanged(): void {
    this.#topic.changed();
  }

  /** Greets a connection and puts it to its use. Never throws: what goes wrong is told to the peer and the log. */
  async accept(transport: Transport, arrived: Arrived): Promise<void> {
    const place = `[${transport.label}]`;
    let hello: Hello;
    let rest: Uint8Array;
    try {
      ({ hello, rest } = await awaitHello(transport, this.#options.clock));
    } catch (error) {
      this.#refuseUngreeted(transport, arrived, error);
      return;
    }
    const waiting = waitFor(transport, rest);
    try {
      await this.#use(hello, waiting, arrived);
      arrived.settled?.();
    } catch (error) {
      const known =
        error instanceof PutError
          ? error
          : new PutError('internal', 'the greeting could not be answered', {}, { cause: error });
      if (known.code === 'internal')
        this.#log.error(`${place}[--------][${hello.purpose}] greeting failed`, { error: String(error) });
      this.#quiet.warn(arrived.address, `${place}[${idOf(hello)}][${hello.purpose}] refused`, {
        port: arrived.port,
        code: known.code,
        reason: known.message,
        ...(hello.password === undefined ? {} : { user: hello.password.user }),
      });
      if (!waiting.gone()) sendRefused(transport, known);
      closeWhenEnded(transport, this.#options.clock);
    }
  }

  /** Tells every client and ends all lanes; sessions stay in the store for the next start. */
  stop(): void {
    const stopping = new PutError('server-stopping', 'putservices is being stopped');
    this.#stopping = stopping;
    this.#serviceConnections.closeAll(stopping);
    this.#watches.closeAll(stopping);
    this.sessions.stop(stopping);
    this.leases.close();
    this.#quiet.close();
  }

  close(): Promise<void> {
    if (!this.#stopping) this.stop();
    return Promise.resolve();
  }

  /** A peer that never greeted: only one that speaks our protocol gets an answer in it. */
  #refuseUngreeted(transport: Transport, arrived: Arrived, error: unknown): void {
    const known = error instanceof PutError ? error : new PutError('internal', String(error));
    const what =
      known.code === 'preface-foreign'
        ? 'foreign bytes; connection closed'
        : known.code === 'line-lost'
          ? 'closed before its greeting'
          : known.code === 'request-timeout'
            ? 'no greeting in time; connection closed'
            : 'greeting cannot be used; connection closed';
    this.#quiet.warn(arrived.address, `[${transport.label}][--------][${arrived.role}] ${what}`, {
      port: arrived.port,
      code: known.code,
      reason: known.message,
    });
    if (known.kind === 'protocol' && known.code !== 'preface-foreign') {
      sendRefused(transport, known);
      closeWhenEnded(transport, this.#options.clock);
    } else transport.destroy();
  }

  async #use(hello: Hello, waiting: Waiting, arrived: Arrived): Promise<void> {
    this.#checkNotStopping();
    const version = negotiateVersion(hello.versions);
    if (hello.probe) throw answerToProbe(hello.probe);
    if (hello.capabilities.includes(SMALL_PACKETS)) waiting.transport.sendSmall?.();
    if (!PURPOSES[arrived.role].includes(hello.purpose)) {
      throw new PutError(
        'handshake-expected',
        `port ${arrived.port} takes ${PURPOSES[arrived.role].join(' or ')}, not ${hello.purpose}`,
        {
          port: arrived.port,
          purpose: hello.purpose,
        },
      );
    }
    if (hello.purpose === 'watch') {
      this.#watch(hello, waiting, version);
      return;
    }
    if (hello.purpose === 'job' || hello.purpose === 'file' || hello.purpose === 'chat') {
      this.#side(hello, hello.purpose, waiting, arrived, version);
      return;
    }
    const { session, token } = await this.#sessionOf(hello, arrived, () => !waiting.gone());
    if (waiting.gone()) {
      this.#log.info(`[${waiting.transport.label}][${session.sessionId}][${hello.purpose}] went away during sign-in`, {
        port: arrived.port,
      });
      if (token !== undefined)
        this.sessions.end(session, new PutError('line-lost', 'the client went away during sign-in'));
      return;
    }
    this.#checkNotStopping();
    this.#begin(hello, session, token, waiting, arrived, version);
  }

  #checkNotStopping(): void {
    if (this.#stopping) throw this.#stopping;
  }

  /** Who it is: a new session by password, or the one of a token. */
  async #sessionOf(
    hello: Hello,
    arrived: Arrived,
    stillWanted: () => boolean,
  ): Promise<{ session: Session; token?: string }> {
    const beside = hello.beside === true ? hello.sessionToken : undefined;
    if (hello.sessionToken !== undefined && beside === undefined)
      return { session: this.sessions.byToken(hello.sessionToken) };
    if (arrived.role === 'gui') {
      const lease = hello.leaseToken === undefined ? undefined : this.leases.byToken(hello.leaseToken);
      const session = lease && this.sessions.byId(lease.holder.sessionId);
      if (!session)
        throw new PutError('lease-unknown', `port ${arrived.port} is not offered to this client (any more)`, {
          port: arrived.port,
        });
      return { session };
    }
    const { password } = hello;
    if (!password && beside === undefined)
      throw new PutError('sign-in-required', 'the greeting names neither a password nor a session');
    if (arrived.hasRoom?.() === false)
      throw new PutError(
        'connection-limit',
        'too many connections of signed-in clients are open; end some of them',
        {},
      );
    const place = { path: hello.path, port: arrived.port };
    if (!password || beside !== undefined) return this.sessions.createBeside(beside ?? '', hello.clientSystem, place);
    const { user, credential } = await this.#signIn(password, arrived.address, stillWanted);
    return this.sessions.create({ user, credential, clientSystem: hello.clientSystem }, place);
  }

  #signIn(
    password: { user: string; password: string },
    address: string,
    stillWanted: () => boolean,
  ): Promise<Principal> {
    return new Promise((resolve, reject) => {
      const stop = this.#options.clock.setTimer(TIMES.handshakeMs, () =>
        reject(new PutError('request-timeout', `the password was not checked within ${TIMES.handshakeMs / 1000} s`)),
      );
      this.#options.signIn
        .signIn(password.user, password.password, address, stillWanted)
        .finally(stop)
        .then(resolve, reject);
    });
  }

  /** Leases, welcome and lane of a session, in one turn of the loop. */
  #begin(
    hello: Hello,
    session: Session,
    token: string | undefined,
    waiting: Waiting,
    arrived: Arrived,
    version: number,
  ): void {
    const { role } = this.sessions.admit(session);
    const lane = hello.lane === undefined ? undefined : { id: hello.lane, line: hello.line ?? 1 };
    this.sessions.checkArrival(session, { received: hello.received, lane });
    const holder = { sessionId: session.sessionId, user: session.user, clientSystem: hello.clientSystem };
    if (arrived.role === 'gui') {
      if (hello.leaseToken !== undefined) {
        const lease = this.leases.byToken(hello.leaseToken);
        if (lease && lease.holder.sessionId !== session.sessionId) {
          throw new PutError('lease-unknown', `port ${arrived.port} is offered to another session`, {
            port: arrived.port,
          });
        }
        if (lease) this.leases.useOffer(arrived.port, hello.leaseToken);
        else this.leases.comeBack(arrived.port, holder);
        this.#watches.notNeeded(tokenHashOf(hello.leaseToken));
      } else this.leases.comeBack(arrived.port, holder);
    } else if (hello.purpose === 'session') this.leases.tell({ type: 'moved-away', sessionId: session.sessionId });

    const offered = hello.purpose === 'negotiate' ? this.leases.offer(holder) : undefined;
    const { capabilities, compression } = this.#agree(hello);
    const came = token === undefined ? 'back' : 'new';
    this.sessions.attach(
      session,
      waiting.transport,
      {
        place: { path: hello.path, port: arrived.port },
        clientSystem: hello.clientSystem,
        received: hello.received,
        lane,
        compression,
      },
      waiting.rest(),
      ({ resumed, received }) => {
        // Whoever begins anew opens its own; those of the process before go with it.
        if (!resumed)
          this.#serviceConnections.closeOf(
            session.sessionId,
            new PutError('session-taken-over', `the session goes on at ${hello.clientSystem}`),
          );
        session.toldRole = role;
        sendWelcome(waiting.transport, {
          ...this.#welcome(session, role, version, capabilities),
          resumed,
          received,
          ...(token === undefined
            ? hello.sessionToken === undefined
              ? {}
              : { sessionToken: hello.sessionToken }
            : { sessionToken: token }),
          ...(offered && 'offer' in offered ? { lease: offered.offer } : {}),
          ...(offered && 'refused' in offered
            ? { leaseRefused: { code: offered.refused.code, message: offered.refused.message } }
            : {}),
        });
        this.#log.info(`[${waiting.transport.label}][${session.sessionId}][${hello.purpose}] session ${came}`, {
          port: arrived.port,
          path: hello.path,
          user: session.user,
          clientSystem: hello.clientSystem,
          resumed,
        });
      },
    );
  }

  #welcome(session: Session, role: Role, version: number, capabilities: string[]): Welcome {
    return {
      version,
      software: this.#options.software,
      capabilities,
      sessionId: session.sessionId,
      resumed: false,
      received: 0,
      graceMs: this.#options.graceMs,
      user: session.user,
      role,
      systemName: this.#options.systemName,
      practice: this.#options.practice,
      serverTimeMs: this.#options.clock.nowMs(),
    };
  }

  /** Holds an offered port while the client sets it up. */
  #watch(hello: Hello, waiting: Waiting, version: number): void {
    const lease = hello.leaseToken === undefined ? undefined : this.leases.byToken(hello.leaseToken);
    const session = lease && this.sessions.byId(lease.holder.sessionId);
    if (!lease || !session) throw new PutError('lease-unknown', 'the watch connection names no offered GUI port');
    const { role } = this.sessions.admit(session);
    if (waiting.gone()) return;
    this.leases.tell({ type: 'watch-opened', leaseKey: lease.leaseKey });
    sendWelcome(waiting.transport, this.#welcome(session, role, version, []));
    this.#watches.hold(lease.leaseKey, waiting.transport, waiting.rest());
  }

  /** A connection of its own for one service (direct mode); the session stays whatever becomes of it. */
  #side(hello: Hello, purpose: ServiceName, waiting: Waiting, arrived: Arrived, version: number): void {
    if (hello.sessionToken === undefined)
      throw new PutError('sign-in-required', `a ${purpose} connection needs the token of a session`);
    const session = this.sessions.byToken(hello.sessionToken);
    const { role } = this.sessions.admit(session);
    if (waiting.gone()) return;
    const { capabilities, compression } = this.#agree(hello);
    this.#serviceConnections.begin(
      session,
      purpose,
      {
        transport: waiting.transport,
        rest: waiting.rest(),
        port: arrived.port,
        clientSystem: hello.clientSystem,
        received: hello.received,
        compression,
      },
      (lane) => {
        sendWelcome(waiting.transport, { ...this.#welcome(session, role, version, capabilities), ...lane });
        this.#log.info(`[${waiting.transport.label}][${session.sessionId}][${purpose}] service connection`, {
          port: arrived.port,
          user: session.user,
          resumed: lane.resumed,
        });
      },
    );
  }

  #agree(hello: Hello): { capabilities: string[]; compression: MessageCompression | undefined } {
    const { compressions } = this.#options;
    const ours = [...compressions.map((compression) => compression.capability), SMALL_PACKETS];
    const capabilities = negotiateCapabilities(hello.capabilities, ours);
    return { capabilities, compression: compressions.find(({ capability }) => capability === capabilities[0]) };
  }

  #sessionLineLost(session: Session): void {
    // A client that never asked anything has cancelled, or comes back without missing a port of its own.
    const endsAtMs = session.used ? session.graceEndsAtMs : this.#options.clock.steadyMs();
    this.leases.tell({ type: 'line-lost', sessionId: session.sessionId, endsAtMs });
  }
}

function idOf(hello: Hello): string {
  const token = hello.sessionToken ?? hello.leaseToken;
  return token === undefined ? '--------' : tokenHashOf(token).slice(0, 8);
}

/** A refused peer that does not close its end is cut. */
function closeWhenEnded(transport: Transport, clock: Clock): void {
  const stop = clock.setTimer(TIMES.handshakeMs, () => transport.destroy());
  transport.setHandlers({ onData: () => {}, onDrain: () => {}, onClose: stop });
}
