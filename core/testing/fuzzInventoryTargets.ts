import { faultsOf, problemText } from '../model/inventory/reading.ts';
import { INVENTORY_FORMS, type InventoryForm, readInventory } from '../model/inventory/readInventory.ts';
import { PutError } from '../protocol/errors.ts';
import type { FuzzTarget } from './fuzz.ts';

const SAMPLES: Readonly<Record<InventoryForm, readonly string[]>> = {
  nodes: [
    'version: 1\ndefaults: { user: put }\nservices: { TPA: { name: tpa } }\njumpHosts: [{ name: g }]\nnodes:\n  - { name: a, jump: g, clique: 7 }\n',
    'version: 1\nnodes: [&a { name: b, tags: [x] }, { <<: *a }]\n',
  ],
  mpplist: ['byn001-4\nbyn001-5 10.0.0.5 non-TPA system=2 clique=east # spare\n'],
  hosts: ['127.0.0.1 localhost\n10.0.0.1 a.site a\nfd00::2 b\nput@gate:2222\n'],
  'ansible-ini': [
    'x[01:03]:22 ansible_host="10.0.0.1"\n[g:children]\nh\n[h]\ny put_clique=1\n[g:vars]\nansible_become=yes\n',
  ],
  'ansible-yaml': [
    'all:\n  hosts: { "x[1:3]": { ansible_port: 22 } }\n  children: { g: &g { vars: { put_system: 2 } }, h: *g }\n',
  ],
};

/** Readers of inventories: they never throw, name lines that there are, and keep what they promise of a file without a fault. */
export function inventoryTargets(): FuzzTarget[] {
  return INVENTORY_FORMS.map((form) => ({
    name: `inventory-${form}`,
    samples: SAMPLES[form].map((text) => new TextEncoder().encode(text)),
    read(bytes) {
      const text = new TextDecoder().decode(bytes);
      const { inventory, problems } = readInventory(form, text, 'file');
      const lines = text.split(/\r\n|\n|\r/).length;
      const stray = problems.find(({ line, message }) => line < 1 || line > lines || message === '');
      if (stray) throw new Error(`of ${lines} lines: ${problemText(stray)}`);
      const names = new Set([
        ...inventory.nodes.map(({ nodeId }) => nodeId),
        ...inventory.jumpHosts.map(({ name }) => name),
      ]);
      if (names.size !== inventory.nodes.length + inventory.jumpHosts.length) throw new Error('a name is there twice');
      const [fault] = faultsOf(problems);
      if (fault) throw new PutError('inventory-invalid', problemText(fault));
    },
  }));
}
