import type { ErrorCode } from '../protocol/errorCatalogue.ts';
import { PutError } from '../protocol/errors.ts';

/** Of a peer that is not the one trusted before, met while a session comes back. */
export const STRANGER: ErrorCode = 'stranger-answers';

/** Faults that say: somebody else answers. At a sign-in a person is asked; a session that comes back looks again. */
const OF_STRANGERS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'certificate-unknown',
  'certificate-changed',
  'certificate-untrusted',
  'ssh-host-key-changed',
]);

/** Throws what a failed dial means to a session that comes back: somebody else's certificate or host key is `stranger-answers`. */
export function metAtReturn(error: unknown): never {
  if (!(error instanceof PutError) || !OF_STRANGERS.has(error.code)) throw error;
  const message = `${error.message}; nothing was sent to it`;
  throw new PutError(STRANGER, message, { ...error.details, was: error.code }, { cause: error });
}
