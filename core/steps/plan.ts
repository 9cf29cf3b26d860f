import { z } from 'zod';
import type { JobPlan, PlannedChange } from '../model/job.ts';
import { planBindingSchema, type PlanBinding } from '../model/planBinding.ts';
import { shortText } from './answerParts.ts';
import type { AskShape } from './AskShape.ts';

interface Screen {
  readonly plan: JobPlan;
}
interface Answer {
  readonly accept: true;
  /** Names of the warnings that are accepted with it. */
  readonly warnings?: readonly string[] | undefined;
}
interface Given {
  readonly acceptWarnings?: readonly string[] | undefined;
  /** What was agreed on; a plan that differs is not accepted. */
  readonly bound?: PlanBinding | undefined;
  /** A plan that differs from what was agreed on is accepted. */
  readonly replan?: boolean | undefined;
}

const identity = { name: z.string(), epoch: z.number(), version: z.string(), release: z.string(), arch: z.string() };
const change = z.object({
  ...{ packageName: z.string(), action: z.enum(['install', 'upgrade', 'keep']), from: z.string().optional() },
  ...{ to: z.string(), wayBack: z.boolean(), fileName: z.string().optional(), beside: z.boolean().optional() },
  replaces: z.array(z.string()).optional(),
});
/** Nodes that are alike have one list, which is looked through once: a plan may have ten thousand nodes with sixty changes each. */
const fitting = new WeakSet<object>();
const changes = z.custom<PlannedChange[]>((value) => {
  if (typeof value !== 'object' || value === null) return false;
  if (!fitting.has(value) && z.array(change).safeParse(value).success) fitting.add(value);
  return fitting.has(value);
}, 'changes of a node that are none');
// Warnings of older services are texts, of newer ones may have other names: `warningsOf` reads both.
const warning = z.union([z.string(), z.object({ name: z.string(), message: z.string() })]) as unknown as z.ZodType<
  JobPlan['warnings'][number]
>;
const planSchema: z.ZodType<JobPlan> = z.object({
  ...{ createdAtMs: z.number(), release: z.string().optional(), mode: z.enum(['typical', 'custom']) },
  spoolArea: z.string(),
  packages: z.array(
    z.object({
      ...identity,
      ...{ fileName: z.string(), sha256: z.string(), fileBytes: z.number(), mandatory: z.boolean() },
      ...{ beside: z.boolean().optional(), label: z.string().optional() },
    }),
  ),
  nodes: z.record(z.string(), changes),
  skips: z.array(z.object({ stepId: z.string(), reason: z.string() })),
  pointOfNoReturn: z.string(),
  warnings: z.array(warning),
  notes: z.array(z.string()).optional(),
});

/** What will happen on each node, before anything happens. */
export const plan: AskShape<Screen, Answer, Given> = {
  screen: z.object({ plan: planSchema }),
  answer: z.strictObject({
    accept: z.literal(true).describe('I have read the plan'),
    warnings: z.array(z.string().max(100)).max(100).optional().describe('Warnings that are accepted by name'),
  }),
  // Reading the plan is asked for anew each time.
  propose: () => undefined,
  whyOff: (_screen, draft) => (draft ? undefined : 'tick that you read the plan'),
  accepting: (warnings) => ({ accept: true, warnings }),
  names: {
    schemas: {
      acceptWarnings: z.array(shortText).max(100).optional(),
      bound: planBindingSchema.optional(),
      replan: z.boolean().optional(),
    },
    lasting: true,
    answer: ({ acceptWarnings }) => ({
      accept: true,
      ...(acceptWarnings === undefined ? {} : { warnings: acceptWarnings }),
    }),
  },
};
