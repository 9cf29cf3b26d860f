import type { TlsOptions, TLSSocket } from 'node:tls';
import { PutError } from '../../core/protocol/errors.ts';

/**
 * Why a peer is not let in by its certificate: `client-certificate-refused`; undefined where none is demanded, or one of the
 * authority was shown. Both are looked at, so that nothing hangs on what the TLS library makes of a resumed session.
 */
export function clientCertificateFault(socket: TLSSocket, tlsOptions: TlsOptions): PutError | undefined {
  if (tlsOptions.requestCert !== true) return undefined;
  const certificate = socket.getPeerX509Certificate();
  if (certificate && socket.authorized) return undefined;
  const why = certificate
    ? `the certificate shown (${certificate.subject.replaceAll('\n', ', ').slice(0, 100)}) is not one of its authority: ${String(socket.authorizationError)}`
    : 'none was shown';
  return new PutError('client-certificate-refused', `the master node demands a client certificate; ${why}`);
}
