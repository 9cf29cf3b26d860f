import { decode, encode } from 'cborg';
import type { z } from 'zod';
import { PutError, reportOf } from './errors.ts';
import { faultOf } from './schemaWords.ts';
import { LIMITS } from './limits.ts';

/** What a body may hold: all items, and the maps and arrays among them. */
export interface BodyLimits {
  readonly items: number;
  readonly containers: number;
}

const BODY_LIMITS: BodyLimits = { items: LIMITS.bodyItems, containers: LIMITS.bodyItems };
/** For what a client sends to a master. */
export const REQUEST_LIMITS: BodyLimits = { items: LIMITS.requestItems, containers: LIMITS.requestContainers };

/**
 * Judges nesting and number of items before anything is unpacked, without recursion. What is no CBOR is left to the decoder, which
 * refuses it at the item where this walk would go astray.
 */
function checkSize(bytes: Uint8Array, limits: BodyLimits): void {
  const open: number[] = [];
  let at = 0;
  const argument = (low: number): number => {
    if (low < 24) return low;
    const size = low === 24 ? 1 : low === 25 ? 2 : low === 26 ? 4 : low === 27 ? 8 : 0;
    if (size === 0) return 0;
    let value = 0;
    for (let i = 0; i < size; i++) value = value * 256 + (bytes[at + i] ?? 0);
    at += size;
    return value;
  };
  let items = 0;
  let containers = 0;
  while (at < bytes.length) {
    if (++items > limits.items)
      throw new PutError('body-invalid', `a body has more than ${limits.items} items`, { offset: at });
    const first = bytes[at++] ?? 0;
    const major = first >> 5;
    if ((major === 4 || major === 5) && ++containers > limits.containers)
      throw new PutError('body-invalid', `a body has more than ${limits.containers} maps and arrays`, { offset: at });
    const value = argument(first & 31);
    if (major === 2 || major === 3) at += value;
    else if ((major === 4 || major === 5) && value > 0) {
      open.push(major === 5 ? value * 2 : value);
      if (open.length > LIMITS.bodyDepth)
        throw new PutError('body-invalid', `a body nests deeper than ${LIMITS.bodyDepth} levels at offset ${at - 1}`, {
          offset: at - 1,
        });
      continue;
    } else if (major === 6) continue;
    while (open.length > 0) {
      const left = (open[open.length - 1] ?? 1) - 1;
      if (left > 0) {
        open[open.length - 1] = left;
        break;
      }
      open.pop();
    }
  }
}

/** Names that a peer chose stay short in our messages. */
const clip = (text: string): string => (text.length > 200 ? `${text.slice(0, 200)}...` : text);

function refuseUndefined(): never {
  throw new Error('undefined outside of an object');
}

/**
 * A value as CBOR (RFC 8949, definite lengths, shortest forms). `undefined` members of objects are left out.
 * Throws `internal` for what no peer would take: undefined elsewhere, functions, cycles.
 */
export function encodeBody(value: unknown): Uint8Array {
  try {
    return encode(value, { ignoreUndefinedProperties: true, typeEncoders: { undefined: refuseUndefined } });
  } catch (error) {
    throw new PutError(
      'internal',
      `a value cannot be written as CBOR: ${reportOf(error).message}`,
      {},
      { cause: error },
    );
  }
}

/** CBOR to a plain value; throws `body-invalid` for anything else, trailing bytes and doubled keys included. */
export function decodeBody(bytes: Uint8Array, limits = BODY_LIMITS): unknown {
  checkSize(bytes, limits);
  try {
    return decode(bytes, {
      allowIndefinite: false,
      allowUndefined: false,
      rejectDuplicateMapKeys: true,
      allowBigInt: false,
    });
  } catch (error) {
    throw new PutError(
      'body-invalid',
      `a body is not valid CBOR: ${clip(reportOf(error).message)}`,
      {},
      { cause: error },
    );
  }
}

/** CBOR to a value that fits the schema; throws `body-invalid` or `message-invalid` naming the first place that does not fit. */
export function decodeBodyAs<S extends z.ZodType>(
  schema: S,
  bytes: Uint8Array,
  what: string,
  limits = BODY_LIMITS,
): z.output<S> {
  return checked(schema, decodeBody(bytes, limits), what);
}

/** The value where it fits the schema; throws `code` (`message-invalid`) naming the first place that does not. */
export function checked<S extends z.ZodType>(
  schema: S,
  value: unknown,
  what: string,
  code: 'message-invalid' | 'request-invalid' = 'message-invalid',
): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const fault = faultOf(result.error);
  const place = clip(fault.place);
  throw new PutError(code, `${what}: ${place === '' ? '' : `${place}: `}${clip(fault.message)}`, { place });
}
