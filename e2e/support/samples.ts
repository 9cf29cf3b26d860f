import { fileURLToPath } from 'node:url';
import { FileClient } from '../../core/client/FileClient.ts';
import type { PutClient } from '../../core/client/PutClient.ts';
import { createLocalFiles } from '../../core/node/localFiles.ts';
import { openFileSource } from '../../core/node/fileSource.ts';
import { LIMITS } from '../../core/protocol/limits.ts';
import { createSystemClock } from '../../core/node/systemClock.ts';

export const SAMPLES_FOLDER = fileURLToPath(new URL('../../assets/packages', import.meta.url));

/** Uploads the sample packages, as many at once as a session may; answers their file names. */
export async function uploadSamples(client: PutClient): Promise<string[]> {
  const paths = await createLocalFiles({ samplesFolder: SAMPLES_FOLDER }).samples();
  const files = new FileClient(client, createSystemClock());
  const waiting = [...paths];
  const names: string[] = [];
  const send = async (): Promise<void> => {
    for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
      names.push((await files.upload(await openFileSource(path), () => {}).done).name);
    }
  };
  try {
    await Promise.all(Array.from({ length: LIMITS.openTransfers }, send));
    return names;
  } finally {
    files.close();
  }
}
