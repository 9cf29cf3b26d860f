import { PutError } from '../../core/protocol/errors.ts';
import type { Role } from '../../core/protocol/handshake.ts';
import { METHODS, type MethodName } from '../../core/protocol/methods.ts';

/** Whom a session acts for: the account that signed in, and what it signed in with. */
export interface Principal {
  readonly user: string;
  /** Changes with the password; never the password or its hash. */
  readonly credential: string;
  /** That of a new password which the session itself is about to give its account: it goes on with either. */
  readonly nextCredential?: string | undefined;
}

/** An account as it is at this moment. */
export interface AccountNow extends Principal {
  readonly role: Role;
}

/** Where rights are asked for. They are kept nowhere else, so that a change is felt at once. */
export interface AccountDirectory {
  /** The account as it is now; undefined where there is none. */
  now(user: string): AccountNow | undefined;
  /** Calls back after accounts changed; the answer ends it. */
  onChange(listener: () => void): () => void;
}

const RANK: Readonly<Record<Role, number>> = { observer: 0, operator: 1, admin: 2 };

/** The account behind a principal as it is now. Throws `account-changed` where it was removed or has another password. */
export function accountOf(principal: Principal, accounts: AccountDirectory): AccountNow {
  const { user } = principal;
  const account = accounts.now(user);
  if (!account) throw new PutError('account-changed', `the account ${user} was removed`, { user });
  if (account.credential !== principal.credential && account.credential !== principal.nextCredential)
    throw new PutError('account-changed', `the password of ${user} was changed`, { user });
  return account;
}

/**
 * Whether the principal may do this at this moment: the one place that answers it, for requests, topics and file bytes alike.
 * Throws `account-changed`, or `role-insufficient` for an account of a lower role than METHODS asks for.
 */
export function authorize(method: MethodName, principal: Principal, accounts: AccountDirectory): void {
  const { user, role } = accountOf(principal, accounts);
  const needed = METHODS[method].role;
  if (RANK[role] < RANK[needed]) {
    throw new PutError('role-insufficient', `${method} needs the role ${needed}; ${user} is ${role}`, {
      ...{ method, needed, role },
    });
  }
}
