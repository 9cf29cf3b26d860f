import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inventoryNode, type NodeLine } from '../inventory.ts';
import { NODE_TYPES } from '../node.ts';
import { editNodesYaml } from './editNodesYaml.ts';
import { readNodesYaml } from './nodesYaml.ts';

const KEY = `ssh-ed25519 ${'A'.repeat(68)}`;
const OF_A_PERSON = `# our cluster
version: 1
defaults: { user: put } # never root
nodes:
  # rack 1
  - name: a
    address: 10.0.0.1 # moved in May
    tags: [spare]
  - { name: b, address: 10.0.0.2 }
`;
const good = (text: string) => {
  const reading = readNodesYaml(text, 'nodes.yaml');
  expect(reading.problems).toEqual([]);
  return reading.inventory;
};
const anyNode = fc
  .record(
    {
      name: fc.constantFrom('a', 'b', 'n-1', 'n-2', 'n-3'),
      address: fc.constantFrom('10.9.0.1', 'fd00::1', 'host.site'),
      port: fc.constantFrom(22, 2222),
      user: fc.constantFrom('root', 'put', 'ops'),
      become: fc.constantFrom('none' as const, 'sudo' as const),
      type: fc.constantFrom(...NODE_TYPES),
      system: fc.constantFrom(1, 2, 'east'),
      clique: fc.constantFrom(7, 'b'),
      tags: fc.constantFrom<string[]>([], ['x', 'y']),
      hostKeys: fc.constantFrom<string[]>([], [KEY]),
      service: fc.constantFrom<NodeLine['service']>({ name: 'tpa' }, { name: 'db', stop: ['db', 'off'] }),
    },
    { requiredKeys: ['name'] },
  )
  .map((line) => inventoryNode(line));

describe('changes of nodes.yaml', () => {
  it('keep what a person wrote beside them', () => {
    const inventory = good(OF_A_PERSON);
    const b = { ...inventory.nodes[1], clique: 'east', tags: [] } as (typeof inventory.nodes)[number];
    const text = editNodesYaml(OF_A_PERSON, {
      put: {
        nodes: [b, inventoryNode({ name: 'c', user: 'root', jump: 'gate' })],
        jumpHosts: [{ name: 'gate', address: 'gate.site', port: 22, user: 'put', hostKeys: [] }],
      },
      hostKeys: { a: [KEY] },
    });
    expect(text).toBe(`# our cluster
version: 1
defaults: { user: put } # never root
jumpHosts:
  - { name: gate, address: gate.site }
nodes:
  # rack 1
  - name: a
    address: 10.0.0.1 # moved in May
    tags: [ spare ]
    hostKeys: [ ${KEY} ]
  - { name: b, address: 10.0.0.2, clique: east }
  - { name: c, user: root, become: none, jump: gate }
`);
    expect(editNodesYaml(text, { remove: ['b', 'c', 'gate', 'nobody'] })).not.toMatch(/name: [bc]\b|gate/);
  });

  it('begin a file that tells what it is', () => {
    const text = editNodesYaml(undefined, { put: { nodes: [inventoryNode({ name: 'a' })], jumpHosts: [] } });
    expect(text).toMatch(/^# The nodes of this system[^]*\nversion: 1\nnodes:\n {2}- \{ name: a \}\n$/);
  });

  it('come to the nodes that were asked for, and change nothing the second time', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(undefined, OF_A_PERSON, `${OF_A_PERSON}services: { TPA: { name: tpa } }\n`),
        anyNode,
        fc.boolean(),
        (before, node, remove) => {
          fc.pre(
            !good(before ?? '').nodes.some(({ nodeId, address }) => nodeId !== node.nodeId && address === node.address),
          );
          const edit = { put: { nodes: [node], jumpHosts: [] }, ...(remove ? { remove: ['b'] } : {}) };
          const text = editNodesYaml(before, edit);
          const found = good(text).nodes.find(({ nodeId }) => nodeId === node.nodeId);
          // A type that has a service gives it to a node that says none.
          const ofType = before?.includes('TPA:') && node.type === 'TPA' ? { service: { name: 'tpa' } } : {};
          expect(found).toEqual({ ...ofType, ...node });
          expect(editNodesYaml(text, { put: edit.put })).toBe(text);
        },
      ),
    );
  });
});
