import { createHash, randomBytes } from 'node:crypto';

/** A new secret token: 32 random bytes as base64url, 43 signs. */
export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/** What is kept of a token: SHA-256 as hex. */
export function tokenHashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** A short public name, 8 signs; no secret. It begins with a letter or a digit: command lines take a hyphen for an option. */
export function newShortId(): string {
  for (;;) {
    const id = randomBytes(6).toString('base64url');
    if (/^[A-Za-z0-9]/.test(id)) return id;
  }
}
