import { expect, it } from 'vitest';
import { nodeTypeName, nodeTypeOf, NODE_TYPES_HELP } from './nodeTypeWords.ts';

it('tells types by the words of the manual, and takes words and codes', () => {
  expect(['TPA', 'HSN', 'NONTPA', 'NEWER'].map(nodeTypeName)).toEqual(['TPA', 'Hot standby', 'Non-TPA', 'NEWER']);
  expect(['hsn', 'Hot standby', 'hot-standby', 'Non-TPA', 'nontpa', 'tpa'].map(nodeTypeOf)).toEqual([
    ...['HSN', 'HSN', 'HSN', 'NONTPA', 'NONTPA', 'TPA'],
  ]);
  expect(['', 'standby', 'toString'].map(nodeTypeOf)).toEqual([undefined, undefined, undefined]);
  expect(NODE_TYPES_HELP).toContain('HSN (Hot standby)');
});
