import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Alias,
  type Node,
  type YAMLMap,
} from 'yaml';

/*
 * YAML as plain values of which each knows its line. Bounded whatever the text says: aliases share what they name, and are counted as if written out.
 */

/** How much is read; larger texts are refused unread. `values`: those of the document with its aliases written out. */
export interface YamlLimits {
  readonly characters: number;
  readonly values: number;
}
export const MOST_YAML_CHARACTERS = 256 * 1024;
export const MOST_YAML_VALUES = 50_000;
const YAML_LIMITS: YamlLimits = { characters: MOST_YAML_CHARACTERS, values: MOST_YAML_VALUES };
/** Levels of lists and mappings in each other. */
const MOST_DEPTH = 64;

/** Where something stands in a text; both count from 1. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
}

export interface YamlFault extends TextPlace {
  readonly message: string;
}

export interface YamlTree {
  readonly value: unknown;
  /** Where the value of a path stands, or the key that leads to it; for what is missing, where it would belong. */
  placeOf(path: readonly PropertyKey[]): TextPlace;
}

/** Reads one document. Without a tree it is no YAML that can be used; with one, `faults` names what was passed over in it. */
export function readYaml(
  text: string,
  limits = YAML_LIMITS,
): { readonly tree?: YamlTree; readonly faults: readonly YamlFault[] } {
  if (text.length > limits.characters) {
    return { faults: [{ line: 1, column: 1, message: `larger than ${limits.characters} characters` }] };
  }
  const lines = new LineCounter();
  const at = (offset: number): TextPlace => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  try {
    // Keys that stand twice are found below: the library compares each key with all before it.
    const document = parseDocument(text, {
      ...{ version: '1.2', schema: 'core', uniqueKeys: false, prettyErrors: false, logLevel: 'silent' },
      lineCounter: lines,
    });
    const broken = [...document.errors, ...document.warnings].map(({ message, pos }) => ({ ...at(pos[0]), message }));
    if (broken.length > 0) return { faults: broken.map((fault) => ({ ...fault, message: inWords(fault.message) })) };
    const reader = new TreeReader(at, limits.values);
    const value = reader.read(document.contents, 0);
    return { tree: { value, placeOf: (path) => reader.placeOf(document.contents, path) }, faults: reader.faults };
  } catch (error) {
    if (error instanceof RangeError) return { faults: [{ line: 1, column: 1, message: TOO_DEEP }] };
    if (error instanceof TooMuch) return { faults: [error.fault] };
    throw error;
  }
}

const TOO_DEEP = 'nested too deep to be read';

/** The library walks into nested values by calls, and tells what comes of too many of them as a fault of the text. */
function inWords(message: string): string {
  return /call stack|stack overflow/i.test(message) ? TOO_DEEP : message;
}

class TooMuch extends Error {
  readonly fault: YamlFault;

  constructor(fault: YamlFault) {
    super(fault.message);
    this.fault = fault;
  }
}

/** What an anchor names; without `size` it is still being read. */
interface Anchored {
  readonly node: Node;
  value?: unknown;
  size?: number;
}

class TreeReader {
  readonly faults: YamlFault[] = [];
  readonly #at: (offset: number) => TextPlace;
  readonly #anchors = new Map<string, Anchored>();
  readonly #named = new Map<Alias, Node>();
  readonly #mostValues: number;
  readonly #pairs = new Map<YAMLMap, ReadonlyMap<string | undefined, YAMLMap['items'][number]>>();
  #values = 0;

  constructor(at: (offset: number) => TextPlace, mostValues: number) {
    this.#at = at;
    this.#mostValues = mostValues;
  }

  read(node: unknown, depth: number): unknown {
    if (!isNode(node)) return null;
    if (isAlias(node)) return this.#readAlias(node);
    if (depth > MOST_DEPTH) throw new TooMuch({ ...this.#where(node), message: `nested deeper than ${MOST_DEPTH}` });
    const before = this.#values;
    this.#count(node, 1);
    const anchored: Anchored | undefined = node.anchor === undefined ? undefined : { node };
    if (anchored && node.anchor !== undefined) this.#anchors.set(node.anchor, anchored);
    const value = this.#readPlain(node, depth);
    if (anchored) Object.assign(anchored, { value, size: this.#values - before });
    return value;
  }

  placeOf(root: unknown, path: readonly PropertyKey[]): TextPlace {
    let node: unknown = root;
    let place = this.#where(node);
    for (const key of path) {
      if (isAlias(node)) node = this.#named.get(node);
      if (isMap(node)) {
        const pair = this.#pairsOf(node).get(String(key));
        if (!pair) return place;
        place = this.#where(pair.key);
        node = pair.value;
      } else if (isSeq(node)) {
        const item = node.items[Number(key)];
        if (item === undefined) return place;
        place = this.#where(item);
        node = item;
      } else return place;
    }
    return place;
  }

  /** The entries of a mapping by key, made once: a large one may have a fault at each. */
  #pairsOf(map: YAMLMap): ReadonlyMap<string | undefined, YAMLMap['items'][number]> {
    const known = this.#pairs.get(map);
    if (known) return known;
    const pairs = new Map(map.items.toReversed().map((pair) => [keyOf(pair.key), pair]));
    this.#pairs.set(map, pairs);
    return pairs;
  }

  #readPlain(node: Node, depth: number): unknown {
    if (isSeq(node)) return node.items.map((item) => this.read(item, depth + 1));
    if (isMap(node)) return this.#readMap(node, depth);
    return isScalar(node) ? node.value : null;
  }

  #readMap(map: YAMLMap, depth: number): Record<string, unknown> {
    const entries = new Map<string, unknown>();
    const lineOf = new Map<string, number>();
    for (const { key, value } of map.items) {
      const name = keyOf(key);
      const place = this.#where(key ?? map);
      const first = name === undefined ? undefined : lineOf.get(name);
      if (name === undefined) this.faults.push({ ...place, message: 'a key must be a word' });
      else if (name === '__proto__') this.faults.push({ ...place, message: '__proto__ cannot be a key' });
      else if (first !== undefined) {
        const message = `${name.slice(0, 100)} stands here twice, first in line ${first}; take one of them out`;
        this.faults.push({ ...place, message });
      } else {
        lineOf.set(name, place.line);
        entries.set(name, this.read(value, depth + 1));
      }
    }
    return Object.fromEntries(entries);
  }

  #readAlias(alias: Alias): unknown {
    const anchored = this.#anchors.get(alias.source);
    if (anchored?.size === undefined) {
      const name = alias.source.slice(0, 100);
      const why = anchored ? 'is a part of itself' : 'names nothing: its anchor must come before it';
      this.faults.push({ ...this.#where(alias), message: `*${name} ${why}` });
      return null;
    }
    this.#count(alias, anchored.size);
    this.#named.set(alias, anchored.node);
    return anchored.value;
  }

  #count(node: Node, values: number): void {
    this.#values += values;
    if (this.#values <= this.#mostValues) return;
    const message = `more than ${this.#mostValues} values, aliases written out`;
    throw new TooMuch({ ...this.#where(node), message });
  }

  #where(node: unknown): TextPlace {
    return this.#at((isNode(node) ? node.range?.[0] : undefined) ?? 0);
  }
}

/** The name of a key; undefined for a list or a mapping, which cannot be one. */
function keyOf(key: unknown): string | undefined {
  if (isScalar(key)) return String(key.value);
  return key === null ? '' : undefined;
}
