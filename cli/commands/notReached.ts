import type { NodeRow } from '../../core/model/node.ts';
import { printable } from '../../core/model/strangerText.ts';
import { ERROR_CATALOGUE, type ErrorCode } from '../../core/protocol/errorCatalogue.ts';
import { someNodes } from '../jobText.ts';

/** Why nodes were not reached, equal causes together: the nodes, what was seen of the first, and what to do. */
export function notReachedTexts(nodes: readonly NodeRow[]): string[] {
  const byCode = new Map<string, { readonly names: string[]; readonly message: string }>();
  for (const { nodeId, cause } of nodes) {
    if (!cause) continue;
    const there = byCode.get(cause.code);
    if (there) there.names.push(nodeId);
    else byCode.set(cause.code, { names: [nodeId], message: cause.message });
  }
  return [...byCode].map(([code, { names, message }]) => {
    const next = nextStepOf(code);
    const seen = names.length === 1 ? message : `${message}; the others alike`;
    return `Not reached: ${someNodes(names)}: ${printable(seen)} (${code})${next === undefined ? '' : `\n  Next: ${next}`}`;
  });
}

/** What to do about a code; undefined for one that a newer master made. */
const nextStepOf = (code: string): string | undefined =>
  Object.hasOwn(ERROR_CATALOGUE, code) ? ERROR_CATALOGUE[code as ErrorCode].nextStep : undefined;
