import { z } from 'zod';
import { NODE_TYPES, type NodeEntry } from './node.ts';
import { briefNames } from './nodeNames.ts';
import { nodeTypeName } from './nodeTypeWords.ts';

/*
 * Waves: how the nodes of a job are divided into groups that are worked on one after the other. Pure; the services divide by it, and windows and
 * putctl say the same in words.
 */

/** More waves than this are refused: each has counts of its own at every step. */
export const MOST_WAVES = 500;

const nodeName = z.string().min(1).max(100);

const byWords = z.enum(['all', 'system', 'type', 'clique']);
const bySchema = z.union([
  byWords,
  z.strictObject({ nodes: z.number().int().min(1).max(100_000) }),
  z.strictObject({ percent: z.number().min(1).max(100) }),
]);

/** How the nodes that are no canary are divided. */
export type WavesBy = z.output<typeof bySchema>;

export const waveSplitSchema = z.strictObject({
  /** Nodes that go first: so many of the selection, or these. */
  canary: z.union([z.number().int().min(1).max(100_000), z.array(nodeName).min(1).max(100_000)]).optional(),
  /** As people write it as well: `10`, `25 %`. */
  by: z.preprocess((value) => parseWavesBy(value) ?? value, bySchema.default('all')),
  /** Waves, counted from 1, before which the job stops until a person lets it go on. */
  stopBefore: z.array(z.number().int().min(2).max(MOST_WAVES)).max(MOST_WAVES).default([]),
});
export type WaveSplit = z.output<typeof waveSplitSchema>;

/** Everything at once: what holds where nobody says anything. */
export const ONE_WAVE: WaveSplit = { by: 'all', stopBefore: [] };

/** One wave: what it is called, and its nodes in the order of the selection. */
export interface Wave {
  readonly title: string;
  readonly nodeIds: readonly string[];
}

/** A wave as it is shown before: how many nodes, and the first of them. */
export interface WavePreview {
  readonly title: string;
  readonly nodes: number;
  readonly first: readonly string[];
}

/** Names that a preview of a wave carries. */
const FIRST_NAMES = 5;

type WaveNode = Pick<NodeEntry, 'nodeId' | 'type' | 'system' | 'clique'> & {
  /** putservices runs on it. */
  readonly isMaster?: true | undefined;
};

/** Why a division cannot be done, in words. */
export interface WaveFault {
  readonly place: 'canary' | 'by' | 'stopBefore';
  readonly message: string;
}

export function isWaveFault(divided: readonly Wave[] | WaveFault): divided is WaveFault {
  return 'message' in divided;
}

/** Nodes of a share: at least one. */
export function shareInNodes(percent: number, ofNodes: number): number {
  return Math.max(1, Math.floor((percent * ofNodes) / 100));
}

/** `25 % of 30 nodes: at most 7 at a time`. */
export function shareText(percent: number, ofNodes: number): string {
  return `${percent} % of ${nodesText(ofNodes)}: at most ${shareInNodes(percent, ofNodes)} at a time`;
}

const nodesText = (count: number): string => (count === 1 ? '1 node' : `${count} nodes`);

/**
 * The waves of a selection; where it is divided, the master itself is the last one, since the others are led from there, unless a person names it as the canary. A
 * fault where a canary is not selected, there would be too many, or a stop is asked for before a wave that is not there.
 */
export function wavesOf(nodes: readonly WaveNode[], split: WaveSplit): readonly Wave[] | WaveFault {
  const canary = canaryOf(nodes, split.canary);
  if ('message' in canary) return canary;
  const first = new Set(canary);
  const rest = nodes.filter(({ nodeId }) => !first.has(nodeId));
  const others = rest.filter(({ isMaster }) => !isMaster);
  const before = [
    ...(canary.length > 0 ? [{ title: 'canary', nodeIds: canary }] : []),
    ...groupsOf(others, split.by, nodes.length),
  ];
  const master = rest.filter(({ isMaster }) => isMaster).map(({ nodeId }) => nodeId);
  const isDivided = canary.length > 0 || split.by !== 'all';
  const waves =
    master.length === 0
      ? before
      : isDivided
        ? [...before, { title: 'the master', nodeIds: master }]
        : groupsOf(rest, split.by, nodes.length);
  if (waves.length > MOST_WAVES) {
    return { place: 'by', message: `that makes ${waves.length} waves; at most ${MOST_WAVES} are possible` };
  }
  const beyond = split.stopBefore.find((wave) => wave > waves.length);
  if (beyond !== undefined) {
    const there = waves.length === 1 ? 'there is one wave' : `there are ${waves.length} waves`;
    return { place: 'stopBefore', message: `there is no wave ${beyond} to stop before; ${there}` };
  }
  return waves;
}

function canaryOf(nodes: readonly WaveNode[], canary: WaveSplit['canary']): string[] | WaveFault {
  if (canary === undefined) return [];
  if (typeof canary === 'number') {
    const others = nodes.filter(({ isMaster }) => !isMaster);
    return (others.length > 0 ? others : nodes).slice(0, canary).map(({ nodeId }) => nodeId);
  }
  const chosen = new Set(canary);
  const known = nodes.filter(({ nodeId }) => chosen.has(nodeId)).map(({ nodeId }) => nodeId);
  const stranger = canary.find((nodeId) => !known.includes(nodeId));
  return stranger === undefined ? known : { place: 'canary', message: `${stranger} is not a selected node` };
}

