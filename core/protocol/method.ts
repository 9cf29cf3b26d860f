import { z } from 'zod';
import type { Channel } from './frame.ts';
import type { Role } from './handshake.ts';

/* What the requests of the protocol are made of: the parts that several of them share. */

export const id = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);
export const nodeId = z.string().min(1).max(100);
export const nodeIds = z.array(nodeId).min(1).max(100_000);
export const stepId = z.string().min(1).max(60);
export const fileName = z.string().min(1).max(255);
export const reason = z.string().trim().min(1).max(500);
export const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
/** Waves are counted from 1. */
export const wave = z.number().int().min(1).max(100_000);
export const nothing = z.object({});
/** What the person saw of the job when they decided: the step, its attempt, and the number of the last event. */
export const seen = z.strictObject({
  stepId,
  attempt: z.number().int().min(0),
  eventNumber: z.number().int().min(0),
});

/**
 * How a request that comes again is kept from doing its work twice, whatever died between the deed and its answer:
 * - `reads`: it changes nothing, so it may run again;
 * - `connection`: it concerns the connection or the session that asks, and nothing outlives that;
 * - `id`: its params carry an id made by the client, which is kept with what the request did;
 * - `seen`: its params carry what the person saw; it is done to that and to nothing else;
 * - `wanted`: it asks for a state, and where that is so already nothing is done;
 * - `named`: it ends or completes one thing whose id is never given to another.
 */
export type Repeat = 'reads' | 'connection' | 'id' | 'seen' | 'wanted' | 'named';

/** What both ends know of a request. */
export interface MethodDefinition<P extends z.ZodType = z.ZodType, R extends z.ZodType = z.ZodType> {
  readonly channel: Channel;
  readonly role: Role;
  readonly repeat: Repeat;
  readonly params: P;
  readonly result: R;
}

/** One request: its channel, least role, what its repeat does, params and result. */
export function method<P extends z.ZodType, R extends z.ZodType>(
  channel: Channel,
  role: Role,
  repeat: Repeat,
  params: P,
  result: R,
): MethodDefinition<P, R> {
  return { channel, role, repeat, params, result };
}
