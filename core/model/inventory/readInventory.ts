import { readAnsibleIni } from './ansibleIni.ts';
import { readAnsibleYaml } from './ansibleYaml.ts';
import { readHostsFile } from './hostsFile.ts';
import { readMppList } from './mppList.ts';
import { readNodesYaml } from './nodesYaml.ts';
import type { InventoryReading } from './reading.ts';

/** Forms that nodes are taken from. */
export const INVENTORY_FORMS = ['nodes', 'mpplist', 'hosts', 'ansible-ini', 'ansible-yaml'] as const;
export type InventoryForm = (typeof INVENTORY_FORMS)[number];

const READERS: Readonly<Record<InventoryForm, (text: string, file: string) => InventoryReading>> = {
  nodes: readNodesYaml,
  mpplist: readMppList,
  hosts: readHostsFile,
  'ansible-ini': readAnsibleIni,
  'ansible-yaml': readAnsibleYaml,
};

/** Reads an inventory in the form that is named. `file`: its name, for the problems. */
export function readInventory(form: InventoryForm, text: string, file: string): InventoryReading {
  return READERS[form](text, file);
}

/** The form that a file seems to have, by its name, then by what is in it. What it is read as is always told, so that a wrong guess shows. */
export function guessInventoryForm(text: string, file: string): InventoryForm {
  const name = (file.split(/[\\/]/).at(-1) ?? '').toLowerCase();
  if (/\.ya?ml$/.test(name)) return /^["']?(version|nodes)["']?\s*:/m.test(text) ? 'nodes' : 'ansible-yaml';
  if (name.includes('mpplist')) return 'mpplist';
  if (/\.(ini|cfg)$/.test(name)) return 'ansible-ini';
  const lines = text.split(/\r\n|\n|\r/).map((line) => line.trim());
  if (lines.some((line) => /^\[[^\]]+\]$/.test(line) || /\sansible_\w+=/.test(line))) return 'ansible-ini';
  if (lines.some((line) => /^(all|version|nodes)\s*:/.test(line)))
    return /^(version|nodes)\s*:/m.test(text) ? 'nodes' : 'ansible-yaml';
  return 'hosts';
}
