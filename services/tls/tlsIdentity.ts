import { createPrivateKey, generateKeyPairSync, X509Certificate, type KeyObject } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { PutError } from '../../core/protocol/errors.ts';
import { fingerprintOf } from '../../core/node/certificateFingerprint.ts';
import { makeFolderSync } from '../../core/node/makeFolder.ts';
import { storageFault } from '../state/storageFault.ts';
import { readSiteCertificate, readSiteKey, siteFileFault } from './siteFiles.ts';
import { selfSignedCertificate } from './selfSignedCertificate.ts';

const DAY_MS = 86_400_000;
/** Long, since nobody renews by hand on a master node; what clients trust is the key, not the date. */
const VALID_MS = 3650 * DAY_MS;
/** Renewed at a start or a daily look this long before the end. */
const RENEW_BEFORE_MS = 365 * DAY_MS;
/** Clocks of client systems may be behind. */
const BACKDATED_MS = 2 * DAY_MS;

/** Key and certificate that putservices shows. */
export interface TlsIdentity {
  readonly keyPem: string;
  readonly certificatePem: string;
  /** SHA-256 over the public key; stays when the certificate is renewed. */
  readonly fingerprint: string;
  readonly validToMs: number;
  /** Made by putservices itself, not given by TLSCERT and TLSKEY. */
  readonly own: boolean;
}

/** Writes a file so that it is there whole or not at all. */
function writeWhole(file: string, text: string, mode: number): void {
  const part = `${file}.part`;
  try {
    writeFileSync(part, text, { mode, flush: true });
    renameSync(part, file);
  } catch (error) {
    throw storageFault(error, file, 'state-unwritable');
  }
}

function readOptional(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw storageFault(error, file);
  }
}

function selfSign(key: KeyObject, systemName: string, nowMs: number): string {
  return selfSignedCertificate({
    key,
    commonName: systemName,
    dnsNames: [...new Set(['localhost', hostname()])].filter((name) => /^[A-Za-z0-9.-]{1,253}$/.test(name)),
    ips: ['127.0.0.1', '::1'],
    notBeforeMs: nowMs - BACKDATED_MS,
    notAfterMs: nowMs + VALID_MS,
  });
}

function readKey(pem: string, file: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (error) {
    throw new PutError('state-damaged', `${file} holds no private key that can be used`, { file }, { cause: error });
  }
}

/**
 * The own key and certificate of the state folder: made at the first start (P-256, self-signed, ten years), the certificate
 * renewed a year before its end with the same key, so that the fingerprint that clients pinned stays.
 * Throws `state-damaged` when the key cannot be used, or what the file system says; a missing or damaged certificate is made anew.
 */
export function loadOwnIdentity(folder: string, options: { systemName: string; nowMs: number }): TlsIdentity {
  const keyFile = path.join(folder, 'key.pem');
  const certificateFile = path.join(folder, 'certificate.pem');
  makeFolderSync(folder, 0o700);
  let keyPem = readOptional(keyFile);
  if (keyPem === undefined) {
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    keyPem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
    writeWhole(keyFile, keyPem, 0o600);
  }
  const key = readKey(keyPem, keyFile);
  let certificatePem = readOptional(certificateFile);
  let certificate = certificatePem === undefined ? undefined : usableCertificate(certificatePem, key);
  if (!certificatePem || !certificate || Date.parse(certificate.validTo) - options.nowMs < RENEW_BEFORE_MS) {
    certificatePem = selfSign(key, options.systemName, options.nowMs);
    writeWhole(certificateFile, certificatePem, 0o644);
    certificate = new X509Certificate(certificatePem);
  }
  return {
    keyPem,
    certificatePem,
    fingerprint: fingerprintOf(certificate.raw),
    validToMs: Date.parse(certificate.validTo),
    own: true,
  };
}

/**
 * The own key and certificate as they stand; nothing is made. Undefined where the next start makes the certificate: it is missing, or does not
 * belong to the key. Throws as `loadOwnIdentity` does.
 */
export function peekOwnIdentity(folder: string): TlsIdentity | undefined {
  const keyFile = path.join(folder, 'key.pem');
  const keyPem = readOptional(keyFile);
  const certificatePem = readOptional(path.join(folder, 'certificate.pem'));
  if (keyPem === undefined || certificatePem === undefined) return undefined;
  const certificate = usableCertificate(certificatePem, readKey(keyPem, keyFile));
  if (!certificate) return undefined;
  const validToMs = Date.parse(certificate.validTo);
  return { keyPem, certificatePem, fingerprint: fingerprintOf(certificate.raw), validToMs, own: true };
}

function usableCertificate(pem: string, key: KeyObject): X509Certificate | undefined {
  try {
    const certificate = new X509Certificate(pem);
    return certificate.checkPrivateKey(key) ? certificate : undefined;
  } catch {
    return undefined;
  }
}

/** Key and certificate named by TLSCERT and TLSKEY. Throws `config-file-unusable` naming the file and why it cannot be used. */
export function readGivenIdentity(certificateFile: string, keyFile: string): TlsIdentity {
  const { pem: certificatePem, certificate } = readSiteCertificate('TLSCERT', certificateFile);
  const { pem: keyPem, privateKey } = readSiteKey('TLSKEY', keyFile);
  if (!certificate.checkPrivateKey(privateKey))
    throw siteFileFault('TLSKEY', keyFile, `does not belong to the certificate ${certificateFile}`, undefined);
  return {
    keyPem,
    certificatePem,
    fingerprint: fingerprintOf(certificate.raw),
    validToMs: Date.parse(certificate.validTo),
    own: false,
  };
}
