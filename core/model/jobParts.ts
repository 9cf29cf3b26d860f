import type {
  Attention,
  Cell,
  CellCause,
  CellCounts,
  JobNode,
  JobPlan,
  JobReport,
  JobView,
  PackageOutcome,
  PackageRow,
  PlannedChange,
  StepScreen,
  StepView,
} from './job.ts';
import type { ServiceState } from './node.ts';
import { ofEachNode } from './nodeNames.ts';
import type { TimeLeft } from './timeLeft.ts';

/*
 * A job is watched in parts: the head, whose size does not depend on the nodes, and parts that are watched where they are shown. What there is one of for each
 * node comes in shards, so that a change costs a shard and not the system. All parts of a job have the same numbers.
 */

/** By shard number, then by node id. Nodes of one shard stand beside each other in the selection; a node without a value is left out. */
export interface Sharded<T> {
  readonly shards: Readonly<Record<string, Readonly<Record<string, T>>>>;
}

/** What is only shown of a cell whose work runs; it stands in no journal. */
export type LiveCell = Pick<Cell, 'percent' | 'silentSinceMs'>;

/** Nodes whose work runs and tells nothing: how many, and those that have been silent for longest. */
export interface SilentNodes {
  readonly nodes: number;
  readonly first: readonly { readonly nodeId: string; readonly sinceMs: number }[];
}

/** Nodes that a head names of those it counts. */
export const NAMED_NODES = 8;

/** A step in the head: counts in place of its cells. */
export interface StepHead extends Omit<StepView, 'cells'> {
  /** Only for steps that work on nodes; their sum is the number of nodes. */
  readonly counts?: CellCounts | undefined;
  /** Mean progress of the nodes of the current step, 0 to 100; an ended one counts 100. */
  readonly percent?: number | undefined;
  /** Of the current step; absent where none is silent. */
  readonly silent?: SilentNodes | undefined;
}

/** Equal failures folded: how many nodes, and the first of them. All are the cells of the step with this key. */
export interface AttentionHead extends Omit<Attention, 'nodeIds'> {
  readonly nodes: number;
  readonly first: readonly string[];
}

type OutlinedValue = string | number | boolean;

/** An answer as its outline: texts, numbers and maps of a few of them as they are, lists and other maps as the number of their items. */
export type AnswerOutline = Readonly<Record<string, OutlinedValue | Readonly<Record<string, OutlinedValue>>>>;

/** Members of a map that an outline has as they are. */
const OUTLINED_MEMBERS = 4;

/** The state of topic `job:<id>`: everything of a job that does not grow with its nodes or packages. */
export interface JobHead extends Omit<
  JobView,
  'steps' | 'screen' | 'inputs' | 'nodes' | 'plan' | 'packages' | 'attention' | 'report'
> {
  readonly steps: Readonly<Record<string, StepHead>>;
  /** The screen that waits for a person: part `step:<id>` has it, with the same version. */
  readonly screen?: (Pick<StepScreen, 'stepId' | 'kind'> & { readonly version: number }) | undefined;
  /** Answers given so far, by step id, as outlines. */
  readonly answered: Readonly<Record<string, AnswerOutline>>;
  /** Nodes of the selection. */
  readonly nodes: number;
  /** Rows of the package results. */
  readonly packages: number;
  /** A plan was accepted: part `plan`. */
  readonly planned: boolean;
  readonly attention: readonly AttentionHead[];
  /** What is left of it, as far as that is known; absent before nodes are selected, and once it has ended or is exited. */
  readonly timeLeft?: TimeLeft | undefined;
  /** Figures of the report; part `report` has its lines. */
  readonly report?: Omit<JobReport, 'lines' | 'warnings'> | undefined;
}

/** Part `step:<id>`: the screen while the step waits for a person, and what was answered. */
export interface StepPart {
  readonly screen?: StepScreen | undefined;
  readonly version?: number | undefined;
  /** A matter of the step's kind. */
  readonly input?: unknown;
}

