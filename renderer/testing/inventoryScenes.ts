import type { AppState } from '../stores/store.ts';
import type { InventoryDialogAsked } from '../stores/viewSlice.ts';
import { MockWorkbench } from './mockBridge.ts';

/** A system of real nodes with a dialog of its inventory open. */
export function inventoryScene(dialog?: InventoryDialogAsked): { mock: MockWorkbench; at: Partial<AppState> } {
  const mock = new MockWorkbench({ nodes: 24 });
  mock.setSystem({ saved: { ...mock.system.saved, practice: false } });
  const [first = '', second = '', third = '', fourth = ''] = Object.keys(mock.system.nodes ?? {}).sort();
  const cause = { code: 'node-key-refused', message: `${second}: 10.0.0.2:22 did not let root in by the master's key` };
  const away = mock.system.nodes?.[second];
  if (away) mock.setSystem({ nodes: { ...mock.system.nodes, [second]: { ...away, reachable: 'no', cause } } });
  const key = (letter: string): string => `ssh-ed25519 ${letter.repeat(68)}`;
  const fingerprint = (letter: string): string => `SHA256:${letter.repeat(43)}`;
  mock.inventoryAnswers = {
    ...mock.inventoryAnswers,
    check: {
      ...mock.inventoryAnswers.check,
      ...{ nodes: 24, unpinned: [first], nodesInEffect: 24, sudoGivenFor: ['1'] },
      publicLine: `${key('M')} put@master`,
    },
    shownKeys: {
      shown: [
        { name: first, key: key('A'), fingerprint: fingerprint('a'), pinned: [] },
        { name: third, key: key('B'), fingerprint: fingerprint('b'), pinned: [fingerprint('c')] },
      ],
      failed: [{ name: fourth, code: 'node-unreachable', message: `${fourth}: nothing listens on port 22` }],
    },
  };
  const place = { kind: 'system', systemId: mock.systemId, tab: 'nodes' } as const;
  return { mock, at: { place, placeChosen: true, ...(dialog ? { inventoryDialog: dialog } : {}) } };
}
