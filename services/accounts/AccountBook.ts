import { createHash, randomBytes, randomInt } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { PutError, reportOf } from '../../core/protocol/errors.ts';
import type { Role } from '../../core/protocol/handshake.ts';
import { withFileLock } from '../../core/node/fileLock.ts';
import { createSystemClock } from '../../core/node/systemClock.ts';
import type { Clock } from '../../core/session/ports.ts';
import type { AccountDirectory, AccountNow } from '../sessions/authorize.ts';
import { replaceFile } from '../../core/node/replaceFile.ts';
import { storageFault } from '../state/storageFault.ts';
import type { Log } from '../service.ts';
import {
  type Account,
  ACCOUNT_LIMITS,
  type AccountFault,
  faultOfUserName,
  formatAccounts,
  parseAccounts,
} from './accountFile.ts';
import { CheckQueue } from './CheckQueue.ts';
import {
  formatPasswordHash,
  hashOfNobody,
  hashPassword,
  isPassword,
  SCRYPT_COST,
  type ScryptCost,
} from './passwordHash.ts';
import { SignInPace } from './SignInPace.ts';

const LEAST_PASSWORD_LENGTH = 8;
const LONGEST_PASSWORD_LENGTH = 1024;

/** A change of the file by another process is seen after this at the latest, and at the next request. */
const LOOK_MS = 1_000;

/** A user and what the account may do. */
export interface AccountRow {
  readonly user: string;
  readonly role: Role;
}

export interface AccountBookOptions {
  /** The account file; absent means no account. */
  readonly file: string;
  readonly log: Log;
  /** Cost of new passwords; tests take less. */
  readonly cost?: ScryptCost | undefined;
  /** For what waits; absent: the system's. */
  readonly clock?: Clock | undefined;
}

/**
 * The accounts of a target system, one file. A change of the file by another process counts from the next question on. A line
 * that cannot be used takes nobody else's account away, and an account read before it stays until the line is mended.
 */
export class AccountBook implements AccountDirectory {
  readonly #file: string;
  readonly #log: Log;
  readonly #cost: ScryptCost;
  readonly #pace = new SignInPace();
  readonly #clock: Clock;
  readonly #listeners = new Set<() => void>();
  #stopLooking: (() => void) | undefined;
  #accounts = new Map<string, Account>();
  #faults: readonly AccountFault[] = [];
  #readStamp = '';
  #toldFault = '';
  readonly #queue: CheckQueue;
  #writes: Promise<unknown> = Promise.resolve();

  private constructor(options: AccountBookOptions) {
    this.#file = options.file;
    this.#log = options.log;
    this.#cost = options.cost ?? SCRYPT_COST;
    this.#clock = options.clock ?? createSystemClock({ unref: true });
    this.#queue = new CheckQueue(this.#clock);
  }

  /** Reads the file. Throws `accounts-invalid` for one that is no account file, or what the file system says. */
  static open(options: AccountBookOptions): Promise<AccountBook> {
    const book = new AccountBook(options);
    book.#read();
    return Promise.resolve(book);
  }

