import { expect, it } from 'vitest';
import type { NodeRow } from '../../core/model/node.ts';
import { notReachedTexts } from './notReached.ts';

const node = (nodeId: string, cause?: NodeRow['cause']): NodeRow => ({
  ...{ nodeId, address: nodeId, type: 'TPA', system: 1, packageCount: 0 },
  ...(cause ? { reachable: 'no', cause } : { reachable: 'yes' }),
});

it('says once for nodes of one cause what was seen and what to do, and nothing of those that answer', () => {
  const cause = (message: string, code = 'node-key-refused'): NodeRow['cause'] => ({ code, message });
  const texts = notReachedTexts([
    node('a', cause('a: did not let root in')),
    node('b'),
    node('c', cause('c: did not let root in')),
    node('d', cause('d: of a newer master', 'node-on-fire')),
  ]);
  expect(texts).toHaveLength(2);
  expect(texts[0]).toMatch(
    /^Not reached: a, c: a: did not let root in; the others alike \(node-key-refused\)\n {2}Next: .*nodes authorize/,
  );
  expect(texts[1]).toBe('Not reached: d: of a newer master (node-on-fire)');
});
