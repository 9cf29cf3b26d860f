import type { Command } from 'commander';
import type { PacketFinding } from '../../core/model/packetSizes.ts';
import { portsInWords, type PathTestResult, type PortFinding, type PortProbe } from '../../core/model/pathTest.ts';
import type { WayQuestion } from '../../core/model/ways.ts';
import { testPaths, type PathTestOptions } from '../../core/node/pathTest.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { findSystem, findUnusable, loadSystemsList } from '../../core/workbench/systemsStore.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import { parsedBy, wholeNumber, withJson, type Launcher, type LocalContext } from '../launch.ts';
import { formatTable } from '../output/table.ts';
import { formatBytes, mark } from '../output/words.ts';
import { DEFAULT_PORTS, parsePort } from '../target.ts';
import type { Terminal } from '../Terminal.ts';

interface PathTestFlags {
  readonly ccPort?: number;
  readonly ccPortCount?: number;
  readonly servicePort?: number;
  readonly chatPort?: number;
  readonly sslPort?: number;
  readonly sshPort?: number;
  readonly silentAfter?: number;
}

const ROLES: Readonly<Record<PortProbe['role'], string>> = {
  negotiation: 'CCPORT, negotiation',
  watch: 'watch connection',
  gui: 'GUI port',
  service: 'Job and File service',
  chat: 'Job Chat',
  web: 'web server',
  ssh: 'SSH of the host',
};

const FINDINGS: Readonly<Record<PortFinding, readonly ['ok' | 'failed' | 'unreachable' | 'off', string]>> = {
  'speaks-put': ['ok', 'open'],
  'speaks-other': ['failed', 'something else'],
  refused: ['off', 'refused'],
  filtered: ['unreachable', 'filtered'],
  unreachable: ['unreachable', 'unreachable'],
};

/** From here to the target as one line a group of ports: `--` let through, `-x` stopped on the way, `-|` closed at the host. */
export function drawPaths(result: PathTestResult): string {
  const signs: Readonly<Record<PortFinding, string>> = {
    'speaks-put': '--------->',
    'speaks-other': '-------> ?',
    refused: '-------> |',
    filtered: '---x      ',
    unreachable: '-x        ',
  };
  const groups: { from: number; to: number; finding: PortFinding; role: PortProbe['role'] }[] = [];
  for (const { port, finding, role } of result.ports) {
    const last = groups.at(-1);
    if (last && last.finding === finding && last.role === role && last.to === port - 1) last.to = port;
    else groups.push({ from: port, to: port, finding, role });
  }
  const lines = groups.map(({ from, to, finding, role }) => {
    const ports = from === to ? String(from) : `${from}-${to}`;
    return `  here ${signs[finding]} ${ports.padEnd(11)} ${ROLES[role]}`;
  });
  return [`  here            ${result.host}`, ...lines].join('\n');
}

/** Which packets pass in one direction. */
function packetText(finding: PacketFinding): string {
  switch (finding.kind) {
    case 'full-size':
      return 'packets of full size pass';
    case 'limited':
      return `packets above about ${finding.passesBytes} bytes do not pass: MTU or MSS`;
    case 'unknown':
      return `not known which packets pass: ${finding.because}`;
  }
}

/** The findings as text: ports, ways, what to ask for. */
export function pathTestText(result: PathTestResult, terminal: Terminal): string {
  const ports = formatTable(
    [
      { title: 'PORT', align: 'right' },
      { title: 'WHAT' },
      { title: 'FOUND' },
      { title: 'ROUND TRIP', align: 'right' },
      { title: 'TLS' },
      { title: 'NOTE', shrinks: true },
    ],
    result.ports.map((probe) => [
      String(probe.port),
      ROLES[probe.role],
      mark(FINDINGS[probe.finding][0], terminal.style, FINDINGS[probe.finding][1]),
      probe.roundTripMs === undefined ? '' : `${Math.round(probe.roundTripMs)} ms`,
      probe.tlsVersion ?? '',
      probe.note ?? '',
    ]),
    { columns: terminal.columns },
  );
  const ways = formatTable(
    [{ title: 'WAY' }, { title: 'WORKS' }, { title: 'BECAUSE', shrinks: true }],
    result.ways.map((way) => [
      way.path,
      mark(way.works ? 'ok' : 'failed', terminal.style, way.works ? 'yes' : 'no'),
      way.because,
    ]),
    { columns: terminal.columns },
  );
  const line = [
    result.roundTripMs === undefined ? '' : `round trip ${Math.round(result.roundTripMs)} ms`,
    result.bytesPerSecond === undefined
      ? ''
      : `${result.orMore === true ? 'at least' : 'about'} ${formatBytes(result.bytesPerSecond)}/s`,
    result.certificateKnown === undefined
      ? ''
      : result.certificateKnown
        ? 'certificate as accepted'
        : `NOT the certificate that was accepted at ${portsInWords(result.otherCertificateAt ?? [])}`,
  ].filter((part) => part !== '');
  return [
    drawPaths(result),
    ports,
    ways,
    ...(line.length > 0 ? [line.join(', ')] : []),
    ...(result.packets
      ? [
          `to ${result.host}: ${packetText(result.packets.toMaster)}\nto this machine: ${packetText(result.packets.toClient)}`,
        ]
      : []),
    ...[result.trouble, result.advice].flatMap((text) => (text === undefined ? [] : [`Next: ${text}`])),
    ...(result.askFor === undefined ? [] : [`For the firewall team:\n  ${result.askFor}`]),
  ].join('\n\n');
}

