import { PutError } from '../../core/protocol/errors.ts';
import { Channel } from '../../core/protocol/frame.ts';
import type { SideRow } from '../../core/model/ports.ts';
import { TIMES } from '../../core/protocol/limits.ts';
import type { MethodName } from '../../core/protocol/methods.ts';
import type { Clock, MessageCompression, Transport } from '../../core/session/ports.ts';
import type { Log } from '../service.ts';
import { Conversation } from './Conversation.ts';
import { newShortId } from './secrets.ts';
import type { ServiceRegistry } from './ServiceRegistry.ts';
import type { Session } from './session.ts';

const CHANNEL_OF = { job: Channel.job, file: Channel.file, chat: Channel.chat } as const;

/** Services that have connections of their own in direct mode. */
export type ServiceName = keyof typeof CHANNEL_OF;

/** How a client comes with a side connection. */
export interface ServiceArrival {
  readonly transport: Transport;
  readonly rest: Uint8Array;
  readonly port: number;
  readonly clientSystem: string;
  /** Highest number the client received on this lane; undefined: the lane starts anew. */
  readonly received: number | undefined;
  readonly compression: MessageCompression | undefined;
}

interface Side {
  readonly callerId: string;
  readonly conversation: Conversation;
  /** Absent while it has no line. */
  view: SideRow | undefined;
  stopGrace: (() => void) | undefined;
}

/**
 * Connections of sessions to one service each (direct mode): one for each service, with numbers of its own. After a cut the
 * lane waits for as long as a request may be open, so that the client goes on where it stopped; the session stays anyway.
 */
export class ServiceConnections {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #services: ServiceRegistry;
  readonly #authorize: (method: MethodName, session: Session) => void;
  readonly #endSession: (session: Session) => void;
  readonly #onChange: () => void;
  /** By session id. */
  readonly #sides = new Map<string, Map<ServiceName, Side>>();

  constructor(options: {
    clock: Clock;
    log: Log;
    services: ServiceRegistry;
    /** Throws where the session may not do this at this moment. */
    authorize(method: MethodName, session: Session): void;
    /** `session.end` came on a service connection. */
    endSession(session: Session): void;
    onChange: () => void;
  }) {
    this.#clock = options.clock;
    this.#log = options.log;
    this.#services = options.services;
    this.#authorize = (method, session) => options.authorize(method, session);
    this.#endSession = (session) => options.endSession(session);
    this.#onChange = options.onChange;
  }

  /** The side connections of a session that have a line. */
  of(sessionId: string): readonly SideRow[] {
    return [...(this.#sides.get(sessionId)?.values() ?? [])].flatMap(({ view }) => (view ? [view] : []));
  }

  /**
   * Puts the lane of a service onto a new line, and replaces the one before where the client starts its numbers anew.
   * `welcome` answers the greeting before anything of the lane is sent.
   */
  begin(
    session: Session,
    service: ServiceName,
    arrival: ServiceArrival,
    welcome: (lane: { resumed: boolean; received: number }) => void,
  ): void {
    const kept = this.#sides.get(session.sessionId)?.get(service);
    const resumed = kept !== undefined && fits(kept, arrival.received);
    if (kept && !resumed)
      this.#end(session.sessionId, service, kept, new PutError('session-taken-over', 'the client began anew'));
    const side = kept && resumed ? kept : this.#add(session, service, arrival);
    side.stopGrace?.();
    side.stopGrace = undefined;
    side.view = { service, port: arrival.port, sinceMs: this.#clock.nowMs() };
    const { link } = side.conversation;
    welcome({ resumed, received: link.received });
    link.attach(arrival.transport, { peerReceived: resumed ? (arrival.received ?? 0) : 0, rest: arrival.rest });
    this.#onChange();
  }

  /** The session is over or goes on elsewhere: so are its service connections. */
  closeOf(sessionId: string, cause: PutError): void {
    for (const [service, side] of [...(this.#sides.get(sessionId) ?? [])]) this.#end(sessionId, service, side, cause);
  }

  /** Rights of the session changed: what its service connections may not watch any more is given up. */
  judgeTopicsOf(sessionId: string): void {
    for (const { conversation } of this.#sides.get(sessionId)?.values() ?? []) conversation.judgeTopics();
  }

  closeAll(cause: PutError): void {
    for (const sessionId of [...this.#sides.keys()]) this.closeOf(sessionId, cause);
  }

  #add(session: Session, service: ServiceName, arrival: ServiceArrival): Side {
    const { sessionId } = session;
    const caller = {
      // Of its own, so that its end does not look like the end of the session's line.
      sessionId: `${sessionId}.${newShortId()}`,
      ofSession: sessionId,
      user: session.user,
      clientSystem: arrival.clientSystem,
    };
    const conversation: Conversation = new Conversation({
      clock: this.#clock,
      log: this.#log,
      services: this.#services,
      caller,
      authorize: (method) => this.#authorize(method, session),
      compression: arrival.compression,
      onlyChannel: CHANNEL_OF[service],
      answers: session.conversation?.answers,
      events: {
        onUsed: () => {},
        onLineLost: () => {
          side.view = undefined;
          this.#services.callerGone(caller.sessionId);
          side.stopGrace?.();
          side.stopGrace = this.#clock.setTimer(TIMES.requestMs, () =>
            this.#end(
              sessionId,
              service,
              side,
              new PutError('line-lost', 'nobody came back to the service connection'),
            ),
          );
          this.#onChange();
        },
        onClosedByPeer: (cause) => this.#end(sessionId, service, side, cause),
        onEndAsked: () => this.#endSession(session),
      },
    });
    const side: Side = { callerId: caller.sessionId, conversation, view: undefined, stopGrace: undefined };
    const sides = this.#sides.get(sessionId) ?? new Map<ServiceName, Side>();
    sides.set(service, side);
    this.#sides.set(sessionId, sides);
    return side;
  }

  #end(sessionId: string, service: ServiceName, side: Side, cause: PutError): void {
    const sides = this.#sides.get(sessionId);
    if (sides?.get(service) !== side) return;
    sides.delete(service);
    if (sides.size === 0) this.#sides.delete(sessionId);
    side.stopGrace?.();
    side.view = undefined;
    side.conversation.close(cause);
    this.#services.callerGone(side.callerId);
    this.#onChange();
  }
}

/** Whether the client's numbers fit the lane that is kept. */
function fits({ conversation: { link } }: Side, received: number | undefined): boolean {
  return received !== undefined && received <= link.lastSent && received >= link.acknowledged;
}
