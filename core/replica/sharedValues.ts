import { applyPatch, isTree, sameDeep } from './patch.ts';
import type { Patch } from './patchShape.ts';

/*
 * Values that occur in a patch more than once are sent once. The nodes of a cluster are alike: of 500 equal lists of
 * installed packages one travels, and the ends unpack and keep one.
 */

/** Values below this as JSON are cheaper repeated than named. */
const LEAST_LENGTH = 24;

type Tree = Readonly<Record<string, unknown>>;

/** A list, or an object without objects and lists inside: what is alike from node to node. */
export function isGroup(value: unknown): value is object {
  if (Array.isArray(value)) return true;
  if (!isTree(value)) return false;
  // Asked of every node: no list is made for it.
  for (const key in value) {
    const member = value[key];
    if (typeof member === 'object' && member !== null) return false;
  }
  return true;
}

interface Group {
  readonly value: object;
  count: number;
  /** Its place in the table; given at its first use. */
  index: number | undefined;
}

class Repeats {
  readonly #byText = new Map<string, Group>();
  readonly table: unknown[] = [];
  readonly #textOf = new Map<object, string>();

  note(value: object): void {
    const text = this.#textOf.get(value) ?? JSON.stringify(value);
    this.#textOf.set(value, text);
    if (text.length < LEAST_LENGTH) return;
    const group = this.#byText.get(text);
    if (!group) this.#byText.set(text, { value, count: 1, index: undefined });
    else if (sameDeep(group.value, value)) group.count++;
  }

  /** Index of a repeated value in the table; undefined for one that occurs once. */
  indexOf(value: object): number | undefined {
    const group = this.#byText.get(this.#textOf.get(value) ?? '');
    // Texts may be equal where values are not: JSON knows no NaN.
    if (!group || group.count < 2 || !sameDeep(group.value, value)) return undefined;
    group.index ??= this.table.push(group.value) - 1;
    return group.index;
  }
}

function noteValue(value: unknown, repeats: Repeats): void {
  if (isGroup(value)) repeats.note(value);
  else if (isTree(value)) for (const key in value) noteValue(value[key], repeats);
}

function notePatch(patch: Patch, repeats: Repeats): void {
  for (const value of Object.values(patch.s ?? {})) noteValue(value, repeats);
  for (const inner of Object.values(patch.c ?? {})) notePatch(inner, repeats);
}

/** The same patch without members that are set and then changed inside. */
function withoutSetAndChanged(patch: Patch): Patch {
  const c = Object.entries(patch.c ?? {});
  if (c.length === 0) return patch;
  const set: Record<string, unknown> = { ...patch.s };
  const changed: Record<string, Patch> = {};
  for (const [key, inner] of c) {
    if (Object.hasOwn(set, key)) set[key] = applyPatch(isTree(set[key]) ? set[key] : {}, inner);
    else changed[key] = withoutSetAndChanged(inner);
  }
  return { ...patch, s: set, c: changed };
}

/** The parts of a patch while they are put together. */
interface Draft {
  s: Record<string, unknown>;
  e: Record<string, number>;
  c: Record<string, Patch>;
}

/** Sets `value` in the draft, its repeated parts by index. */
function setMember(key: string, value: unknown, draft: Draft, repeats: Repeats): void {
  const group = isGroup(value);
  const index = group ? repeats.indexOf(value) : undefined;
  if (index !== undefined) draft.e[key] = index;
  else if (!group && isTree(value)) {
    const inner: Draft = { s: {}, e: {}, c: {} };
    for (const [name, member] of Object.entries(value)) setMember(name, member, inner, repeats);
    if (Object.keys(inner.e).length + Object.keys(inner.c).length === 0) draft.s[key] = value;
    else draft.c[key] = { n: true, ...withoutEmpty(inner) };
  } else draft.s[key] = value;
}

function withoutEmpty(draft: Draft): Patch {
  const filled = (part: Tree): boolean => Object.keys(part).length > 0;
  return {
    ...(filled(draft.s) ? { s: draft.s } : {}),
    ...(filled(draft.e) ? { e: draft.e } : {}),
    ...(filled(draft.c) ? { c: draft.c } : {}),
  };
}

function share(patch: Patch, repeats: Repeats): Patch {
  const draft: Draft = { s: {}, e: {}, c: {} };
  for (const [key, value] of Object.entries(patch.s ?? {})) setMember(key, value, draft, repeats);
  for (const [key, inner] of Object.entries(patch.c ?? {})) draft.c[key] = share(inner, repeats);
  return { ...(patch.d ? { d: patch.d } : {}), ...(patch.a ? { a: patch.a } : {}), ...withoutEmpty(draft) };
}

/** By patch, so that it is looked through once, however many watchers get it. */
const sharedOf = new WeakMap<Patch, Patch>();

/** A patch that does the same with every repeated list or small object in it only once; the patch itself where there is none. */
export function shareRepeats(patch: Patch): Patch {
  const before = sharedOf.get(patch);
  if (before) return before;
  const repeats = new Repeats();
  const plain = withoutSetAndChanged(patch);
  notePatch(plain, repeats);
  const shared = share(plain, repeats);
  const made = repeats.table.length === 0 ? patch : { x: repeats.table, ...shared };
  sharedOf.set(patch, made);
  return made;
}

/** A patch that does the same without the table `x` at its root, so that it may stand inside of another; the patch itself where there is none. */
export function withoutTable(patch: Patch): Patch {
  const { x, ...rest } = patch;
  return x === undefined ? patch : resolved(rest, x);
}

function resolved(patch: Patch, table: readonly unknown[]): Patch {
  const { e, c, ...rest } = patch;
  return {
    ...rest,
    // Indexes come after plain values when a patch is applied.
    ...(e ? { s: { ...rest.s, ...mapped(e, (index) => table[index]) } } : {}),
    ...(c ? { c: mapped(c, (inner) => resolved(inner, table)) } : {}),
  };
}

/** As own members, whatever their names. */
function mapped<V, W>(members: Readonly<Record<string, V>>, change: (value: V) => W): Record<string, W> {
  return Object.fromEntries(Object.entries(members).map(([key, value]) => [key, change(value)]));
}
