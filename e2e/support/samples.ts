import { fileURLToPath } from 'node:url';
import { FileClient } from '../../core/client/FileClient.ts';
import type { PutClient } from '../../core/client/PutClient.ts';
import { createLocalFiles } from '../../core/node/localFiles.ts';
import { openFileSource } from '../../core/node/fileSource.ts';
import { createSystemClock } from '../../core/node/systemClock.ts';

export const SAMPLES_FOLDER = fileURLToPath(new URL('../../assets/packages', import.meta.url));

/** Uploads the sample packages, all at once; answers their file names. */
export async function uploadSamples(client: PutClient): Promise<string[]> {
  const paths = await createLocalFiles({ samplesFolder: SAMPLES_FOLDER }).samples();
  const files = new FileClient(client, createSystemClock());
  try {
    const done = await Promise.all(
      paths.map(async (path) => (await files.upload(await openFileSource(path), () => {}).done).name),
    );
    return done;
  } finally {
    files.close();
  }
}
