import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Why certificates cannot be made here; undefined where they can. */
export function whyNoOpenssl(): string | undefined {
  return spawnSync('openssl', ['version']).status === 0 ? undefined : 'openssl is not installed';
}

/** PEM files of one certificate. */
export interface IssuedFiles {
  readonly certificateFile: string;
  readonly keyFile: string;
}

function openssl(...args: string[]): void {
  const done = spawnSync('openssl', args, { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`openssl ${args[0] ?? ''}: ${done.stderr}`);
}

const newKey = (file: string): void =>
  openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', file);

/** A site's own authority, in a temporary folder of its own. */
export class Authority {
  readonly folder: string;
  readonly certificateFile: string;
  readonly #keyFile: string;

  private constructor(folder: string) {
    this.folder = folder;
    this.certificateFile = join(folder, 'authority.pem');
    this.#keyFile = join(folder, 'authority-key.pem');
  }

  static async make(name: string): Promise<Authority> {
    const authority = new Authority(await mkdtemp(join(tmpdir(), 'put-authority-')));
    newKey(authority.#keyFile);
    openssl(
      ...['req', '-x509', '-new', '-key', authority.#keyFile, '-subj', `/CN=${name}`, '-days', '2'],
      ...['-addext', 'keyUsage=critical,keyCertSign', '-out', authority.certificateFile],
    );
    return authority;
  }

  /** A certificate for a server (`names` as in subjectAltName: `DNS:...,IP:...`) or, without names, for a client. */
  async issue(subject: string, options: { names?: string; passphrase?: string } = {}): Promise<IssuedFiles> {
    const at = (suffix: string): string => join(this.folder, `${subject}${suffix}`);
    const files = { certificateFile: at('.pem'), keyFile: at('-key.pem') };
    newKey(files.keyFile);
    openssl('req', '-new', '-key', files.keyFile, '-subj', `/CN=${subject}`, '-out', at('.csr'));
    const purpose = options.names === undefined ? 'clientAuth' : `serverAuth\nsubjectAltName=${options.names}`;
    await writeFile(at('.ext'), `basicConstraints=CA:FALSE\nextendedKeyUsage=${purpose}\n`);
    openssl(
      ...['x509', '-req', '-in', at('.csr'), '-CA', this.certificateFile, '-CAkey', this.#keyFile],
      ...['-CAcreateserial', '-days', '1', '-extfile', at('.ext'), '-out', files.certificateFile],
    );
    if (options.passphrase === undefined) return files;
    const locked = at('-locked.pem');
    openssl('pkcs8', '-topk8', '-in', files.keyFile, '-passout', `pass:${options.passphrase}`, '-out', locked);
    return { ...files, keyFile: locked };
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}
