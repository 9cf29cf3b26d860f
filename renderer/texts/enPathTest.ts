import type { PortFinding, PortProbe } from '../../core/model/pathTest.ts';

const findings: Readonly<Record<PortFinding, string>> = {
  'speaks-put': 'let through',
  filtered: 'stopped at the firewall (filtered)',
  refused: 'closed at the host (refused)',
  'speaks-other': 'something else answers',
  unreachable: 'cannot be reached',
};

/** The same in a word or two, for the table beside the drawing. */
const found: Readonly<Record<PortFinding, string>> = {
  'speaks-put': 'let through',
  filtered: 'filtered',
  refused: 'refused',
  'speaks-other': 'something else',
  unreachable: 'unreachable',
};

const roles: Readonly<Record<PortProbe['role'], string>> = {
  negotiation: 'negotiation',
  watch: 'watch',
  gui: 'GUI port',
  service: 'Job and File service',
  chat: 'Job Chat',
  web: 'web server',
  ssh: 'SSH of the host',
};

/** Words of the path test. */
export const pathTestTexts = {
  title: 'What does the firewall let through?',
  text: 'Tries every port of the target from this client system and tells what answers. It takes some seconds, needs no sign-in and sends no password.',
  start: 'Test the paths',
  again: 'Test the paths again',
  testing: 'Testing the paths…',
  tested: (when: string, seconds: number) => `Tested at ${when}, took ${seconds.toFixed(1)} s.`,
  drawingTitle: (host: string) => `Paths from this client system to ${host}`,
  lane: (ports: string, role: string, finding: string) => `${ports} ${role}: ${finding}`,
  client: 'Client system',
  firewall: 'Firewall',
  master: 'Master node',
  findings,
  found,
  roles,
  guiPorts: 'GUI ports',
  tableTitle: 'Ports',
  columns: { port: 'Port', role: 'What for', found: 'Found', roundTrip: 'Round trip', tls: 'TLS', note: 'Note' },
  waysTitle: 'Ways that can work',
  works: 'works',
  worksNot: 'does not work',
  lineTitle: 'Line and certificate',
  roundTrip: 'Round trip',
  rate: 'Line carries',
  rateUnknown: 'nothing was carried',
  rateAbout: (rate: string, orMore: boolean) => `${orMore ? 'at least' : 'about'} ${rate}`,
  packetsToMaster: 'Packets to the master node',
  packetsToClient: 'Packets to this machine',
  packetsFull: 'of full size pass',
  packetsLimited: (bytes: number) => `above about ${bytes} bytes do not pass: MTU or MSS`,
  packetsUnknown: (because: string) => `not known: ${because}`,
  nothingAnswered: 'nothing answered',
  address: 'Address',
  certificate: 'Certificate',
  certificateKnown: 'the one accepted before, on every port',
  certificateOther: (ports: string) =>
    `not the one accepted before, at ${ports}: ask the site before you sign in there`,
  certificateNone: 'nothing to compare: none was accepted or none was shown',
};
