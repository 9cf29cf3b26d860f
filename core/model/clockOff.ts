import type { NodeFacts } from './node.ts';
import type { PlanWarning } from './planWarnings.ts';
import { countedNodes } from './servicesNotUp.ts';

/** A clock that is off by more is told, in ms: times in the logs of its node mislead, and what compares times between nodes fails. */
const CLOCK_OFF_MS = 60_000;

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const;

/**
 * How far a node's clock is from the master's, such as `about 1 day behind the master's`; undefined where it is near enough, or not known. In round
 * words, so that the same clock read again a moment later is told alike.
 */
export function clockOffText(offsetMs: number | undefined): string | undefined {
  const off = Math.abs(offsetMs ?? 0);
  if (offsetMs === undefined || off < CLOCK_OFF_MS) return undefined;
  const [unit, length] = UNITS.find(([, unitMs]) => Math.round(off / unitMs) >= 1) ?? UNITS[2];
  const count = Math.round(off / length);
  return `about ${count} ${unit}${count === 1 ? '' : 's'} ${offsetMs > 0 ? 'ahead of' : 'behind'} the master's`;
}

type WithFacts = { readonly nodeId: string; readonly facts?: Pick<NodeFacts, 'clockOffsetMs'> | undefined };

/** What the plan and the report warn of: nodes whose clock is off, those that are off alike together. */
export function clockWarnings(nodes: readonly WithFacts[]): PlanWarning[] {
  const byText = new Map<string, string[]>();
  for (const { nodeId, facts } of nodes) {
    const text = clockOffText(facts?.clockOffsetMs);
    if (text !== undefined) byText.set(text, [...(byText.get(text) ?? []), nodeId]);
  }
  if (byText.size === 0) return [];
  const told = [...byText].map(([text, nodeIds]) => `${text} on ${countedNodes(nodeIds)}`).join('; ');
  const message = `The clock is ${told}. Set it there (NTP): times in the logs and of the packages mislead.`;
  return [{ name: 'clock-off', message }];
}
