import { connect as netConnect, type Socket } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import {
  judgeWays,
  portsToProbe,
  sentenceForFirewall,
  type PathTestResult,
  type PortProbe,
} from '../model/pathTest.ts';
import type { SshTarget } from '../model/ways.ts';
import { PREFACE } from '../protocol/frame.ts';
import { fingerprintOf } from './certificateFingerprint.ts';
import { TLS_CURVES } from './connectTls.ts';
import { ownSurroundings } from './ssh/sshConfiguration.ts';
import { resolveSshHops } from './ssh/sshHostSettings.ts';

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
  /** Accepted certificate, to tell whether what is shown is the target. */
  readonly fingerprint?: string | undefined;
  /** A port that did not answer after this counts as filtered. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
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

const REFUSED: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ECONNRESET']);
const UNREACHABLE: ReadonlySet<string> = new Set([
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EADDRNOTAVAIL',
  'EINVAL',
]);

interface Reached {
  readonly socket: Socket;
  readonly roundTripMs: number;
}

function reach(
  host: string,
  port: number,
  timeoutMs: number,
): Promise<Reached | { failure: PortProbe['finding']; note: string }> {
  return new Promise((resolve) => {
    const startedAt = performance.now();
    const socket = netConnect({ host, port });
    const timer = setTimeout(() => {
      socket.destroy();
      resolve({ failure: 'filtered', note: `no answer within ${timeoutMs / 1000} s` });
    }, timeoutMs);
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.removeAllListeners('error');
      resolve({ socket, roundTripMs: Math.round((performance.now() - startedAt) * 10) / 10 });
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      const code = error.code ?? error.message;
      resolve({
        failure: REFUSED.has(code) ? 'refused' : UNREACHABLE.has(code) ? 'unreachable' : 'filtered',
        note: code,
      });
    });
  });
}

/** The first bytes that come, as text; empty after the deadline. */
function firstBytes(socket: Socket, timeoutMs: number): Promise<Buffer> {
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

async function probeSsh(reached: Reached): Promise<Partial<PortProbe>> {
  const greeting = (await firstBytes(reached.socket, GREETING_MS)).toString('latin1').split('\n')[0]?.trim() ?? '';
  reached.socket.destroy();
  return greeting.startsWith('SSH-')
    ? { finding: 'speaks-put', note: greeting.slice(0, 60) }
    : { finding: 'speaks-other', note: greeting === '' ? 'no SSH greeting' : 'another greeting' };
}

/** TLS, then what tells putservices apart: its answer to a hello that cannot be read, or its HTTPS start page. */
async function probeTls(
  host: string,
  reached: Reached,
  role: PortProbe['role'],
  timeoutMs: number,
): Promise<{ probe: Partial<PortProbe>; bytes: number; handshakeMs: number }> {
  const startedAt = performance.now();
  const socket = tlsConnect({
    socket: reached.socket,
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
    minVersion: 'TLSv1.2',
    ecdhCurve: TLS_CURVES,
  });
  const secured = await new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(false), timeoutMs);
    socket.once('secureConnect', () => {
      clearTimeout(timer);
      resolve(true);
    });
    socket.once('error', () => {
      clearTimeout(timer);
      resolve(false);
    });
  });
  if (!secured) {
    socket.destroy();
    return { probe: { finding: 'speaks-other', note: 'no TLS here' }, bytes: 0, handshakeMs: 0 };
  }
  const handshakeMs = performance.now() - startedAt;
  const tlsVersion = socket.getProtocol() ?? undefined;
  const certificate = socket.getPeerX509Certificate();
  const fingerprint = certificate ? fingerprintOf(certificate.raw) : undefined;
  const bytes = reached.socket.bytesRead;
  const http = role === 'web' || role === 'chat';
  socket.on('error', () => {});
  socket.write(
    http ? `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n` : Buffer.concat([PREFACE, Buffer.alloc(16)]),
  );
  const answer = await firstBytes(socket, GREETING_MS);
  socket.destroy();
  const put = http
    ? /^HTTP\/1\.1 (200|400|403|404|426)/.test(answer.toString('latin1'))
    : Buffer.from(PREFACE).equals(answer.subarray(0, PREFACE.length)) || answer.length === 0;
  const note = put ? {} : { note: 'TLS, but not putservices' };
  return {
    probe: { finding: put ? 'speaks-put' : 'speaks-other', tlsVersion, fingerprint, ...note },
    bytes,
    handshakeMs,
  };
}

