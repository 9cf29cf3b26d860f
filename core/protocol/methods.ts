import { z } from 'zod';
import { Channel } from './frame.ts';
import { JOB_METHODS } from './jobMethods.ts';
import { id, fileName, sha256, nothing, method } from './method.ts';
import { NODE_METHODS } from './nodeMethods.ts';

export type { MethodDefinition, Repeat } from './method.ts';

/*
 * Requests of PUT Open Protocol: name, channel, least role, params and result. Both ends check params and result against
 * the schemas here. Views (job, library, ports, nodes) come through topics, not through results.
 */

const timelineEntry = z.object({
  number: z.number().int().min(1),
  atMs: z.number(),
  kind: z.enum(['message', 'event']),
  user: z.string().optional(),
  jobId: z.string().optional(),
  text: z.string(),
});

export const METHODS = {
  /**
   * Watch a topic. State topics: `ports`, `jobs`, `job:<id>` and `job:<id>/<part>`, `nodes`, `library`, `sessions`, `inventory`. Log topic: `timeline`, where
   * `since` is the last number seen and `last` how many entries are wanted at most. News come as envelopes of kind `t`, coalesced to what the line carries.
   */
  'topic.watch': method(
    Channel.control,
    'observer',
    'connection',
    z.strictObject({
      topic: z.string().max(400),
      since: z.number().int().min(0).optional(),
      last: z.number().int().min(0).max(10_000).optional(),
    }),
    z.object({ watch: z.number().int() }),
  ),
  'topic.unwatch': method(
    Channel.control,
    'observer',
    'connection',
    z.strictObject({ watch: z.number().int() }),
    nothing,
  ),
  /** Ends the session for good: lease and grace are released. */
  'session.end': method(Channel.control, 'observer', 'connection', z.strictObject({}), nothing),

  /**
   * Makes a session of the caller's account that is kept without a line, to sign in by its token (`beside` of the greeting) instead
   * of the password. Asked for again by the same session it takes the place of the one before.
   */
  'session.keep': method(
    Channel.control,
    'observer',
    'wanted',
    z.strictObject({}),
    z.object({ sessionToken: z.string().max(64), keptMs: z.number().int().positive() }),
  ),
  /**
   * Gives the caller's own account a new password, for somebody who knows the present one. The session goes on; the other
   * sessions of the account end.
   */
  'account.changePassword': method(
    Channel.control,
    'observer',
    'wanted',
    z.strictObject({ password: z.string().max(1024), newPassword: z.string().max(1024) }),
    nothing,
  ),
  /** Ends the caller's own other session, which goes on in the caller's: its client is told where, its lease is released. */
  'session.takeOver': method(
    Channel.control,
    'observer',
    'named',
    z.strictObject({ sessionId: z.string().min(1).max(64) }),
    z.object({ clientSystem: z.string().max(200) }),
  ),
  /** Ends anybody's session. */
  'session.close': method(
    Channel.control,
    'admin',
    'named',
    z.strictObject({ sessionId: z.string().min(1).max(64) }),
    nothing,
  ),

  /** Gives an idle lease back: the one of the session that was seen to hold the port; another one is `already-done`. */
  'ports.release': method(
    Channel.ports,
    'admin',
    'seen',
    z.strictObject({ port: z.number().int().min(1).max(65_535), sessionId: z.string().min(1).max(64) }),
    nothing,
  ),
  ...JOB_METHODS,
  ...NODE_METHODS,

  /**
   * Opens or reopens an upload into the package library. Answers the offset to go on from and the transfer number for
   * fileData frames; `complete` when the library has the file with this digest already. Credit follows as fileCredit frames.
   */
  'file.begin': method(
    Channel.file,
    'operator',
    'named',
    z.strictObject({ name: fileName, sizeBytes: z.number().int().min(0), sha256 }),
    z.object({
      transfer: z.number().int().min(0).max(0xffff_ffff),
      offset: z.number().int().min(0),
      complete: z.boolean(),
    }),
  ),
  /** All bytes were sent: the receiver checks size and digest, renames, and answers. */
  'file.finish': method(
    Channel.file,
    'operator',
    'named',
    z.strictObject({ transfer: z.number().int().min(0) }),
    z.object({ name: fileName, sha256 }),
  ),
  /** Stops an upload; `discard` also removes what arrived. */
  'file.abort': method(
    Channel.file,
    'operator',
    'named',
    z.strictObject({ transfer: z.number().int().min(0), discard: z.boolean() }),
    nothing,
  ),
  /**
   * Removes the file with the digest that was seen; another one under its name stays, and the answer is `already-done`. Only a file that
   * cannot be used has no digest.
   */
  'file.remove': method(
    Channel.file,
    'admin',
    'seen',
    z.strictObject({ name: fileName, sha256: sha256.optional() }),
    nothing,
  ),

  'chat.say': method(
    Channel.chat,
    'observer',
    'id',
    z.strictObject({ messageId: id, text: z.string().trim().min(1).max(4000), jobId: id.optional() }),
    z.object({ number: z.number().int() }),
  ),
  /** Entries of the timeline before a number, oldest first: at most `limit`, fewer where they are long; none where there are none. */
  'chat.history': method(
    Channel.chat,
    'observer',
    'reads',
    z.strictObject({ before: z.number().int().min(1), limit: z.number().int().min(1).max(500) }),
    z.object({ entries: z.array(timelineEntry) }),
  ),
} as const;

export type MethodName = keyof typeof METHODS;
export type MethodParams<M extends MethodName> = z.input<(typeof METHODS)[M]['params']>;
export type MethodResult<M extends MethodName> = z.output<(typeof METHODS)[M]['result']>;

/** True for a name of the table, own members only. */
export function isMethodName(name: string): name is MethodName {
  return Object.hasOwn(METHODS, name);
}
