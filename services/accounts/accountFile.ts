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
  '# Add and remove them with `putservices account`; a change counts at once, also for who is signed in.',
];

/** Why a user name cannot be used; undefined when it can. */
export function faultOfUserName(user: string): string | undefined {
  if (/^[A-Za-z0-9_][A-Za-z0-9._@+-]{0,63}$/.test(user)) return undefined;
  return `"${user.slice(0, 40)}" is no user name: 1 to 64 letters, digits and . _ @ + - are allowed`;
}

/** A line that cannot be used. */
export interface AccountFault {
  readonly line: number;
  /** Why; never a password. */
  readonly message: string;
  /** The line itself, for whoever writes the file anew; undefined where it is no single line. */
  readonly text: string | undefined;
}

/** Reads the text of an account file line by line: every account that can be used, and why the other lines cannot. */
export function parseAccounts(text: string): { accounts: Account[]; faults: AccountFault[] } {
  const accounts = new Map<string, Account>();
  const faults: AccountFault[] = [];
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  for (const [i, raw] of lines.entries()) {
    const trimmed = raw.trim();
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    const account = parseLine(trimmed);
    const fault =
      typeof account === 'string'
        ? account
        : accounts.has(account.user)
          ? `${account.user} stands there twice; the first counts`
          : accounts.size >= ACCOUNT_LIMITS.accounts
            ? `more than ${ACCOUNT_LIMITS.accounts} accounts`
            : undefined;
    if (fault !== undefined) faults.push({ line: i + 1, message: fault, text: trimmed });
    else if (typeof account !== 'string') accounts.set(account.user, account);
  }
  return { accounts: [...accounts.values()], faults };
}

/** The account of a line, or why there is none. */
function parseLine(line: string): Account | string {
  const columns = line.split(/\s+/);
  const [user = '', roleText = '', passwordText = ''] = columns;
  if (columns.length !== 3) return `user, role and password are needed, found ${columns.length} columns`;
  const wrongName = faultOfUserName(user);
  if (wrongName !== undefined) return wrongName;
  const role = roleSchema.safeParse(roleText);
  if (!role.success) return `role of ${user}: observer, operator or admin is needed`;
  const password = parsePasswordHash(passwordText);
  if (typeof password === 'string') return `password of ${user}: ${password}`;
  return { user, role: role.data, password };
}

/** The text of an account file; `kept` are lines that could not be used and stay for a person to mend. */
export function formatAccounts(accounts: readonly Account[], kept: readonly string[] = []): string {
  const width = Math.max(0, ...accounts.map(({ user }) => user.length));
  const rows = accounts.map(
    ({ user, role, password }) => `${user.padEnd(width)}  ${role.padEnd(8)}  ${formatPasswordHash(password)}`,
  );
  return [...HEADER, ...rows, ...kept, ''].join('\n');
}
