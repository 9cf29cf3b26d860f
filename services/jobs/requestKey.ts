import { createHash } from 'node:crypto';

/**
 * Names a request of a person in the journal: who, what, and what they saw. A repeat is the same to the last byte, since its params carry
 * the number of the event that was on the screen, so it has the same name after any restart; a new decision has another one.
 */
export function requestKey(method: string, user: string, params: object): string {
  return createHash('sha256')
    .update(JSON.stringify([method, user, params]))
    .digest('base64url')
    .slice(0, 22);
}
