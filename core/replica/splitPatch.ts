import { encodeBody } from '../protocol/body.ts';
import { PutError } from '../protocol/errors.ts';
import { LIMITS } from '../protocol/limits.ts';
import { isTree } from './patch.ts';
import { encodedSize } from './encodedSize.ts';
import { isGroup } from './sharedValues.ts';
import type { Patch } from './patchShape.ts';

type MutablePatch = {
  s?: Record<string, unknown>;
  d?: string[];
  a?: Record<string, unknown[]>;
  c?: Record<string, MutablePatch>;
};

/** One change at a place of the tree, small enough for a part. */
interface Operation {
  readonly path: readonly string[];
  readonly key: string;
  readonly bytes: number;
  /** Of these, what names the place. */
  readonly placeBytes: number;
  /** Absent, and `append` too: the member is deleted. */
  readonly set?: { readonly value: unknown };
  /** Items that are put at the end of the list that the member is. */
  readonly append?: readonly unknown[];
}

/** A text cannot be split, and a list goes whole where it may: in a part of its own as large as a message, less the envelope around it. */
const LARGEST_VALUE_BYTES = LIMITS.messageBodyBytes - 16 * 1024;

/** Room for keys and map heads of one operation, on top of the encoded value. */
const OVERHEAD_BYTES = 16;

/** About what the names of a place take, encoded. */
function bytesOfPlace(path: readonly string[], key: string): number {
  return [...path, key].reduce((sum, name) => sum + name.length * 3 + OVERHEAD_BYTES, 0);
}

/** Whether a list or text fits a message of its own; only one that may not is encoded to know. */
function fitsMessage(value: unknown, aboutBytes: number): boolean {
  return aboutBytes < LARGEST_VALUE_BYTES / 4 || encodeBody(value).length <= LARGEST_VALUE_BYTES;
}

function collectSet(path: readonly string[], key: string, value: unknown, partBytes: number, into: Operation[]): void {
  const placeBytes = bytesOfPlace(path, key);
  const bytes = encodedSize(value) + placeBytes;
  if (bytes <= partBytes || (!isTree(value) && fitsMessage(value, bytes))) {
    into.push({ path, key, bytes, placeBytes, set: { value } });
    return;
  }
  if (Array.isArray(value)) {
    collectList(path, key, value, { placeBytes, partBytes }, into);
    return;
  }
  if (!isTree(value)) {
    const place = [...path, key].join('.');
    throw new PutError('frame-too-large', `the value at ${place} has ${bytes} bytes and cannot be split`, {
      place,
      bytes,
    });
  }
  into.push({ path, key, bytes: placeBytes, placeBytes, set: { value: {} } });
  for (const [inner, member] of Object.entries(value)) {
    if (member !== undefined) collectSet([...path, key], inner, member, partBytes, into);
  }
}

/** A list that no message could carry goes in pieces: the first sets it, the others are put at its end. */
function collectList(
  path: readonly string[],
  key: string,
  list: readonly unknown[],
  { placeBytes, partBytes }: { readonly placeBytes: number; readonly partBytes: number },
  into: Operation[],
): void {
  let bytes = placeBytes;
  let from = 0;
  const piece = (until: number): void => {
    const items = list.slice(from, until);
    into.push({ path, key, bytes, placeBytes, ...(from === 0 ? { set: { value: items } } : { append: items }) });
    from = until;
    bytes = placeBytes;
  };
  for (const [i, item] of list.entries()) {
    const itemBytes = encodedSize(item);
    if (!fitsMessage(item, itemBytes)) {
      const place = [...path, key, i].join('.');
      throw new PutError('frame-too-large', `the value at ${place} has ${itemBytes} bytes and cannot be split`, {
        place,
        bytes: itemBytes,
      });
    }
    if (i > from && bytes + itemBytes > partBytes) piece(i);
    bytes += itemBytes;
  }
  piece(list.length);
}

function collect(path: readonly string[], patch: Patch, partBytes: number, into: Operation[]): void {
  for (const key of patch.d ?? []) {
    const placeBytes = bytesOfPlace(path, key);
    into.push({ path, key, bytes: placeBytes, placeBytes });
  }
  for (const [key, value] of Object.entries(patch.s ?? {})) {
    if (value !== undefined) collectSet(path, key, value, partBytes, into);
  }
  for (const [key, items] of Object.entries(patch.a ?? {})) {
    const placeBytes = bytesOfPlace(path, key);
    into.push({ path, key, bytes: placeBytes + encodedSize(items), placeBytes, append: items });
  }
  for (const [key, inner] of Object.entries(patch.c ?? {})) {
    // Forgotten first: it begins as an empty tree, which what is in it then fills.
    if (inner.n === true)
      into.push({ path, key, bytes: OVERHEAD_BYTES, placeBytes: OVERHEAD_BYTES, set: { value: {} } });
    collect([...path, key], inner, partBytes, into);
  }
}

function put(patch: MutablePatch, operation: Operation): void {
  let at = patch;
  for (const name of operation.path) {
    at.c ??= {};
    at = at.c[name] ??= {};
  }
  if (operation.set) (at.s ??= {})[operation.key] = operation.set.value;
  else if (operation.append) ((at.a ??= {})[operation.key] ??= []).push(...operation.append);
  else (at.d ??= []).push(operation.key);
}

/** A change that is taken part by part; the size of each is chosen when it is taken. */
export interface PatchParts {
  readonly done: boolean;
  /**
   * The next part and its size encoded, about `partBytes` at most, more only where a single value is larger; `{}` after the last. A list or small object that
   * is in the part already counts by its place alone: parts travel with their repeats shared (`shareRepeats`).
   */
  take(partBytes: number): { readonly patch: Patch; readonly bytes: number };
}

/**
 * The same change as several patches; applied in order they make what the whole makes. It has no table `x`. Trees above `grainBytes` encoded are
 * taken apart, a list only where no message could carry it; a text never is. Throws `frame-too-large` for one that no message could carry.
 */
export function splitPatch(patch: Patch, grainBytes: number): PatchParts {
  const operations: Operation[] = [];
  collect([], patch, grainBytes, operations);
  let next = 0;
  return {
    get done() {
      return next >= operations.length;
    },
    take(partBytes) {
      const part: MutablePatch = {};
      let filled = 0;
      const there = new Set<unknown>();
      const bytesOf = ({ set, bytes, placeBytes }: Operation): number =>
        set && there.has(set.value) ? placeBytes : bytes;
      for (let operation = operations[next]; operation; operation = operations[++next]) {
        const bytes = bytesOf(operation);
        if (filled > 0 && filled + bytes > partBytes) break;
        put(part, operation);
        filled += bytes;
        if (operation.set && isGroup(operation.set.value)) there.add(operation.set.value);
      }
      return { patch: part, bytes: filled };
    },
  };
}
