import { PutError } from '../core/protocol/errors.ts';
import { LEAST_UPLOAD_CAP } from '../core/client/UploadCap.ts';
import { uploadCapSchema } from '../core/workbench/uploadCapSchema.ts';
import { parsedBy } from './launch.ts';

const BYTES_PER_KB = 1_000;

/** A cap on uploads: kB a second in, bytes a second out; 0 stands for none. */
export const uploadCap = parsedBy((text: string): number => {
  const bytesPerSecond = /^\d+(\.\d+)?$/.test(text) ? Math.round(Number(text) * BYTES_PER_KB) : Number.NaN;
  if (bytesPerSecond === 0 || uploadCapSchema.safeParse(bytesPerSecond).success) return bytesPerSecond;
  throw new PutError(
    'usage',
    `${text} is no cap: give kB a second, ${LEAST_UPLOAD_CAP / BYTES_PER_KB} or more, or 0 for none`,
  );
});
