import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { isIP } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { connect as tlsConnect, type TLSSocket } from 'node:tls';
import { WebSocket } from 'ws';
import type { ErrorCode } from '../protocol/errorCatalogue.ts';
import { PutError } from '../protocol/errors.ts';
import { TIMES } from '../protocol/limits.ts';
import type { Dial, DialTarget } from '../client/paths.ts';
import type { ProxyTarget } from '../model/ways.ts';
import type { Transport } from '../session/ports.ts';
import { fingerprintOf } from './certificateFingerprint.ts';
import { socketTransport } from './socketTransport.ts';
import { resolveSshHops, systemSurroundings, type SshSurroundings } from './ssh/sshHostSettings.ts';
import { openSshTunnel, type SshSecrets } from './ssh/sshTunnel.ts';
import { streamTransport } from './streamTransport.ts';
import { wsTransport } from './wsTransport.ts';

/**
 * Curves offered in the handshake: classic ones only. The hybrid post-quantum share that current TLS libraries send by
 * default adds about 1.1 kB to each direction, a second or more of a 9,600 bit/s line.
 */
export const TLS_CURVES = 'X25519:P-256';

/** TLS sessions by host, port and pin, so that a reconnect needs no certificate and half the bytes. */
type TlsSessions = Map<string, Buffer>;
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

/** Runs work with a deadline and an abort; `giveUp` undoes what it left. */
function within<T>(
  where: string,
  signal: AbortSignal,
  work: (fail: (error: PutError) => void) => { done: Promise<T>; giveUp: () => void },
): Promise<T> {
  return new Promise((resolve, reject) => {
    const finish = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    };
    const fail = (error: PutError): void => {
      finish();
      giveUp();
      reject(error);
    };
    const onAbort = (): void => fail(new PutError('cancelled', `the connection to ${where} was given up`));
    const timer = setTimeout(
      () => fail(new PutError('dial-timeout', `${where} did not answer within ${TIMES.dialMs / 1000} s`)),
      TIMES.dialMs,
    );
    const { done, giveUp } = work(fail);
    done.then(
      (value) => {
        finish();
        resolve(value);
      },
      (error: unknown) => fail(error instanceof PutError ? error : dialError(where, error as Error)),
    );
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort);
  });
}

function remember(tlsSessions: TlsSessions, key: string, ticket: Buffer | undefined): void {
  if (!ticket) return;
  tlsSessions.delete(key);
  tlsSessions.set(key, ticket);
  const oldest = tlsSessions.keys().next().value;
  if (tlsSessions.size > TLS_SESSIONS_KEPT && oldest !== undefined) tlsSessions.delete(oldest);
}

/** TLS over an open stream, or over a new connection to `address`. */
function connectTls(
  target: DialTarget,
  over: { address: string } | { stream: Duplex },
  signal: AbortSignal,
  tlsSessions: TlsSessions,
): Promise<TLSSocket> {
  const where = `${target.host}:${target.port}`;
  const key = `${where} ${target.fingerprint ?? ''}`;
  return within(where, signal, (fail) => {
    const session = target.fingerprint === undefined ? undefined : tlsSessions.get(key);
    const socket = tlsConnect({
      ...('stream' in over ? { socket: over.stream } : { host: over.address, port: target.port }),
      minVersion: 'TLSv1.2',
      ecdhCurve: TLS_CURVES,
      // Trust is the pin, checked below before a byte of ours leaves; names and authorities mean nothing here.
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
      ...(isIP(target.host) === 0 ? { servername: target.host } : {}),
      ...(session ? { session } : {}),
    });
    const onError = (error: Error): void => fail(dialError(where, error));
    const onClose = (): void => fail(new PutError('dial-failed', `${where}: closed during the TLS handshake`));
    socket.on('error', onError);
    socket.on('close', onClose);
    const done = once(socket, 'secureConnect').then(() => {
      // A resumed session proves the key that was pinned when the ticket was given; it carries no certificate.
      if (!socket.isSessionReused()) checkPin(socket, target);
      if (socket.getProtocol() === 'TLSv1.2') remember(tlsSessions, key, socket.getSession());
      socket.on('session', (ticket) => remember(tlsSessions, key, ticket));
      socket.removeListener('error', onError);
      socket.removeListener('close', onClose);
      return socket;
    });
    const giveUp = (): void => {
      socket.removeListener('close', onClose);
      socket.on('error', () => {});
      socket.destroy();
    };
    return { done, giveUp };
  });
}

