import type { PutError } from '../../core/protocol/errors.ts';
import type { PathKind, Role } from '../../core/protocol/handshake.ts';
import type { MessageCompression } from '../../core/session/ports.ts';
import type { Principal } from './authorize.ts';
import type { Conversation } from './Conversation.ts';

/* What the master knows of a session. */

/** Where and how a session is reached at the moment. */
export interface SessionPlace {
  readonly path: PathKind;
  readonly port: number;
}

export interface Session extends Principal {
  readonly sessionId: string;
  readonly tokenHash: string;
  readonly user: string;
  credential: string;
  nextCredential?: string | undefined;
  /** What its client was told at its last greeting; rights are asked of the account. */
  toldRole: Role | undefined;
  clientSystem: string;
  /** Ms since 1970, for showing. */
  readonly sinceMs: number;
  /** Grows from session to session. */
  readonly order: number;
  place: SessionPlace;
  /** The client process whose numbers the lane counts, and its newest greeting; absent after a restart and for a client that names none. */
  lane: Lane | undefined;
  /** Absent after a restart of putservices until the client is back. */
  conversation: Conversation | undefined;
  online: boolean;
  /** When it ends if nobody comes back, on the steady clock; meaningful while it has no line. */
  graceEndsAtMs: number;
  /** When it lost its line, in ms since 1970; undefined while it has one. */
  lostAtMs: number | undefined;
  used: boolean;
  /** Made to sign in by (`session.keep`): it has no line of its own. */
  readonly kept: boolean;
  /** The kept session that this one asked for. */
  keeps?: Session | undefined;
}

/** A client process and which of its greetings. */
export interface Lane {
  readonly id: string;
  readonly line: number;
}

/** What the table tells portmgmt. */
export interface SessionTableEvents {
  onChange(): void;
  onLineLost(session: Session): void;
  onGraceChanged(session: Session): void;
  onOver(session: Session, cause: PutError): void;
  onFirstUse(session: Session): void;
  /** The role of its account is another than its client was told. */
  onRoleChanged(session: Session): void;
}

/** How a client comes: its greeting's part that matters here. */
export interface Arrival {
  readonly place: SessionPlace;
  readonly clientSystem: string;
  /** Highest number the client received in order; undefined: its lane starts anew. */
  readonly received: number | undefined;
  readonly lane: Lane | undefined;
  readonly compression: MessageCompression | undefined;
}