/** Tests the ways to a host or a saved system. Exit code 1 when none works. */
export async function pathTest(
  { host, output }: LocalContext,
  name: string,
  flags: PathTestFlags,
  probe: typeof testPaths = testPaths,
): Promise<ExitCode> {
  const list = await loadSystemsList(host.systemsFile);
  const isSaved = list.systems.some((system) => system.name === name || system.systemId === name);
  // A name that is saved and cannot be used is no host.
  const saved = isSaved || findUnusable(list.unusable, name) ? findSystem(list, name) : undefined;
  const options: PathTestOptions = {
    ...DEFAULT_PORTS,
    ...(saved
      ? {
          ccPort: saved.ccPort,
          sslPort: saved.sslPort,
          servicePort: saved.servicePort,
          chatPort: saved.chatPort,
          fingerprint: saved.fingerprint,
          proxy: saved.proxy,
          trust: saved.trust,
          ...(flags.sshPort === undefined ? { ssh: saved.ssh } : {}),
        }
      : {}),
    host: saved?.host ?? name,
    ...(flags.ccPort === undefined ? {} : { ccPort: flags.ccPort }),
    ...(flags.ccPortCount === undefined ? {} : { ccPortCount: flags.ccPortCount }),
    ...(flags.servicePort === undefined ? {} : { servicePort: flags.servicePort }),
    ...(flags.chatPort === undefined ? {} : { chatPort: flags.chatPort }),
    ...(flags.sslPort === undefined ? {} : { sslPort: flags.sslPort }),
    ...(flags.sshPort === undefined ? {} : { sshPort: flags.sshPort }),
    ...(flags.silentAfter === undefined ? {} : { timeoutMs: flags.silentAfter * 1000 }),
  };
  const password = host.env['PUT_PROXY_PASSWORD'];
  const secrets = { known: ({ kind }: WayQuestion) => (kind === 'proxy-password' ? password : undefined) };
  if (options.host.startsWith('-')) throw new PutError('usage', `${options.host} is not a host`);
  const result = await probe({ ...options, secrets });
  output.result(result, () => pathTestText(result, host.terminal));
  return result.ways.some((way) => way.works) ? EXIT.done : EXIT.failed;
}

export function definePathTest(program: Command, launch: Launcher): void {
  const port = (option: string): ((text: string) => number) => parsedBy((text) => parsePort(text, option));
  withJson(program.command('path-test'))
    .description('what does the firewall let through? Probes every port of a target and judges the ways to it')
    .argument('<host>', 'a saved system, or name or address of a master node; no sign-in is needed')
    .option('--cc-port <port>', 'CCPORT (default 9000)', port('--cc-port'))
    .option('--cc-port-count <n>', 'ports in the range (default 10)', wholeNumber(2, 64))
    .option('--service-port <port>', 'SERVICEPORT (default 8992)', port('--service-port'))
    .option('--chat-port <port>', 'CHATPORT (default 11111)', port('--chat-port'))
    .option('--ssl-port <port>', 'SSLPORT (default 8443)', port('--ssl-port'))
    .option('--ssh-port <port>', 'port of the SSH server (default 22)', port('--ssh-port'))
    .option(
      '--silent-after <seconds>',
      'a port that is silent for this long counts as filtered (default 4)',
      wholeNumber(1, 60),
    )
    .addHelpText(
      'after',
      `
Examples:
  putctl path-test 10.4.0.1
  putctl path-test prod-east --json | jq -r .askFor

open: putservices answers. refused: the host, or a firewall that rejects, said no. filtered: nothing came back, which is how a
firewall that drops looks. Where packets of full size are lost, the largest that passes is looked for, each way (some 20 s). Exit code 0 when at least one way works, else 1.`,
    )
    .action((name: string, options: PathTestFlags & { json?: boolean }) =>
      launch.local(options, (context) => pathTest(context, name, options)),
    );
}
