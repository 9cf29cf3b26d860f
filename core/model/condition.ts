import { assertNever } from '../protocol/errors.ts';

/*
 * Conditions of an operation's steps: a small closed language over settings, answers and facts of a node, read when the operation is read and
 * never run as code.
 *
 *   settings.waves
 *   answers.configuration-mode == custom
 *   node.type in (TPA, HSN) and not node.needsReboot
 */

/** What a name of a condition may begin with. */
export const CONDITION_ROOTS = ['settings', 'answers', 'facts', 'node'] as const;
export type ConditionRoot = (typeof CONDITION_ROOTS)[number];

/** `settings.waves` as ['settings', 'waves']. */
export type ConditionPath = readonly [ConditionRoot, ...string[]];
export type ConditionValue = string | number | boolean;

const COMPARISONS = ['==', '!=', '<=', '>=', '<', '>'] as const;
type Comparison = (typeof COMPARISONS)[number];

export type Condition =
  | { readonly kind: 'value'; readonly value: ConditionValue }
  | { readonly kind: 'path'; readonly path: ConditionPath }
  | { readonly kind: 'not'; readonly of: Condition }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Condition[] }
  | { readonly kind: 'compare'; readonly by: Comparison; readonly left: Condition; readonly right: Condition }
  | { readonly kind: 'in'; readonly left: Condition; readonly among: readonly Condition[] };

/** Why a text is no condition; `at` counts characters from 0. */
export interface ConditionFault {
  readonly message: string;
  readonly at: number;
}

/** Longer conditions are refused unread. */
const MOST_CHARACTERS = 1000;
/** Deeper nesting is refused, so that reading needs a bounded stack. */
const MOST_DEPTH = 32;

interface Token {
  readonly text: string;
  readonly kind: 'word' | 'number' | 'text' | 'sign';
  readonly at: number;
}

const TOKEN =
  /\s*(?:(?<number>-?\d+(?:\.\d+)?(?![\w.-]))|(?<word>[A-Za-z_][\w-]*(?:\.[\w-]+)*)|'(?<text>[^']*)'|(?<sign>==|!=|<=|>=|[<>(),]))/y;

