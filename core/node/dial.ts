import type { Duplex } from 'node:stream';
import type { Dial, DialTarget } from '../client/paths.ts';
import { NO_WAY_SECRETS, type WaySecrets } from '../model/ways.ts';
import { connectTls, type TlsSessions } from './connectTls.ts';
import { connectTcp } from './connectTcp.ts';
import type { HostAddresses } from './hostAddress.ts';
import { socketTransport } from './socketTransport.ts';
import type { SshSurroundings } from './ssh/sshConfiguration.ts';
import type { TunnelEnd } from './ssh/sshTunnel.ts';
import { streamTransport } from './streamTransport.ts';
import { loadTrust } from './tlsTrust.ts';

/** What dialling takes from this machine beyond the network. */
export interface DialOptions {
  /** The ssh configuration and program; absent: the machine's own. */
  readonly sshSurroundings?: SshSurroundings | undefined;
  /** Where names are looked up; absent: by the system. */
  readonly addresses?: HostAddresses | undefined;
}

/** The SSH host is the master node itself, which may listen on named addresses only, or a host in front of it. */
function tunnelEndOf({ host, port }: DialTarget): TunnelEnd {
  return { hosts: [...new Set(['127.0.0.1', host])], port };
}

/** The connected stream that TLS goes over. What a way needs alone is loaded when it is gone: each costs a command more than its dial. */
async function openStream(
  target: DialTarget,
  secrets: WaySecrets,
  signal: AbortSignal,
  { sshSurroundings, addresses }: DialOptions,
): Promise<Duplex> {
  if (target.carrier === 'ssh') {
    const [{ openSshWay }, { ownSurroundings }] = await Promise.all([
      import('./ssh/sshWay.ts'),
      import('./ssh/sshConfiguration.ts'),
    ]);
    const surroundings = sshSurroundings ?? ownSurroundings();
    const ssh = target.ssh ?? { host: target.host };
    return openSshWay(ssh, tunnelEndOf(target), surroundings, secrets, signal, target.onAnswered, { addresses });
  }
  if (target.carrier === 'websocket' && target.proxy) {
    const { connectThroughProxy } = await import('./connectThroughProxy.ts');
    return connectThroughProxy(target, target.proxy, secrets, signal, target.onAnswered, { addresses });
  }
  return connectTcp({ host: target.host, port: target.port }, signal, target.onAnswered, { addresses });
}

/**
 * A dialler over the network: TLS by itself, inside a WebSocket (through an HTTP proxy where one is named), or through SSH to
 * the master. The certificate is checked in each before anything is sent, by the pin or by the site's authority. Secrets are
 * taken from the target. It remembers TLS sessions for its next dials.
 */
export function createDial(options: DialOptions = {}): Dial {
  const tlsSessions: TlsSessions = new Map();
  return async (target, signal) => {
    const secrets = target.secrets ?? NO_WAY_SECRETS;
    const trust = await loadTrust(target.trust, secrets, signal);
    const stream = await openStream(target, secrets, signal, options);
    const socket = await connectTls(target, stream, trust, signal, tlsSessions);
    switch (target.carrier) {
      case 'ssh':
        return streamTransport(socket, { label: `${target.host}:${target.port} by SSH`, port: target.port });
      case 'websocket':
        return (await import('./openWebSocket.ts')).openWebSocket(target, socket);
      case 'tls':
        return socketTransport(socket, { end: 'client' });
    }
  };
}

/** Dials with the machine's own ssh configuration. */
export const dialNetwork: Dial = createDial();
