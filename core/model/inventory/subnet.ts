import { PutError } from '../../protocol/errors.ts';

/** Addresses that one probe asks. */
export const MOST_PROBED = 1024;

/**
 * The addresses of an IPv4 subnet: `10.0.0.0/24` (without network and broadcast address), `10.0.0.1-10.0.0.40`, or one address. @throws PutError
 * subnet-invalid
 */
export function addressesOf(subnet: string): string[] {
  const refuse = (why: string): never => {
    throw new PutError('subnet-invalid', `${subnet}: ${why}`, { subnet });
  };
  const [, first = '', bitsText, last] =
    /^\s*(\d+\.\d+\.\d+\.\d+)(?:\/(\d{1,2})|\s*-\s*(\d+\.\d+\.\d+\.\d+))?\s*$/.exec(subnet) ?? [];
  const from = numberOf(first);
  if (from === undefined) return refuse('an IPv4 subnet is needed, such as 10.0.0.0/24 or 10.0.0.1-10.0.0.40');
  let [least, most] = [from, from];
  if (bitsText !== undefined) {
    const bits = Number(bitsText);
    if (bits > 32) return refuse('a prefix has at most 32 bits');
    const size = 2 ** (32 - bits);
    least = Math.floor(from / size) * size;
    most = least + size - 1;
    if (bits < 31) [least, most] = [least + 1, most - 1];
  } else if (last !== undefined) {
    const to = numberOf(last);
    if (to === undefined || to < from) return refuse('the second address must not come before the first');
    most = to;
  }
  const count = most - least + 1;
  if (count > MOST_PROBED) return refuse(`${count} addresses; at most ${MOST_PROBED} are asked at once`);
  return Array.from({ length: count }, (_, i) => textOf(least + i));
}

/** A subnet in ranges of at most `size` addresses, in order, for who wants to see how far a probe is. Throws `subnet-invalid`. */
export function partsOf(subnet: string, size: number): { readonly range: string; readonly addresses: number }[] {
  const addresses = addressesOf(subnet);
  const parts: { range: string; addresses: number }[] = [];
  for (let at = 0; at < addresses.length; at += size) {
    const part = addresses.slice(at, at + size);
    parts.push({ range: `${part[0]}-${part.at(-1)}`, addresses: part.length });
  }
  return parts;
}

function numberOf(address: string): number | undefined {
  const parts = address.split('.').map(Number);
  if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part) || part > 255)) return undefined;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}

const textOf = (number: number): string => [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.');
