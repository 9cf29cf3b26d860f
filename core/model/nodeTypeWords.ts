import { NODE_TYPES, type NodeType } from './node.ts';

/** Types of nodes by the manual's words, the same in windows, reports and putctl; files, options and documents have the codes. */
export const NODE_TYPE_WORDS: Readonly<Record<NodeType, string>> = {
  TPA: 'TPA',
  HSN: 'Hot standby',
  NONTPA: 'Non-TPA',
  AWS: 'AWS',
  SWS: 'SWS',
  UNKNOWN: 'Unknown type',
};

/** What people call a type of nodes; one that a newer master named, as it stands. */
export const nodeTypeName = (type: string): string =>
  Object.hasOwn(NODE_TYPE_WORDS, type) ? NODE_TYPE_WORDS[type as NodeType] : type;

const plain = (text: string): string => text.toUpperCase().replaceAll(/[\s_-]/g, '');

/** The type that a person means by its code or its words, however they write them; undefined for none. */
export function nodeTypeOf(text: string): NodeType | undefined {
  return NODE_TYPES.find((type) => plain(text) === type || plain(text) === plain(NODE_TYPE_WORDS[type]));
}

/** `TPA, HSN (Hot standby), ...`: the codes, with the words where they are others. */
export const NODE_TYPES_HELP = NODE_TYPES.map((type) =>
  NODE_TYPE_WORDS[type] === type ? type : `${type} (${NODE_TYPE_WORDS[type]})`,
).join(', ');
