import { createHash, createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { open } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { MOST_ANSWERS, type TrustSettings, type WayQuestion, type WaySecrets } from '../model/ways.ts';
import { decodeText } from '../model/decodeText.ts';
import { PutError, reportOf } from '../protocol/errors.ts';

/** Trust settings with their files read. */
export interface LoadedTrust {
  /** PEM of the authorities that the master's certificate must come from; absent: the pin decides. */
  readonly authorities?: string | undefined;
  /** What the client shows where the master asks. */
  readonly certificate?: { readonly cert: string; readonly key: string } | undefined;
  /** Differs where anything of the above does, so that TLS sessions of different trust never mix. */
  readonly id: string;
}

/** A file of some certificates or a key. */
const LARGEST_FILE_BYTES = 1024 * 1024;
/** PKCS #8, and the older form of OpenSSL. */
const ENCRYPTED_KEY = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m;
const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

function unreadable(what: string, file: string, why: string, cause?: unknown): PutError {
  return new PutError('trust-file-unreadable', `${what}: ${file} ${why}`, { file }, { cause });
}

async function readPem(file: string, what: string): Promise<string> {
  try {
    const handle = await open(file.startsWith('~/') ? join(homedir(), file.slice(2)) : file, 'r');
    try {
      const { size } = await handle.stat();
      if (size > LARGEST_FILE_BYTES) throw unreadable(what, file, `has ${size} bytes; that is not a PEM file`);
      const decoded = decodeText(await handle.readFile());
      if ('problem' in decoded) throw unreadable(what, file, `is no PEM file: ${decoded.problem}`);
      return decoded.text;
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof PutError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? reportOf(error).message;
    throw unreadable(what, file, `cannot be read (${code})`, error);
  }
}

/** Every certificate of a PEM text; throws naming the first that is none. */
function certificatesOf(pem: string, file: string, what: string): X509Certificate[] {
  const blocks = pem.match(PEM_CERTIFICATE) ?? [];
  if (blocks.length === 0) throw unreadable(what, file, 'holds no certificate in PEM form');
  return blocks.map((block, i) => {
    try {
      return new X509Certificate(block);
    } catch (error) {
      throw unreadable(what, file, `: certificate ${i + 1} of ${blocks.length} is damaged`, error);
    }
  });
}

/** A private key, unlocked by a person where it is encrypted. */
async function readKey(pem: string, file: string, secrets: WaySecrets, signal: AbortSignal): Promise<KeyObject> {
  try {
    return createPrivateKey(pem);
  } catch (error) {
    if (!ENCRYPTED_KEY.test(pem)) throw unreadable('client key', file, 'holds no private key in PEM form', error);
  }
  const question: WayQuestion = { kind: 'client-key-passphrase', keyFile: file };
  const unlocked = (passphrase: string): KeyObject | undefined => {
    let key: KeyObject | undefined;
    try {
      key = createPrivateKey({ key: pem, passphrase });
    } catch {
      // OpenSSL tells a wrong passphrase in many ways; all mean the same here.
    }
    secrets.told(question, key !== undefined);
    return key;
  };
  const known = secrets.known(question);
  const key = known === undefined ? undefined : unlocked(known);
  if (key) return key;
  for (let answers = 0; answers < MOST_ANSWERS; answers++) {
    const passphrase = await secrets.ask(question, answers > 0 || known !== undefined, signal);
    if (passphrase === undefined) break;
    const opened = unlocked(passphrase);
    if (opened) return opened;
  }
  if (signal.aborted) throw new PutError('cancelled', `reading ${file} was given up`);
  throw new PutError('client-key-locked', `client key: ${file} could not be unlocked`, { file });
}

/**
 * Reads the files of trust settings. Throws `trust-file-unreadable` naming setting and file, or `client-key-locked`. The files
 * are read at every dial, so that a renewed one counts at once.
 */
export async function loadTrust(
  trust: TrustSettings | undefined,
  secrets: WaySecrets,
  signal: AbortSignal,
): Promise<LoadedTrust> {
  const { authorityFile, certificateFile, keyFile } = trust ?? {};
  const hash = createHash('sha256');
  let authorities: string | undefined;
  if (authorityFile !== undefined) {
    authorities = await readPem(authorityFile, 'authority');
    certificatesOf(authorities, authorityFile, 'authority');
    hash.update(`authority ${authorities.length} ${authorities}`);
  }
  let certificate: LoadedTrust['certificate'];
  if (certificateFile !== undefined) {
    const cert = await readPem(certificateFile, 'client certificate');
    const own = certificatesOf(cert, certificateFile, 'client certificate')[0];
    const file = keyFile ?? certificateFile;
    const key = await readKey(
      keyFile === undefined ? cert : await readPem(keyFile, 'client key'),
      file,
      secrets,
      signal,
    );
    if (own?.checkPrivateKey(key) !== true)
      throw unreadable('client key', file, `does not belong to the certificate ${certificateFile}`);
    hash.update(`certificate ${cert}`);
    certificate = { cert, key: key.export({ type: 'pkcs8', format: 'pem' }).toString() };
  } else if (keyFile !== undefined) {
    throw unreadable('client key', keyFile, 'needs a client certificate beside it');
  }
  return { authorities, certificate, id: hash.digest('hex') };
}
