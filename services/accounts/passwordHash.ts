import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

/** Cost of scrypt: N blocks of 128 r bytes, p times. */
export interface ScryptCost {
  readonly n: number;
  readonly r: number;
  readonly p: number;
}

/**
 * 32 MiB and some 0.1 s a check: twice the default of Node. OWASP's Password Storage Cheat Sheet takes p = 3; a check is part
 * of the time to a usable session, guessing over the line is slowed, and the file is readable by its user alone.
 */
export const SCRYPT_COST: ScryptCost = { n: 32_768, r: 8, p: 1 };

/** Costs beyond these are refused when read, so that an account file cannot exhaust memory or time. */
const COST_LIMITS = { leastN: 16, mostBytes: 256 * 1024 * 1024, mostP: 16, mostR: 64 } as const;
const SALT_BYTES = 16;
const HASH_BYTES = 32;

/** A stored password. */
export interface PasswordHash {
  readonly cost: ScryptCost;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

function derive(password: string, salt: Buffer, cost: ScryptCost, bytes: number): Promise<Buffer> {
  const { n, r, p } = cost;
  const options = { N: n, r, p, maxmem: 128 * n * r + 128 * r * p + 1024 * 1024 };
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, bytes, options, (error, key) => (error ? reject(error) : resolve(key)));
  });
}

export async function hashPassword(password: string, cost: ScryptCost = SCRYPT_COST): Promise<PasswordHash> {
  const salt = randomBytes(SALT_BYTES);
  return { cost, salt, hash: await derive(password, salt, cost, HASH_BYTES) };
}

/** Whether it is the password; compared in constant time. */
export async function isPassword(password: string, stored: PasswordHash): Promise<boolean> {
  return timingSafeEqual(await derive(password, stored.salt, stored.cost, stored.hash.length), stored.hash);
}

/** A hash that no password has, for users that do not exist: checking it takes as long as checking a real one. */
export function hashOfNobody(cost: ScryptCost): PasswordHash {
  return { cost, salt: randomBytes(SALT_BYTES), hash: randomBytes(HASH_BYTES) };
}

/** `scrypt$N$r$p$salt$hash`, salt and hash in base64url. */
export function formatPasswordHash({ cost, salt, hash }: PasswordHash): string {
  return ['scrypt', cost.n, cost.r, cost.p, salt.toString('base64url'), hash.toString('base64url')].join('$');
}

/** Reads what `formatPasswordHash` writes; a string is the reason why it cannot be used. */
export function parsePasswordHash(text: string): PasswordHash | string {
  const [scheme, n, r, p, salt, hash, ...more] = text.split('$');
  if (scheme !== 'scrypt' || more.length > 0) return 'a password of the form scrypt$N$r$p$salt$hash is needed';
  const numbers = [n, r, p].map((number) => (/^[1-9]\d{0,9}$/.test(number ?? '') ? Number(number) : Number.NaN));
  const [nn = 0, rr = 0, pp = 0] = numbers;
  const fits =
    Number.isInteger(Math.log2(nn)) &&
    nn >= COST_LIMITS.leastN &&
    rr <= COST_LIMITS.mostR &&
    pp <= COST_LIMITS.mostP &&
    128 * nn * rr <= COST_LIMITS.mostBytes;
  if (numbers.some(Number.isNaN) || !fits) return `scrypt cost ${n}, ${r}, ${p} cannot be used`;
  const saltBytes = Buffer.from(salt ?? '', 'base64url');
  const hashBytes = Buffer.from(hash ?? '', 'base64url');
  if (saltBytes.length < 8 || saltBytes.length > 64) return 'the salt is broken';
  if (hashBytes.length < 16 || hashBytes.length > 64) return 'the hash is broken';
  return { cost: { n: nn, r: rr, p: pp }, salt: saltBytes, hash: hashBytes };
}
