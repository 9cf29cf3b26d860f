import type { FailureLimit } from './settingSpec.ts';
import type { StopAt } from './jobSettings.ts';

/* When a job stops by itself, told in nodes: the machine decides by the same numbers. Nodes that failed and nodes that could not be reached count alike. */

/** The number of failed and unreachable nodes at which no further node is begun, of so many: at least one. */
export function limitInNodes(limit: FailureLimit, ofNodes: number): number {
  return Math.max(1, limit.nodes ?? Math.ceil(((limit.percent ?? 100) * ofNodes) / 100));
}

const nodesText = (count: number): string => (count === 1 ? '1 node' : `${count} nodes`);

/** `3 of 30 nodes (10 % of 30: at most 2)`. */
function limitText(limit: FailureLimit, ofNodes: number): string {
  const most = limitInNodes(limit, ofNodes);
  const share = limit.percent === undefined ? '' : ` (${limit.percent} % of ${ofNodes}: at most ${most - 1})`;
  return `${most} of ${nodesText(ofNodes)} failed or ${most === 1 ? 'was' : 'were'} unreachable${share}`;
}

/** Waves of one size stand in one sentence; more sizes than this are cut. */
const SIZES_TOLD = 4;

/** When the job stops by itself, in sentences. `waves`: nodes of each wave, in order; together the selection. */
export function failurePolicyText(stopAt: StopAt | undefined, waves: readonly number[]): string[] {
  const nodes = waves.reduce((sum, wave) => sum + wave, 0);
  const lines: string[] = [];
  const { job, wave } = stopAt ?? {};
  if (job) lines.push(`The job stops when ${limitText(job, nodes)}.`);
  if (waves.length > 1) {
    if (wave) {
      const sizes = [...new Set(waves)].filter((size) => size > 0);
      const told = sizes.slice(0, SIZES_TOLD).map((size) => limitText(wave, size));
      const more = sizes.length > told.length ? ', and so on for waves of other sizes' : '';
      lines.push(`A wave stops when ${told.join(', or ')}${more}.`);
    }
    lines.push('A wave that fails whole stops the job in any case.');
  }
  if (!job && !(wave && waves.length > 1)) {
    lines.push(
      'There is no limit of failures: the other nodes go on, and a person decides about those that failed or were unreachable.',
    );
  }
  return lines;
}
