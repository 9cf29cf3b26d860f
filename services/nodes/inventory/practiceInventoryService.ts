import type { InventoryView } from '../../../core/model/inventory/inventoryView.ts';
import type { NodeEntry } from '../../../core/model/node.ts';
import { PutError } from '../../../core/protocol/errors.ts';
import type { MethodResult } from '../../../core/protocol/methods.ts';
import type { Handlers, Service } from '../../service.ts';

/** The inventory of practice nodes: it can be looked at, and nothing of it changed. */
export function practiceInventoryService(entries: readonly NodeEntry[]): Service {
  const row = { port: 22, user: 'root', become: 'none' as const, tags: [], keys: [] };
  const state: InventoryView = {
    ...{ kind: 'practice', jumpHosts: {}, problems: [], problemCount: 0, sudoGivenFor: [] },
    nodesInEffect: entries.length,
    nodes: Object.fromEntries(entries.map((entry) => [entry.nodeId, { ...entry, ...row }])),
  };
  const refuse = (): never => {
    throw new PutError('inventory-fixed', 'this is a practice system: its nodes are made with it');
  };
  const standing: MethodResult<'inventory.check'> = {
    form: 'nodes',
    nodes: entries.length,
    ...{ jumpHosts: [], problems: [], added: [], changed: [], same: entries.length },
  };
  const handlers: Handlers = {
    // A file cannot be taken over here, so nothing is said of one.
    'inventory.check': ({ text }) => (text === undefined ? standing : refuse()),
    'inventory.row': refuse,
    'inventory.add': refuse,
    'inventory.remove': refuse,
    'inventory.probe': refuse,
    'inventory.shownKeys': refuse,
    'inventory.pin': refuse,
    'nodes.authorize': refuse,
    'nodes.sudoPassword': refuse,
  };
  return {
    handlers,
    topic: (name) =>
      name === 'inventory'
        ? { kind: 'state', state: () => state, number: () => 1, onChange: () => () => undefined }
        : undefined,
    close: () => Promise.resolve(),
  };
}
