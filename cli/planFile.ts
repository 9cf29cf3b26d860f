import { createHash } from 'node:crypto';
import { parseDocument, stringify } from 'yaml';
import { z } from 'zod';
import { jobSettings } from '../core/model/jobSettings.ts';
import { DEFAULT_OPERATION, findOperation } from '../core/model/operation.ts';
import { requireRunWindow } from '../core/model/runWindow.ts';
import { planFileText } from '../core/model/canonicalText.ts';
import { PutError } from '../core/protocol/errors.ts';
import { answerConflicts, JOB_ANSWER_PARTS, stepAnswerFaults, type JobAnswers } from '../core/steps/givenAnswers.ts';

/**
 * A plan file: the answers to the input steps of an operation, so that it runs without a person, and what was agreed on with them. What is
 * left out is answered with the proposal of the step's screen.
 */
// What differs is accepted at the run, never beforehand.
const { replan: _replan, ...answerParts } = JOB_ANSWER_PARTS;

const planFileSchema = z
  .strictObject({
    ...answerParts,
    version: z.literal(1),
    operation: z.string().min(1).max(60).default(DEFAULT_OPERATION.id),
    /** Settings of the job by name, as people write them. */
    settings: z.record(z.string(), z.unknown()).optional(),
  })
  .check((context) => {
    const plan = context.value as PlanFile;
    // Of an operation that the master alone knows, the master checks the rest.
    const spec = findOperation(plan.operation);
    for (const { at, message } of [...answerConflicts(plan), ...(spec ? stepAnswerFaults(spec, plan) : [])]) {
      context.issues.push({ code: 'custom', message, path: at.split('.'), input: context.value });
    }
  });
export type PlanFile = Omit<JobAnswers, 'replan'> & {
  readonly version: 1;
  readonly operation: string;
  readonly settings?: Readonly<Record<string, unknown>> | undefined;
};

/** The answers of a plan file, as a job is given them. */
export function answersOf({
  version: _version,
  operation: _operation,
  settings: _settings,
  ...answers
}: PlanFile): JobAnswers {
  return answers;
}

/** Digest of a plan file: over everything in it but the digest, whatever the order and form (YAML, JSON) it is written in. */
export function planDigest(plan: PlanFile): string {
  return `sha256:${createHash('sha256').update(planFileText(plan)).digest('hex')}`;
}

/** Throws `plan-stale` for a plan file that was changed after it was made: what it binds was agreed on with other answers. */
export function requireUnchanged(plan: PlanFile, path: string): void {
  if (plan.bound === undefined || planDigest(plan) === plan.bound.digest) return;
  throw new PutError(
    'plan-stale',
    `${path}: it was changed after it was made; its digest is of other contents. putctl plan diff ${path} shows what it says beside what would be done now`,
    { path },
  );
}

/** Larger plan files are refused unread: 100,000 node names fit. */
export const PLAN_FILE_BYTES = 8 * 1024 * 1024;

function placeOf(path: readonly PropertyKey[]): string {
  let place = '';
  for (const key of path) place += typeof key === 'number' ? `[${key}]` : `${place === '' ? '' : '.'}${String(key)}`;
  return place;
}

function invalid(path: string, place: string, message: string, details: Record<string, number> = {}): PutError {
  const where = place === '' ? path : `${path}: ${place}`;
  return new PutError('plan-invalid', `${where}: ${message}`, { path, ...(place === '' ? {} : { place }), ...details });
}

/** Throws `plan-invalid` where the operation of the plan has no such setting, or not such a value. */
function requireSettings({ operation, settings }: PlanFile, path: string): void {
  try {
    const spec = findOperation(operation);
    if (spec) requireRunWindow(jobSettings(spec.settings, settings));
  } catch (error) {
    throw error instanceof PutError ? invalid(path, '', error.message, {}) : error;
  }
}

/**
 * The plan of a file, whose digest stands in its head; in files of earlier versions it stands in what is bound.
 * Throws `plan-invalid` where it stands there alone, or twice.
 */
function withDigestBound(value: unknown, path: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, 'digest')) return value;
  const { digest, bound, ...rest } = value as { digest?: unknown; bound?: unknown };
  if (typeof bound !== 'object' || bound === null)
    throw invalid(path, 'digest', 'there is nothing bound that it could be the digest of');
  if (Object.hasOwn(bound, 'digest')) throw invalid(path, 'digest', 'stands there twice, in bound too');
  return { ...rest, bound: { ...bound, digest } };
}

/** Checks a value as a plan; throws `plan-invalid` naming file and place. */
export function checkPlan(value: unknown, path: string): PlanFile {
  const checked = planFileSchema.safeParse(withDigestBound(value, path));
  if (checked.success) {
    const plan = checked.data as PlanFile;
    requireSettings(plan, path);
    return plan;
  }
  const issue = checked.error.issues[0];
  if (!issue) throw invalid(path, '', 'does not fit');
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(planFileSchema.shape).join(', ');
    throw invalid(
      path,
      placeOf([...issue.path, ...issue.keys.slice(0, 1)]),
      `is not a part of a plan; there are ${known}`,
    );
  }
  throw invalid(path, placeOf(issue.path), issue.message);
}

/**
 * Reads a plan from the text of a file, YAML or JSON (JSON is a part of YAML).
 * Throws `plan-invalid` naming the file and the line or the place in it.
 */
export function parsePlan(text: string, path: string): PlanFile {
  if (text.length > PLAN_FILE_BYTES) throw invalid(path, '', `larger than ${PLAN_FILE_BYTES} bytes`);
  let value: unknown;
  try {
    const document = parseDocument(text, { prettyErrors: true, version: '1.2' });
    const fault = document.errors[0];
    if (fault) {
      const line = fault.linePos?.[0].line ?? 1;
      throw invalid(path, `line ${line}`, fault.message.split('\n', 1)[0] ?? 'cannot be read', { line });
    }
    // A few aliases are fine; the default limit keeps a small file from growing without end.
    value = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    if (error instanceof PutError) throw error;
    throw invalid(path, '', error instanceof Error ? error.message : String(error));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(path, '', 'is not a plan; a plan begins with `version: 1`');
  }
  return checkPlan(value, path);
}

/** The text of a plan file; JSON where the name ends so, YAML otherwise. */
export function formatPlan(plan: PlanFile, path: string): string {
  const { version, bound: agreed, ...answers } = plan;
  const { digest, ...bound } = agreed ?? { digest: undefined };
  const members = { version, digest, ...answers, bound: agreed && bound };
  const bare = Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
  if (/\.json$/i.test(path)) return `${JSON.stringify(bare, undefined, 2)}\n`;
  const title = findOperation(plan.operation)?.title ?? plan.operation;
  const head =
    bare['bound'] === undefined
      ? `# Answers to the steps of ${title}. What is left out is answered as the screen proposes.\n`
      : `# Answers to the steps of ${title}, and what they came to when the plan was made. A run that would differ stops.\n`;
  return `${head}${stringify(bare, { lineWidth: 100 })}`;
}
