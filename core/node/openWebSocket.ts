import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { WebSocket } from 'ws';
import type { DialTarget } from '../client/paths.ts';
import { PutError } from '../protocol/errors.ts';
import { TIMES } from '../protocol/limits.ts';
import type { Transport } from '../session/ports.ts';
import { hostAndPort } from './connectTcp.ts';
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

/** A WebSocket of the product over TLS whose certificate was judged; `socket` is destroyed where none comes about. */
export async function openWebSocket(target: Pick<DialTarget, 'host' | 'port'>, socket: TLSSocket): Promise<Transport> {
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
