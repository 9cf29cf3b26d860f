import { chmod, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import ssh2, { type ParsedKey } from 'ssh2';
import { newSshKey } from '../../../core/node/ssh/newSshKey.ts';
import { PutError } from '../../../core/protocol/errors.ts';
import { replaceFile } from '../../../core/node/replaceFile.ts';
import { makeFolder } from '../../../core/node/makeFolder.ts';

/** The key by which the master signs in to nodes. */
export interface MasterKey {
  readonly key: ParsedKey;
  /** The line for authorized_keys. */
  readonly publicLine: string;
}

/**
 * The master's own key, made at the first start (Ed25519, readable by its owner alone).
 * @throws PutError state-damaged where the file is there and holds no private key
 */
export async function loadMasterKey(file: string, comment: string): Promise<MasterKey> {
  const found = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  const text = found ?? newSshKey(comment).private;
  const key = ssh2.utils.parseKey(text);
  if (key instanceof Error || !key.isPrivateKey()) {
    throw new PutError('state-damaged', `${file} holds no private SSH key`, { file });
  }
  if (found === undefined) {
    await makeFolder(dirname(file), 0o700);
    await replaceFile(file, text);
  } else await chmod(file, 0o600);
  const blob = key.getPublicSSH().toString('base64');
  return { key, publicLine: `${key.type} ${blob} ${comment.replace(/[^\w@.-]+/g, '-')}` };
}
