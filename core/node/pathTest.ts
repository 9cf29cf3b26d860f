import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as tlsConnect, type TLSSocket } from 'node:tls';
import { FULL_PACKET_BYTES, type PacketSizes } from '../model/packetSizes.ts';
import { judgeWays, portsToProbe, whatToDo, type PathTestResult, type PortProbe } from '../model/pathTest.ts';
import {
  NO_WAY_SECRETS,
  type ProxyTarget,
  type SshTarget,
  type TrustSettings,
  type WaySecrets,
} from '../model/ways.ts';
import type { ErrorCode } from '../protocol/errorCatalogue.ts';
import { PutError, toPutError } from '../protocol/errors.ts';
import { PREFACE } from '../protocol/frame.ts';
import { fingerprintOf } from './certificateFingerprint.ts';
import { originOf } from './certificateNames.ts';
import { connectThroughProxy } from './connectThroughProxy.ts';
import { tlsOptionsOf } from './connectTls.ts';
import { reachTcp, type TcpConnection, type TcpOptions } from './connectTcp.ts';
import type { HostAddresses } from './hostAddress.ts';
import { testPackets } from './packetTest.ts';
import { ownSurroundings } from './ssh/sshConfiguration.ts';
import { resolveSshHops } from './ssh/sshHostSettings.ts';
import { loadTrust, type LoadedTrust } from './tlsTrust.ts';

export interface PathTestOptions {
  readonly host: string;
  readonly ccPort: number;
  /** Ports in the range, CCPORT and CCPORT+1 included. */
  readonly ccPortCount?: number;
  readonly servicePort: number;
  readonly chatPort: number;
  readonly sslPort: number;
  readonly sshPort?: number | undefined;
  /** SSH settings of the system: the first host of that way is probed, at its port. Absent: the host itself. */
  readonly ssh?: SshTarget | undefined;
  /** The web port is reached through it, as by the way WebSocket. */
  readonly proxy?: ProxyTarget | undefined;
  readonly trust?: TrustSettings | undefined;
  /** Answers of the ways that are known; nobody is asked. */
  readonly secrets?: Pick<WaySecrets, 'known'> | undefined;
  /** Accepted certificate, to tell whether what is shown is the target. */
  readonly fingerprint?: string | undefined;
  /** A port that did not answer after this counts as filtered. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Where names are looked up; absent: by the system. */
  readonly addresses?: HostAddresses | undefined;
}

const DEFAULT_TIMEOUT_MS = 4_000;
/** After TLS, another program than putservices may wait for us to speak first; putservices greets only after a hello. */
const GREETING_MS = 3_000;
/** Probes at once: a firewall may take a burst of connections for a scan. */
const AT_ONCE = 4;
/** Bytes of a TLS handshake as the certificate's side sends it; below this no rate can be told. */
const ENOUGH_BYTES = 700;
/** A handshake shorter than this beyond its round trip is mostly the work of both ends, not of the line. */
const LINE_TELLS_MS = 100;

const FINDING_BY_CODE: Readonly<Partial<Record<ErrorCode, PortProbe['finding']>>> = {
  'port-closed': 'refused',
  'dial-timeout': 'filtered',
  'dial-failed': 'refused',
};

interface Reached {
  readonly stream: Duplex;
  /** Absent through a proxy, which answers for the host. */
  readonly roundTripMs?: number | undefined;
  readonly address?: string | undefined;
  readonly note?: string | undefined;
}
type Unreached = Pick<PortProbe, 'finding' | 'note' | 'code'>;

const noteOf = (errors: readonly PutError[]): string => errors.map(({ message }) => message).join('; ');

function reachedBy({ socket, roundTripMs, address, failed }: TcpConnection): Reached {
  const note = noteOf(failed.map(({ error }) => error));
  return { stream: socket, roundTripMs, address, ...(note === '' ? {} : { note }) };
}

function unreached(reason: unknown): Unreached {
  const { code, message } = toPutError(reason);
  return { finding: FINDING_BY_CODE[code] ?? 'unreachable', note: message, code };
}

/** The way by which the product reaches ports of one role. */
type Reach = (port: number) => Promise<Reached | Unreached>;

