import { askForSinglePort, type WayName } from './pathTest.ts';

/** Ports of a target as the client system knows them. */
export interface TargetPorts {
  readonly host: string;
  readonly ccPort: number;
  readonly sslPort: number;
  readonly servicePort: number;
  readonly chatPort: number;
  /** 22 unless the way by SSH names another. */
  readonly sshPort?: number | undefined;
  /** CCPORTCOUNT; the master's default where it is not known. */
  readonly ccPortCount?: number | undefined;
}

const DEFAULT_CCPORT_COUNT = 10;
const DEFAULT_SSH_PORT = 22;

/** Failures that a firewall or something else on the way can be behind. */
const ON_THE_WAY: ReadonlySet<string> = new Set([
  'dial-failed',
  'dial-timeout',
  'port-closed',
  'host-unreachable',
  'tls-silent',
  'tls-failed',
  'preface-foreign',
  'request-timeout',
  'line-lost',
  'peer-silent',
  'paths-exhausted',
]);

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

/** The hop of a way by SSH that did not answer, as the details of its error name it. */
export interface FailedHop {
  readonly host?: unknown;
  readonly port?: unknown;
  readonly through?: unknown;
}

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;

/** What to ask the firewall team for so that a way works that failed with `code`; undefined where they can do nothing about it. */
export function firewallRequest(
  path: WayName,
  code: string,
  target: TargetPorts,
  seen: FailedHop = {},
): string | undefined {
  if (!ON_THE_WAY.has(code)) return undefined;
  if (path === 'ssh') {
    // Between two hosts of the way, and beyond the last one, this machine's firewall has no part.
    if (seen.through !== undefined) return undefined;
    return `Please allow TCP from this machine to ${textOf(seen.host) ?? target.host} port ${textOf(seen.port) ?? target.sshPort ?? DEFAULT_SSH_PORT} (SSH).`;
  }
  if (path === 'single-port') return askForSinglePort(target.host, target.ccPort);
  return `Please allow TCP from this machine to ${target.host} ${portsOf(path, target)}.`;
}

/** The same for one port of *direct* whose service goes over the GUI port meanwhile. */
export function firewallRequestForSide(port: number, code: string, host: string): string | undefined {
  if (!ON_THE_WAY.has(code)) return undefined;
  return `Please allow TCP from this machine to ${host} port ${port} (TLS 1.2 or newer). Until then its traffic goes over the GUI port.`;
}

/** The least to ask for where no way of the order worked: one port, if one is enough for any of them. */
export function leastFirewallRequest(
  order: readonly WayName[],
  code: string,
  target: TargetPorts,
  seen: FailedHop = {},
): string | undefined {
  const path = order.includes('single-port') ? 'single-port' : order[0];
  return path && firewallRequest(path, code, target, seen);
}
