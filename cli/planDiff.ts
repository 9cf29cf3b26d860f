import { canonicalText } from '../core/model/canonicalText.ts';
import { jobSettings, settingText } from '../core/model/jobSettings.ts';
import { foldNames } from '../core/model/nodeNames.ts';
import { findOperation } from '../core/model/operation.ts';
import { boundDifferences, type PlanDifference } from '../core/model/planBinding.ts';
import { settingValueText } from '../core/model/settingWords.ts';
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

/** A value in words; what is in another one stands in brackets. */
function worded(value: unknown, isInner = false): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'object' || value === null) return settingText(value);
  const parts = Array.isArray(value)
    ? value.every((one) => typeof one === 'string')
      ? [foldNames(value)]
      : value.map((one) => worded(one, true))
    : Object.entries(value).map(([name, one]) => `${name} ${worded(one, true)}`);
  if (parts.length === 0) return 'none';
  return isInner && !Array.isArray(value) ? `(${parts.join(', ')})` : parts.join(', ');
}

/** A setting of an operation in the words of `putctl plan`; one that is not understood as it stands. */
function settingInWords(operationId: string, name: string, value: unknown): string | undefined {
  const specs = findOperation(operationId)?.settings ?? {};
  if (value === undefined || !Object.hasOwn(specs, name)) return worded(value);
  try {
    const read = jobSettings(specs, { [name]: value })[name];
    return settingValueText(specs[name], read, (atMs) => new Date(atMs).toISOString());
  } catch {
    return worded(value);
  }
}

function memberDifferences(
  part: 'setting' | 'answer',
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
  wordsOf: (side: 'before' | 'after', name: string, value: unknown) => string | undefined,
): PlanDifference[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((name): PlanDifference[] => {
    if (canonicalText({ value: before[name] }) === canonicalText({ value: after[name] })) return [];
    const [was, is] = [wordsOf('before', name, before[name]), wordsOf('after', name, after[name])];
    // A setting may be written in several ways.
    return part === 'setting' && was === is ? [] : [{ part, name, before: was, after: is }];
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
    ...memberDifferences('setting', settingsBefore ?? {}, settingsAfter ?? {}, (side, name, value) =>
      settingInWords((side === 'before' ? before : after).operation, name, value),
    ),
    ...memberDifferences('answer', unbound(answersBefore), unbound(answersAfter), (_side, _name, value) =>
      worded(value),
    ),
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
