import { isTree } from './patch.ts';

/** Sizes of lists and trees; states are never changed in place, so a size stays true as long as the object lives. */
const known = new WeakMap<object, number>();
/** Smaller ones are counted anew more quickly than they are looked up. */
const KNOWN_FROM_BYTES = 256;

function headBytes(count: number): number {
  if (count < 24) return 1;
  if (count < 256) return 2;
  return count < 65_536 ? 3 : 5;
}

function textBytes(text: string): number {
  // Most texts are plain ASCII; counting the others exactly would cost more than it is worth here.
  return headBytes(text.length) + text.length;
}

function numberBytes(value: number): number {
  if (!Number.isInteger(value)) return 9;
  const count = value < 0 ? -1 - value : value;
  return count < 65_536 ? headBytes(count) : count < 2 ** 32 ? 5 : 9;
}

/**
 * About the bytes that a value takes as CBOR, without encoding it: texts beyond ASCII count too little, by a third at most. A state of
 * 10,000 nodes has tens of megabytes, which the master must not encode only to see that it goes in parts.
 */
export function encodedSize(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return textBytes(value);
    case 'number':
      return numberBytes(value);
    case 'object':
      break;
    default:
      return 1;
  }
  if (value === null) return 1;
  const before = known.get(value);
  if (before !== undefined) return before;
  let bytes: number;
  if (Array.isArray(value)) {
    bytes = headBytes(value.length);
    for (const item of value) bytes += encodedSize(item);
  } else if (isTree(value)) {
    bytes = 3;
    for (const key in value) {
      const member = value[key];
      if (member !== undefined) bytes += textBytes(key) + encodedSize(member);
    }
  } else bytes = 5 + (value instanceof Uint8Array ? value.length : 0);
  if (bytes >= KNOWN_FROM_BYTES) known.set(value, bytes);
  return bytes;
}
