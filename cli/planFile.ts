import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { stringify } from 'yaml';
import { z } from 'zod';
import { jobSettings } from '../core/model/jobSettings.ts';
import { DEFAULT_OPERATION, findOperation } from '../core/model/operation.ts';
import { requireRunWindow } from '../core/model/runWindow.ts';
import { planFileText } from '../core/model/canonicalText.ts';
import { foldNames, unfoldNames } from '../core/model/nodeNames.ts';
import { readYaml, type YamlTree } from '../core/model/yamlTree.ts';
import { PutError } from '../core/protocol/errors.ts';
import { faultOf, placeText } from '../core/protocol/schemaWords.ts';
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
    version: z.literal(1, {
      error: ({ input }) =>
        input === undefined
          ? 'is missing; a plan begins with `version: 1`'
          : `${JSON.stringify(input)} is not known; this putctl reads plans of version 1`,
    }),
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

/** Values that are read of a plan file: as many as its bytes can hold. */
const PLAN_FILE_VALUES = 1_000_000;

/** A plan that is refused: the file, its line where it has lines, the place in the plan, and what would be right. */
function invalid(
  path: string,
  at: readonly PropertyKey[],
  message: string,
  tree?: Pick<YamlTree, 'placeOf'>,
): PutError {
  const place = placeText(at);
  const line = tree?.placeOf(at).line;
  const where = line === undefined ? path : `${path}, line ${line}`;
  return new PutError('plan-invalid', `${where}: ${place === '' ? '' : `${place}: `}${message}`, {
    ...{ path, ...(place === '' ? {} : { place }), ...(line === undefined ? {} : { line }) },
  });
}

/** Throws `plan-invalid` where the operation of the plan has no such setting, or not such a value. */
function requireSettings({ operation, settings }: PlanFile, path: string, tree?: YamlTree): void {
  try {
    const spec = findOperation(operation);
    if (spec) requireRunWindow(jobSettings(spec.settings, settings));
  } catch (error) {
    if (!(error instanceof PutError)) throw error;
    // The refusal names the setting as a place: `settings.nodesAtOnce: ...`.
    const place = String(error.details['place'] ?? '');
    throw invalid(path, place.split('.'), error.message.replace(`${place}: `, ''), tree);
  }
}

/**
 * The plan of a file, whose digest stands in its head; in files of earlier versions it stands in what is bound.
 * Throws `plan-invalid` where it stands there alone, or twice.
 */
function withDigestBound(value: unknown, path: string, tree?: YamlTree): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, 'digest')) return value;
  const { digest, bound, ...rest } = value as { digest?: unknown; bound?: unknown };
  if (typeof bound !== 'object' || bound === null)
    throw invalid(path, ['digest'], 'there is nothing bound that it could be the digest of', tree);
  if (Object.hasOwn(bound, 'digest')) throw invalid(path, ['digest'], 'stands there twice, in bound too', tree);
  return { ...rest, bound: { ...bound, digest } };
}

/** Nodes that a plan file may name. */
const MOST_NODES = 100_000;

/** Names of nodes of a plan file: a list, or a text, with ranges as they are printed. */
function namesUnfolded(value: unknown, fault: () => PutError): unknown {
  const words = typeof value === 'string' ? [value] : value;
  if (
    !Array.isArray(words) ||
    !words.some((word) => typeof word === 'string' && (word === value || word.includes('[')))
  )
    return value;
  const names = words.flatMap((word: unknown): unknown[] => {
    if (typeof word !== 'string') return [word];
    const some = unfoldNames(word, MOST_NODES);
    if (!some) throw fault();
    return some;
  });
  if (names.length > MOST_NODES) throw fault();
  return names;
}

/**
 * A plan with its nodes one by one. A file names them as ranges, and those that it binds once: what is bound are all of them, unless the file says otherwise.
 * Files of earlier versions have lists, and all nodes a second time.
 */
