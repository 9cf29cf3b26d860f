import type { z } from 'zod';
import type { METHODS, MethodName, MethodResult } from '../core/protocol/methods.ts';

/** Who asks: one session. Services hold callers, never sockets. */
export interface Caller {
  readonly sessionId: string;
  /** On a side connection, which has a `sessionId` of its own: the session that it belongs to. */
  readonly ofSession?: string | undefined;
  /** Rights are no part of it: `authorize` asked the account before the service hears of the request. */
  readonly user: string;
  readonly clientSystem: string;
}

/** The session that asks: it has one caller for its main connection and one for each side connection. */
export function sessionIdOf({ ofSession, sessionId }: Caller): string {
  return ofSession ?? sessionId;
}

/**
 * A caller that may send file bytes: the service tells up to which offset they are stored, up to which more may come, and when
 * the last stored ones arrived (ms of a steady clock); all are lost with the line and told anew. 0 and 0: the transfer was closed here;
 * `file.begin` anew answers why.
 */
export interface FileCaller extends Caller {
  sendFileCredit(transfer: number, storedBytes: number, allowedBytes: number, arrivedAtMs: number): void;
}

/** Params after the check against their schema, defaults filled in. */
export type CheckedParams<M extends MethodName> = z.output<(typeof METHODS)[M]['params']>;

/** Answers of a service by method. Params are checked before; results are checked after. A thrown PutError goes to the caller. */
export type Handlers = {
  readonly [M in MethodName]?: (
    params: CheckedParams<M>,
    caller: FileCaller,
  ) => MethodResult<M> | Promise<MethodResult<M>>;
};

/** Hears of a change of a state topic. `turned`: something began or ended that people and programs wait for, so that its news wait for nothing. */
export type ChangeListener = (turned?: boolean) => void;

/**
 * A topic whose state is one plain tree. `state()` must share what did not change with the state before, so that the
 * difference is cheap; `number()` grows with every change and survives restarts where the topic does.
 */
export interface StateTopic {
  readonly kind: 'state';
  state(): object;
  number(): number;
  onChange(listener: ChangeListener): () => void;
}

/** A topic of numbered entries, from 1 without gaps; a watcher gets what is above its number, oldest first. */
export interface LogTopic {
  readonly kind: 'log';
  lastNumber(): number;
  entriesAfter(since: number, limit: number): readonly object[];
  onAppend(listener: () => void): () => void;
}

export type Topic = StateTopic | LogTopic;

/** A service of the target's side, wired by services/main.ts. */
export interface Service {
  readonly handlers: Handlers;
  /** The topic of that name when this service has it; throws a PutError when the caller may not watch it. */
  topic(name: string, caller: Caller): Topic | undefined;
  /** File bytes of a caller (File service only). Throws `transfer-unknown` for a transfer that is not open. */
  fileData?(caller: FileCaller, transfer: number, offset: number, bytes: Uint8Array): Promise<void>;
  /** The session is over or lost its line: open transfers of it are parked. */
  callerGone?(sessionId: string): void;
  close(): Promise<void>;
}

/** One line of the log; details hold no secret. */
export interface Log {
  info(message: string, details?: Record<string, unknown>): void;
  warn(message: string, details?: Record<string, unknown>): void;
  error(message: string, details?: Record<string, unknown>): void;
}