function reachDirectly(host: string, signal: AbortSignal, tcp: TcpOptions): Reach {
  return (port) => reachTcp({ host, port }, signal, tcp).then(reachedBy, unreached);
}

function reachByProxy(
  host: string,
  proxy: ProxyTarget,
  secrets: WaySecrets,
  signal: AbortSignal,
  tcp: TcpOptions,
): Reach {
  return (port) =>
    connectThroughProxy({ host, port }, proxy, secrets, signal, () => {}, tcp).then((stream): Reached => {
      return { stream, note: `through the proxy ${proxy.host}:${proxy.port}` };
    }, unreached);
}

/** The first bytes that come, as text; empty after the deadline. */
function firstBytes(socket: Duplex, timeoutMs: number): Promise<Buffer> {
  return new Promise((resolve) => {
    const done = (bytes: Buffer): void => {
      clearTimeout(timer);
      socket.removeAllListeners('data');
      resolve(bytes);
    };
    const timer = setTimeout(() => done(Buffer.alloc(0)), timeoutMs);
    socket.once('data', (bytes: Buffer) => done(bytes));
    socket.once('error', () => done(Buffer.alloc(0)));
    socket.once('close', () => done(Buffer.alloc(0)));
  });
}

async function probeSsh({ stream }: Reached): Promise<Partial<PortProbe>> {
  const greeting = (await firstBytes(stream, GREETING_MS)).toString('latin1').split('\n')[0]?.trim() ?? '';
  stream.destroy();
  return greeting.startsWith('SSH-')
    ? { finding: 'speaks-put', note: greeting.slice(0, 60) }
    : { finding: 'speaks-other', note: greeting === '' ? 'no SSH greeting' : 'another greeting' };
}

/** TLS as the product asks for it; `refused` where none comes about, `silent` where not in time. */
async function secure(
  host: string,
  stream: Duplex,
  trust: LoadedTrust,
  timeoutMs: number,
): Promise<{ socket: TLSSocket; bytes: number; handshakeMs: number } | 'refused' | 'silent'> {
  const startedAt = performance.now();
  const socket = tlsConnect({ socket: stream, ...tlsOptionsOf(host, trust) });
  const outcome = await new Promise<'secured' | 'refused' | 'silent'>((resolve) => {
    const timer = setTimeout(() => resolve('silent'), timeoutMs);
    const settle = (done: 'secured' | 'refused'): void => {
      clearTimeout(timer);
      resolve(done);
    };
    socket.once('secureConnect', () => settle('secured'));
    socket.once('error', () => settle('refused'));
    socket.once('close', () => settle('refused'));
  });
  socket.on('error', () => {});
  if (outcome !== 'secured') {
    socket.destroy();
    stream.destroy();
    return outcome;
  }
  // Of the connection, certificates and all.
  const bytes = stream instanceof Socket ? stream.bytesRead : 0;
  return { socket, bytes, handshakeMs: performance.now() - startedAt };
}

/** TLS, then what tells putservices apart: its answer to a hello that cannot be read, or its HTTPS start page. */
async function probeTls(
  host: string,
  { stream }: Reached,
  role: PortProbe['role'],
  trust: LoadedTrust,
  timeoutMs: number,
): Promise<{ probe: Partial<PortProbe> & { trusted?: boolean }; bytes: number; handshakeMs: number }> {
  const secured = await secure(host, stream, trust, timeoutMs);
  if (typeof secured === 'string') {
    const note =
      secured === 'refused' ? 'no TLS here' : `took the connection, but no TLS came back within ${timeoutMs / 1000} s`;
    return { probe: { finding: 'speaks-other', note }, bytes: 0, handshakeMs: 0 };
  }
  const { socket, bytes, handshakeMs } = secured;
  const tlsVersion = socket.getProtocol() ?? undefined;
  const certificate = socket.getPeerX509Certificate();
  const fingerprint = certificate ? fingerprintOf(certificate.raw) : undefined;
  const trusted = trust.authorities === undefined ? undefined : socket.authorized;
  const http = role === 'web' || role === 'chat';
  socket.write(
    // Of the start page only the head: a page would need packets of full size.
    http ? `HEAD / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n` : Buffer.concat([PREFACE, Buffer.alloc(16)]),
  );
  const answer = await firstBytes(socket, GREETING_MS);
  socket.destroy();
  const put = http
    ? /^HTTP\/1\.1 (200|400|403|404|426)/.test(answer.toString('latin1'))
    : Buffer.from(PREFACE).equals(answer.subarray(0, PREFACE.length)) || answer.length === 0;
  const from = certificate ? `, with a certificate ${originOf(certificate)}` : '';
  return {
    probe: {
      finding: put ? 'speaks-put' : 'speaks-other',
      tlsVersion,
      fingerprint,
      ...(trusted === undefined ? {} : { trusted }),
      ...(put
        ? {}
        : {
            note:
              answer.length === 0
                ? `TLS, but no answer within ${GREETING_MS / 1000} s${from}`
                : `TLS, but not putservices${from}`,
          }),
    },
    bytes,
    handshakeMs,
  };
}

