import type { NodeRow } from '../../core/model/node.ts';
import { someNodes } from '../jobText.ts';
import { nextStepOf, seenOfNode } from '../nodeCause.ts';

/** So many different things that were seen are told of one cause; of the others the nodes are named. */
const MOST_SEEN = 3;

/** What was seen of a node without what is its own, its name and its address, so that equal trouble reads the same. */
function seenText({ nodeId, address }: NodeRow, message: string): string {
  const own = seenOfNode(nodeId, message);
  if (address === '') return own;
  const host = address.includes(':') ? `[${address}]` : address;
  for (const name of [host, address]) {
    const at = own.indexOf(name);
    // Part of a longer name or number is another one.
    if (at < 0 || /[\w.-]$/.test(own.slice(0, at))) continue;
    const rest = /^(?::\d+)?(?![\w.-]*\w)(.*)$/s.exec(own.slice(at + name.length));
    if (rest) return `${own.slice(0, at)}its address${rest[1] ?? ''}`;
  }
  return own;
}

/**
 * Why nodes were not reached, or let in and could not be read: those of which exactly the same was seen together, with what to do under each cause.
 * A node that stands alone is told in its own words.
 */
export function notReachedTexts(nodes: readonly NodeRow[]): string[] {
  const told = nodes.flatMap((node) => (node.cause ? [{ node, cause: node.cause }] : []));
  const byCode = Map.groupBy(told, ({ node, cause }) => `${cause.code} ${node.reachable === 'yes'}`);
  return [...byCode.values()].map((alike) => {
    const { code } = (alike[0] as (typeof told)[number]).cause;
    const what = alike[0]?.node.reachable === 'yes' ? 'Not read' : 'Not reached';
    const bySeen = Map.groupBy(alike, ({ node, cause }) => seenText(node, cause.message));
    const line = (names: readonly string[], seen: string): string => `${what}: ${someNodes(names)}: ${seen} (${code})`;
    const lines = [...bySeen].slice(0, MOST_SEEN).map(([seen, group]) => {
      const [first] = group;
      const names = group.map(({ node }) => node.nodeId);
      return line(names, first && group.length === 1 ? seenOfNode(first.node.nodeId, first.cause.message) : seen);
    });
    const others = [...bySeen.values()].slice(MOST_SEEN).flatMap((group) => group.map(({ node }) => node.nodeId));
    if (others.length > 0)
      lines.push(line(others, `something else each was seen there; putctl nodes ${others[0]} tells it of one`));
    const next = nextStepOf(code);
    return [...lines, ...(next === undefined ? [] : [`  Next: ${next}`])].join('\n');
  });
}
