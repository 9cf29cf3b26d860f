import { readFile, stat } from 'node:fs/promises';
import { unreadable } from '../core/node/fileSource.ts';
import { PutError } from '../core/protocol/errors.ts';
import { someNodes } from './jobText.ts';

export const NODES_HELP = 'by name, by pattern (tpa-*, tpa-00?), or @FILE with a name or pattern a line';

/** Files of names larger than this are refused unread: 100,000 names fit. */
const NAMES_BYTES = 8 * 1024 * 1024;

async function namesOfFile(path: string): Promise<string[]> {
  let text: string;
  try {
    const { size } = await stat(path);
    if (size > NAMES_BYTES)
      throw new PutError('file-unreadable', `@${path}: larger than ${NAMES_BYTES} bytes`, { path });
    text = (await readFile(path, 'utf8')).replace(/^\uFEFF/, '');
  } catch (error) {
    throw unreadable(`@${path}`, error);
  }
  const names = text
    .split(/\r?\n/)
    .flatMap((line) => line.replace(/#.*$/, '').split(','))
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (names.length === 0) throw new PutError('usage', `@${path} names no node`, { path });
  return names;
}

const isPattern = (name: string): boolean => /[*?[\]]/.test(name);

/** `*` any signs, `?` one, `[abc]` or `[1-4]` one of these; the whole name. */
function patternOf(pattern: string): RegExp {
  const source = pattern.replace(/\[[^\]]*\]|[\s\S]/g, (part) => {
    if (part === '*') return '.*';
    if (part === '?') return '.';
    if (part.length > 1) return `[${part.slice(1, -1).replace(/[\\^\]]/g, '\\$&')}]`;
    return part.replace(/[\\^$.|+(){}[\]]/g, '\\$&');
  });
  try {
    return new RegExp(`^${source}$`, 'u');
  } catch (error) {
    throw new PutError('usage', `${pattern} is not a pattern of node names`, { pattern }, { cause: error });
  }
}

/**
 * Names of the nodes that a person means, each once, in the order given. Plain names are left as they are, for the master to judge;
 * `known` is asked only where there is a pattern.
 * @throws PutError file-unreadable, usage, or node-unknown for a pattern that no node fits
 */
export async function nodesMeant(
  given: readonly string[],
  known: () => Promise<readonly string[]> | readonly string[],
): Promise<string[]> {
  const named: string[] = [];
  for (const one of given) named.push(...(one.startsWith('@') ? await namesOfFile(one.slice(1)) : [one]));
  if (!named.some(isPattern)) return [...new Set(named)];
  const all = await known();
  const meant = named.flatMap((one) => {
    if (!isPattern(one)) return [one];
    const pattern = patternOf(one);
    const fitting = all.filter((nodeId) => pattern.test(nodeId));
    if (fitting.length > 0) return fitting;
    throw new PutError('node-unknown', `no node fits ${one}; there are ${someNodes(all)}`, { pattern: one });
  });
  return [...new Set(meant)];
}
