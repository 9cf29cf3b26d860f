import type { ErrorDetails } from '../protocol/errors.ts';
import { askForSinglePort, isThisMachine, type WayName } from './pathTest.ts';

/** Ports of a target as the client system knows them. */
export interface TargetPorts {
  readonly host: string;
  readonly ccPort: number;
  readonly sslPort: number;
  readonly servicePort: number;
  readonly chatPort: number;
  /** CCPORTCOUNT; the master's default where it is not known. */
  readonly ccPortCount?: number | undefined;
}

const DEFAULT_CCPORT_COUNT = 10;

/** Failures that a firewall or something else on the way can be behind. */
const ON_THE_WAY: ReadonlySet<string> = new Set([
  'dial-failed',
  'dial-timeout',
  'port-closed',
  'host-unreachable',
  'tls-failed',
  'tls-silent',
  'preface-foreign',
  'request-timeout',
  'line-lost',
  'peer-silent',
]);

/**
 * How a way failed: `host` and `port` in the details name the machine that could not be reached, `through` the host of the way
 * that said so of one behind it.
 */
export interface SeenFailure {
  readonly code: string;
  readonly details?: ErrorDetails | undefined;
}

function portsOf(path: Exclude<WayName, 'ssh'>, target: TargetPorts): string {
  const gui = `ports ${target.ccPort} to ${target.ccPort + (target.ccPortCount ?? DEFAULT_CCPORT_COUNT) - 1}`;
  switch (path) {
    case 'single-port':
      return `port ${target.ccPort} (TLS 1.2 or newer, one long-lived connection)`;
    case 'hand-off':
      return `${gui} (TLS 1.2 or newer)`;
    case 'direct':
      return `${gui}, ${target.servicePort} and ${target.chatPort} (TLS 1.2 or newer)`;
    case 'websocket':
      return `port ${target.sslPort} (HTTPS with WebSocket, one long-lived connection)`;
  }
}

/** The machine that could not be reached, where it is another one than the target: an SSH host, a proxy. */
function hopOf({ details }: SeenFailure, target: TargetPorts): { host: string; port: number } | undefined {
  const host = details?.['host'];
  const port = details?.['port'];
  return typeof host === 'string' && typeof port === 'number' && host !== target.host ? { host, port } : undefined;
}

/**
 * What to ask the firewall team for so that a way works that failed so; undefined where they can do nothing about it. By SSH
 * and through a proxy it names the host that could not be reached, and nothing where the fault lies behind it.
 */
export function firewallRequest(path: WayName, cause: SeenFailure, target: TargetPorts): string | undefined {
  // Between two hosts of the way, and beyond the last one, this machine's firewall has no part.
  if (!ON_THE_WAY.has(cause.code) || cause.details?.['through'] !== undefined) return undefined;
  const hop = hopOf(cause, target);
  if (isThisMachine(hop?.host ?? target.host)) return undefined;
  if (hop) {
    const what = path === 'ssh' ? ' (SSH)' : path === 'websocket' ? ' (HTTP proxy)' : '';
    return `Please allow TCP from this machine to ${hop.host} port ${hop.port}${what}.`;
  }
  if (path === 'ssh') {
    const port = cause.details?.['port'];
    return typeof port === 'number'
      ? `Please allow TCP from this machine to ${target.host} port ${port} (SSH).`
      : undefined;
  }
  if (path === 'single-port') return askForSinglePort(target.host, target.ccPort);
  return `Please allow TCP from this machine to ${target.host} ${portsOf(path, target)}.`;
}

/** The same for one port of *direct* whose service goes over the GUI port meanwhile. */
export function firewallRequestForSide(port: number, cause: SeenFailure, host: string): string | undefined {
  if (!ON_THE_WAY.has(cause.code) || isThisMachine(host)) return undefined;
  return `Please allow TCP from this machine to ${host} port ${port} (TLS 1.2 or newer). Until then its traffic goes over the GUI port.`;
}

/** How each way of `paths-exhausted` failed: its details hold the code of each, and the machine that was not reached. */
export function failuresByWay({ details = {} }: SeenFailure): ReadonlyMap<WayName, SeenFailure> {
  const ways: WayName[] = ['single-port', 'hand-off', 'websocket', 'ssh', 'direct'];
  return new Map(
    ways.flatMap((way): [WayName, SeenFailure][] => {
      const code = details[way];
      if (typeof code !== 'string') return [];
      const at = details[`${way}-at`];
      const split = typeof at === 'string' ? at.lastIndexOf(' ') : -1;
      if (typeof at !== 'string' || split < 0) return [[way, { code }]];
      return [[way, { code, details: { host: at.slice(0, split), port: Number(at.slice(split + 1)) } }]];
    }),
  );
}

/** The details of `paths-exhausted`, as `failuresByWay` reads them. */
export function detailsOfFailures(failures: readonly { path: WayName; error: SeenFailure }[]): ErrorDetails {
  return Object.fromEntries(
    failures.flatMap(({ path, error: { code, details } }) => {
      const host = details?.['host'];
      const port = details?.['port'];
      const at: [string, string][] =
        typeof host === 'string' && typeof port === 'number' && details?.['through'] === undefined
          ? [[`${path}-at`, `${host} ${port}`]]
          : [];
      return [[path, code], ...at];
    }),
  );
}

/** The least to ask for where no way of the order worked: one port, if one is enough for any of them. */
export function leastFirewallRequest(
  order: readonly WayName[],
  cause: SeenFailure,
  target: TargetPorts,
): string | undefined {
  const failures = failuresByWay(cause);
  const best = order.includes('single-port') ? ['single-port' as const, ...order] : order;
  for (const path of best) {
    const failure = cause.code === 'paths-exhausted' ? failures.get(path) : cause;
    const request = failure && firewallRequest(path, failure, target);
    if (request !== undefined) return request;
  }
  return undefined;
}
