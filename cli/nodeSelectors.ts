import type { Command } from 'commander';
import { isJobOver, CELL_STATES, type Cell, type CellState } from '../core/model/job.ts';
import { eachOf, type JobHead } from '../core/model/jobParts.ts';
import type { NodeEntry, NodeType } from '../core/model/node.ts';
import { NODE_TYPES_HELP, nodeTypeOf } from '../core/model/nodeTypeWords.ts';
import { PutError } from '../core/protocol/errors.ts';
import { readHead, readPart } from './jobPicture.ts';
import { findJob } from './jobs.ts';
import { list, parsedBy, type SessionContext } from './launch.ts';
import { NODES_HELP, nodesMeant } from './nodeSelection.ts';
import { splitList } from './target.ts';

/** Which nodes a person means; one way of saying it at a time. */
export interface NodeSelectors {
  readonly nodes?: readonly string[] | undefined;
  readonly failed?: boolean | undefined;
  readonly all?: boolean | undefined;
  readonly type?: readonly NodeType[] | undefined;
}

export const nodeTypes = parsedBy((text: string): NodeType[] =>
  splitList(text).map((type) => {
    const known = nodeTypeOf(type);
    if (!known) throw new PutError('usage', `${type} is not a node type; there are ${NODE_TYPES_HELP}`);
    return known;
  }),
);

export const FAILED_HELP =
  'nodes that did not come through the running job so far, or the last one: failed, unreachable, unknown or ignored';

/** Adds the options that say which nodes of the system are meant. `what`: what `--nodes` alone says. */
export function withNodeSelectors(command: Command, what: string): Command {
  return command
    .option('--nodes <a,b>', `${what}: ${NODES_HELP}`, list)
    .option('--type <T,T>', `every node of these types: ${NODE_TYPES_HELP}`, nodeTypes)
    .option('--failed', FAILED_HELP)
    .option('--all', 'every node of the system');
}

/** @throws PutError usage where more than one way of saying it was taken */
export function forbidTwo({ nodes, failed, all, type }: NodeSelectors, names: string): void {
  const said = [(nodes?.length ?? 0) > 0, failed === true, all === true, type !== undefined].filter(Boolean).length;
  if (said > 1) throw new PutError('usage', `say which nodes once: one of ${names}`);
}

/**
 * The nodes of the system that a person means, by name; undefined where they said nothing.
 * @throws PutError usage, node-unknown, file-unreadable; nothing-to-retry where none failed
 */
export async function selectedNodes(
  context: SessionContext,
  selectors: NodeSelectors,
  known: () => Promise<readonly NodeEntry[]>,
): Promise<string[] | undefined> {
  forbidTwo(selectors, '--nodes, --type, --failed and --all');
  const { nodes, failed, all, type } = selectors;
  if (nodes && nodes.length > 0) return nodesMeant(nodes, async () => (await known()).map(({ nodeId }) => nodeId));
  if (failed === true) {
    const states = await lastJobStates(context, true);
    const those = [...(states?.states ?? [])].filter(([, state]) => NOT_THROUGH.has(state)).map(([nodeId]) => nodeId);
    if (those.length > 0) return those;
    const why = states
      ? `in job ${states.head.jobNumber} no node failed, is unreachable, unknown or ignored`
      : 'no job was ever started, so no node failed';
    throw new PutError('nothing-to-retry', `--failed: ${why}`);
  }
  if (all !== true && type === undefined) return undefined;
  const rows = await known();
  return rows.filter((row) => all === true || type?.includes(row.type) === true).map(({ nodeId }) => nodeId);
}

/** Nodes in these states did not come through. */
export const NOT_THROUGH: ReadonlySet<CellState> = new Set(['failed', 'unreachable', 'unknown', 'ignored']);

/** The later, the more it says of a node over a whole job. */
const BY_WEIGHT: readonly CellState[] = [
  'skipped',
  'waiting',
  'ok',
  'running',
  'warned',
  'ignored',
  'unknown',
  'unreachable',
  'failed',
];
const weight = (state: CellState): number => BY_WEIGHT.indexOf(state);

/** How the nodes of a job are. */
export interface NodeStates {
  readonly head: JobHead;
  /** The step whose states they are; undefined: the whole job, each node by the worst of its steps. */
  readonly stepId: string | undefined;
  readonly states: ReadonlyMap<string, CellState>;
}

/** How the nodes of the running job are at the step that works on them, or how those of the last one ended (`whole`: all of either); undefined where there was none. */
export async function lastJobStates(context: SessionContext, whole?: boolean): Promise<NodeStates | undefined> {
  const job = await findJob(context, undefined, { orLast: true }).catch((error: unknown) => {
    if (error instanceof PutError && error.code === 'job-unknown') return undefined;
    throw error;
  });
  if (!job || job.problem !== undefined) return undefined;
  return nodeStates(context, await readHead(context, job.jobId), whole);
}

/**
 * How the nodes of a job are: of one that runs at the step that works on them, else, and where `whole` says so, over the whole job. Reads the cells of one
 * step, or of those where something was not in order.
 */
export async function nodeStates(
  context: SessionContext,
  head: JobHead,
  whole = isJobOver(head.state),
): Promise<NodeStates> {
  const states = new Map<string, CellState>();
  const put = (nodeId: string, { state }: Cell): void => {
    const before = states.get(nodeId);
    if (before === undefined || weight(state) > weight(before)) states.set(nodeId, state);
  };
  const begun = head.stepOrder.filter((stepId) => {
    const { counts } = head.steps[stepId] ?? {};
    return counts !== undefined && CELL_STATES.some((state) => state !== 'waiting' && counts[state] > 0);
  });
  if (!whole) {
    // Waves before have gone through later steps.
    const here = head.stepOrder.indexOf(head.currentStep);
    const stepId = begun.findLast((id) => head.stepOrder.indexOf(id) <= here);
    if (stepId !== undefined)
      for (const [nodeId, cell] of eachOf(await readPart(context, head.jobId, `cells:${stepId}`))) put(nodeId, cell);
    return { head, stepId, states };
  }
  for (const [nodeId] of eachOf(await readPart(context, head.jobId, 'nodes')))
    states.set(nodeId, begun.length > 0 ? 'ok' : 'waiting');
  for (const stepId of begun) {
    const { counts } = head.steps[stepId] ?? {};
    if (!counts || BY_WEIGHT.slice(weight('warned')).every((state) => counts[state] === 0)) continue;
    for (const [nodeId, cell] of eachOf(await readPart(context, head.jobId, `cells:${stepId}`))) put(nodeId, cell);
  }
  return { head, stepId: undefined, states };
}

/** Nodes of a job that did not come through so far. @throws PutError nothing-to-retry where there is none */
export async function failedOfJob(context: SessionContext, head: JobHead): Promise<string[]> {
  const { states } = await nodeStates(context, head, true);
  const failed = [...states].filter(([, state]) => NOT_THROUGH.has(state)).map(([nodeId]) => nodeId);
  if (failed.length > 0) return failed;
  throw new PutError('nothing-to-retry', `--failed: no node of job ${head.jobNumber} failed`, {
    jobNumber: head.jobNumber,
  });
}
