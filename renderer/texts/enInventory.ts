const plural = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

/** Words of the inventory panel of the Nodes view, and of what is known of one node. */
export const inventoryTexts = {
  title: 'Inventory',
  check: 'Check',
  summary: (nodes: number, faults: number) =>
    `${plural(nodes, 'node', 'nodes')} in nodes.yaml of the master node, ${faults === 0 ? 'no fault' : plural(faults, 'fault', 'faults')}.`,
  waitsForJob: 'Changes of the file take effect when the running job has ended.',
  waitsForFaults: 'What was in effect before stays until the faults are mended.',
  problem: (line: number, message: string) => `Line ${line}: ${message}`,
  note: (line: number, message: string) => `Line ${line}, left out: ${message}`,
  moreProblems: (count: number) => `and ${count} more`,
  add: 'Add a node…',
  addTitle: 'Add a node',
  name: 'Name',
  address: 'Address',
  port: 'SSH port',
  user: 'User',
  type: 'Type',
  system: 'System',
  clique: 'Clique',
  jump: 'Jump host',
  optional: 'may be left empty',
  addConfirm: 'Add',
  import: 'Import a file…',
  importTitle: 'Import an inventory',
  importText:
    'A nodes.yaml, an Ansible inventory, a hosts file or an mpplist. It is taken over as a whole or not at all.',
  importFile: 'File',
  importReadAs: (form: string, nodes: number, faults: number) =>
    `Read as ${form}: ${plural(nodes, 'node', 'nodes')}, ${faults === 0 ? 'no fault' : plural(faults, 'fault', 'faults')}.`,
  importWould: (added: number, changed: number, same: number) =>
    `${plural(added, 'node', 'nodes')} would be added; ${changed} are there with other values, ${same} are so already.`,
  importUpdate: 'Change those that are there with other values',
  importConfirm: 'Import',
  remove: 'Remove nodes…',
  removeTitle: 'Remove nodes from the inventory',
  removeText: 'Nothing is done on the nodes. Names with spaces between them.',
  removeNames: 'Names',
  removeConfirm: 'Remove',
  pin: (count: number) => `Host keys: ${count} not pinned…`,
  pinTitle: 'Host keys',
  pinText:
    'Compare each with what the node says itself (ssh-keygen -lf on it). Until a key is pinned, nothing is done on the node.',
  pinReading: 'The hosts are asked for their keys…',
  pinBefore: (keys: string) => `pinned before: ${keys}`,
  pinConfirm: (count: number) => `Pin ${count === 1 ? 'it' : `these ${count}`}`,
  masterKey: 'The line for authorized_keys on the nodes, by which they let the master node in',
  facts: 'What is known of it',
  factsRead: 'Read now',
  factsNone: 'Nothing was read of it yet.',
  factsAge: (age: string) => `${age} ago`,
};
