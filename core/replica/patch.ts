import { PutError } from '../protocol/errors.ts';
import { knownDifference, rememberDifference } from './knownDifferences.ts';
import type { Patch } from './patchShape.ts';

/**
 * Differences between states: what changed between two plain trees of objects, so that a slow line carries the change and
 * not the state. Objects are compared key by key; arrays, scalars and anything that is no plain object are replaced whole.
 * Shared references are skipped unread, so states must never be changed in place. A member `__proto__` is nobody's name
 * here: it is neither compared nor set, since assigning it would change what an object is.
 */

type Tree = Readonly<Record<string, unknown>>;

const FORBIDDEN_KEY = '__proto__';

/** A plain object: patches go into it; everything else is replaced whole. */
export function isTree(value: unknown): value is Tree {
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

/** Whether two values are equal in all that a patch can tell apart. */
export function sameDeep(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, i) => sameDeep(item, b[i]));
  }
  if (!isTree(a) || !isTree(b)) return false;
  const names = namesOf(a);
  return names.length === namesOf(b).length && names.every((key) => sameDeep(a[key], member(b, key)));
}

/**
 * The patch that makes `after` of `before`; undefined when they are equal. Members with value undefined count as absent. Made
 * once for two states, whoever asks for it; of states inside that came with a patch off the wire it is that patch.
 */
export function diffTrees(before: object, after: object): Patch | undefined {
  const patch = differenceOf(before, after);
  if (patch) rememberDifference(before, after, patch);
  return patch;
}

function differenceOf(before: object, after: object): Patch | undefined {
  if (before === after) return undefined;
  const known = knownDifference(before, after);
  if (known) return known;
  const from = before as Tree;
  const to = after as Tree;
  const set: Record<string, unknown> = {};
  const changed: Record<string, Patch> = {};
  const deleted: string[] = [];
  // Most members are the same ones: nothing is made for them, since some trees have ten thousand.
  for (const key in from) {
    if (from[key] === to[key] || key === FORBIDDEN_KEY || !Object.hasOwn(from, key)) continue;
    if (from[key] !== undefined && member(to, key) === undefined) deleted.push(key);
  }
  for (const key in to) {
    const right = to[key];
    if (from[key] === right || key === FORBIDDEN_KEY || right === undefined || !Object.hasOwn(to, key)) continue;
    const left = member(from, key);
    if (isTree(left) && isTree(right)) {
      const inner = differenceOf(left, right);
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
  return applyWith(before, patch, patch.x ?? []);
}

function applyWith<T extends object>(before: T, patch: Patch, shared: readonly unknown[]): T {
  const after: Record<string, unknown> = patch.n === true ? {} : { ...(before as Tree) };
  for (const key of patch.d ?? []) delete after[key];
  for (const [key, value] of Object.entries(patch.s ?? {})) if (key !== FORBIDDEN_KEY) after[key] = value;
  for (const [key, index] of Object.entries(patch.e ?? {})) if (key !== FORBIDDEN_KEY) after[key] = shared[index];
  for (const [key, items] of Object.entries(patch.a ?? {})) {
    if (key === FORBIDDEN_KEY) continue;
    const list = member(after, key);
    after[key] = Array.isArray(list) ? list.concat(items) : items;
  }
  for (const [key, inner] of Object.entries(patch.c ?? {})) {
    if (key === FORBIDDEN_KEY) continue;
    const old = member(after, key);
    after[key] = applyWith(isTree(old) ? old : {}, inner, shared);
  }
  return after as T;
}

/** The patch in a value that came off the wire; throws `message-invalid` naming the place that is none. */
export function patchOf(value: unknown, place = 'patch'): Patch {
  const x = isTree(value) ? (value['x'] ?? []) : [];
  if (!Array.isArray(x)) throw new PutError('message-invalid', `${place}.x is not a list`);
  return checkPatch(value, place, x.length);
}

function checkPatch(value: unknown, place: string, sharedValues: number): Patch {
  if (!isTree(value)) throw new PutError('message-invalid', `${place} is not a patch`);
  const { s, d, c, e, a } = value;
  if (s !== undefined && !isTree(s)) throw new PutError('message-invalid', `${place}.s is not an object`);
  if (d !== undefined && !(Array.isArray(d) && d.every((key) => typeof key === 'string'))) {
    throw new PutError('message-invalid', `${place}.d is not a list of names`);
  }
  if (c !== undefined && !isTree(c)) throw new PutError('message-invalid', `${place}.c is not an object`);
  if (e !== undefined && !isTree(e)) throw new PutError('message-invalid', `${place}.e is not an object`);
  if (a !== undefined && !(isTree(a) && Object.values(a).every(Array.isArray)))
    throw new PutError('message-invalid', `${place}.a is not an object of lists`);
  for (const [key, index] of Object.entries(e ?? {})) {
    if (!Number.isInteger(index) || (index as number) < 0 || (index as number) >= sharedValues)
      throw new PutError('message-invalid', `${place}.e.${key.slice(0, 40)} names no entry of x`);
  }
  for (const [key, inner] of Object.entries(c ?? {})) {
    checkPatch(inner, `${place}.c.${key.slice(0, 40)}`, sharedValues);
  }
  return value;
}
