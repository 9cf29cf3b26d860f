import { getCiphers, type TlsOptions } from 'node:tls';
import { PutError } from '../../core/protocol/errors.ts';
import { TIMES } from '../../core/protocol/limits.ts';
import { readSiteCertificate, readSiteFile } from './siteFiles.ts';
import type { TlsIdentity } from './tlsIdentity.ts';

/** Shares of these curves are small; a post-quantum share would add about 2 kB to a handshake on a slow line. */
const CURVES = 'X25519:P-256';
/** Authenticated encryption alone; the suites of TLS 1.2 with CBC or CCM, and those without forward secrecy, are left out. */
const CIPHERS = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  // Where a site's own certificate has an RSA key.
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'ECDHE-RSA-AES128-GCM-SHA256',
].join(':');
/** A session that comes back within this skips the certificate: two thirds of a handshake's bytes. */
const TICKET_LIFE_S = 6 * 3600;
const CIPHER_FILE_BYTES = 64 * 1024;

/**
 * The list of an AllowedCiphers file: one OpenSSL name a line, best first, `#` begins a comment. Throws `config-file-unusable`, and `config-invalid`
 * naming the line of a name that this machine does not know, or for a file without names.
 */
export function readAllowedCiphers(file: string): string {
  const text = readSiteFile('ALLOWEDCIPHERS', file);
  if (text.length > CIPHER_FILE_BYTES)
    throw new PutError('config-invalid', `${file} is larger than ${CIPHER_FILE_BYTES} bytes`, { file });
  const known = new Set(getCiphers());
  const names: string[] = [];
  text.split(/\r?\n/).forEach((raw, index) => {
    const name = raw.replace(/#.*/, '').trim();
    if (name === '') return;
    if (!known.has(name.toLowerCase())) {
      throw new PutError('config-invalid', `${file} line ${index + 1}: cipher ${name.slice(0, 60)} is not known here`, {
        file,
        line: index + 1,
      });
    }
    names.push(name);
  });
  if (names.length === 0) throw new PutError('config-invalid', `${file} names no cipher`, { file });
  return names.join(':');
}

/** The authority whose client certificates are demanded. Throws `config-file-unusable`. */
export function readClientAuthority(file: string): string {
  return readSiteCertificate('CLIENTCA', file).pem;
}

/** TLS settings that every listener of putservices uses. `ticketKeys`: 48 random bytes, the same at all ports, so that a ticket of one port is good at the others. */
export function serverTlsOptions(options: {
  identity: TlsIdentity;
  ticketKeys: Buffer;
  ciphers?: string | undefined;
  clientAuthorityPem?: string | undefined;
}): TlsOptions {
  return {
    key: options.identity.keyPem,
    cert: options.identity.certificatePem,
    minVersion: 'TLSv1.2',
    ecdhCurve: CURVES,
    honorCipherOrder: true,
    handshakeTimeout: TIMES.handshakeMs,
    sessionTimeout: TICKET_LIFE_S,
    ticketKeys: options.ticketKeys,
    ciphers: options.ciphers ?? CIPHERS,
    ...(options.clientAuthorityPem === undefined
      ? {}
      : // Judged by clientCertificateFault, so that a client that is not let in is told why.
        { ca: options.clientAuthorityPem, requestCert: true, rejectUnauthorized: false }),
  };
}
