import { PutError } from '../../core/protocol/errors.ts';
import { Channel } from '../../core/protocol/frame.ts';
import type { Clock, MessageCompression, Transport } from '../../core/session/ports.ts';
import type { Log } from '../service.ts';
import { Conversation } from './Conversation.ts';
import { newShortId } from './secrets.ts';
import type { ServiceRegistry } from './ServiceRegistry.ts';
import type { Session } from './SessionTable.ts';

/** One for each service, and a few more while lines change. */
const LIMIT_PER_SESSION = 8;

const CHANNEL_OF = { job: Channel.job, file: Channel.file, chat: Channel.chat } as const;

/** Services that have connections of their own in direct mode. */
export type ServiceName = keyof typeof CHANNEL_OF;

/** Connections of sessions to one service each (direct mode). One ends with its line; the session stays. */
export class ServiceConnections {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #services: ServiceRegistry;
  /** By session id. */
  readonly #open = new Map<string, Set<Conversation>>();

  constructor(clock: Clock, log: Log, services: ServiceRegistry) {
    this.#clock = clock;
    this.#log = log;
    this.#services = services;
  }

  /** Throws `connection-limit` when the session has enough of them; call before the welcome. */
  checkRoom(session: Session): void {
    if ((this.#open.get(session.sessionId)?.size ?? 0) >= LIMIT_PER_SESSION) {
      throw new PutError('connection-limit', `the session has ${LIMIT_PER_SESSION} service connections already`, {
        limit: LIMIT_PER_SESSION,
      });
    }
  }

  begin(
    session: Session,
    service: ServiceName,
    line: {
      transport: Transport;
      rest: Uint8Array;
      clientSystem: string;
      compression: MessageCompression | undefined;
    },
  ): void {
    const open = this.#open.get(session.sessionId) ?? new Set();
    const caller = {
      // Of its own, so that its end does not look like the end of the session's line.
      sessionId: `${session.sessionId}.${newShortId()}`,
      user: session.user,
      role: session.role,
      clientSystem: line.clientSystem,
    };
    const over = (): void => {
      if (!open.delete(conversation)) return;
      if (open.size === 0) this.#open.delete(session.sessionId);
      conversation.close(new PutError('line-lost', 'the service connection went away'));
      this.#services.callerGone(caller.sessionId);
    };
    const conversation: Conversation = new Conversation({
      clock: this.#clock,
      log: this.#log,
      services: this.#services,
      caller,
      compression: line.compression,
      onlyChannel: CHANNEL_OF[service],
      events: { onUsed: () => {}, onLineLost: over, onClosedByPeer: over, onEndAsked: () => {} },
    });
    open.add(conversation);
    this.#open.set(session.sessionId, open);
    conversation.link.attach(line.transport, { peerReceived: 0, rest: line.rest });
  }

  /** The session is over: so are its service connections. */
  closeOf(sessionId: string, cause: PutError): void {
    const open = this.#open.get(sessionId);
    this.#open.delete(sessionId);
    for (const conversation of open ?? []) conversation.close(cause);
  }

  closeAll(cause: PutError): void {
    for (const sessionId of [...this.#open.keys()]) this.closeOf(sessionId, cause);
  }
}
