import {
  addressSchema,
  groupNameSchema,
  INVENTORY_LIMITS,
  nodeNameSchema,
  portSchema,
  userSchema,
} from '../inventory.ts';
import { NODE_TYPES, type NodeType } from '../node.ts';
import type { InventoryCollector } from './reading.ts';

/** Longest line of an inventory that is not YAML. */
const LINE_LENGTH = 4000;

/** The lines of a text that is no YAML, comments and empty lines left out; what cannot be a line of an inventory is told. */
export function* linesOf(text: string, found: InventoryCollector): Generator<{ number: number; line: string }> {
  if (text.length > INVENTORY_LIMITS.bytes) {
    found.fault(1, `the file has ${text.length} signs; at most ${INVENTORY_LIMITS.bytes} are read`);
    return;
  }
  for (const [i, raw] of text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)
    .entries()) {
    const number = i + 1;
    if (raw.length > LINE_LENGTH) {
      found.fault(number, `the line has ${raw.length} signs; at most ${LINE_LENGTH} are read`);
      continue;
    }
    const line = raw.replace(/\t/g, ' ').trim();
    if (line === '' || line.startsWith('#')) continue;
    if (/\p{Cc}/u.test(line)) found.fault(number, 'control signs; is this a text file?');
    else yield { number, line };
  }
}

/** Without a comment at the end of a line. */
export const withoutComment = (line: string): string => line.replace(/(^|\s)#.*$/, '').trimEnd();

const TYPE_WORDS: Readonly<Record<string, NodeType>> = {
  ...Object.fromEntries(NODE_TYPES.map((type) => [type.toLowerCase(), type])),
  'non-tpa': 'NONTPA',
  non_tpa: 'NONTPA',
};

/** A node type in any case, `non-TPA` too. */
export const typeOfWord = (word: string): NodeType | undefined =>
  Object.hasOwn(TYPE_WORDS, word.toLowerCase()) ? TYPE_WORDS[word.toLowerCase()] : undefined;

/** Why a word is none of its kind; undefined for a good one. */
export const whyNoName = (word: string): string | undefined => nodeNameSchema.safeParse(word).error?.issues[0]?.message;
export const whyNoAddress = (word: string): string | undefined =>
  addressSchema.safeParse(word).error?.issues[0]?.message;
export const whyNoUser = (word: string): string | undefined => userSchema.safeParse(word).error?.issues[0]?.message;
export const whyNoGroup = (word: string): string | undefined =>
  groupNameSchema.safeParse(word).error?.issues[0]?.message;

/** The port of a word; undefined where it is none. */
export function portOfWord(word: string): number | undefined {
  const port = /^\d{1,5}$/.test(word) ? Number(word) : Number.NaN;
  return portSchema.safeParse(port).data;
}

/** `[user@]host[:port]`, IPv6 addresses with a port in brackets; undefined where it is none. */
export function readHostWord(
  word: string,
): { readonly user?: string | undefined; readonly host: string; readonly port?: number | undefined } | undefined {
  const at = word.lastIndexOf('@');
  const user = at < 0 ? undefined : word.slice(0, at);
  const rest = word.slice(at + 1);
  const parts = /^\[([^\]]+)\](?::(\d{1,5}))?$/.exec(rest) ?? /^([^:]+)(?::(\d{1,5}))?$/.exec(rest) ?? [rest, rest];
  const [, host = '', portText] = parts;
  const port = portText === undefined ? undefined : portOfWord(portText);
  if (portText !== undefined && port === undefined) return undefined;
  if (whyNoAddress(host) !== undefined || (user !== undefined && whyNoUser(user) !== undefined)) return undefined;
  return { user, host, port };
}
