import { createHash, createPublicKey, randomBytes, sign, type KeyObject } from 'node:crypto';
import { isIPv4 } from 'node:net';

/*
 * A self-signed X.509 certificate (RFC 5280) for a P-256 key, written as DER by hand: the few types that it needs are
 * shorter than a library for all of them.
 */

const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

const OID = {
  ecdsaWithSha256: '2a8648ce3d040302',
  commonName: '550403',
  basicConstraints: '551d13',
  keyUsage: '551d0f',
  extendedKeyUsage: '551d25',
  serverAuth: '2b06010505070301',
  subjectAltName: '551d11',
  subjectKeyIdentifier: '551d0e',
} as const;

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const length = content.length;
  const head =
    length < 0x80 ? [tag, length] : length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Uint8Array.from(head), content]);
}

const sequence = (...parts: readonly Uint8Array[]): Buffer => der(TAG.sequence, ...parts);
const oid = (hex: string): Buffer => der(TAG.oid, Buffer.from(hex, 'hex'));
const TRUE = der(TAG.boolean, Uint8Array.of(0xff));

/** UTCTime until 2049, GeneralizedTime from then, as RFC 5280 section 4.1.2.5 asks. */
function time(ms: number): Buffer {
  const text = new Date(ms).toISOString().replace(/[-:T]/g, '').slice(0, 14) + 'Z';
  return text < '2050' ? der(TAG.utcTime, Buffer.from(text.slice(2))) : der(TAG.generalizedTime, Buffer.from(text));
}

function extension(hex: string, critical: boolean, value: Uint8Array): Buffer {
  return sequence(oid(hex), ...(critical ? [TRUE] : []), der(TAG.octetString, value));
}

function ipBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  const bytes = Buffer.alloc(16);
  if (address === '::1') bytes[15] = 1;
  return bytes;
}

/** The certificate as PEM. `ips` takes IPv4 addresses and ::1. */
export function selfSignedCertificate(options: {
  key: KeyObject;
  commonName: string;
  dnsNames: readonly string[];
  ips: readonly string[];
  notBeforeMs: number;
  notAfterMs: number;
}): string {
  const publicKey = createPublicKey(options.key).export({ type: 'spki', format: 'der' });
  const signatureAlgorithm = sequence(oid(OID.ecdsaWithSha256));
  const name = sequence(
    der(TAG.set, sequence(oid(OID.commonName), der(TAG.utf8, Buffer.from(options.commonName, 'utf8').subarray(0, 64)))),
  );
  const serial = randomBytes(16);
  // Positive and without a leading zero byte.
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const altNames = sequence(
    ...options.dnsNames.map((value) => der(0x82, Buffer.from(value, 'latin1'))),
    ...options.ips.map((value) => der(0x87, ipBytes(value))),
  );
  const extensions = sequence(
    extension(OID.basicConstraints, true, sequence()),
    extension(OID.keyUsage, true, der(TAG.bitString, Uint8Array.of(7, 0x80))),
    extension(OID.extendedKeyUsage, false, sequence(oid(OID.serverAuth))),
    extension(OID.subjectAltName, false, altNames),
    extension(
      OID.subjectKeyIdentifier,
      false,
      der(TAG.octetString, createHash('sha256').update(publicKey).digest().subarray(0, 20)),
    ),
  );
  const body = sequence(
    der(0xa0, der(TAG.integer, Uint8Array.of(2))),
    der(TAG.integer, serial),
    signatureAlgorithm,
    name,
    sequence(time(options.notBeforeMs), time(options.notAfterMs)),
    name,
    publicKey,
    der(0xa3, extensions),
  );
  const signature = sign('sha256', body, { key: options.key, dsaEncoding: 'der' });
  const certificate = sequence(body, signatureAlgorithm, der(TAG.bitString, Uint8Array.of(0), signature));
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