/** A connection through an HTTP proxy (RFC 9110, CONNECT). */
function connectThroughProxy(
  target: DialTarget,
  proxy: ProxyTarget,
  password: string | undefined,
  signal: AbortSignal,
): Promise<Duplex> {
  const where = `proxy ${proxy.host}:${proxy.port}`;
  const authority = `${isIP(target.host) === 6 ? `[${target.host}]` : target.host}:${target.port}`;
  return within(where, signal, (fail) => {
    const request = httpRequest({
      host: proxy.host,
      port: proxy.port,
      method: 'CONNECT',
      path: authority,
      agent: false,
      headers: {
        host: authority,
        ...(proxy.user === undefined
          ? {}
          : { 'proxy-authorization': `Basic ${Buffer.from(`${proxy.user}:${password ?? ''}`).toString('base64')}` }),
      },
    });
    const refused = (status: number): PutError =>
      new PutError('proxy-refused', `${where} answered ${status} to CONNECT ${authority}`, { status });
    const done = new Promise<Duplex>((resolve) => {
      request.once('connect', (response, socket, head) => {
        if (response.statusCode !== 200) {
          socket.destroy();
          fail(refused(response.statusCode ?? 0));
          return;
        }
        if (head.length > 0) socket.unshift(head);
        resolve(socket);
      });
      request.once('response', (response) => {
        response.resume();
        fail(refused(response.statusCode ?? 0));
      });
      request.once('error', (error) => fail(dialError(where, error)));
      request.end();
    });
    return { done, giveUp: () => request.destroy() };
  });
}

async function addressOf(host: string, signal: AbortSignal): Promise<string> {
  if (isIP(host) !== 0) return host;
  const { address } = await within(host, signal, () => ({ done: lookup(host), giveUp: () => {} }));
  return address;
}

async function openWebSocket(target: DialTarget, socket: TLSSocket): Promise<Transport> {
  const where = `${target.host}:${target.port}`;
  const webSocket = new WebSocket(
    `wss://${isIP(target.host) === 6 ? `[${target.host}]:${target.port}` : where}/session`,
    {
      createConnection: () => socket,
      perMessageDeflate: false,
      handshakeTimeout: TIMES.handshakeMs,
      maxPayload: 8 * 1024 * 1024,
    },
  );
  // ws gives the transport its messages only after 'open', so nothing can be missed between.
  return new Promise((resolve, reject) => {
    webSocket.once('open', () => {
      webSocket.removeAllListeners('error');
      resolve(wsTransport(webSocket, { label: where, port: target.port }));
    });
    webSocket.once('error', (error) => {
      socket.destroy();
      reject(new PutError('dial-failed', `${where}: no WebSocket (${error.message})`, {}, { cause: error }));
    });
  });
}

/** What dialling needs beyond the network: secrets that a person gives, and the ssh configuration of this machine. */
export interface DialOptions {
  readonly sshSecrets?: SshSecrets | undefined;
  /** Absent: the machine's own, `~/.ssh/config`. */
  readonly sshSurroundings?: SshSurroundings | undefined;
  proxyPassword?(proxy: ProxyTarget): Promise<string | undefined>;
}

const NO_SECRETS: SshSecrets = {
  passphrase: () => Promise.resolve(undefined),
  password: () => Promise.resolve(undefined),
};

async function ownSurroundings(): Promise<SshSurroundings> {
  const configText = await readFile(join(homedir(), '.ssh', 'config'), 'utf8').catch(() => '');
  return systemSurroundings(configText);
}

/**
 * A dialler over the network: TLS by itself, inside a WebSocket (through an HTTP proxy where one is named), or through SSH to
 * the master. The pinned certificate is checked in each before anything is sent. It remembers TLS sessions for its next dials.
 */
export function createDial(options: DialOptions = {}): Dial {
  const tlsSessions: TlsSessions = new Map();
  return async (target, signal) => {
    if (target.carrier === 'ssh') {
      const hops = resolveSshHops(
        target.ssh ?? { host: target.host },
        options.sshSurroundings ?? (await ownSurroundings()),
      );
      const stream = await openSshTunnel(hops, target.port, options.sshSecrets ?? NO_SECRETS, signal);
      const socket = await connectTls(target, { stream }, signal, tlsSessions).catch((error: unknown) => {
        stream.destroy();
        throw error;
      });
      return streamTransport(socket, { label: `${target.host}:${target.port} by SSH`, port: target.port });
    }
    const over =
      target.carrier === 'websocket' && target.proxy
        ? {
            stream: await connectThroughProxy(
              target,
              target.proxy,
              await options.proxyPassword?.(target.proxy),
              signal,
            ),
          }
        : { address: await addressOf(target.host, signal) };
    const socket = await connectTls(target, over, signal, tlsSessions);
    return target.carrier === 'tls' ? socketTransport(socket, { end: 'client' }) : openWebSocket(target, socket);
  };
}

/** Dials with the machine's own ssh configuration and no secrets. */
export const dialNetwork: Dial = createDial();
