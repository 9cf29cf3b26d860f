import { groupNameOf } from '../groupName.ts';
import { inventoryNode, type NodeLine } from '../inventory.ts';
import { NODE_TYPES } from '../node.ts';
import { linesOf, typeOfWord, whyNoAddress, whyNoGroup, whyNoName, withoutComment } from './lines.ts';
import { InventoryCollector, type InventoryReading } from './reading.ts';

/**
 * Reads an mpplist: one node of the system a line. What the file looks like in every release is not public, so that a plain form is read
 * (docs/real-nodes.md): the node's name, then in any order its address, its type, and `system=` and `clique=`. Without an address the name is the
 * address, without a type the node is a TPA node.
 */
export function readMppList(text: string, file: string): InventoryReading {
  const found = new InventoryCollector(file);
  for (const { number, line } of linesOf(text, found)) {
    const [name = '', ...words] = withoutComment(line)
      .split(/[\s,;]+/)
      .filter((word) => word !== '');
    if (name === '') continue;
    const read = readWords(name, words);
    if (typeof read === 'string') found.fault(number, read);
    else found.node(inventoryNode(read), number);
  }
  return found.finish();
}

function readWords(name: string, words: readonly string[]): NodeLine | string {
  const why = whyNoName(name);
  if (why !== undefined) return `"${name.slice(0, 80)}" cannot name a node: ${why}`;
  const said: { -readonly [K in keyof NodeLine]?: NodeLine[K] } = {};
  for (const word of words) {
    const [, key, value = ''] = /^(system|clique)=(.*)$/i.exec(word) ?? [];
    const type = typeOfWord(word);
    const twice = (place: keyof NodeLine): boolean => said[place] !== undefined;
    if (key !== undefined) {
      const place = key.toLowerCase() === 'system' ? 'system' : 'clique';
      const reason = whyNoGroup(value) ?? (twice(place) ? 'it stands there twice' : undefined);
      if (reason !== undefined) return `${place}: ${reason}`;
      said[place] = groupNameOf(value);
    } else if (type) {
      if (twice('type')) return `two types, ${said.type} and ${type}; a node has one`;
      said.type = type;
    } else if (whyNoAddress(word) === undefined && !twice('address')) said.address = word;
    else {
      return `"${word.slice(0, 80)}" is not understood; after the name come an address, a type (${NODE_TYPES.join(', ')}), system= and clique=`;
    }
  }
  return { type: 'TPA', ...said, name };
}
