import { isMap, isScalar, LineCounter, parseDocument, type Document, type Node, type Pair, type YAMLMap } from 'yaml';
import type { z } from 'zod';

/** A YAML text with the line of everything in it. */
export interface PlacedYaml {
  readonly document: Document.Parsed;
  readonly lineOf: (node: unknown, otherwise?: number) => number;
}

/** What the text itself has against being read, with lines; empty for good YAML. */
export function parsePlaced(
  text: string,
): PlacedYaml & { readonly faults: readonly { line: number; message: string }[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, version: '1.2', logLevel: 'error' });
  const lineOf = (node: unknown, otherwise = 1): number => {
    const range = (node as Node | null | undefined)?.range;
    return range ? lines.linePos(range[0]).line : otherwise;
  };
  const faults = document.errors.map((error) => ({
    line: lines.linePos(error.pos[0]).line || 1,
    message: error.message.split('\n', 1)[0] ?? 'is not YAML',
  }));
  return { document, lineOf, faults };
}

export const pairsOf = (map: YAMLMap): Pair<unknown, unknown>[] => map.items;
export const keyText = (pair: Pair<unknown, unknown>): string =>
  String(isScalar(pair.key) ? pair.key.value : (pair.key as { toString(): string } | null));

/** The plain value of a part of the document; aliases are few and small, so that a short text cannot become a long one. */
export function plainOf(node: unknown, document: Document): unknown {
  return (node as Node | null | undefined)?.toJS(document, { maxAliasCount: 100 });
}

/**
 * What a schema has against a part of the document, each with the line of the member that it is about. `known`: the members that there
 * are, told where one is not.
 */
export function* placedIssues(
  error: z.ZodError,
  node: unknown,
  lineOf: PlacedYaml['lineOf'],
  known: readonly string[],
): Generator<{ line: number; message: string }> {
  const own = lineOf(node);
  for (const issue of error.issues) {
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) {
        const line = lineOf(memberAt(node, [...issue.path, key], true), own);
        const there = issue.path.length === 0 ? `; there are ${known.join(', ')}` : '';
        yield { line, message: `${[...issue.path, key].join('.')} is not known${there}` };
      }
    } else {
      const place = issue.path.join('.');
      const line = lineOf(memberAt(node, issue.path, false), own);
      yield { line, message: place === '' ? issue.message : `${place}: ${issue.message}` };
    }
  }
}

/** The part at a path, as deep as the document goes; with `key` the last member's name instead of its value. */
function memberAt(node: unknown, path: readonly PropertyKey[], key: boolean): unknown {
  let at = node;
  for (const [i, step] of path.entries()) {
    const items: readonly unknown[] = (at as { items?: readonly unknown[] } | null)?.items ?? [];
    const next = isMap(at) ? at.items.find((pair) => keyText(pair) === String(step)) : items[Number(step)];
    if (next === undefined) return at;
    const pair = isMap(at) ? (next as Pair<unknown, unknown>) : undefined;
    if (pair && key && i === path.length - 1) return pair.key;
    at = pair ? (pair.value ?? pair.key) : next;
  }
  return at;
}
