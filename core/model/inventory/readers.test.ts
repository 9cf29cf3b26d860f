import { describe, expect, it } from 'vitest';
import type { InventoryNode } from '../inventory.ts';
import { guessInventoryForm, type InventoryForm, readInventory } from './readInventory.ts';

const read = (form: InventoryForm, lines: readonly string[]) => readInventory(form, lines.join('\n'), 'file');
const problems = (form: InventoryForm, lines: readonly string[]): string[] =>
  read(form, lines).problems.map(({ kind, line, message }) => `${kind} ${line}: ${message}`);
const nodes = (form: InventoryForm, lines: readonly string[]): readonly InventoryNode[] => {
  const { inventory, problems: found } = read(form, lines);
  expect(found.filter(({ kind }) => kind === 'fault')).toEqual([]);
  return inventory.nodes;
};
const KEY = `ssh-ed25519 ${'A'.repeat(68)}`;

describe('nodes.yaml', () => {
  it('takes what a node does not say from the defaults, its service from its type', () => {
    const found = nodes('nodes', [
      'version: 1',
      'defaults: { user: put, system: prod }',
      'services: { TPA: { name: tpa, stop: [tpareset, -x] } }',
      'jumpHosts:',
      '  - { name: gate, address: 192.0.2.1 }',
      'nodes:',
      `  - { name: tpa-001, address: 10.0.0.1, type: TPA, clique: "7", jump: gate, hostKeys: [${KEY}] }`,
      '  - { name: aws-1, user: root, port: 2222, tags: [spare] }',
    ]);
    expect(found).toEqual([
      {
        ...{ nodeId: 'tpa-001', address: '10.0.0.1', type: 'TPA', system: 'prod', clique: 7, port: 22, user: 'put' },
        ...{ become: 'sudo', jump: 'gate', tags: [], hostKeys: [KEY] },
        service: { name: 'tpa', stop: ['tpareset', '-x'] },
      },
      {
        ...{ nodeId: 'aws-1', address: 'aws-1', type: 'UNKNOWN', system: 'prod', port: 2222, user: 'root' },
        ...{ become: 'none', tags: ['spare'], hostKeys: [] },
      },
    ]);
    expect(nodes('nodes', ['# nothing yet'])).toEqual([]);
  });

  it('names every problem with its line, and reads the rest', () => {
    const lines = [
      'version: 1',
      'color: red',
      'nodes:',
      '  - name: a',
      '    port: 70000',
      '  - name: b',
      '    adress: 10.0.0.2',
      '    type: tpa',
      '  - { name: c, address: 10.0.0.3, jump: gate }',
      '  - { name: d, address: 10.0.0.3, jump: gate }',
      '  - { name: c, address: 10.0.0.5 }',
      '  - { name: e, address: "-oProxyCommand=x" }',
      '  - { name: f }',
    ];
    expect(problems('nodes', lines)).toEqual([
      'fault 2: color is not known; there are version, defaults, services, jumpHosts, nodes',
      expect.stringMatching(/^fault 5: port: /),
      'fault 7: adress is not known; there are port, user, become, jump, type, system, clique, tags, name, address, hostKeys, service',
      'fault 8: type: one of TPA, HSN, NONTPA, AWS, SWS, UNKNOWN is needed',
      'fault 9: c is reached through gate, which is no jump host and no node here',
      'fault 10: d has the address of c on line 9: 10.0.0.3; give each its own',
      'fault 11: the name c stands on line 9 already; each node needs a name of its own',
      'fault 12: address: a host name or an IP address is needed',
    ]);
    expect(read('nodes', lines).inventory.nodes.map(({ nodeId }) => nodeId)).toEqual(['c', 'f']);
  });

  it('names ways that go round in a circle, or on for ever', () => {
    const chain = ['a', 'b', 'c', 'd', 'e', 'f'].map((name, i) => `  - { name: ${name}, jump: ${'bcdefa'[i]} }`);
    expect(problems('nodes', ['version: 1', 'nodes:', '  - { name: a, jump: b }', '  - { name: b, jump: a }'])).toEqual(
      ['fault 3: a would be reached through itself', 'fault 4: b would be reached through itself'],
    );
    expect(problems('nodes', ['version: 1', 'nodes:', ...chain])[0]).toMatch(
      /^fault 3: a is reached through more than 4/,
    );
  });

  it('is no other YAML', () => {
    expect(problems('nodes', ['[1, 2]'])).toEqual([
      'fault 1: this is no list of nodes; it begins with "version: 1" and has "nodes:"',
    ]);
    expect(problems('nodes', ['version: 2', 'nodes: yes'])).toEqual([
      'fault 1: version: 1 is needed; it is the form of this file',
      'fault 2: nodes: a list is needed, each entry beginning with "- name: ..."',
    ]);
    expect(problems('nodes', ['version: 1', 'nodes: [', '  { name: a }'])[0]).toMatch(/^fault [23]: /);
  });

  it('finds the bad one among 10,000, and does not lose the others', () => {
    const lines = Array.from({ length: 10_000 }, (_, i) => `  - { name: n${i}, address: 10.${i >> 8}.0.${i & 255} }`);
    lines[6000] = '  - { name: n6000, address: 10.0.0 0 }';
    const { inventory, problems: found } = read('nodes', ['version: 1', 'nodes:', ...lines]);
    expect(inventory.nodes).toHaveLength(9_999);
    expect(found).toEqual([expect.objectContaining({ line: 6003 })]);
  });
});

