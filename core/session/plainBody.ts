import { PutError } from '../protocol/errors.ts';
import { FLAG_COMPRESSED, type Frame } from '../protocol/frame.ts';
import { LIMITS } from '../protocol/limits.ts';
import type { MessageCompression } from './ports.ts';

/** The body of a message, unpacked where it came compressed. Throws `body-invalid` where it cannot be. */
export function plainBody(frame: Frame, compression: MessageCompression | undefined): Uint8Array {
  if ((frame.flags & FLAG_COMPRESSED) === 0) return frame.body;
  if (!compression) {
    throw new PutError('body-invalid', 'a compressed message came, but no compression was agreed');
  }
  try {
    return compression.decompress(frame.body, LIMITS.messageBodyBytes);
  } catch (error) {
    if (error instanceof PutError) throw error;
    throw new PutError(
      'body-invalid',
      `a compressed message cannot be unpacked: ${String(error)}`,
      {},
      { cause: error },
    );
  }
}
