import { once } from 'node:events';
import { isIP, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { checkServerIdentity, connect as tlsConnect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import type { DialTarget } from '../client/paths.ts';
import { PutError } from '../protocol/errors.ts';
import { TIMES } from '../protocol/limits.ts';
import { fingerprintOf } from './certificateFingerprint.ts';
import { originOf } from './certificateNames.ts';
import { hostAndPort } from './connectTcp.ts';
import { dialError, withinDial } from './dialDeadline.ts';
import type { LoadedTrust } from './tlsTrust.ts';

/**
 * Curves offered in the handshake: classic ones only. The hybrid post-quantum share that current TLS libraries send by
 * default adds about 1.1 kB to each direction, a second or more of a 9,600 bit/s line.
 */
const TLS_CURVES = 'X25519:P-256';

/** TLS sessions by host, port, pin and trust settings, so that a reconnect needs no certificate and half the bytes. */
export type TlsSessions = Map<string, Buffer>;
const TLS_SESSIONS_KEPT = 64;

const WHY_UNTRUSTED: Readonly<Record<string, string>> = {
  ERR_TLS_CERT_ALTNAME_INVALID: 'it is not made out to this host',
  CERT_HAS_EXPIRED: 'it has ended',
  CERT_NOT_YET_VALID: 'it is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is signed by itself, not by the authority',
  SELF_SIGNED_CERT_IN_CHAIN: 'it comes from another authority',
  UNABLE_TO_GET_ISSUER_CERT: 'it comes from another authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'it comes from another authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'it comes from another authority',
  INVALID_PURPOSE: 'it is not made for servers',
};

function shownBy(socket: TLSSocket, where: string): { fingerprint: string; origin: string } {
  const certificate = socket.getPeerX509Certificate();
  if (!certificate) throw new PutError('tls-failed', `${where} showed no certificate`);
  return { fingerprint: fingerprintOf(certificate.raw), origin: originOf(certificate) };
}

/** Checks the certificate against the pin; throws `certificate-unknown` or `certificate-changed` with the fingerprints. */
function checkPin(socket: TLSSocket, target: DialTarget): void {
  const where = hostAndPort(target.host, target.port);
  const { fingerprint, origin } = shownBy(socket, where);
  const { fingerprint: pinned } = target;
  if (pinned === fingerprint) return;
  const shows = `${where} shows the certificate ${fingerprint}, ${origin}`;
  throw pinned === undefined
    ? new PutError('certificate-unknown', `${shows}, which was not accepted here yet`, { fingerprint, origin })
    : new PutError('certificate-changed', `${shows}; ${pinned} was accepted before`, { fingerprint, origin, pinned });
}

/** Throws `certificate-untrusted` unless the chain leads to the authority and the certificate is made out to the host. */
function checkAuthority(socket: TLSSocket, target: DialTarget): void {
  if (socket.authorized) return;
  const where = hostAndPort(target.host, target.port);
  // Typed as Error, but a code.
  const reason = String(socket.authorizationError);
  const authorityFile = target.trust?.authorityFile ?? '';
  const { fingerprint, origin } = shownBy(socket, where);
  throw new PutError(
    'certificate-untrusted',
    `${where} shows a certificate, ${origin}, that ${authorityFile} does not vouch for: ${WHY_UNTRUSTED[reason] ?? reason}`,
    { fingerprint, origin, reason, authorityFile },
  );
}

function remember(tlsSessions: TlsSessions, key: string, ticket: Buffer | undefined): void {
  if (!ticket) return;
  tlsSessions.delete(key);
  tlsSessions.set(key, ticket);
  const oldest = tlsSessions.keys().next().value;
  if (tlsSessions.size > TLS_SESSIONS_KEPT && oldest !== undefined) tlsSessions.delete(oldest);
}

/** How TLS is asked for. The certificate is judged afterwards: by the pin, for which names and authorities mean nothing, or by the site's own authority. */
export function tlsOptionsOf(host: string, { authorities, certificate }: LoadedTrust): ConnectionOptions {
  return {
    minVersion: 'TLSv1.2',
    ecdhCurve: TLS_CURVES,
    rejectUnauthorized: false,
    checkServerIdentity: (_host, shown) => (authorities === undefined ? undefined : checkServerIdentity(host, shown)),
    ...(authorities === undefined ? {} : { ca: authorities }),
    ...certificate,
    ...(isIP(host) === 0 ? { servername: host } : {}),
  };
}

/** TLS over an open stream; the certificate is checked before a byte of ours leaves. `stream` is destroyed where it fails. */
export function connectTls(
  target: DialTarget,
  stream: Duplex,
  trust: LoadedTrust,
  signal: AbortSignal,
  tlsSessions: TlsSessions,
): Promise<TLSSocket> {
  const where = hostAndPort(target.host, target.port);
  const { authorities } = trust;
  const key = `${where} ${target.fingerprint ?? ''} ${trust.id}`;
  const trusts = target.fingerprint !== undefined || authorities !== undefined;
  const timedOut = (): PutError =>
    new PutError('tls-silent', `${where} took the connection, but no TLS came back within ${TIMES.dialMs / 1000} s`);
  return withinDial(
    where,
    signal,
    (fail) => {
      const session = trusts ? tlsSessions.get(key) : undefined;
      const socket = tlsConnect({
        socket: stream,
        ...tlsOptionsOf(target.host, trust),
        ...(session ? { session } : {}),
      });
      // An SSH channel whose connection died takes no more bytes, so TLS could never say goodbye and would wait for ever.
      if (!(stream instanceof Socket)) stream.once('close', () => socket.destroy());
      const onError = (error: Error): void => fail(dialError(where, error));
      const onClose = (): void => fail(new PutError('tls-failed', `${where}: closed during the TLS handshake`));
      socket.on('error', onError);
      socket.on('close', onClose);
      const done = once(socket, 'secureConnect').then(() => {
        // A resumed session proves the key that was judged when the ticket was given; it carries no certificate.
        if (!socket.isSessionReused()) {
          if (authorities === undefined) checkPin(socket, target);
          else checkAuthority(socket, target);
        }
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
        stream.destroy();
      };
      return { done, giveUp };
    },
    { timedOut },
  );
}