describe('an mpplist', () => {
  it('has one node a line', () => {
    const found = nodes('mpplist', ['# BYNET', 'byn001-4', 'byn001-5 10.0.0.5 non-TPA system=2 clique=east # spare']);
    expect(found).toMatchObject([
      { nodeId: 'byn001-4', address: 'byn001-4', type: 'TPA', system: 1 },
      { nodeId: 'byn001-5', address: '10.0.0.5', type: 'NONTPA', system: 2, clique: 'east' },
    ]);
  });

  it('names what is not understood', () => {
    expect(problems('mpplist', ['a 10.0.0.1 10.0.0.2', 'b TPA HSN', 'c weight=3', 'd clique='])).toEqual([
      expect.stringMatching(/^fault 1: "10\.0\.0\.2" is not understood/),
      'fault 2: two types, TPA and HSN; a node has one',
      expect.stringMatching(/^fault 3: "weight=3" is not understood/),
      expect.stringMatching(/^fault 4: clique: /),
    ]);
  });
});

describe('a hosts file', () => {
  it('names nodes by their short names and leaves the machine itself out', () => {
    const lines = [
      '127.0.0.1 localhost',
      'ff02::1 ip6-allnodes',
      '10.0.0.1\ttpa-001.site.example tpa-001 # first',
      'fd00::2 tpa-002.site.example',
      'put@gate.site.example:2222',
    ];
    expect(nodes('hosts', lines)).toMatchObject([
      { nodeId: 'tpa-001', address: '10.0.0.1' },
      { nodeId: 'tpa-002.site.example', address: 'fd00::2' },
      { nodeId: 'gate.site.example', address: 'gate.site.example', port: 2222, user: 'put', become: 'sudo' },
    ]);
    expect(problems('hosts', lines).map((one) => one.slice(0, 7))).toEqual(['note 1:', 'note 2:']);
  });

  it('names what is no host', () => {
    expect(problems('hosts', ['10.0.0.300 a', 'name with words', '10.0.0.1 -x'])).toEqual([
      'fault 1: 10.0.0.300 is no IPv4 address: each part is at most 255',
      'fault 2: "name" is no IP address; a line has an address and its names, or one host by itself',
      expect.stringMatching(/^fault 3: "-x" cannot name a node/),
    ]);
  });
});

const INI = [
  'lone ansible_host=10.0.9.9',
  '',
  '[tpa]',
  'tpa[01:03] ansible_user=put',
  '[hsn]',
  'spare:2222 ansible_host="10.0.0.9" put_clique=east',
  '[site:children]',
  'tpa',
  'hsn',
  '[site:vars]',
  'ansible_user=ops # of the site',
  'ansible_become=yes',
  'ansible_ssh_common_args="-o ProxyJump=jump@gate:22"',
  'http_port=80',
  'ansible_ssh_pass=secret',
];

