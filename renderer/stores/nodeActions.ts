import type { FaultKind } from '../../core/model/node.ts';
import type { MethodParams, MethodResult, PassedThrough } from '../../electron/contract/bridge.ts';
import type { Asking } from './asking.ts';
import { requestId } from './requestId.ts';
import type { AppStore } from './store.ts';

/** What is asked about the inventory. */
type InventoryMethod = Extract<PassedThrough, `inventory.${string}`> | 'nodes.authorize' | 'nodes.sudoPassword';
/** After these the inventory, or what is told with it, is another one. */
const CHANGES_INVENTORY: readonly InventoryMethod[] = [
  ...(['inventory.add', 'inventory.remove', 'inventory.pin', 'nodes.sudoPassword'] as const),
];

/** Nodes and the inventory. */
export function createNodeActions({ setState: set }: AppStore, { askMaster }: Asking) {
  return {
    refreshNodes: (systemId: string) => askMaster('nodes.refresh', systemId, 'nodes.refresh', {}),
    resetPractice: (systemId: string) =>
      askMaster('nodes.refresh', systemId, 'practice.reset', { requestId: requestId('reset-') }),
    startServices: (systemId: string) => askMaster('nodes.startServices', systemId, 'nodes.startServices', {}),
    /** What is known of one node; `read`: it is read anew first. */
    askFacts: (systemId: string, nodeId: string, read: boolean) =>
      askMaster(`facts:${nodeId}`, systemId, 'nodes.facts', { nodeId, read }),
    /** Anything that is asked about the inventory; its fault stands under `ask`. */
    askInventory: async <M extends InventoryMethod>(
      ask: string,
      systemId: string,
      method: M,
      params: MethodParams<M>,
    ): Promise<MethodResult<M> | undefined> => {
      const answer = await askMaster(ask, systemId, method, params);
      if (answer && CHANGES_INVENTORY.includes(method))
        set((state) => ({ inventoryNumber: state.inventoryNumber + 1 }));
      return answer;
    },
    setFault: (systemId: string, fault: { nodeId: string; stepId: string; kind: FaultKind; times: number }) =>
      askMaster('fault', systemId, 'practice.setFault', { requestId: requestId('fault-'), ...fault }),
  };
}
