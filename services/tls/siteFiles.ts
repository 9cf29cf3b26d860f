import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { PutError } from '../../core/protocol/errors.ts';
import { localUsers } from '../config/localUsers.ts';

/*
 * Files of the site that lines of the Config file name. Whoever set them up did so as root, most times, and putservices reads them as a user of its own: so each refusal
 * says who may not do what, and where.
 */

/** A file that cannot be used, and the key of the Config file that names it. */
export function siteFileFault(key: string, file: string, what: string, cause: unknown): PutError {
  return new PutError('config-file-unusable', `${key}: ${file} ${what}`, { key, file }, { cause });
}

const userName = (uid: number | undefined): string =>
  localUsers().find((user) => user.uid === uid)?.name ?? `user ${uid ?? 'of this process'}`;

/** Which rights are missing: those of the file, or of the first folder above it that cannot be entered. */
function whyDenied(file: string): string {
  const who = userName(process.geteuid?.());
  const above: string[] = [];
  for (let at = dirname(file); !above.includes(at); at = dirname(at)) above.unshift(at);
  for (const folder of above) {
    try {
      // By the rights of the effective user, which `access` does not go by.
      statSync(`${folder}/.`);
    } catch {
      return `cannot be read: ${who} may not enter the folder ${folder}`;
    }
  }
  try {
    const { uid, mode } = statSync(file);
    return `cannot be read: ${who} may not read it; it is of ${userName(uid)}, with the rights ${(mode & 0o777).toString(8)}`;
  } catch {
    return `cannot be read: ${who} may not`;
  }
}

/** @throws PutError config-file-unusable */
export function readSiteFile(key: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code = 'error' } = error as NodeJS.ErrnoException;
    const what =
      code === 'ENOENT'
        ? 'is not there'
        : code === 'EISDIR'
          ? 'is a folder'
          : code === 'EACCES' || code === 'EPERM'
            ? whyDenied(file)
            : `cannot be read (${code})`;
    throw siteFileFault(key, file, what, error);
  }
}

/** @throws PutError config-file-unusable */
export function readSiteCertificate(key: string, file: string): { readonly pem: string; certificate: X509Certificate } {
  const pem = readSiteFile(key, file);
  try {
    return { pem, certificate: new X509Certificate(pem) };
  } catch (error) {
    const what = pem.includes('PRIVATE KEY-----')
      ? 'holds a private key, and no certificate'
      : 'holds no certificate in PEM form (a file that begins with -----BEGIN CERTIFICATE-----)';
    throw siteFileFault(key, file, what, error);
  }
}

/** A private key that no passphrase locks: a service starts without a person. @throws PutError config-file-unusable */
export function readSiteKey(key: string, file: string): { readonly pem: string; privateKey: KeyObject } {
  const pem = readSiteFile(key, file);
  try {
    return { pem, privateKey: createPrivateKey(pem) };
  } catch (error) {
    const what = /ENCRYPTED/.test(pem)
      ? `is locked by a passphrase, which a service cannot be asked for; without: openssl pkey -in ${file} -out NEW`
      : pem.includes('BEGIN CERTIFICATE') && !pem.includes('PRIVATE KEY')
        ? 'holds a certificate, and no private key'
        : pem === ''
          ? 'is empty'
          : 'holds no private key in PEM form (a file with -----BEGIN PRIVATE KEY-----)';
    throw siteFileFault(key, file, what, error);
  }
}