/** A node in the list of nodes. */
export interface JobNodeRow extends Pick<JobNode, 'nodeId' | 'address' | 'type' | 'system' | 'clique'> {
  /** Its wave, from 1; absent where all nodes are changed at once. */
  readonly wave?: number | undefined;
}

/** Part `packages`: the rows of the package results, by package name. */
export interface PackagesPart {
  readonly order: readonly string[];
  readonly rows: Readonly<Record<string, PackageRow>>;
}

/** Part `plan`. */
export interface PlanPart {
  readonly plan?: JobPlan | undefined;
}

/** Part `report`; absent while the job is not over. */
export interface ReportPart {
  readonly report?: JobReport | undefined;
}

/** Part `node:<id>`: all that is known of one node. */
export interface NodePart {
  readonly node?: JobNode | undefined;
  /** What the accepted plan has for it. */
  readonly changes?: readonly PlannedChange[] | undefined;
  /** It is held, or is to catch up. */
  readonly held?: HeldNode | undefined;
  /** By step id. */
  readonly cells: Readonly<Record<string, Cell>>;
}

/** A service that is not known to be up, as the job last saw it. */
export interface ServiceNotUp {
  readonly name: string;
  readonly state: ServiceState;
}

/** A node that a person holds, or that is to catch up what it missed. */
export interface HeldNode {
  readonly state: 'held' | 'catches-up';
  readonly user: string;
  readonly reason: string;
  /** What was wrong with it when it was held; absent: nothing. */
  readonly was?: 'failed' | 'unreachable' | 'unknown' | undefined;
  /** The first step that it missed; absent: none yet. */
  readonly since?: string | undefined;
  /** Why it cannot come back in this job, in words; absent: it can. */
  readonly stays?: string | undefined;
}

/** The parts of a job that have one name, and their states. */
export interface JobParts {
  readonly nodes: Sharded<JobNodeRow>;
  readonly plan: PlanPart;
  readonly packages: PackagesPart;
  /** Names of the packages that failed, of the nodes where one did. */
  readonly failed: Sharded<readonly string[]>;
  readonly services: Sharded<ServiceNotUp>;
  /** Nodes that are held or are to catch up. */
  readonly held: Sharded<HeldNode>;
  readonly report: ReportPart;
}

/** The parts of which there is one for a step, a package or a node, and their states. */
export interface JobPartsOf {
  readonly step: StepPart;
  readonly cells: Sharded<Cell>;
  readonly package: Sharded<PackageOutcome>;
  readonly node: NodePart;
}

const NAMED = [
  'nodes',
  'plan',
  'packages',
  'failed',
  'services',
  'held',
  'report',
] as const satisfies (keyof JobParts)[];
const NAMED_OF = ['step', 'cells', 'package', 'node'] as const satisfies (keyof JobPartsOf)[];

/** Name of a part: `nodes`, `cells:<step>`, ... */
export type JobPartName = keyof JobParts | `${keyof JobPartsOf}:${string}`;

/** State of the part of that name. */
export type JobPart<P extends JobPartName> = P extends keyof JobParts
  ? JobParts[P]
  : P extends `${infer K extends keyof JobPartsOf}:${string}`
    ? JobPartsOf[K]
    : never;

/** A part by its name on the wire; undefined for one that there is not. */
export function parsePart(
  name: string,
): { readonly kind: keyof JobParts } | { readonly kind: keyof JobPartsOf; readonly of: string } | undefined {
  const named = NAMED.find((kind) => kind === name);
  if (named) return { kind: named };
  const at = name.indexOf(':');
  const kind = NAMED_OF.find((one) => one === name.slice(0, Math.max(0, at)));
  return kind && at < name.length - 1 ? { kind, of: name.slice(at + 1) } : undefined;
}

/** Topic of a job's head, or of one of its parts. */
export function jobTopic(jobId: string, part?: JobPartName): string {
  return part === undefined ? `job:${jobId}` : `job:${jobId}/${part}`;
}

