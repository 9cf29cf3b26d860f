import { expect, it } from 'vitest';
import type { NodeRow } from '../../core/model/node.ts';
import { notReachedTexts } from './notReached.ts';

const node = (nodeId: string, cause?: NodeRow['cause']): NodeRow => ({
  ...{ nodeId, address: `10.0.0.${nodeId.charCodeAt(0) - 96}`, type: 'TPA', system: 1, packageCount: 0 },
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
  expect(texts[0]).toMatch(/^Not reached: a, c: did not let root in \(node-key-refused\)\n {2}Next: .*nodes authorize/);
  expect(texts[1]).toBe('Not reached: d: of a newer master (node-on-fire)');
});

it('puts together only those of which the same was seen, but for their own addresses', () => {
  const cause = (message: string, code = 'node-unreachable'): NodeRow['cause'] => ({ code, message });
  const texts = notReachedTexts([
    node('a', cause('a: 10.0.0.1:22 refused the connection')),
    node('b', cause('b: 10.0.0.2:2222 refused the connection')),
    node('c', cause('c: gate:22 cannot reach 10.0.0.3:22 (no route)')),
    node('d', cause('d: 10.0.0.40:22 refused the connection')),
    ...['e', 'f', 'g'].map((name) => node(name, cause(`${name}: shows the key ${name}`, 'node-host-key-changed'))),
    { ...node('h', cause('h: shows the key h', 'node-host-key-changed')), reachable: 'yes' as const },
    ...['i', 'j'].map((name) => node(name, cause(`${name}: shows the key ${name}`, 'node-host-key-changed'))),
  ]);
  expect(texts.map((text) => text.replace(/\n {2}Next: .*/, '').split('\n'))).toEqual([
    [
      'Not reached: a, b: its address refused the connection (node-unreachable)',
      'Not reached: c: gate:22 cannot reach 10.0.0.3:22 (no route) (node-unreachable)',
      // Not its own address, though it begins like it.
      'Not reached: d: 10.0.0.40:22 refused the connection (node-unreachable)',
    ],
    [
      ...['e', 'f', 'g'].map((name) => `Not reached: ${name}: shows the key ${name} (node-host-key-changed)`),
      'Not reached: i, j: something else each was seen there; putctl nodes i tells it of one (node-host-key-changed)',
    ],
    ['Not read: h: shows the key h (node-host-key-changed)'],
  ]);
});
