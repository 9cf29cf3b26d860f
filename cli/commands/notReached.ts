import type { NodeRow } from '../../core/model/node.ts';
import { printable } from '../../core/model/strangerText.ts';
import { someNodes } from '../jobText.ts';
import { nextStepOf, seenOfNode } from '../nodeCause.ts';

/** Why nodes were not reached, or let in and could not be read, equal causes together: the nodes, what was seen of the first, and what to do. */
export function notReachedTexts(nodes: readonly NodeRow[]): string[] {
  const byCode = new Map<string, { readonly names: string[]; readonly message: string; readonly letIn: boolean }>();
  for (const { nodeId, cause, reachable } of nodes) {
    if (!cause) continue;
    const there = byCode.get(cause.code);
    if (there) there.names.push(nodeId);
    else byCode.set(cause.code, { names: [nodeId], message: cause.message, letIn: reachable === 'yes' });
  }
  return [...byCode].map(([code, { names, message, letIn }]) => {
    const next = nextStepOf(code);
    const seen = names.length === 1 ? seenOfNode(names[0] ?? '', message) : `${printable(message)}; the others alike`;
    return `${letIn ? 'Not read' : 'Not reached'}: ${someNodes(names)}: ${seen} (${code})${next === undefined ? '' : `\n  Next: ${next}`}`;
  });
}