function groupsOf(rest: readonly WaveNode[], by: WavesBy, ofNodes: number): Wave[] {
  if (rest.length === 0) return [];
  const idsOf = (nodes: readonly WaveNode[]): string[] => nodes.map(({ nodeId }) => nodeId);
  if (by === 'all') return [{ title: 'all nodes', nodeIds: idsOf(rest) }];
  if (typeof by === 'object') {
    const size = 'nodes' in by ? by.nodes : shareInNodes(by.percent, ofNodes);
    return Array.from({ length: Math.ceil(rest.length / size) }, (_, at) => {
      const nodeIds = idsOf(rest.slice(at * size, (at + 1) * size));
      return { title: nodesText(nodeIds.length), nodeIds };
    });
  }
  const groups = Map.groupBy(rest, (node) => groupName(node, by));
  const order = (title: string): number => NODE_TYPES.findIndex((type) => nodeTypeName(type) === title);
  return [...groups]
    .map(([title, nodes]) => ({ title, nodeIds: idsOf(nodes) }))
    .sort((a, b) =>
      by === 'type' ? order(a.title) - order(b.title) : a.title.localeCompare(b.title, 'en', { numeric: true }),
    );
}

function groupName({ type, system, clique }: WaveNode, by: 'system' | 'type' | 'clique'): string {
  if (by === 'type') return nodeTypeName(type);
  const ofSystem = `system ${system}`;
  if (by === 'system') return ofSystem;
  return clique === undefined ? `${ofSystem}, no clique` : `${ofSystem}, clique ${clique}`;
}

/** A wave with some of its nodes. */
export function waveOfNodes({ title, nodeIds }: Wave, isIn: (nodeId: string) => boolean): Wave {
  const left = nodeIds.filter(isIn);
  return { title: title === nodesText(nodeIds.length) ? nodesText(left.length) : title, nodeIds: left };
}

/** Waves as they are shown before. */
export function previewOfWaves(waves: readonly Wave[]): WavePreview[] {
  return waves.map(({ title, nodeIds }) => ({ title, nodes: nodeIds.length, first: nodeIds.slice(0, FIRST_NAMES) }));
}

/** Nodes that a wave goes by without: `without tpa-002, tpa-003 and 4 more, held or to catch up`. */
export function withoutHeldText({
  nodes,
  first,
}: {
  readonly nodes: number;
  readonly first: readonly string[];
}): string {
  return `without ${briefNames(first, nodes)}, held or to catch up`;
}

/** `wave 1, canary: 2 nodes (tpa-001, tpa-002)`, and whether the job stops before it. */
export function waveText({ title, nodes, first }: WavePreview, number: number, stopBefore: readonly number[]): string {
  const more = nodes > first.length ? ` and ${nodes - first.length} more` : '';
  const names = nodes === 0 ? '' : ` (${first.join(', ')}${more})`;
  const stops = stopBefore.includes(number) ? '; it waits for a person before' : '';
  const named = title === nodesText(nodes) ? '' : `, ${title}`;
  return `wave ${number}${named}: ${nodesText(nodes)}${names}${stops}`;
}

/** A division in one line: `canary 2, then 25 %, stop before 2`. */
export function splitText({ canary, by, stopBefore }: WaveSplit): string {
  const first = canary === undefined ? [] : [`canary ${typeof canary === 'number' ? canary : canary.join(' ')}`];
  const rest = typeof by === 'string' ? (by === 'all' ? 'all at once' : `by ${by}`) : byText(by);
  const stops = stopBefore.length === 0 ? [] : [`stop before ${stopBefore.join(' and ')}`];
  return [...first, first.length > 0 ? `then ${rest}` : rest, ...stops].join(', ');
}

const byText = (by: { nodes: number } | { percent: number }): string =>
  'nodes' in by ? `${by.nodes} at a time` : `${by.percent} % at a time`;

/** How people write the groups: `system`, `type`, `clique`, `all`, `10` nodes at a time, `25 %`; undefined for anything else. */
export function parseWavesBy(value: unknown): WavesBy | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string') return bySchema.safeParse(value).data;
  const trimmed = text.trim().toLowerCase();
  const number = /^(\d{1,6}(?:\.\d)?)\s*(%?)$/.exec(trimmed);
  if (!number) return byWords.safeParse(trimmed).data;
  const amount = Number(number[1]);
  return bySchema.safeParse(number[2] === '%' ? { percent: amount } : { nodes: amount }).data;
}

/** A division as people write it, in a plan file or on a command line; a text is the groups alone. Undefined: not understood. */
export function parseWaveSplit(value: unknown): WaveSplit | undefined {
  if (typeof value !== 'object' || value === null) {
    const by = parseWavesBy(value);
    return by && { by, stopBefore: [] };
  }
  const { by, stopBefore, ...rest } = value as Readonly<Record<string, unknown>>;
  const groups = by === undefined ? undefined : parseWavesBy(by);
  if (by !== undefined && groups === undefined) return undefined;
  const stops = stopBefore === undefined || Array.isArray(stopBefore) ? stopBefore : [stopBefore];
  return waveSplitSchema.safeParse({
    ...rest,
    ...(groups === undefined ? {} : { by: groups }),
    ...(stops === undefined ? {} : { stopBefore: stops }),
  }).data;
}
