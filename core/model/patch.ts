/**
 * Differences between states: what changed between two plain trees of objects, so that a slow line carries the change and
 * not the state. Objects are compared key by key; arrays and scalars are replaced whole. Shared references are skipped
 * unread, so states must never be changed in place.
 */

type Tree = Readonly<Record<string, unknown>>;

/** `s` members set (replaced whole), `d` members deleted, `c` members changed inside. Absent parts are left out. */
export interface Patch {
  readonly s?: Readonly<Record<string, unknown>> | undefined;
  readonly d?: readonly string[] | undefined;
  readonly c?: Readonly<Record<string, Patch>> | undefined;
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function sameScalars(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
  return a.every((item, i) => sameDeep(item, b[i]));
}

function sameDeep(a: unknown, b: unknown): boolean {
  if (isTree(a) && isTree(b)) {
    const keys = Object.keys(a);
    return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && sameDeep(a[key], b[key]));
  }
  return sameScalars(a, b);
}

/** The patch that makes `after` of `before`; undefined when they are equal. Members with value undefined count as absent. */
export function diffTrees(before: object, after: object): Patch | undefined {
  if (before === after) return undefined;
  const from = before as Tree;
  const to = after as Tree;
  const set: Record<string, unknown> = {};
  const changed: Record<string, Patch> = {};
  const deleted: string[] = [];
  for (const key of Object.keys(from)) {
    if (from[key] !== undefined && to[key] === undefined) deleted.push(key);
  }
  for (const key of Object.keys(to)) {
    const left = from[key];
    const right = to[key];
    if (right === undefined || left === right) continue;
    if (isTree(left) && isTree(right)) {
      const inner = diffTrees(left, right);
      if (inner) changed[key] = inner;
    } else if (!sameScalars(left, right)) set[key] = right;
  }
  const patch: { s?: Record<string, unknown>; d?: string[]; c?: Record<string, Patch> } = {};
  if (Object.keys(set).length > 0) patch.s = set;
  if (deleted.length > 0) patch.d = deleted;
  if (Object.keys(changed).length > 0) patch.c = changed;
  return Object.keys(patch).length > 0 ? patch : undefined;
}

const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** The state after the patch; what did not change is shared with the state before. Keys that could reach a prototype are dropped. */
export function applyPatch<T extends object>(before: T, patch: Patch): T {
  const after: Record<string, unknown> = { ...(before as Tree) };
  for (const key of patch.d ?? []) delete after[key];
  for (const [key, value] of Object.entries(patch.s ?? {})) if (!FORBIDDEN_KEYS.has(key)) after[key] = value;
  for (const [key, inner] of Object.entries(patch.c ?? {})) {
    if (FORBIDDEN_KEYS.has(key)) continue;
    const old = after[key];
    after[key] = applyPatch(isTree(old) ? old : {}, inner);
  }
  return after as T;
}