function withNodesNamed(value: unknown, path: string, tree?: YamlTree): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const plan = value as Record<string, unknown>;
  const at = (place: readonly PropertyKey[]) => (): PutError =>
    invalid(path, place, `these are more than ${MOST_NODES} nodes, or a range runs backwards`, tree);
  const named = Object.hasOwn(plan, 'nodes') ? { nodes: namesUnfolded(plan['nodes'], at(['nodes'])) } : {};
  const bound = plan['bound'] as { readonly nodes?: unknown } | null | undefined;
  const groups = typeof bound === 'object' ? bound?.nodes : undefined;
  if (!Array.isArray(groups)) return { ...plan, ...named };
  const read = groups.map((group: unknown, index): unknown =>
    typeof group === 'object' && group !== null && Object.hasOwn(group, 'nodes')
      ? { ...group, nodes: namesUnfolded((group as { nodes: unknown }).nodes, at(['bound', 'nodes', index, 'nodes'])) }
      : group,
  );
  const saysNodes = ['nodes', 'nodeTypes'].some((name) => Object.hasOwn(plan, name));
  const all = read.flatMap((group) => (group as { nodes?: unknown[] } | null)?.nodes ?? []);
  const nodes = saysNodes || all.length === 0 ? named : { nodes: all };
  return { ...plan, ...nodes, bound: { ...bound, nodes: read } };
}

/** Checks a value as a plan; throws `plan-invalid` naming file and place, with the line where `tree` knows it. */
export function checkPlan(value: unknown, path: string, tree?: YamlTree): PlanFile {
  const checked = planFileSchema.safeParse(withNodesNamed(withDigestBound(value, path, tree), path, tree));
  if (checked.success) {
    const plan = checked.data as PlanFile;
    requireSettings(plan, path, tree);
    return plan;
  }
  const { path: at, message } = faultOf(checked.error);
  throw invalid(path, at, message, tree);
}

/**
 * Reads a plan from the text of a file, YAML or JSON (JSON is a part of YAML).
 * Throws `plan-invalid` naming the file, the line and the place in it.
 */
export function parsePlan(text: string, path: string): PlanFile {
  const { tree, faults } = readYaml(text, { characters: PLAN_FILE_BYTES, values: PLAN_FILE_VALUES });
  const [fault] = faults;
  if (fault) throw invalid(path, [], fault.message, { placeOf: () => fault });
  const value = tree?.value;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(path, [], 'is not a plan; a plan begins with `version: 1`');
  }
  return checkPlan(value, path, tree);
}

/** Names as a file has them: as ranges, where these say the same in the same order. */
function namesFolded(names: readonly string[]): string | readonly string[] {
  const text = foldNames(names);
  return isDeepStrictEqual(unfoldNames(text, MOST_NODES), names) ? text : names;
}

/** The text of a plan file; JSON where the name ends so, YAML otherwise. */
export function formatPlan(plan: PlanFile, path: string): string {
  const { version, bound: agreed, ...answers } = plan;
  const { digest, ...bound } = agreed ?? { digest: undefined };
  const { nodes } = answers;
  const groups = agreed?.nodes ?? [];
  // What is bound names them all.
  const saidBelow = isDeepStrictEqual(
    nodes,
    groups.flatMap((group) => group.nodes),
  );
  const members = {
    ...{ version, digest, ...answers },
    nodes: nodes && !saidBelow ? namesFolded(nodes) : undefined,
    bound: agreed && { ...bound, nodes: groups.map((group) => ({ ...group, nodes: namesFolded(group.nodes) })) },
  };
  const bare = Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
  if (/\.json$/i.test(path)) return `${JSON.stringify(bare, undefined, 2)}\n`;
  const title = findOperation(plan.operation)?.title ?? plan.operation;
  const head =
    bare['bound'] === undefined
      ? `# Answers to the steps of ${title}. What is left out is answered as the screen proposes.\n`
      : `# Answers to the steps of ${title}, and what they came to when the plan was made. A run that would differ stops.\n`;
  return `${head}${stringify(bare, { lineWidth: 100 })}`;
}