/** The values of all shards by node id, in the order of the selection. Walks all nodes. */
export function allOf<T>({ shards }: Sharded<T>): Record<string, T> {
  const all: Record<string, T> = {};
  // Shard numbers are keys in the order of numbers.
  for (const shard of Object.values(shards)) for (const nodeId in shard) all[nodeId] = shard[nodeId] as T;
  return all;
}

/** The values of all shards with their nodes, one after the other. */
export function* eachOf<T>({ shards }: Sharded<T>): Generator<readonly [nodeId: string, value: T]> {
  for (const shard of Object.values(shards)) yield* Object.entries(shard);
}

/** The value of one node; undefined where there is none. */
export function valueOf<T>(part: Sharded<T> | undefined, nodeId: string): T | undefined {
  for (const shard of Object.values(part?.shards ?? {})) if (Object.hasOwn(shard, nodeId)) return shard[nodeId];
  return undefined;
}

/** Equal failures have equal keys. */
export function attentionKey({ state, cause }: Pick<Cell, 'state' | 'cause'>): string {
  return `${state}|${cause?.code ?? 'internal'}|${cause?.packageName ?? ''}`;
}

/** The nodes of a line of attention, among the cells of its step. */
export function nodesOfLine(line: Pick<AttentionHead, 'key'>, cells: Sharded<Cell>): string[] {
  return Object.values(cells.shards).flatMap((shard) => linesOfShard(shard).get(line.key) ?? []);
}

/** Nodes that came through a step with the same warning, which nobody accepted. */
export interface WarnedNodes {
  readonly key: string;
  readonly cause: CellCause;
  readonly nodeIds: readonly string[];
}

/** Came through with a warning that nobody accepted. */
export function warnsStill({ state, acceptedBy }: Pick<Cell, 'state' | 'acceptedBy'>): boolean {
  return state === 'warned' && acceptedBy === undefined;
}

/** Equal warnings of a step together, with all their nodes. */
export function warnedNodes(cells: Sharded<Cell>): readonly WarnedNodes[] {
  const lines = new Map<string, { readonly cause: CellCause; readonly nodeIds: string[] }>();
  for (const shard of Object.values(cells.shards)) {
    for (const [key, nodeIds] of linesOfShard(shard)) {
      const first = shard[nodeIds[0] ?? ''];
      if (first?.state !== 'warned') continue;
      const line = lines.get(key);
      if (line) line.nodeIds.push(...nodeIds);
      else lines.set(key, { cause: first.cause ?? NO_CAUSE, nodeIds: [...nodeIds] });
    }
  }
  const isNode = (word: string): boolean => valueOf(cells, word) !== undefined;
  return [...lines].map(([key, { cause, nodeIds }]) => ({
    ...{ key, nodeIds },
    cause: nodeIds.length > 1 ? { ...cause, message: ofEachNode(cause.message, isNode) } : cause,
  }));
}

const NO_CAUSE: CellCause = { code: 'internal', message: 'no reason is known' };

type ShardLines = ReadonlyMap<string, readonly string[]>;

/** Shards are never changed in place, and of the shards of a running job few change at a time: each is gone through once, for all lines. */
const shardLines = new WeakMap<object, ShardLines>();

function linesOfShard(shard: Readonly<Record<string, Cell>>): ShardLines {
  const known = shardLines.get(shard);
  if (known) return known;
  const lines = new Map<string, string[]>();
  for (const [nodeId, cell] of Object.entries(shard)) {
    if (!needsDecision(cell) && !warnsStill(cell)) continue;
    const key = attentionKey(cell);
    const line = lines.get(key);
    if (line) line.push(nodeId);
    else lines.set(key, [nodeId]);
  }
  shardLines.set(shard, lines);
  return lines;
}

/** Waits for a decision: not for a probe, which finds out by itself. */
export function needsDecision(cell: Pick<Cell, 'state'> & { readonly probe?: true | undefined }): boolean {
  return cell.state === 'failed' || cell.state === 'unreachable' || (cell.state === 'unknown' && cell.probe !== true);
}

