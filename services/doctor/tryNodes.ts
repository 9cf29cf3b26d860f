import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import type { Inventory } from '../../core/model/inventory.ts';
import { createSystemClock } from '../../core/node/systemClock.ts';
import { toPutError } from '../../core/protocol/errors.ts';
import { NodeConnections } from '../nodes/ssh/NodeConnections.ts';
import type { NodesTried } from './judgeNodes.ts';

/** Nodes that are tried; a fault of the master or of the network shows in these as well as in all. */
const MOST_TRIED = 128;
const AT_ONCE = 16;
/** For all of them together. */
const TRY_MS = 15_000;

/** Signs in to nodes by the master's key, the way that jobs do, and leaves at once; nothing is run there. Undefined where nothing can be tried. */
export async function tryNodes(state: string, inventory: Inventory): Promise<NodesTried | undefined> {
  const pinned = inventory.nodes.filter(({ hostKeys }) => hostKeys.length > 0).map(({ nodeId }) => nodeId);
  const key = ssh2.utils.parseKey(await readFile(join(state, 'ssh', 'id_ed25519'), 'utf8').catch(() => ''));
  if (pinned.length === 0 || key instanceof Error || !key.isPrivateKey()) return undefined;
  const names = pinned.slice(0, MOST_TRIED);
  const connections = new NodeConnections({ inventory: () => inventory, key, clock: createSystemClock() });
  const deadline = AbortSignal.timeout(TRY_MS);
  const failed: { name: string; code: string; message: string }[] = [];
  let next = 0;
  const go = async (): Promise<void> => {
    for (let name = names[next++]; name !== undefined; name = names[next++]) {
      try {
        (await connections.openOnce(name, { key }, deadline)).end();
      } catch (error) {
        const { code, message } = toPutError(error);
        failed.push(
          deadline.aborted
            ? { name, code: 'node-unreachable', message: `no answer within ${TRY_MS / 1000} s` }
            : { name, code, message },
        );
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, names.length) }, go));
  connections.close();
  failed.sort((a, b) => names.indexOf(a.name) - names.indexOf(b.name));
  return { tried: names.length, of: pinned.length, failed };
}
