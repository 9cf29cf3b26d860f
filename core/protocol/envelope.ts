import { z } from 'zod';
import { errorReportSchema } from './handshake.ts';

const callId = z.number().int().min(1).max(0xffff_ffff);

/**
 * Body of a numbered message. Keys are one letter, since every byte counts on a slow line:
 * `q` a request (call id, method, params), `r` its result, `e` its error, `t` news of a watched topic.
 */
export const envelopeSchema = z.discriminatedUnion('k', [
  z.strictObject({ k: z.literal('q'), i: callId, m: z.string().max(60), p: z.unknown().optional() }),
  z.strictObject({ k: z.literal('r'), i: callId, v: z.unknown().optional() }),
  z.strictObject({ k: z.literal('e'), i: callId, e: errorReportSchema }),
  z.strictObject({
    k: z.literal('t'),
    /** Number of the watch, given in the answer to `watch`. */
    w: callId,
    /** Number of the topic's state after this. */
    n: z.number().int().min(0),
    /** Number before; absent: `v` is a snapshot. A gap asks for a new snapshot. */
    b: z.number().int().min(0).optional(),
    /** More parts of this piece of news follow; the state is whole after the last. */
    m: z.literal(true).optional(),
    /** The master had to close the watch, and why; no news of it follow. */
    f: errorReportSchema.optional(),
    /** Snapshot or patch (core/replica/patch.ts) for a state topic; array of entries for a log topic. */
    v: z.unknown(),
  }),
]);
export type Envelope = z.output<typeof envelopeSchema>;