class Unreadable extends Error {
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

function tokensOf(source: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (source.slice(TOKEN.lastIndex).trim() !== '') {
    const from = TOKEN.lastIndex;
    const found = TOKEN.exec(source);
    if (!found?.groups) {
      const at = from + (source.slice(from).length - source.slice(from).trimStart().length);
      throw new Unreadable(`"${source.slice(at, at + 10)}" is not understood`, at);
    }
    const [kind, text] = Object.entries(found.groups).find(([, value]) => value !== undefined) as [
      Token['kind'],
      string,
    ];
    tokens.push({ kind, text, at: TOKEN.lastIndex - text.length - (kind === 'text' ? 2 : 0) });
  }
  return tokens;
}

/** Reads a condition; answers what is wrong, and where, for a text that is none. */
export function parseCondition(source: string): Condition | ConditionFault {
  if (source.length > MOST_CHARACTERS) {
    return { message: `a condition has at most ${MOST_CHARACTERS} characters`, at: MOST_CHARACTERS };
  }
  try {
    return read(tokensOf(source), source.length);
  } catch (error) {
    if (error instanceof Unreadable) return { message: error.message, at: error.at };
    throw error;
  }
}

/** True for the answer of `parseCondition` that tells a fault. */
export function isConditionFault(answer: Condition | ConditionFault): answer is ConditionFault {
  return 'message' in answer;
}

function read(tokens: readonly Token[], end: number): Condition {
  let next = 0;
  const peek = (): string | undefined => (tokens[next]?.kind === 'text' ? undefined : tokens[next]?.text);
  const here = (): number => tokens[next]?.at ?? end;
  const take = (sign: string): void => {
    if (peek() !== sign) throw new Unreadable(`${sign} is missing`, here());
    next += 1;
  };
  const joined = (kind: 'and' | 'or', part: (depth: number) => Condition, depth: number): Condition => {
    const of = [part(depth)];
    while (peek() === kind) {
      next += 1;
      of.push(part(depth));
    }
    return of.length === 1 ? (of[0] as Condition) : { kind, of };
  };
  const any = (depth: number): Condition => joined('or', all, depth);
  const all = (depth: number): Condition => joined('and', negated, depth);
  const negated = (depth: number): Condition => {
    if (depth > MOST_DEPTH) throw new Unreadable(`nested deeper than ${MOST_DEPTH}`, here());
    if (peek() !== 'not') return compared(depth);
    next += 1;
    return { kind: 'not', of: negated(depth + 1) };
  };
  const compared = (depth: number): Condition => {
    const left = operand(depth);
    const sign = peek();
    if (sign === 'in') {
      next += 1;
      take('(');
      const among = [operand(depth)];
      while (peek() === ',') {
        next += 1;
        among.push(operand(depth));
      }
      take(')');
      return { kind: 'in', left, among };
    }
    const by = COMPARISONS.find((one) => one === sign);
    if (by === undefined) return left;
    next += 1;
    return { kind: 'compare', by, left, right: operand(depth) };
  };
  const operand = (depth: number): Condition => {
    const token = tokens[next];
    if (!token) throw new Unreadable('something is missing at the end', end);
    if (token.kind === 'sign' && token.text === '(') {
      next += 1;
      const inner = any(depth + 1);
      take(')');
      return inner;
    }
    if (token.kind === 'sign' || (token.kind === 'word' && ['and', 'or', 'not', 'in'].includes(token.text))) {
      throw new Unreadable(`a name or a value is needed before "${token.text}"`, token.at);
    }
    next += 1;
    if (token.kind === 'number') return { kind: 'value', value: Number(token.text) };
    if (token.kind === 'text') return { kind: 'value', value: token.text };
    const [root, ...rest] = token.text.split('.');
    if (rest.length > 0) {
      const known = CONDITION_ROOTS.find((one) => one === root);
      if (known === undefined) {
        throw new Unreadable(`${token.text} begins with none of ${CONDITION_ROOTS.join(', ')}`, token.at);
      }
      return { kind: 'path', path: [known, ...rest] };
    }
    if (root === 'true' || root === 'false') return { kind: 'value', value: root === 'true' };
    return { kind: 'value', value: token.text };
  };
  const condition = any(0);
  const left = tokens[next];
  if (left) throw new Unreadable(`"${left.text}" is too much here`, left.at);
  return condition;
}

/** Every name that a condition asks for, in its order. */
export function pathsOf(condition: Condition): ConditionPath[] {
  switch (condition.kind) {
    case 'path':
      return [condition.path];
    case 'value':
      return [];
    case 'not':
      return pathsOf(condition.of);
    case 'and':
    case 'or':
      return condition.of.flatMap(pathsOf);
    case 'compare':
      return [...pathsOf(condition.left), ...pathsOf(condition.right)];
    case 'in':
      return [condition.left, ...condition.among].flatMap(pathsOf);
    default:
      return assertNever(condition);
  }
}

/**
 * Whether a condition holds. `valueOf` answers undefined for what is not known; a condition that hangs on it is undefined too, and the caller
 * says what that means: not knowing is no *no*.
 */
export function holds(
  condition: Condition,
  valueOf: (path: ConditionPath) => ConditionValue | undefined,
): boolean | undefined {
  switch (condition.kind) {
    case 'path':
    case 'value': {
      const value = valueIn(condition, valueOf);
      return value === undefined ? undefined : value !== false && value !== 0 && value !== '';
    }
    case 'not': {
      const inner = holds(condition.of, valueOf);
      return inner === undefined ? undefined : !inner;
    }
    case 'and':
    case 'or':
      return joinedTruth(
        condition.of.map((part) => holds(part, valueOf)),
        condition.kind === 'or',
      );
    case 'compare': {
      const left = valueIn(condition.left, valueOf);
      const right = valueIn(condition.right, valueOf);
      return left === undefined || right === undefined ? undefined : compare(condition.by, left, right);
    }
    case 'in': {
      const left = valueIn(condition.left, valueOf);
      if (left === undefined) return undefined;
      return joinedTruth(
        condition.among.map((one) => {
          const value = valueIn(one, valueOf);
          return value === undefined ? undefined : compare('==', left, value);
        }),
        true,
      );
    }
    default:
      return assertNever(condition);
  }
}

/** `decisive` settles the whole wherever it stands; otherwise one unknown part makes the whole unknown. */
function joinedTruth(parts: readonly (boolean | undefined)[], decisive: boolean): boolean | undefined {
  if (parts.includes(decisive)) return decisive;
  return parts.includes(undefined) ? undefined : !decisive;
}

function valueIn(
  condition: Condition,
  valueOf: (path: ConditionPath) => ConditionValue | undefined,
): ConditionValue | undefined {
  if (condition.kind === 'value') return condition.value;
  return condition.kind === 'path' ? valueOf(condition.path) : holds(condition, valueOf);
}

/** Numbers are ordered as numbers; texts and truths are only equal or not. */
function compare(by: Comparison, left: ConditionValue, right: ConditionValue): boolean | undefined {
  const [a, b] = typeof left === typeof right ? [left, right] : [String(left), String(right)];
  switch (by) {
    case '==':
      return a === b;
    case '!=':
      return a !== b;
    default: {
      if (typeof a !== 'number' || typeof b !== 'number') return undefined;
      switch (by) {
        case '<':
          return a < b;
        case '<=':
          return a <= b;
        case '>':
          return a > b;
        case '>=':
          return a >= b;
        default:
          return assertNever(by);
      }
    }
  }
}
