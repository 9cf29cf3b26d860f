import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { WebSocket } from 'ws';
import type { Dial, DialTarget } from '../client/paths.ts';
import { NO_WAY_SECRETS, type WaySecrets } from '../model/ways.ts';
import { PutError } from '../protocol/errors.ts';
import { TIMES } from '../protocol/limits.ts';
import type { Transport } from '../session/ports.ts';
import { connectThroughProxy } from './connectThroughProxy.ts';
import { connectTls, type TlsSessions } from './connectTls.ts';
import { connectTcp, hostAndPort } from './connectTcp.ts';
import type { HostAddresses } from './hostAddress.ts';
import { socketTransport } from './socketTransport.ts';
import { ownSurroundings, type SshSurroundings } from './ssh/sshConfiguration.ts';
import type { TunnelEnd } from './ssh/sshTunnel.ts';
import { openSshWay } from './ssh/sshWay.ts';
import { streamTransport } from './streamTransport.ts';
import { loadTrust } from './tlsTrust.ts';
import { keepRecordsSmall } from './tlsRecords.ts';
import { wsTransport } from './wsTransport.ts';

/** What an answer other than 101 means; putservices says 403 with the code in a header. */
function upgradeRefused(where: string, response: IncomingMessage): PutError {
  const status = response.statusCode ?? 0;
  if (response.headers['put-error'] === 'client-certificate-refused') {
    return new PutError(
      'client-certificate-refused',
      `${where} demands a client certificate of its authority; none or another one was shown`,
      { status },
    );
  }
  return new PutError('websocket-refused', `${where}: no WebSocket (it answered ${status})`, { status });
}

async function openWebSocket(target: DialTarget, socket: TLSSocket): Promise<Transport> {
  keepRecordsSmall(socket);
  const where = hostAndPort(target.host, target.port);
  const webSocket = new WebSocket(`wss://${where}/session`, {
    createConnection: () => socket,
    perMessageDeflate: false,
    handshakeTimeout: TIMES.handshakeMs,
    maxPayload: 8 * 1024 * 1024,
  });
  // ws gives the transport its messages only after 'open', so nothing can be missed between.
  return new Promise((resolve, reject) => {
    webSocket.once('open', () => {
      webSocket.removeAllListeners('error');
      resolve(wsTransport(webSocket, { label: where, port: target.port }));
    });
    webSocket.once('unexpected-response', (_request, response) => {
      socket.destroy();
      reject(upgradeRefused(where, response));
    });
    webSocket.on('error', (error) => {
      socket.destroy();
      reject(new PutError('dial-failed', `${where}: no WebSocket (${error.message})`, {}, { cause: error }));
    });
  });
}

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

/** The connected stream that TLS goes over. */
async function openStream(
  target: DialTarget,
  secrets: WaySecrets,
  signal: AbortSignal,
  { sshSurroundings, addresses }: DialOptions,
): Promise<Duplex> {
  if (target.carrier === 'ssh') {
    const surroundings = sshSurroundings ?? ownSurroundings();
    const ssh = target.ssh ?? { host: target.host };
    return openSshWay(ssh, tunnelEndOf(target), surroundings, secrets, signal, target.onAnswered, { addresses });
  }
  if (target.carrier === 'websocket' && target.proxy)
    return connectThroughProxy(target, target.proxy, secrets, signal, target.onAnswered, { addresses });
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
        return openWebSocket(target, socket);
      case 'tls':
        return socketTransport(socket, { end: 'client' });
    }
  };
}

/** Dials with the machine's own ssh configuration. */
export const dialNetwork: Dial = createDial();