describe('an Ansible inventory', () => {
  it('is read as INI with ranges, groups and variables; what is left out is named once', () => {
    const found = nodes('ansible-ini', INI);
    expect(found).toMatchObject([
      { nodeId: 'lone', address: '10.0.9.9', type: 'UNKNOWN', user: 'root', tags: [] },
      { nodeId: 'tpa01', type: 'TPA', user: 'put', become: 'sudo', jump: 'jump-gate-22', tags: ['site'] },
      { nodeId: 'tpa02' },
      { nodeId: 'tpa03' },
      { nodeId: 'spare', address: '10.0.0.9', port: 2222, type: 'HSN', clique: 'east', user: 'ops' },
    ]);
    expect(read('ansible-ini', INI).inventory.jumpHosts).toMatchObject([{ address: 'gate', port: 22, user: 'jump' }]);
    expect(problems('ansible-ini', INI)).toEqual([
      'note 14: http_port: not taken over; it says nothing of how a node is reached',
      expect.stringMatching(/^note 15: ansible_ssh_pass: not taken over: passwords are never kept/),
    ]);
  });

  it('is read as YAML to the same', () => {
    const yaml = [
      'all:',
      '  hosts: { lone: { ansible_host: 10.0.9.9 } }',
      '  children:',
      '    site:',
      '      vars: { ansible_user: ops, ansible_become: true, ansible_ssh_common_args: -J jump@gate:22 }',
      '      children:',
      '        tpa:',
      '          hosts:',
      '            "tpa[01:03]": { ansible_user: put }',
      '        hsn:',
      '          hosts:',
      '            spare:',
      '              ansible_host: 10.0.0.9',
      '              ansible_port: 2222',
      '              put_clique: east',
    ];
    expect(nodes('ansible-yaml', yaml)).toEqual(nodes('ansible-ini', INI));
  });

  it('lets the deeper group, then the host, have the last word', () => {
    const lines = ['[all:vars]', 'ansible_port=1', '[a:vars]', 'ansible_port=2', '[a:children]', 'b', '[b:vars]'];
    expect(
      nodes('ansible-ini', [...lines, 'ansible_port=3', '[b]', 'x', 'y ansible_port=4', '[a]', 'z']),
    ).toMatchObject([
      { nodeId: 'x', port: 3 },
      { nodeId: 'y', port: 4 },
      { nodeId: 'z', port: 2 },
    ]);
  });

  it('names what it cannot follow', () => {
    const lines = [
      'a ansible_connection=winrm',
      'b ansible_become_method=su',
      'c ansible_host="{{ base }}.1"',
      'd "x',
      'e[3:1]',
      '[g:parents]',
      '[h:children]',
      'nobody',
      '[i:children]',
      'j',
      '[j:children]',
      'i',
      '[k]',
      'f ansible_ssh_common_args="-o StrictHostKeyChecking=no"',
    ];
    expect(problems('ansible-ini', lines).map((one) => one.slice(0, 60))).toEqual([
      'fault 1: ansible_connection: only ssh is known; take the hos',
      'fault 2: ansible_become_method: only sudo is known; say beco',
      'fault 3: ansible_host: templates are not read; write the val',
      'fault 4: a quote (") is not closed',
      'fault 5: [3:1] runs backwards',
      'fault 6: [g:parents] is not understood; there are [group], [',
      'fault 8: there is no group nobody',
      'fault 10: group i would be within itself, by way of j',
      'fault 12: group j would be within itself, by way of i',
      'fault 14: ansible_ssh_common_args: of the arguments for ssh ',
    ]);
    expect(problems('ansible-yaml', ['all:', '  hots:', '    a:', '  hosts: [a, b]'])).toEqual([
      'fault 2: hots is not known in group all; there are hosts, vars, children',
      'fault 4: hosts of group all: names with a colon after each are needed',
    ]);
  });
});

describe('the form of a file', () => {
  it.each([
    ['nodes.yaml', 'version: 1\nnodes: []', 'nodes'],
    ['site.yml', 'all:\n  hosts:\n    version:', 'ansible-yaml'],
    ['mpplist', 'byn001-4', 'mpplist'],
    ['inventory', '[tpa]\na', 'ansible-ini'],
    ['inventory', 'a ansible_host=1.2.3.4', 'ansible-ini'],
    ['hosts', '10.0.0.1 a', 'hosts'],
  ])('is guessed for %s', (name, text, form) => {
    expect(guessInventoryForm(text, name)).toBe(form);
  });
});
