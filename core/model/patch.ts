import { PutError } from '../protocol/errors.ts';

/**
 * Differences between states: what changed between two plain trees of objects, so that a slow line carries the change and
 * not the state. Objects are compared key by key; arrays, scalars and anything that is no plain object are replaced whole.
 * Shared references are skipped unread, so states must never be changed in place. A member `__proto__` is nobody's name
 * here: it is neither compared nor set, since assigning it would change what an object is.
 */

type Tree = Readonly<Record<string, unknown>>;

/** `s` members set (replaced whole), `d` members deleted, `c` members changed inside. Absent parts are left out. */
export interface Patch {
  readonly s?: Readonly<Record<string, unknown>> | undefined;
  readonly d?: readonly string[] | undefined;
  readonly c?: Readonly<Record<string, Patch>> | undefined;
}

const FORBIDDEN_KEY = '__proto__';

function isTree(value: unknown): value is Tree {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** An own member, or undefined: a node may be called `constructor`. */
function member(tree: Tree, key: string): unknown {
  return Object.hasOwn(tree, key) ? tree[key] : undefined;
}

function namesOf(tree: Tree): string[] {
  return Object.keys(tree).filter((key) => key !== FORBIDDEN_KEY && tree[key] !== undefined);
}

function sameDeep(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, i) => sameDeep(item, b[i]));
  }
  if (!isTree(a) || !isTree(b)) return false;
  const names = namesOf(a);
  return names.length === namesOf(b).length && names.every((key) => sameDeep(a[key], member(b, key)));
}

/** The patch that makes `after` of `before`; undefined when they are equal. Members with value undefined count as absent. */
export function diffTrees(before: object, after: object): Patch | undefined {
  if (before === after) return undefined;
  const from = before as Tree;
  const to = after as Tree;
  const set: Record<string, unknown> = {};
  const changed: Record<string, Patch> = {};
  const deleted = namesOf(from).filter((key) => member(to, key) === undefined);
  for (const key of namesOf(to)) {
    const left = member(from, key);
    const right = to[key];
    if (left === right) continue;
    if (isTree(left) && isTree(right)) {
      const inner = diffTrees(left, right);
      if (inner) changed[key] = inner;
    } else if (!sameDeep(left, right)) set[key] = right;
  }
  const patch: { s?: Record<string, unknown>; d?: string[]; c?: Record<string, Patch> } = {};
  if (Object.keys(set).length > 0) patch.s = set;
  if (deleted.length > 0) patch.d = deleted;
  if (Object.keys(changed).length > 0) patch.c = changed;
  return Object.keys(patch).length > 0 ? patch : undefined;
}

/** The state after the patch; what did not change is shared with the state before. A member `__proto__` is dropped. */
export function applyPatch<T extends object>(before: T, patch: Patch): T {
  const after: Record<string, unknown> = { ...(before as Tree) };
  for (const key of patch.d ?? []) delete after[key];
  for (const [key, value] of Object.entries(patch.s ?? {})) if (key !== FORBIDDEN_KEY) after[key] = value;
  for (const [key, inner] of Object.entries(patch.c ?? {})) {
    if (key === FORBIDDEN_KEY) continue;
    const old = member(after, key);
    after[key] = applyPatch(isTree(old) ? old : {}, inner);
  }
  return after as T;
}

/** The patch in a value that came off the wire; throws `message-invalid` naming the place that is none. */
export function patchOf(value: unknown, place = 'patch'): Patch {
  if (!isTree(value)) throw new PutError('message-invalid', `${place} is not a patch`);
  const { s, d, c } = value;
  if (s !== undefined && !isTree(s)) throw new PutError('message-invalid', `${place}.s is not an object`);
  if (d !== undefined && !(Array.isArray(d) && d.every((key) => typeof key === 'string'))) {
    throw new PutError('message-invalid', `${place}.d is not a list of names`);
  }
  if (c !== undefined && !isTree(c)) throw new PutError('message-invalid', `${place}.c is not an object`);
  for (const [key, inner] of Object.entries(c ?? {})) patchOf(inner, `${place}.c.${key.slice(0, 40)}`);
  return value;
}
