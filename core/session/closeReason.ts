import { encodeBody } from '../protocol/body.ts';
import type { ErrorCode } from '../protocol/errorCatalogue.ts';
import type { PutError } from '../protocol/errors.ts';
import { LIMITS } from '../protocol/limits.ts';

/** Length of the text of a close frame; three bytes of UTF-8 for each of them stay below the limit of its body. */
const CLOSE_TEXT_LENGTH = 300;

/** The body of a close frame; without the details where they do not fit. */
export function closeBody(cause: PutError): Uint8Array {
  const { code, details } = cause;
  const message = cause.message.slice(0, CLOSE_TEXT_LENGTH);
  const body = encodeBody({ code, message, details });
  return body.length <= LIMITS.controlBodyBytes ? body : encodeBody({ code, message, details: {} });
}

const LINE_ONLY: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['internal', 'server-stopping', 'role-changed']);

/** Causes after which the peer comes back on a new line; every other close ends the session. */
export function endsLineOnly(cause: PutError): boolean {
  return cause.kind === 'protocol' || LINE_ONLY.has(cause.code);
}
