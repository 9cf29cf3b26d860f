import { z } from 'zod';
import { isConditionFault, parseCondition } from './condition.ts';
import { durationMs, sentence, settingSpecSchema } from './settingSpec.ts';
import { specFaults } from './specFaults.ts';

/*
 * An operation as data: what its steps are, what each uses from the step library, and the rules that hold for it. The operations that are built in and
 * those of a site are the same thing, checked by the same schema. The whole spec stands in a job's first event.
 */

/** Names a step within its operation. */
export type StepId = string;

/** Phases of an operation. */
export const MOST_PHASES = 20;
/** Steps of a phase, and of the way back. */
export const MOST_STEPS = 100;

const word = z.string().regex(/^[a-z][a-z0-9-]{0,59}$/, 'small letters, digits and dashes are needed, a letter first');

const condition = z
  .string()
  .trim()
  .min(1)
  .superRefine((source, context) => {
    const read = parseCondition(source);
    if (isConditionFault(read)) context.addIssue(`${read.message} (at character ${read.at + 1} of the condition)`);
  });

const policySchema = z.strictObject({
  /** The work changes nothing on a node, so that it may simply run again; other work is probed first when its end is not known. */
  readOnly: z.boolean().default(false),
  /** Once the step has begun there is no Back: the way back is rollback. */
  irreversible: z.boolean().default(false),
  /** Work that took longer is told to stop. */
  deadlineMs: durationMs.optional(),
  /** Work that told nothing for so long is asked for. */
  silenceMs: durationMs.optional(),
  /** The work stops or starts the node's service: from its beginning to its known end nobody knows whether it is up. */
  touchesService: z.boolean().default(false),
  /** At least one node has to come through: with all of them ignored there is nothing to go on with. */
  needsOne: z.boolean().default(false),
  /** Later steps that still take a node which was ignored at this one and answers: all of them, or those named; none without it. */
  ignoredGoOn: z
    .union([z.literal('all'), z.array(word).min(1).max(100)], 'all is needed, or a list of later steps')
    .optional(),
  /** Nodes that are worked on at once at this step; the job's own limit where it is smaller. */
  nodesAtOnce: z.number().int().min(1).max(1024).optional(),
});

const stepSpecSchema = z.strictObject({
  id: word,
  title: sentence,
  /** One sentence of what the step does; also the name of its help topic. */
  help: sentence,
  /** The step kind of the step library. */
  use: word,
  /** Parameters of the kind. */
  with: z.record(z.string(), z.unknown()).default({}),
  /** The step is left out where this is known not to hold. */
  when: condition.optional(),
  /** What is said of the step where its condition does not hold. */
  otherwise: sentence.optional(),
  policy: policySchema.prefault({}),
});

const phaseSpecSchema = z.strictObject({
  id: word,
  title: sentence,
  /** The steps are gone through wave by wave. */
  perWave: z.boolean().default(false),
  /** What must hold before the next wave begins. */
  gate: z.strictObject({ use: word, with: z.record(z.string(), z.unknown()).default({}) }).optional(),
  steps: z.array(stepSpecSchema).min(1).max(MOST_STEPS),
});

export const operationSpecSchema = z
  .strictObject({
    id: word,
    /** Grows with each change of the operation; a job goes on by the version that it began with. */
    version: z.number().int().min(1),
    title: sentence,
    purpose: sentence,
    settings: z
      .record(z.string().regex(/^[a-z][A-Za-z0-9]{0,59}$/, 'a name such as nodesAtOnce is needed'), settingSpecSchema)
      .default({}),
    phases: z.array(phaseSpecSchema).min(1).max(MOST_PHASES),
    /** A step that may be gone through once more before an exit, such as the start of services. */
    exit: word.optional(),
    /** A second program over the same nodes, that brings them back to where they were. */
    rollback: z.array(stepSpecSchema).max(MOST_STEPS).default([]),
  })
  .superRefine((spec, context) => {
    for (const { path, message } of specFaults(spec)) context.addIssue({ code: 'custom', path: [...path], message });
  });

export type StepSpec = z.output<typeof stepSpecSchema>;
export type PhaseSpec = z.output<typeof phaseSpecSchema>;
export type OperationSpec = z.output<typeof operationSpecSchema>;
/** An operation as it is written down, before defaults are filled in. */
export type WrittenOperation = z.input<typeof operationSpecSchema>;

/** Every step of the way forward, in order. */
export function stepsOf(spec: Pick<OperationSpec, 'phases'>): StepSpec[] {
  return spec.phases.flatMap((phase) => phase.steps);
}
