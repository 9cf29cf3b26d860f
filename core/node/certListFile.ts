import { open } from 'node:fs/promises';
import { CERT_LIST_LIMITS, parseCertList } from '../model/certList.ts';
import { decodeText } from '../model/decodeText.ts';
import type { CertList } from '../model/package.ts';
import { PutError } from '../protocol/errors.ts';

/** Reads a cert list from disk. Throws `certlist-invalid` naming file and line; a huge file is refused unread. */
export async function readCertListFile(path: string, fileName: string): Promise<CertList> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    if (size > CERT_LIST_LIMITS.bytes) {
      throw new PutError('certlist-invalid', `${fileName}: ${size} bytes; at most ${CERT_LIST_LIMITS.bytes} are read`, {
        fileName,
        line: 1,
      });
    }
    const decoded = decodeText(await handle.readFile());
    if ('problem' in decoded) throw new PutError('certlist-invalid', `line 1: ${decoded.problem}`, { line: 1 });
    return parseCertList(decoded.text);
  } catch (error) {
    if (!(error instanceof PutError) || error.details['fileName'] !== undefined) throw error;
    throw new PutError(error.code, `${fileName}, ${error.message}`, { ...error.details, fileName }, { cause: error });
  } finally {
    await handle.close();
  }
}
