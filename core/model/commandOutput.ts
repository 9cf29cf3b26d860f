import { z } from 'zod';
import type { CsvValue } from './csv.ts';
import { CELL_STATES, type CellState } from './job.ts';
import { foldNames } from './nodeNames.ts';

/** Lines of an output that are kept with the job; the output itself is in the node's log. */
export const HEAD_LINES = 40;
/** Characters of them. */
export const HEAD_CHARACTERS = 4_000;

/** What is kept of a command on a node: the same for equal outputs and equal ends. */
export const commandOutputSchema = z.object({
  /** Absent where a signal ended the command, or it was stopped. */
  exitCode: z.number().int().optional(),
  signal: z.string().optional(),
  /** SHA-256 of the whole output, or of what is kept of it. */
  sha256: z.string(),
  /** Of all that the command wrote. */
  bytes: z.number().int(),
  /** Bytes in the middle of it that are not kept. */
  leftOutBytes: z.number().int().optional(),
  /** Of what is kept. */
  lines: z.number().int(),
  /** The first lines. */
  head: z.string(),
  /** There is more than the head. */
  cut: z.boolean(),
});
export type CommandOutput = z.output<typeof commandOutputSchema>;

/** Nodes whose command said and came to the same; nodes without an output by how they are. */
export const outputGroupSchema = z.object({
  state: z.enum(CELL_STATES),
  nodes: z.number().int(),
  /** Their names, neighbours as ranges; cut where there are very many. */
  names: z.string(),
  output: commandOutputSchema.optional(),
  /** Most nodes said something else. */
  differs: z.boolean(),
});
export type OutputGroup = z.output<typeof outputGroupSchema>;

/** One node's part. */
export const nodeOutputSchema = z.object({
  nodeId: z.string(),
  state: z.enum(CELL_STATES),
  attempt: z.number().int(),
  output: commandOutputSchema.optional(),
  /** Why it is not ok, in words. */
  message: z.string().optional(),
});
export type NodeOutput = z.output<typeof nodeOutputSchema>;

/** The same for equal outputs and equal ends; of what is not kept it is known how much it was. */
export function outputKey({ exitCode, signal, sha256, bytes }: CommandOutput): string {
  return `${exitCode ?? ''} ${signal ?? ''} ${sha256} ${bytes}`;
}

/** Characters of names in a group. */
const MOST_NAMES = 4_000;

/**
 * Nodes by what their commands said: equal outputs in one group, the largest first. A group differs where another one has more than half of the
 * nodes that said something. Nodes without an output come last, by state.
 */
export function foldOutputs(nodes: readonly NodeOutput[]): OutputGroup[] {
  const byKey = Map.groupBy(nodes, ({ state, output }) => (output ? `${state} ${outputKey(output)}` : state));
  const groups = [...byKey.values()].sort((a, b) => b.length - a.length);
  const said = groups.filter((group) => group[0]?.output);
  const silent = groups.filter((group) => !group[0]?.output);
  const total = said.reduce((sum, group) => sum + group.length, 0);
  const usual = (said[0]?.length ?? 0) * 2 > total ? said[0] : undefined;
  return [...said, ...silent].map((group): OutputGroup => {
    const { state, output } = group[0] as NodeOutput;
    const names = foldNames(group.map(({ nodeId }) => nodeId));
    return {
      ...{ state, nodes: group.length, output },
      names: names.length > MOST_NAMES ? `${names.slice(0, MOST_NAMES)}...` : names,
      differs: output !== undefined && usual !== undefined && group !== usual,
    };
  });
}

/** States that are no end of the command as it should be. */
const TROUBLE: readonly CellState[] = ['warned', 'failed', 'unreachable', 'unknown', 'ignored'];

/** Whether a person has to look at a group. */
export function isException({ state, differs }: OutputGroup): boolean {
  return differs || TROUBLE.includes(state);
}

/** How a command ended, in words. */
export function exitText({ exitCode, signal }: Pick<CommandOutput, 'exitCode' | 'signal'>): string {
  if (exitCode !== undefined) return `exit code ${exitCode}`;
  return signal === undefined ? 'stopped before its end' : `signal ${signal}`;
}

/** How much there is beyond the head, in words; undefined where that is all. */
export function restText({ cut, bytes, lines, leftOutBytes }: CommandOutput): string | undefined {
  if (leftOutBytes !== undefined) return `${bytes} bytes in all, of which ${leftOutBytes} were left out`;
  return cut ? `${lines} ${lines === 1 ? 'line' : 'lines'}, ${bytes} bytes in all` : undefined;
}

/** Heads of the columns of `outputCells`. */
export const OUTPUT_COLUMNS = [
  'node',
  'state',
  'attempt',
  'exit code',
  'signal',
  'lines',
  'bytes',
  'sha256',
  'output',
  'whole output',
  'message',
] as const;

/** A node's output as a row of a table that leaves the program. */
export function outputCells({ nodeId, state, attempt, output, message }: NodeOutput): CsvValue[] {
  return [
    ...[nodeId, state, attempt, output?.exitCode, output?.signal, output?.lines, output?.bytes, output?.sha256],
    ...[output?.head, output && (output.cut ? 'no' : 'yes'), message],
  ];
}
