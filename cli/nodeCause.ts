import { withoutNodeName } from '../core/model/nodeNames.ts';
import { printable } from '../core/model/strangerText.ts';
import { ERROR_CATALOGUE, isErrorCode } from '../core/protocol/errorCatalogue.ts';

/** What to do about a code; undefined for one that a newer master made. */
export const nextStepOf = (code: string): string | undefined =>
  isErrorCode(code) ? ERROR_CATALOGUE[code].nextStep : undefined;

/** What was seen of a node, for where its name stands beside it. */
export function seenOfNode(nodeId: string, message: string): string {
  return printable(withoutNodeName(nodeId, message));
}