/** What the line carries, from one handshake while nothing else is under way; undefined when it does not come about. */
async function estimateRate(
  host: string,
  probes: readonly PortProbe[],
  timeoutMs: number,
): Promise<{ bytesPerSecond: number; orMore: boolean } | undefined> {
  const open = probes.find(({ finding, role }) => finding === 'speaks-put' && role !== 'ssh');
  const reached = open && (await reach(host, open.port, timeoutMs));
  if (!reached || 'failure' in reached) return undefined;
  const { bytes, handshakeMs } = await probeTls(host, reached, open.role, timeoutMs);
  if (bytes < ENOUGH_BYTES) return undefined;
  const carryMs = Math.max(1, handshakeMs - reached.roundTripMs);
  return { bytesPerSecond: Math.round((bytes * 1000) / carryMs), orMore: carryMs < LINE_TELLS_MS };
}

function median(numbers: readonly number[]): number | undefined {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

/** Probes every port of a target and judges the ways to it. Never rejects: what is wrong stands in the findings. */
export async function testPaths(
  options: PathTestOptions,
  onProbe: (probe: PortProbe) => void = () => {},
): Promise<PathTestResult> {
  const startedAtMs = performance.now();
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const never = new AbortController().signal;
  // A configuration that cannot be used is told by the way itself; here the entry's own words count then.
  const hops =
    options.ssh && (await resolveSshHops(options.ssh, ownSurroundings(), options.signal ?? never).catch(() => []));
  const sshHop = hops?.[0];
  const sshHost = sshHop?.address ?? options.host;
  const sshPort = sshHop?.port ?? options.sshPort ?? 22;
  const plan = { ...options, ccPortCount: options.ccPortCount ?? 10, sshPort };
  const queue = portsToProbe(plan);
  const probes: PortProbe[] = [];
  let address: string | undefined;
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next && options.signal?.aborted !== true; next = queue.shift()) {
      const { port, role } = next;
      const reached = await reach(role === 'ssh' ? sshHost : options.host, port, timeoutMs);
      let probe: PortProbe;
      if ('failure' in reached) probe = { port, role, finding: reached.failure, note: reached.note };
      else {
        if (role !== 'ssh') address ??= reached.socket.remoteAddress;
        const found: Partial<PortProbe> =
          role === 'ssh' ? await probeSsh(reached) : (await probeTls(options.host, reached, role, timeoutMs)).probe;
        probe = { port, role, finding: found.finding ?? 'speaks-other', roundTripMs: reached.roundTripMs, ...found };
      }
      probes.push(probe);
      onProbe(probe);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  probes.sort((a, b) => a.port - b.port);
  const ways = judgeWays(probes);
  const fingerprints = probes.flatMap((probe) => (probe.fingerprint === undefined ? [] : [probe.fingerprint]));
  const roundTripMs = median(probes.flatMap((probe) => (probe.roundTripMs === undefined ? [] : [probe.roundTripMs])));
  const rate = options.signal?.aborted === true ? undefined : await estimateRate(options.host, probes, timeoutMs);
  return {
    host: options.host,
    ...(address === undefined ? {} : { address }),
    startedAtMs,
    seconds: Math.round((performance.now() - startedAtMs) / 100) / 10,
    ports: probes,
    ways,
    ...(roundTripMs === undefined ? {} : { roundTripMs }),
    ...rate,
    askFor: sentenceForFirewall(options.host, ways, plan),
    ...(options.fingerprint === undefined || fingerprints.length === 0
      ? {}
      : { certificateKnown: fingerprints.every((shown) => shown === options.fingerprint) }),
  };
}
