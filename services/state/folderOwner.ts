import { stat } from 'node:fs/promises';
import { PutError } from '../../core/protocol/errors.ts';
import { storageFault } from './storageFault.ts';

/**
 * Makes sure that the state folder belongs to the user that this process runs as. Root may write into anybody's, but what root
 * makes there its owner cannot read any more. Throws `state-denied`; a folder that is not there yet is fine.
 */
export async function checkOwner(path: string, own: number | undefined = process.getuid?.()): Promise<void> {
  if (own === undefined) return;
  let owner: number;
  try {
    owner = (await stat(path)).uid;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw storageFault(error, path);
  }
  if (owner === own) return;
  throw new PutError(
    'state-denied',
    `${path} belongs to the user ${owner}, and this is user ${own}; run it as that user: sudo -u '#${owner}' ...`,
    { path, owner, user: own },
  );
}
