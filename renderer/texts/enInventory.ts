import { plural, separated } from './plural.ts';

const nodes = (count: number): string => plural(count, 'node', 'nodes');
const hosts = (nodeCount: number, jumpHosts: number): string =>
  [
    nodeCount > 0 || jumpHosts === 0 ? nodes(nodeCount) : '',
    jumpHosts > 0 ? plural(jumpHosts, 'jump host', 'jump hosts') : '',
  ]
    .filter((part) => part !== '')
    .join(' and ');
const faultsOf = (count: number): string => (count === 0 ? 'no fault' : plural(count, 'fault', 'faults'));

/** Words of the inventory panel of the Nodes view and its dialogs, and of what is known of one node. */
export const inventoryTexts = {
  title: 'Inventory',
  check: 'Check',
  summary: (count: number, faults: number) => `${nodes(count)} in nodes.yaml of the master node, ${faultsOf(faults)}.`,
  waitsForJob: (inEffect: number | undefined) =>
    `Changes of the file take effect when the running job has ended${inEffect === undefined ? '' : `; until then ${nodes(inEffect)} of before`}.`,
  waitsForFaults: (inEffect: number | undefined) =>
    inEffect === 0
      ? 'No node is in effect until the faults are mended.'
      : `What was in effect before stays until the faults are mended${inEffect === undefined ? '' : `: ${nodes(inEffect)}`}.`,
  problem: (line: number, message: string) => `Line ${line}: ${message}`,
  note: (line: number, message: string) => `Line ${line}, left out: ${message}`,
  moreProblems: (count: number) => `and ${separated(count)} more`,
  moreNames: (count: number) => `and ${separated(count)} more`,
  actionsOf: (name: string) => `Inventory of ${name}`,
  ofNode: { change: 'Change…', hostKeys: 'Host key…', authorize: 'Let the master in…', remove: 'Remove…' },

  name: 'Name',
  nameNeeded: 'A name is needed.',
  address: 'Address',
  port: 'SSH port',
  user: 'User',
  become: 'Rights of root',
  becomeWays: { usual: 'as usual: by sudo, unless the user is root', sudo: 'by sudo', none: 'the user has them' },
  type: 'Type',
  system: 'System',
  clique: 'Clique',
  jump: 'Jump host',
  tags: 'Tags',
  without: {
    ...{ address: 'the name', port: '22', user: 'root', system: '1', clique: 'none', jump: 'reached directly' },
    tags: 'none',
  },
  add: 'Add…',
  addTitle: 'Add a node',
  addConfirm: 'Add, then look at its host key',
  changeTitle: (name: string) => `Change ${name}`,
  changeText: 'An emptied field takes back what was said; what stands beside it in nodes.yaml stays.',
  changeConfirm: 'Change',
  changeNothing: 'Nothing is changed yet.',

  import: 'Import…',
  importTitle: 'Import an inventory',
  importText: 'Taken over as a whole or not at all. What it would do is shown before anything is written.',
  importFile: 'File of this machine',
  importForm: 'What it is',
  importGuess: 'told by its name and contents',
  forms: {
    nodes: 'a nodes.yaml',
    mpplist: 'an mpplist',
    hosts: 'a hosts file',
    'ansible-ini': 'an Ansible inventory (INI)',
    'ansible-yaml': 'an Ansible inventory (YAML)',
  },
  importReadAs: (form: string, count: number, jumpHosts: number, faults: number) =>
    `Read as ${form}: ${hosts(count, jumpHosts)}, ${faultsOf(faults)}.`,
  importAdds: 'Added',
  importChanges: 'Changed',
  importLeaves: 'There with other values, left as they are',
  importSame: 'So already',
  importUpdate: 'Change those that are there with other values',
  importConfirm: (count: number, jumpHosts: number) =>
    count + jumpHosts === 0 ? 'Import' : `Write ${hosts(count, jumpHosts)}`,
  importTooLarge: 'The file is larger than 3 MiB.',
  importNoFile: 'No file is chosen.',
  importFaults: 'Mend the faults in the file, then choose it again.',
  importNothing: 'It would change nothing.',

  remove: 'Remove…',
  removeTitle: 'Remove nodes from the inventory',
  removeText: 'Nothing is done on the nodes.',
  removeNames: 'Nodes to remove',
  removeConfirm: (count: number) => (count === 0 ? 'Remove' : `Remove ${nodes(count)}`),
  noneChosen: 'No node is chosen.',
  atMost: (count: number) => `At most ${separated(count)} nodes at a time.`,
  chooseFilter: 'Part of a name',
  chooseAll: (count: number) => `Choose all ${separated(count)}`,
  chooseNone: 'Choose none',
  chosen: (count: number, of: number) => `${separated(count)} of ${separated(of)} chosen`,
  chooseMore: (count: number) => `${separated(count)} more fit: type a part of the name.`,

  pin: (count: number) => `Host keys: ${separated(count)} not pinned…`,
  pinTitle: 'Host keys',
  pinText:
    'Compare each with what the node says itself (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub on it). Until a key is pinned, nothing is done on the node.',
  pinPart: (asked: number, of: number) => `The first ${asked} of ${separated(of)} are asked; the others after these.`,
  pinReading: 'The hosts are asked for their keys…',
  pinAgain: 'Ask again',
  pinNothing: 'There is no key to pin.',
  pinRight: (count: number) => `${plural(count, 'host shows', 'hosts show')} the key that is pinned.`,
  pinConfirm: (count: number) =>
    count === 0 ? 'Pin' : count === 1 ? 'It is right: pin it' : `They are right: pin these ${separated(count)}`,
  keysNew: 'Hosts without a pinned key',
  keyColumns: { host: 'Host', shows: 'Shows', type: 'Type' },
  repinTitle: 'Changed host keys',
  repinText:
    'A host that shows another key than before was installed anew, or is another machine that answers in its place. Ask before you accept one.',
  repinNode: 'Host',
  repinBefore: 'Pinned before',
  repinNow: 'Shows now',
  repinAccept: (name: string) => `${name} was installed anew: pin the key that it shows now in place of the other`,
  repinWhyOff: 'No changed key is accepted.',

  probe: 'Probe…',
  probeTitle: 'Probe a subnet',
  probeText: (most: number) =>
    `The master asks every address for SSH; nobody signs in. IPv4, at most ${most} addresses: 10.0.0.0/24, or 10.0.0.1-10.0.0.40.`,
  probeSubnet: 'Subnet',
  probeStart: 'Probe',
  probeStop: 'Stop',
  probeAsking: 'The subnet is being asked.',
  probeProgress: (asked: number, of: number, found: number, state: 'asking' | 'done' | 'stopped' | 'failed') => {
    const end = { asking: '', done: ' Done.', stopped: ' Stopped.', failed: ' Ended by the error below.' }[state];
    return `${asked} of ${plural(of, 'address', 'addresses')} asked, ${found} of them ${found === 1 ? 'speaks' : 'speak'} SSH.${end}`;
  },
  probeUnfinished: (count: number) => `For ${separated(count)} there was no time left: probe a smaller part.`,
  probeNoneChosen: 'No host is chosen.',
  probeTooMany: (most: number) => `At most ${most} are added at a time.`,
  probeCompared: 'I compared the fingerprints of those chosen: pin their host keys as shown',
  probeConfirm: (count: number) => (count === 0 ? 'Add' : `Add ${nodes(count)}`),
  foundAll: 'For all that are chosen',
  foundChooseAll: (count: number) => `All ${separated(count)} that are new`,
  foundTitle: 'Hosts that speak SSH',
  foundColumns: { address: 'Address', key: 'Host key', says: 'Says' },
  foundIs: (name: string) => `is ${name} already`,
  foundNoKey: 'showed no host key of a known type',

  authorize: 'Let the master in…',
  authorizeTitle: 'Let the master in',
  authorizeLine: 'This line in ~/.ssh/authorized_keys of the user on each node lets the master in:',
  authorizeText: 'Or the master brings it there itself, signing in by a password that is used once and kept nowhere.',
  authorizeNodes: 'Nodes',
  authorizePassword: 'Password of the user on these nodes',
  authorizeConfirm: (count: number) => (count === 0 ? 'Bring the key' : `Bring the key to ${nodes(count)}`),
  authorized: (count: number) => `${count === 1 ? 'It lets' : `These ${separated(count)} let`} the master in now:`,
  passwordNeeded: 'A password is needed.',

  sudo: 'Password for sudo…',
  sudoTitle: 'Password for sudo',
  sudoText:
    'The master keeps it in memory alone, until putservices ends. One that a node refuses is forgotten at once. Users with NOPASSWD need none.',
  sudoOf: 'On',
  sudoSystem: (system: string | undefined) => (system === undefined ? 'all nodes' : `the nodes of system ${system}`),
  sudoIsGiven: ' (given)',
  sudoPassword: 'Password',
  sudoConfirm: 'Give it to the master',
  sudoForget: 'Take it back',

  facts: 'What is known of it',
  factsPackages: (nodeId: string) => `Packages on ${nodeId}`,
  factsRead: 'Read now',
  factsNotRead: 'not read',
  factsAge: (age: string) => `read ${age} ago`,
  factSections: {
    os: 'System',
    boot: 'Boot',
    clock: 'Clock',
    services: 'Services',
    filesystems: 'File systems, free of all',
    rpm: 'rpm',
    packages: 'Packages',
    'active-versions': 'Active versions',
  },
};
