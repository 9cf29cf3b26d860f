import { readFile } from 'node:fs/promises';
import ssh2 from 'ssh2';
import type { Inventory } from '../../core/model/inventory.ts';
import { createSystemClock } from '../../core/node/systemClock.ts';
import type { Lab } from '../../lab/Lab.ts';
import type { MasterKey } from '../../services/nodes/ssh/masterKey.ts';
import { openSshNodePort, type SshNodePort } from '../../services/nodes/ssh/SshNodePort.ts';

const log = { info: () => {}, warn: () => {}, error: () => {} };

export async function masterKeyOf(file: string): Promise<MasterKey> {
  const key = ssh2.utils.parseKey(await readFile(file));
  if (key instanceof Error) throw key;
  return { key, publicLine: '' };
}

/** The driver over the nodes of a lab, with little patience. */
export async function openLabPort(
  lab: Lab,
  change: (inventory: Inventory) => Inventory = (same) => same,
): Promise<SshNodePort> {
  const inventory = change(lab.inventory('outside'));
  return openSshNodePort({
    inventory: { current: () => inventory, onChange: () => () => {} },
    key: await masterKeyOf(lab.keyFile),
    secrets: { sudoPassword: () => undefined, wrongSudoPassword: () => {} },
    clock: createSystemClock(),
    log,
    patienceMs: 2_000,
    retryWaitsMs: [50],
  });
}
