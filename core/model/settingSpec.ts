import { z } from 'zod';
import { MOST_DURATION_MS, parseDurationMs } from './duration.ts';
import { waveSplitSchema } from './waves.ts';

/* A setting of a job, as an operation declares it, and the values that settings share with the rest of an operation. */

export const sentence = z.string().trim().min(1).max(500);

/** A time as people write it; milliseconds in the spec. */
const A_TIME = 'a time is needed, such as 90 s, 10 min or 2 h';
export const durationMs = z.union([z.string(), z.number()], A_TIME).transform((value, context) => {
  const ms = typeof value === 'number' ? value : parseDurationMs(value);
  if (ms === undefined) context.addIssue(A_TIME);
  else if (ms <= 0) context.addIssue('a time above 0 is needed; leave it out where there is no limit');
  else if (ms > MOST_DURATION_MS) context.addIssue(`at most ${MOST_DURATION_MS / 86_400_000} d`);
  else return ms;
  return z.NEVER;
});

/** Failed and unreachable nodes: a number of them, or a share (`10 %`). */
export interface FailureLimit {
  readonly nodes?: number | undefined;
  readonly percent?: number | undefined;
}

const failureLimit = z
  .union(
    [z.number().int().min(0).max(100_000), z.string().regex(/^\d{1,2}(\.\d)? ?%$/)],
    'a number of nodes is needed, or a share such as 10 %',
  )
  .transform((value): FailureLimit =>
    typeof value === 'number' ? { nodes: value } : { percent: Number.parseFloat(value) },
  );

/** A limit as people write it: a number of nodes, or a share such as `10 %`; undefined for anything else. */
export function parseFailureLimit(value: unknown): FailureLimit | undefined {
  return failureLimit.safeParse(value).data;
}

const settingBase = {
  help: sentence,
  optional: z.boolean().default(false),
  /** The master alone says it, for all jobs; who starts a job cannot. */
  byMaster: z.boolean().optional(),
};

/** A setting of a job: told by the window, a plan file or the command line; `default` where nobody says anything. */
export const settingSpecSchema = z.discriminatedUnion('type', [
  z.strictObject({
    ...settingBase,
    type: z.literal('integer'),
    default: z.number().int().optional(),
    least: z.number().int(),
    most: z.number().int(),
  }),
  z.strictObject({ ...settingBase, type: z.literal('boolean'), default: z.boolean().optional() }),
  z.strictObject({
    ...settingBase,
    type: z.literal('choice'),
    of: z.array(z.string().min(1).max(100)).min(1).max(100),
    default: z.string().optional(),
  }),
  z.strictObject({ ...settingBase, type: z.literal('duration'), default: durationMs.optional() }),
  z.strictObject({
    ...settingBase,
    type: z.literal('failures'),
    default: z.strictObject({ job: failureLimit.optional(), wave: failureLimit.optional() }).optional(),
  }),
  /** A moment, kept in UTC. */
  z.strictObject({ ...settingBase, type: z.literal('instant'), default: z.undefined().optional() }),
  z.strictObject({ ...settingBase, type: z.literal('waves'), default: waveSplitSchema.optional() }),
  z.strictObject({ ...settingBase, type: z.literal('text'), default: z.string().max(4000).optional() }),
]);
export type SettingSpec = z.output<typeof settingSpecSchema>;