/** What the line carries, from one handshake while nothing else is under way; undefined when it does not come about. */
async function estimateRate(
  host: string,
  reach: Reach,
  trust: LoadedTrust,
  probes: readonly PortProbe[],
  timeoutMs: number,
): Promise<{ bytesPerSecond: number; orMore: boolean } | undefined> {
  const open = probes.find(({ finding, role }) => finding === 'speaks-put' && role !== 'ssh' && role !== 'web');
  const reached = open && (await reach(open.port));
  if (!reached || 'finding' in reached) return undefined;
  const { bytes, handshakeMs } = await probeTls(host, reached, open.role, trust, timeoutMs);
  if (bytes < ENOUGH_BYTES) return undefined;
  const carryMs = Math.max(1, handshakeMs - (reached.roundTripMs ?? 0));
  return { bytesPerSecond: Math.round((bytes * 1000) / carryMs), orMore: carryMs < LINE_TELLS_MS };
}

/** Roles of ports that take a greeting, the one of the way that is tried first at the front. */
const GREETING_ROLES = ['negotiation', 'gui', 'service', 'web'] as const;
/** Connections at once while a limit is looked for: three in each direction. */
const PACKETS_AT_ONCE = 6;

/** Which packets pass, at the first port that takes a greeting; undefined where none does. */
async function testPacketsAt(
  host: string,
  reachOf: (role: PortProbe['role']) => Reach,
  trust: LoadedTrust,
  probes: readonly PortProbe[],
  line: { timeoutMs: number; roundTripMs: number; bytesPerSecond: number; signal: AbortSignal },
): Promise<PacketSizes | undefined> {
  const [at] = GREETING_ROLES.flatMap((role) =>
    probes.filter((probe) => probe.role === role && probe.finding === 'speaks-put'),
  );
  if (!at) return undefined;
  const { port, role } = at;
  const { timeoutMs, roundTripMs, bytesPerSecond, signal } = line;
  return testPackets({
    ...{ host, port, signal },
    carrier: role === 'web' ? 'websocket' : 'tls',
    patienceMs: Math.round(timeoutMs + 4 * roundTripMs + (PACKETS_AT_ONCE * FULL_PACKET_BYTES * 1000) / bytesPerSecond),
    async open() {
      const reached = await reachOf(role)(port);
      if ('finding' in reached) throw new PutError('dial-failed', reached.note ?? `${host}:${port} was not reached`);
      const secured = await secure(host, reached.stream, trust, timeoutMs);
      if (typeof secured === 'string') throw new PutError('tls-failed', `${host}:${port}: no TLS came about this time`);
      return { socket: secured.socket, address: reached.address, roundTripMs: reached.roundTripMs };
    },
  });
}

