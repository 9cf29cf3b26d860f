import { canonicalText } from '../core/model/canonicalText.ts';
import { settingText } from '../core/model/jobSettings.ts';
import { boundDifferences, type PlanDifference } from '../core/model/planBinding.ts';
import { printable } from '../core/model/strangerText.ts';
import { someNodes } from './jobText.ts';
import { plural } from './output/words.ts';
import type { PlanFile } from './planFile.ts';

/** Node names that a difference carries in JSON; how many there are is told beside them. */
const NODES_NAMED = 100;
/** Longer values are cut in words; JSON has them whole. */
const WORDS_SHOWN = 200;

/** Parts of plan files that are compared by what they came to, where both say that. */
const BOUND_PARTS: readonly string[] = ['nodes', 'nodeTypes', 'packages', 'release', 'certList'];

const worded = (value: unknown): string | undefined =>
  value === undefined ? undefined : typeof value === 'object' ? canonicalText(value) : settingText(value);

function memberDifferences(
  part: 'setting' | 'answer',
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): PlanDifference[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((name): PlanDifference[] => {
    const [was, is] = [before[name], after[name]];
    if (canonicalText({ value: was }) === canonicalText({ value: is })) return [];
    return [{ part, name, before: worded(was), after: worded(is) }];
  });
}

/** In what two plan files differ: operation, settings, answers, and what they came to. Equal differences of nodes are one; those of most nodes come first. */
export function planFileDifferences(before: PlanFile, after: PlanFile): PlanDifference[] {
  const { version: _v, settings: settingsBefore, bound: boundBefore, ...answersBefore } = before;
  const { version: _w, settings: settingsAfter, bound: boundAfter, ...answersAfter } = after;
  const bothBound = boundBefore !== undefined && boundAfter !== undefined;
  const unbound = (answers: object): Record<string, unknown> =>
    Object.fromEntries(Object.entries(answers).filter(([name]) => !bothBound || !BOUND_PARTS.includes(name)));
  return [
    ...memberDifferences('setting', settingsBefore ?? {}, settingsAfter ?? {}),
    ...memberDifferences('answer', unbound(answersBefore), unbound(answersAfter)),
    ...(bothBound ? boundDifferences(boundBefore, boundAfter) : []),
  ].sort((a, b) => (b.nodeIds?.length ?? Infinity) - (a.nodeIds?.length ?? Infinity) || 0);
}

/** A difference as JSON: how many nodes, and the first of their names. */
export function differenceDocument({ nodeIds, ...difference }: PlanDifference): object {
  return nodeIds === undefined
    ? difference
    : { ...difference, nodes: nodeIds.length, nodeIds: nodeIds.slice(0, NODES_NAMED) };
}

const short = (text: string): string =>
  printable(text.length > WORDS_SHOWN ? `${text.slice(0, WORDS_SHOWN)}...` : text);

/** A difference in words, how many nodes first. */
function differenceLine({ part, name, before, after, nodeIds = [] }: PlanDifference): string {
  const nodes = `${plural(nodeIds.length, 'node')} (${printable(someNodes(nodeIds))})`;
  const change = `${short(before ?? 'nothing')} -> ${short(after ?? 'nothing')}`;
  switch (part) {
    case 'package':
      return `${nodes}: ${printable(name)}: ${change}`;
    case 'node':
      return `${nodes}: ${after === undefined ? 'only in the first' : 'only in the second'}`;
    case 'setting':
      return `setting ${printable(name)}: ${change}`;
    case 'file':
      return `file ${printable(name)}: ${before === undefined ? 'only in the second' : after === undefined ? 'only in the first' : `another one, SHA-256 ${before.slice(0, 12)}... -> ${after.slice(0, 12)}...`}`;
    default:
      return `${printable(name)}: ${change}`;
  }
}

/** Counts first, then a line for each difference. */
export function differencesInWords(differences: readonly PlanDifference[]): string {
  if (differences.length === 0) return 'The plans are the same.';
  const nodes = new Set(differences.flatMap(({ nodeIds = [] }) => nodeIds)).size;
  const others = differences.filter(({ nodeIds }) => nodeIds === undefined).length;
  const parts = [
    ...(others > 0 ? [`${plural(others, 'difference')} of the whole`] : []),
    ...(nodes > 0
      ? [`${plural(nodes, 'node')} with ${plural(differences.length - others, 'kind')} of difference`]
      : []),
  ];
  return [`The plans differ: ${parts.join(', ')}.`, ...differences.map((one) => `  ${differenceLine(one)}`)].join('\n');
}
