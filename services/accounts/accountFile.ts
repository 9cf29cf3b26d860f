import { PutError } from '../../core/protocol/errors.ts';
import { type Role, roleSchema } from '../../core/protocol/handshake.ts';
import { formatPasswordHash, parsePasswordHash, type PasswordHash } from './passwordHash.ts';

/** One line of the account file. */
export interface Account {
  readonly user: string;
  readonly role: Role;
  readonly password: PasswordHash;
}

/** Most accounts and largest file that are read. */
export const ACCOUNT_LIMITS = { accounts: 10_000, fileBytes: 4 * 1024 * 1024 } as const;

const HEADER = [
  '# Accounts of putservices: user, role (observer, operator or admin), password as scrypt$N$r$p$salt$hash.',
  '# Add and remove them with `putservices account`; a change counts from the next sign-in on.',
];

/** Why a user name cannot be used; undefined when it can. */
export function faultOfUserName(user: string): string | undefined {
  if (/^[A-Za-z0-9_][A-Za-z0-9._@+-]{0,63}$/.test(user)) return undefined;
  return `"${user.slice(0, 40)}" is no user name: 1 to 64 letters, digits and . _ @ + - are allowed`;
}

/** Reads the text of an account file. Throws `accounts-invalid` naming file and line; a message never holds a password. */
export function parseAccounts(text: string, file: string): Account[] {
  const accounts = new Map<string, Account>();
  const fault = (line: number, message: string): PutError =>
    new PutError('accounts-invalid', `${file}, line ${line}: ${message}`, { file, line });
  for (const [i, raw] of text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)
    .entries()) {
    const line = i + 1;
    const trimmed = raw.trim();
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    const columns = trimmed.split(/\s+/);
    const [user = '', roleText = '', passwordText = ''] = columns;
    if (columns.length !== 3) throw fault(line, `user, role and password are needed, found ${columns.length} columns`);
    const wrongName = faultOfUserName(user);
    if (wrongName !== undefined) throw fault(line, wrongName);
    const role = roleSchema.safeParse(roleText);
    if (!role.success) throw fault(line, `role of ${user}: observer, operator or admin is needed`);
    const password = parsePasswordHash(passwordText);
    if (typeof password === 'string') throw fault(line, `password of ${user}: ${password}`);
    if (accounts.has(user)) throw fault(line, `${user} stands there twice`);
    if (accounts.size >= ACCOUNT_LIMITS.accounts) throw fault(line, `more than ${ACCOUNT_LIMITS.accounts} accounts`);
    accounts.set(user, { user, role: role.data, password });
  }
  return [...accounts.values()];
}

/** The text of an account file. */
export function formatAccounts(accounts: readonly Account[]): string {
  const width = Math.max(0, ...accounts.map(({ user }) => user.length));
  const rows = accounts.map(
    ({ user, role, password }) => `${user.padEnd(width)}  ${role.padEnd(8)}  ${formatPasswordHash(password)}`,
  );
  return [...HEADER, ...rows, ''].join('\n');
}
