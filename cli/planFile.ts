import { parseDocument, stringify } from 'yaml';
import { z } from 'zod';
import { NODE_TYPES } from '../core/model/node.ts';
import { PutError } from '../core/protocol/errors.ts';

const name = z.string().trim().min(1).max(200);

/**
 * A plan file: the answers to the input steps of an operation, so that it runs without a person. What is left out is
 * answered with the proposal of the step's screen.
 */
export const planFileSchema = z
  .strictObject({
    version: z.literal(1),
    operation: z.literal('install-upgrade-software').default('install-upgrade-software'),
    /** Configuration Mode. */
    mode: z.enum(['typical', 'custom']).optional(),
    /** Select Nodes: by id, or every node of these types. */
    nodes: z.array(name).min(1).max(100_000).optional(),
    nodeTypes: z.array(z.enum(NODE_TYPES)).min(1).optional(),
    /** Group Nodes: other types than the inventory says, by node id. */
    types: z.record(name, z.enum(NODE_TYPES)).optional(),
    /** Package Source: a cert list by file name or by release. */
    certList: name.optional(),
    release: name.optional(),
    /** Select Packages: file names of the library. */
    packages: z.array(name).min(1).max(10_000).optional(),
    /** Select Spool Area. */
    spoolArea: z.string().trim().min(1).max(1024).optional(),
    /** Switch Versions (custom only): version by component. */
    versions: z.record(name, name).optional(),
  })
  .check((context) => {
    const { nodes, nodeTypes, certList, release, mode, versions, packages } = context.value;
    const refuse = (at: string, message: string): void => {
      context.issues.push({ code: 'custom', message, path: [at], input: context.value });
    };
    if (nodes && nodeTypes) refuse('nodeTypes', 'give nodes or nodeTypes, not both');
    if (certList !== undefined && release !== undefined) refuse('release', 'give certList or release, not both');
    if (versions && mode !== 'custom')
      refuse('versions', 'versions are asked for in custom mode only; add mode: custom');
    for (const [at, list] of Object.entries({ nodes, packages })) {
      const twice = list?.find((one, i) => list.indexOf(one) !== i);
      if (twice !== undefined) refuse(at, `${twice} is named twice`);
    }
  });
export type PlanFile = z.output<typeof planFileSchema>;

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

/** Checks a value as a plan; throws `plan-invalid` naming file and place. */
export function checkPlan(value: unknown, path: string): PlanFile {
  const checked = planFileSchema.safeParse(value);
  if (checked.success) return checked.data;
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
  const bare = Object.fromEntries(Object.entries(plan).filter(([, value]) => value !== undefined));
  if (/\.json$/i.test(path)) return `${JSON.stringify(bare, undefined, 2)}\n`;
  const head =
    '# Answers to the steps of Install/Upgrade Software. What is left out is answered as the screen proposes.\n';
  return `${head}${stringify(bare, { lineWidth: 100 })}`;
}
