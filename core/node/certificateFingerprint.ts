import { createHash, X509Certificate } from 'node:crypto';
import { PutError } from '../protocol/errors.ts';

/**
 * Fingerprint of a certificate as people compare it and clients pin it: SHA-256 over the DER bytes of its public key
 * (SubjectPublicKeyInfo), 32 hex pairs joined by colons. Over the key and not the certificate, so that a renewed
 * certificate with the same key keeps its fingerprint. Throws `tls-failed` for bytes that are no certificate.
 */
export function fingerprintOf(certificateDer: Uint8Array): string {
  let publicKeyDer: Buffer;
  try {
    publicKeyDer = new X509Certificate(certificateDer).publicKey.export({ type: 'spki', format: 'der' });
  } catch (error) {
    throw new PutError('tls-failed', 'the peer showed bytes that are no X.509 certificate', {}, { cause: error });
  }
  const hex = createHash('sha256').update(publicKeyDer).digest('hex').toUpperCase();
  return (hex.match(/../g) ?? []).join(':');
}
