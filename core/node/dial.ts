import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { connect as tlsConnect, type TLSSocket } from 'node:tls';
import { WebSocket } from 'ws';
import type { ErrorCode } from '../protocol/errorCatalogue.ts';
import { PutError } from '../protocol/errors.ts';
import { TIMES } from '../protocol/limits.ts';
import type { Dial, DialTarget } from '../client/paths.ts';
import type { Transport } from '../session/ports.ts';
import { fingerprintOf } from './certificateFingerprint.ts';
import { socketTransport } from './socketTransport.ts';
import { wsTransport } from './wsTransport.ts';

/**
 * Curves offered in the handshake: classic ones only. The hybrid post-quantum share that current TLS libraries send by
 * default adds about 1.1 kB to each direction, a second or more of a 9,600 bit/s line.
 */
export const TLS_CURVES = 'X25519:P-256';

/** Remembered TLS sessions by host and port, so that a reconnect needs no certificate and half the bytes. */
const tlsSessions = new Map<string, Buffer>();
const TLS_SESSIONS_KEPT = 64;

const CODE_BY_SYSTEM_CODE: Readonly<Record<string, ErrorCode>> = {
  ENOTFOUND: 'host-unknown',
  EAI_AGAIN: 'host-unknown',
  ETIMEDOUT: 'dial-timeout',
};

function dialError(where: string, error: Error): PutError {
  const systemCode = (error as NodeJS.ErrnoException).code ?? '';
  if (systemCode.startsWith('ERR_SSL') || systemCode.startsWith('ERR_TLS') || systemCode === 'EPROTO') {
    return new PutError(
      'tls-failed',
      `${where}: TLS could not be agreed (${systemCode})`,
      { systemCode },
      { cause: error },
    );
  }
  const code = CODE_BY_SYSTEM_CODE[systemCode] ?? 'dial-failed';
  const what = systemCode === 'ECONNREFUSED' ? 'the port is closed' : systemCode === '' ? error.message : systemCode;
  return new PutError(code, `${where}: ${what}`, { systemCode }, { cause: error });
}

/** Checks the certificate against the pin; throws `certificate-unknown` or `certificate-changed` with the fingerprints. */
function checkPin(socket: TLSSocket, target: DialTarget): void {
  const where = `${target.host}:${target.port}`;
  const certificate = socket.getPeerX509Certificate();
  if (!certificate) throw new PutError('tls-failed', `${where} showed no certificate`);
  const fingerprint = fingerprintOf(certificate.raw);
  if (target.fingerprint === undefined) {
    throw new PutError(
      'certificate-unknown',
      `${where} shows the certificate ${fingerprint}, which was not accepted here yet`,
      { fingerprint },
    );
  }
  if (target.fingerprint !== fingerprint) {
    throw new PutError(
      'certificate-changed',
      `${where} shows the certificate ${fingerprint}; ${target.fingerprint} was accepted before`,
      {
        fingerprint,
        pinned: target.fingerprint,
      },
    );
  }
}

function connectTls(target: DialTarget, address: string, signal: AbortSignal): Promise<TLSSocket> {
  const where = `${target.host}:${target.port}`;
  const key = `${where} ${target.fingerprint ?? ''}`;
  return new Promise((resolve, reject) => {
    const session = target.fingerprint === undefined ? undefined : tlsSessions.get(key);
    const socket = tlsConnect({
      host: address,
      port: target.port,
      minVersion: 'TLSv1.2',
      ecdhCurve: TLS_CURVES,
      // Trust is the pin, checked below before a byte of ours leaves; names and authorities mean nothing here.
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
      ...(isIP(target.host) === 0 ? { servername: target.host } : {}),
      ...(session ? { session } : {}),
    });
    const timer = setTimeout(
      () => fail(new PutError('dial-timeout', `${where} did not answer within ${TIMES.dialMs / 1000} s`)),
      TIMES.dialMs,
    );
    const finish = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      socket.removeListener('error', onError);
      socket.removeListener('close', onClose);
    };
    const fail = (error: PutError): void => {
      finish();
      socket.on('error', () => {});
      socket.destroy();
      reject(error);
    };
    const onAbort = (): void => fail(new PutError('cancelled', `the connection to ${where} was given up`));
    const onError = (error: Error): void => fail(dialError(where, error));
    const onClose = (): void => fail(new PutError('dial-failed', `${where}: closed during the TLS handshake`));
    signal.addEventListener('abort', onAbort);
    socket.on('error', onError);
    socket.on('close', onClose);
    socket.on('session', (ticket) => {
      if (target.fingerprint === undefined) return;
      tlsSessions.delete(key);
      tlsSessions.set(key, ticket);
      const oldest = tlsSessions.keys().next().value;
      if (tlsSessions.size > TLS_SESSIONS_KEPT && oldest !== undefined) tlsSessions.delete(oldest);
    });
    socket.once('secureConnect', () => {
      try {
        // A resumed session proves the key that was pinned when the ticket was given; it carries no certificate.
        if (!socket.isSessionReused()) checkPin(socket, target);
      } catch (error) {
        fail(error as PutError);
        return;
      }
      finish();
      resolve(socket);
    });
    if (signal.aborted) onAbort();
  });
}

async function addressOf(host: string): Promise<string> {
  if (isIP(host) !== 0) return host;
  try {
    return (await lookup(host)).address;
  } catch (error) {
    throw dialError(host, error as Error);
  }
}

async function openWebSocket(target: DialTarget, socket: TLSSocket): Promise<Transport> {
  const where = `${target.host}:${target.port}`;
  const webSocket = new WebSocket(`wss://${where.includes('::') ? `[${target.host}]:${target.port}` : where}/session`, {
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
    webSocket.once('error', (error) =>
      reject(new PutError('dial-failed', `${where}: no WebSocket (${error.message})`, {}, { cause: error })),
    );
  });
}

/** Dials over TLS, plain or inside a WebSocket. The pin is checked before anything is sent. */
export const dialNetwork: Dial = async (target, signal) => {
  if (target.carrier === 'ssh') throw new PutError('dial-failed', 'the way by SSH is not set up for this system');
  const socket = await connectTls(target, await addressOf(target.host), signal);
  return target.carrier === 'tls' ? socketTransport(socket, { end: 'client' }) : openWebSocket(target, socket);
};