function median(numbers: readonly number[]): number | undefined {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

/** The files of the trust settings, as the product reads them; what is wrong with them is told beside the findings. */
async function trustOf(
  { trust }: PathTestOptions,
  secrets: WaySecrets,
  signal: AbortSignal,
): Promise<LoadedTrust | PutError> {
  try {
    return await loadTrust(trust, secrets, signal);
  } catch (error) {
    return toPutError(error);
  }
}

/**
 * Probes every port of a target, by the dialler and with the settings of the product, and judges the ways to it. Never rejects:
 * what is wrong stands in the findings.
 */
export async function testPaths(
  options: PathTestOptions,
  onProbe: (probe: PortProbe) => void = () => {},
): Promise<PathTestResult> {
  const startedAtMs = Date.now();
  const startedAt = performance.now();
  const { host, timeoutMs = DEFAULT_TIMEOUT_MS, signal = new AbortController().signal, addresses } = options;
  const secrets: WaySecrets = { ...NO_WAY_SECRETS, known: (question) => options.secrets?.known(question) };
  const loaded = await trustOf(options, secrets, signal);
  const trust: LoadedTrust = loaded instanceof PutError ? { id: '' } : loaded;
  // A configuration that cannot be used is told by the way itself; here the entry's own words count then.
  const hops = options.ssh && (await resolveSshHops(options.ssh, ownSurroundings(), signal).catch(() => []));
  const sshHop = hops?.[0];
  const sshPort = sshHop?.port ?? options.sshPort ?? 22;
  const plan = { ...options, ccPortCount: options.ccPortCount ?? 10, sshPort };
  const tcp = { timeoutMs, addresses };
  const reach = reachDirectly(host, signal, tcp);
  const reachSsh = reachDirectly(sshHop?.address ?? host, signal, tcp);
  const reachWeb = options.proxy ? reachByProxy(host, options.proxy, secrets, signal, tcp) : reach;
  const reachOf = (role: PortProbe['role']): Reach => (role === 'ssh' ? reachSsh : role === 'web' ? reachWeb : reach);
  const queue = portsToProbe(plan);
  const probes: PortProbe[] = [];
  const judged: { port: number; isKnown: boolean }[] = [];
  let address: string | undefined;
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next && !signal.aborted; next = queue.shift()) {
      const { port, role } = next;
      const reached = await reachOf(role)(port);
      let probe: PortProbe;
      if ('finding' in reached) probe = { port, role, ...reached };
      else {
        if (role !== 'ssh') address ??= reached.address;
        const { trusted: byAuthority, ...found }: Partial<PortProbe> & { trusted?: boolean } =
          role === 'ssh' ? await probeSsh(reached) : (await probeTls(host, reached, role, trust, timeoutMs)).probe;
        if (byAuthority !== undefined) judged.push({ port, isKnown: byAuthority });
        const note = [found.note, reached.note].filter((part) => part !== undefined).join('; ');
        const { roundTripMs } = reached;
        probe = {
          ...{ port, role, finding: found.finding ?? 'speaks-other' },
          ...(roundTripMs === undefined ? {} : { roundTripMs }),
          ...found,
          ...(note === '' ? {} : { note }),
        };
      }
      probes.push(probe);
      onProbe(probe);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  probes.sort((a, b) => a.port - b.port);
  const ways = judgeWays(probes);
  const roundTripMs = median(probes.flatMap((probe) => (probe.roundTripMs === undefined ? [] : [probe.roundTripMs])));
  const rate = signal.aborted ? undefined : await estimateRate(host, reach, trust, probes, timeoutMs);
  const packets = signal.aborted
    ? undefined
    : await testPacketsAt(host, reachOf, trust, probes, {
        ...{ timeoutMs, signal, roundTripMs: roundTripMs ?? 0 },
        bytesPerSecond: rate?.bytesPerSecond ?? Infinity,
      });
  const { fingerprint: accepted } = options;
  const certificates =
    trust.authorities !== undefined
      ? judged.sort((a, b) => a.port - b.port)
      : probes.flatMap(({ port, fingerprint }) =>
          accepted === undefined || fingerprint === undefined ? [] : [{ port, isKnown: fingerprint === accepted }],
        );
  const otherCertificateAt = certificates.filter(({ isKnown }) => !isKnown).map(({ port }) => port);
  return {
    host,
    ...(address === undefined ? {} : { address }),
    startedAtMs,
    seconds: Math.round((performance.now() - startedAt) / 100) / 10,
    ports: probes,
    ways,
    ...(roundTripMs === undefined ? {} : { roundTripMs }),
    ...rate,
    ...(packets ? { packets } : {}),
    ...whatToDo(host, probes, ways, plan, packets),
    ...(loaded instanceof PutError ? { trouble: loaded.message } : {}),
    ...(certificates.length === 0 ? {} : { certificateKnown: otherCertificateAt.length === 0 }),
    ...(otherCertificateAt.length === 0 ? {} : { otherCertificateAt }),
  };
}