/** Whether one item (package) that failed can be given up alone, and the node goes on with the others: the work has to have named it. */
export function canIgnoreItem(
  cell: Pick<Cell, 'state' | 'failedItems'> & { readonly probe?: true | undefined },
  item: string,
): boolean {
  return needsDecision(cell) && cell.failedItems?.includes(item) === true;
}

/** An answer without what grows. */
export function outlineOf(answer: unknown): AnswerOutline {
  if (typeof answer !== 'object' || answer === null) return {};
  return Object.fromEntries(
    Object.entries(answer).flatMap(([name, value]: [string, unknown]): [string, AnswerOutline[string]][] => {
      const plain = outlinedValue(value);
      if (plain !== undefined) return [[name, plain]];
      if (Array.isArray(value)) return [[name, value.length]];
      if (typeof value !== 'object' || value === null) return [];
      const inside = Object.entries(value).map(([key, one]) => [key, outlinedValue(one)] as const);
      const few = inside.length <= OUTLINED_MEMBERS && inside.every(([, one]) => one !== undefined);
      return [[name, few ? (Object.fromEntries(inside) as Record<string, OutlinedValue>) : inside.length]];
    }),
  );
}

function outlinedValue(value: unknown): OutlinedValue | undefined {
  if (typeof value === 'string') return value.slice(0, 200);
  return typeof value === 'number' || typeof value === 'boolean' ? value : undefined;
}

/** The silent ones of cells or of what is shown of them; `first` has those that are silent longest. */
export function silentNodes(live: Iterable<readonly [nodeId: string, cell: LiveCell]>): SilentNodes | undefined {
  const silent: { readonly nodeId: string; readonly sinceMs: number }[] = [];
  for (const [nodeId, { silentSinceMs: sinceMs }] of live) if (sinceMs !== undefined) silent.push({ nodeId, sinceMs });
  if (silent.length === 0) return undefined;
  return { nodes: silent.length, first: silent.sort((a, b) => a.sinceMs - b.sinceMs).slice(0, NAMED_NODES) };
}

/** A whole job put together of its parts, which `read` gives. Walks all nodes and steps: for reports and tests, never for a window. */
export function wholeJob(head: JobHead, read: <P extends JobPartName>(part: P) => JobPart<P>): JobView {
  const { answered, planned, packages: _rows, screen, report, nodes: _count, ...rest } = head;
  const steps = Object.fromEntries(
    Object.entries(head.steps).map(
      ([stepId, { counts, percent: _percent, silent: _silent, ...step }]): [string, StepView] => [
        stepId,
        { ...step, ...(counts ? { cells: allOf(read(`cells:${stepId}`)) } : {}) },
      ],
    ),
  );
  const plan = planned ? read('plan').plan : undefined;
  const { order, rows } = read('packages');
  const shown = screen && read(`step:${screen.stepId}`).screen;
  const ended = report && read('report').report;
  return {
    ...rest,
    steps,
    ...(shown ? { screen: shown } : {}),
    inputs: Object.fromEntries(
      Object.keys(answered).flatMap((stepId) => {
        const { input } = read(`step:${stepId}`);
        return input === undefined ? [] : [[stepId, input]];
      }),
    ),
    nodes: Object.fromEntries(
      [...eachOf(read('nodes'))].flatMap(([nodeId]) => {
        const { node } = read(`node:${nodeId}`);
        return node ? [[nodeId, node]] : [];
      }),
    ),
    ...(plan ? { plan } : {}),
    packages: order.flatMap((name) => rows[name] ?? []),
    attention: head.attention.map(({ nodes: _nodes, first: _first, ...line }) => ({
      ...line,
      nodeIds: nodesOfLine(line, read(`cells:${line.stepId}`)),
    })),
    ...(ended ? { report: ended } : {}),
  };
}
