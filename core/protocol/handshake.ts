import { z } from 'zod';
import { PutError } from './errors.ts';
import { LIMITS } from './limits.ts';

/** Versions of PUT Open Protocol that this software speaks, best first; docs/protocol.md says what each brought. */
export const PROTOCOL_VERSIONS = [2] as const;

const shortText = z.string().max(200);
const token = z.string().regex(/^[A-Za-z0-9_-]{22,64}$/);

/** How a connection reaches the master; the ports table shows it. */
export const pathKind = z.enum(['single-port', 'hand-off', 'websocket', 'ssh', 'direct']);
export type PathKind = z.output<typeof pathKind>;

/**
 * What a connection is for. `session`: all channels. `negotiate`: a session and the offer of a GUI port (CCPORT only).
 * `watch`: holds an offered port while it is set up (CCPORT+1 only). `job`, `file`, `chat`: a side connection for one channel.
 */
export const servicePurpose = z.enum(['session', 'negotiate', 'watch', 'job', 'file', 'chat']);
export type ServicePurpose = z.output<typeof servicePurpose>;

/**
 * First frame of the connecting end. `password` or `sessionToken` says who it is; a watch connection shows its `leaseToken` only,
 * and on a GUI port the `leaseToken` comes beside the `sessionToken`. Unknown members are dropped, so a newer client can say more.
 */
export const helloSchema = z.object({
  versions: z.array(z.number().int().min(1).max(65_535)).min(1).max(16),
  software: shortText,
  capabilities: z.array(z.string().max(40)).max(32),
  purpose: servicePurpose,
  path: pathKind,
  /** The client system, for the ports table and the timeline: machine name as the person knows it. */
  clientSystem: shortText,
  password: z.strictObject({ user: z.string().min(1).max(64), password: z.string().max(1024) }).optional(),
  /** An existing session: to come back after a cut, from another process or machine, or for a side connection. */
  sessionToken: token.optional(),
  /**
   * With the sessionToken of a kept session (`session.keep`): signs in by it. A session of its own is made for the same account, as
   * by password, and the kept one stays as it is.
   */
  beside: z.literal(true).optional(),
  /** With sessionToken: highest number received in order. Absent: the lane starts anew (another process takes the session). */
  received: z.number().int().min(0).max(0xffff_ffff).optional(),
  /** Name of the client process, made at random: says whose numbers `received` counts, so that a process which was taken over hears of it. */
  lane: z
    .string()
    .regex(/^[A-Za-z0-9_-]{8,64}$/)
    .optional(),
  /** Beside lane: counts the greetings of the process from 1, so that one that was given up and arrives late changes nothing. */
  line: z.number().int().min(1).max(0xffff_ffff).optional(),
  /** An offered GUI port: needed on ports from CCPORT+2, and on CCPORT+1 for the watch connection. */
  leaseToken: token.optional(),
  /**
   * Not to sign in, but to see which packets pass: the answer is refused (`sign-in-required`) and padded to `answerBytes`, its
   * preface included. `padding` makes the greeting itself as long as the client wants it.
   */
  probe: z
    .object({
      answerBytes: z.number().int().min(0).max(LIMITS.probeBytes),
      padding: z.string().max(LIMITS.probeBytes),
    })
    .optional(),
});
export type Hello = z.output<typeof helloSchema>;

export const roleSchema = z.enum(['observer', 'operator', 'admin']);
export type Role = z.output<typeof roleSchema>;

/** An offered GUI port. */
export const leaseOfferSchema = z.object({
  port: z.number().int().min(1).max(65_535),
  leaseToken: token,
  useWithinMs: z.number().int().positive(),
});
export type LeaseOffer = z.output<typeof leaseOfferSchema>;

/** Answer to hello. Unknown members are dropped, so a newer master can say more. */
export const welcomeSchema = z.object({
  version: z.number().int(),
  software: shortText,
  capabilities: z.array(z.string().max(40)).max(32),
  /** Short public name of the session, for logs and the ports table. */
  sessionId: shortText,
  /** Secret of the session; kept in memory and in the protected store only. Absent for watch connections. */
  sessionToken: token.optional(),
  /** True: numbers go on where they stopped. False: the lane starts anew; ask for snapshots. */
  resumed: z.boolean(),
  /** Highest number that the master received in order; the client replays what is above. */
  received: z.number().int().min(0).max(0xffff_ffff),
  graceMs: z.number().int().min(0),
  user: shortText,
  role: roleSchema,
  systemName: shortText,
  practice: z.boolean(),
  serverTimeMs: z.number(),
  /** For purpose `negotiate`: the offered port, or why there is none. */
  lease: leaseOfferSchema.optional(),
  leaseRefused: z.object({ code: z.string(), message: z.string() }).optional(),
});
export type Welcome = z.output<typeof welcomeSchema>;

const detailsSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({});

/** An error on the wire; an unknown code is kept as text by `errorOf`. */
export const errorReportSchema = z.object({
  code: z.string().max(80),
  message: z.string().max(4000),
  details: detailsSchema,
});

/** What is read of a hello before the rest: a peer of another version hears about versions, not about members it shaped otherwise. */
export const helloVersionsSchema = z.object({ versions: helloSchema.shape.versions });

/** Answer to hello: no. */
export const refusedSchema = errorReportSchema;
/** Body of a close frame. */
export const closeSchema = errorReportSchema;

/** The best version both ends speak; throws `version-unsupported` naming both lists. */
export function negotiateVersion(theirs: readonly number[], ours: readonly number[] = PROTOCOL_VERSIONS): number {
  const best = ours.find((version) => theirs.includes(version));
  if (best === undefined) {
    throw new PutError(
      'version-unsupported',
      `the peer speaks version ${theirs.join(', ')}; this end speaks ${ours.join(', ')}`,
      {
        theirs: theirs.join(','),
        ours: ours.join(','),
      },
    );
  }
  return best;
}

/** Capabilities both ends have, in our order. */
export function negotiateCapabilities(theirs: readonly string[], ours: readonly string[]): string[] {
  return ours.filter((capability) => theirs.includes(capability));
}
