import type { AskKindName, ScreenOf } from '../registry.ts';

const node = (nodeId: string, type: 'TPA' | 'AWS') => ({ nodeId, address: '192.0.2.1', type, system: 1 });

/** Screens of a small system, one a kind that asks; the steps are called by their kinds. */
export const SCREENS: { readonly [K in AskKindName]?: ScreenOf<K> } = {
  'configuration-mode': { proposal: 'typical' },
  'select-nodes': {
    nodes: [node('tpa-1', 'TPA'), node('tpa-2', 'TPA'), node('aws-1', 'AWS')],
    proposal: ['tpa-1', 'tpa-2', 'aws-1'],
  },
  'group-nodes': { systems: [] },
  'package-source': {
    certLists: [
      { fileName: 'put-17.20.certlist', release: '17.20.03', title: 'new', missing: [] },
      { fileName: 'put-17.10.certlist', release: '17.10.04', title: 'old', missing: [] },
    ],
    packageCount: 2,
    proposal: 'put-17.20.certlist',
  },
  'select-packages': {
    choices: ['a', 'b'].map((name) => ({
      name,
      epoch: 0,
      version: '2',
      release: '1',
      arch: 'noarch',
      fileName: `${name}-2-1.noarch.rpm`,
      recommended: name === 'a',
      mandatory: name === 'a',
      selected: name === 'a',
      onNodes: [],
      nodeTypes: [],
    })),
    problems: [],
  },
  'spool-area': {
    areas: [{ path: '/var', folder: '/var/spool/put', leastFreeBytes: 10, neededBytes: 1, enough: true }],
    proposal: '/var/spool/put',
  },
  waves: {
    nodes: 3,
    proposal: { canary: 1, by: 'all', stopBefore: [2] },
    waves: [
      { title: 'canary', nodes: 1, first: ['tpa-1'] },
      { title: 'all nodes', nodes: 2, first: ['tpa-2', 'aws-1'] },
    ],
    stops: ['A wave that fails whole stops the job in any case.'],
  },
  plan: {
    plan: {
      createdAtMs: 0,
      mode: 'typical',
      spoolArea: '/var',
      packages: [],
      nodes: { 'tpa-1': [{ packageName: 'a', action: 'upgrade', from: '1-1', to: '2-1', wayBack: true }], 'tpa-2': [] },
      skips: [],
      pointOfNoReturn: 'shutdown',
      warnings: [],
    },
  },
  command: { deadlineMs: 600_000 },
  preview: { parts: [{ title: 'Nodes: 2', lines: ['2 TPA: tpa-[1-2]'] }] },
  'switch-versions': {
    components: [{ name: 'a', versions: ['2-1', '1-1'], proposal: '2-1' }],
  },
};