  /**
   * Checks a password. An unknown user takes as long as a wrong password and is told the same.
   * Throws `sign-in-refused`, `sign-in-slowed` with `waitMs` after several failures, `sign-in-busy` with `waitMs` where too
   * many others sign in, and `line-lost` where `stillWanted` says that nobody waits for the answer any more.
   */
  async verifyPassword(attempt: {
    readonly user: string;
    readonly password: string;
    readonly address: string;
    readonly nowMs: number;
    stillWanted?(): boolean;
  }): Promise<AccountNow> {
    const { user, password, address, nowMs } = attempt;
    this.#checkPace(user, address, nowMs);
    const known = this.#pace.isKnown(user, address, nowMs);
    return this.#queue.run({ ...attempt, known }, async () => {
      // Failures of the same moment, whose checks came first, count.
      this.#checkPace(user, address, nowMs);
      this.#pace.attempted(user, address, nowMs);
      this.#readIfChanged();
      const account = this.#accounts.get(user);
      // The cost of the real accounts, so that the time tells nothing.
      const cost = [...this.#accounts.values()][0]?.password.cost ?? this.#cost;
      const right = await isPassword(password, account?.password ?? hashOfNobody(cost));
      // Not written to the log here: whoever tells the client writes it, with a limit against floods.
      if (!account || !right) throw new PutError('sign-in-refused', 'user or password is wrong');
      this.#pace.succeeded(user, address, nowMs);
      return accountNow(account);
    });
  }

  #checkPace(user: string, address: string, nowMs: number): void {
    const waitMs = this.#pace.waitMs(user, address, nowMs);
    if (waitMs > 0) {
      throw new PutError(
        'sign-in-slowed',
        `after several failures from ${address}: wait ${Math.ceil(waitMs / 1000)} s, then try once`,
        { waitMs },
      );
    }
  }

  /** Users and roles, never passwords. */
  listAccounts(): Promise<readonly AccountRow[]> {
    this.#readIfChanged();
    return Promise.resolve([...this.#accounts.values()].map(({ user, role }) => ({ user, role })));
  }

  /** Lines of the file that cannot be used, and why. */
  get faults(): readonly AccountFault[] {
    return this.#faults;
  }

  /** The account as the file has it at this moment: one look at the file's time and size, read anew where it changed. */
  now(user: string): AccountNow | undefined {
    this.#readIfChanged();
    const account = this.#accounts.get(user);
    return account && accountNow(account);
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    this.#lookLater();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#stopLooking?.();
      this.#stopLooking = undefined;
    };
  }

  #lookLater(): void {
    this.#stopLooking ??= this.#clock.setTimer(LOOK_MS, () => {
      this.#stopLooking = undefined;
      this.#readIfChanged();
      if (this.#listeners.size > 0) this.#lookLater();
    });
  }

  /** Adds an account. Throws `input-invalid`, also for a user who is there already: whose role or password is changed must be said. */
  async addAccount(account: { readonly user: string; readonly role: Role; readonly password: string }): Promise<void> {
    const { user, role } = account;
    const wrongName = faultOfUserName(user);
    if (wrongName !== undefined) throw new PutError('input-invalid', wrongName);
    const refuseKnown = (known: Account | undefined): void => {
      if (!known) return;
      throw new PutError(
        'input-invalid',
        `there is an account ${user} (${known.role}) already; change its password or its role`,
      );
    };
    this.#readIfChanged();
    refuseKnown(this.#accounts.get(user));
    const password = await this.#hashed(account.password);
    await this.#change((accounts) => {
      refuseKnown(accounts.get(user));
      accounts.set(user, { user, role, password });
    });
  }

  /** Gives an account a new password; its sessions end. Throws `input-invalid`. */
  async setPassword(user: string, newPassword: string): Promise<void> {
    this.#knownAccount(user);
    const password = await this.#hashed(newPassword);
    await this.#change((accounts) => accounts.set(user, { ...known(accounts, user), password }));
  }

  /** Gives an account another role, which counts at once. Throws `input-invalid`. */
  async setRole(user: string, role: Role): Promise<void> {
    await this.#change((accounts) => accounts.set(user, { ...known(accounts, user), role }));
  }

  /**
   * A new password from a person who knows the present one; `comes` is told the credential that the account will have before
   * it has it. Where the new password is the present one already (a repeat), nothing is done. Throws `sign-in-refused`,
   * `sign-in-slowed`, `sign-in-busy`, or `input-invalid`.
   */
  async changePassword(
    change: { readonly user: string; readonly password: string; readonly newPassword: string; readonly from: string },
    comes: (credential: string) => void,
  ): Promise<void> {
    const { user, newPassword, from } = change;
    const account = this.#knownAccount(user);
    const password = await this.#hashed(newPassword);
    // In the queue of the sign-ins and by their pace: an open session is no way to guess passwords.
    try {
      const nowMs = this.#clock.steadyMs();
      await this.verifyPassword({ user, password: change.password, address: from, nowMs });
    } catch (error) {
      if (error instanceof PutError && error.code === 'sign-in-refused') {
        if (await isPassword(newPassword, account.password)) return;
        throw new PutError(
          'sign-in-refused',
          'the present password is wrong; nothing was changed',
          {},
          { cause: error },
        );
      }
      throw error;
    }
    const next = { ...account, password };
    comes(accountNow(next).credential);
    await this.#change((accounts) => accounts.set(user, { ...known(accounts, user), password }));
  }

  #knownAccount(user: string): Account {
    this.#readIfChanged();
    return known(this.#accounts, user);
  }

  #hashed(password: string): Promise<Account['password']> {
    const { length } = password;
    if (length < LEAST_PASSWORD_LENGTH || length > LONGEST_PASSWORD_LENGTH) {
      const range = `${LEAST_PASSWORD_LENGTH} to ${LONGEST_PASSWORD_LENGTH}`;
      throw new PutError('input-invalid', `the password has ${length} signs; ${range} are needed`);
    }
    return hashPassword(password, this.#cost);
  }

  /** Throws `input-invalid` for a user who is not there. */
  async removeAccount(user: string): Promise<void> {
    await this.#change((accounts) => {
      known(accounts, user);
      accounts.delete(user);
    });
  }

  async #change(change: (accounts: Map<string, Account>) => unknown): Promise<void> {
    const work = async (): Promise<void> => {
      this.#readIfChanged();
      const accounts = new Map(this.#accounts);
      change(accounts);
      const kept = this.#faults.flatMap(({ text }) => (text === undefined ? [] : [text]));
      await replaceFile(this.#file, formatAccounts([...accounts.values()], kept));
    };
    const written = this.#writes.then(async () => {
      try {
        // Also beside another process: `putservices account` and the running services change the same file.
        await withFileLock(this.#file, work);
      } catch (error) {
        throw error instanceof PutError ? error : storageFault(error, this.#file);
      }
      this.#readIfChanged();
    });
    this.#writes = written.catch(() => undefined);
    await written;
  }

  #readIfChanged(): void {
    try {
      if (stampOf(this.#file) === this.#readStamp) return;
      this.#read();
      this.#toldFault = '';
    } catch (error) {
      // The accounts read before go on to count: a fault of the disk must not lock everybody out.
      const { message } = reportOf(error);
      if (message !== this.#toldFault)
        this.#log.error('the account file cannot be used; the accounts read before stay', { message });
      this.#toldFault = message;
      return;
    }
    for (const listener of [...this.#listeners]) listener();
  }

  #read(): void {
    const stamp = stampOf(this.#file);
    const before = this.#accounts;
    const text = readText(this.#file);
    const { accounts, faults } = parseAccounts(text);
    const found = new Map(accounts.map((account) => [account.user, account]));
    // An editor that writes in place is seen with half of the file, or none.
    const cut = stamp !== 'absent' && text.trim() === '' && before.size > 0;
    if (cut) faults.push({ line: 1, message: 'the file is empty', text: undefined });
    if (faults.length > 0)
      for (const account of before.values()) if (!found.has(account.user)) found.set(account.user, account);
    for (const { line, message } of faults)
      this.#log.error('a line of the account file cannot be used; the other accounts count', {
        file: this.#file,
        line,
        message,
      });
    this.#accounts = found;
    this.#faults = faults;
    this.#readStamp = stamp;
  }
}

function known(accounts: ReadonlyMap<string, Account>, user: string): Account {
  const account = accounts.get(user);
  if (!account) throw new PutError('input-invalid', `there is no account ${user.slice(0, 64)}`);
  return account;
}

function accountNow({ user, role, password }: Account): AccountNow {
  // Of a hash with a salt of its own, so that it tells nothing and changes with every new password.
  const credential = createHash('sha256').update(formatPasswordHash(password)).digest('base64url').slice(0, 22);
  return { user, role, credential };
}

/** The text of the file; none where there is no file. Throws `accounts-invalid` for one that is too large, or what the file system says. */
function readText(file: string): string {
  try {
    const { size } = statSync(file);
    if (size > ACCOUNT_LIMITS.fileBytes) {
      throw new PutError('accounts-invalid', `${file}, line 1: ${size} bytes; this is not an account file`, {
        ...{ file, line: 1 },
      });
    }
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw storageFault(error, file, 'accounts-invalid');
  }
}

/** Changes when the file changes. */
function stampOf(file: string): string {
  try {
    const { size, mtimeNs, ino } = statSync(file, { bigint: true });
    return `${size} ${mtimeNs} ${ino}`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'absent';
    throw storageFault(error, file, 'accounts-invalid');
  }
}

const signInSchema = z.object({ user: z.string(), password: z.string() });
/** File of the state folder that holds user and password of the practice system, readable by its user alone. */
export const PRACTICE_SIGN_IN_NAME = 'practice-sign-in.json';
const PRACTICE_USER = 'engineer';
/** Without signs that are easily taken for each other. */
const PASSWORD_SIGNS = 'abcdefghjkmnpqrstuvwxyzACDEFGHJKLMNPQRTUVWXYZ234679';

/** User and password of the practice system as an earlier start wrote them; undefined before the first. */
export async function readPracticeSignIn(
  stateFolder: string,
): Promise<{ readonly user: string; readonly password: string } | undefined> {
  try {
    return signInSchema.parse(JSON.parse(await readFile(join(stateFolder, PRACTICE_SIGN_IN_NAME), 'utf8')));
  } catch {
    return undefined;
  }
}

/**
 * Makes sure that the practice system has an admin account whose password is only in the state folder: drawn at the first
 * start, the same later. There is no default password. The file comes first, then the account, so that a start which was cut
 * anywhere is made good by the next.
 */
export async function ensurePracticeAccount(
  book: AccountBook,
  stateFolder: string,
): Promise<{ readonly user: string; readonly password: string }> {
  const taken = new Set((await book.listAccounts()).map(({ user }) => user));
  let signIn = await readPracticeSignIn(stateFolder);
  if (!signIn) {
    const password = Array.from({ length: 20 }, () => PASSWORD_SIGNS[randomInt(PASSWORD_SIGNS.length)]).join('');
    const user = taken.has(PRACTICE_USER) ? `${PRACTICE_USER}-${randomBytes(3).toString('hex')}` : PRACTICE_USER;
    signIn = { user, password };
    const path = join(stateFolder, PRACTICE_SIGN_IN_NAME);
    try {
      await replaceFile(path, JSON.stringify(signIn));
    } catch (error) {
      throw storageFault(error, path);
    }
  }
  if (!taken.has(signIn.user)) await book.addAccount({ ...signIn, role: 'admin' });
  return signIn;
}
