import { randomBytes, randomInt } from 'node:crypto';
import { open, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { PutError, reportOf } from '../../core/protocol/errors.ts';
import type { Role } from '../../core/protocol/handshake.ts';
import { createSystemClock } from '../../core/node/systemClock.ts';
import type { Clock } from '../../core/session/ports.ts';
import type { Log } from '../service.ts';
import { type Account, ACCOUNT_LIMITS, faultOfUserName, formatAccounts, parseAccounts } from './accountFile.ts';
import { CheckQueue } from './CheckQueue.ts';
import { hashOfNobody, hashPassword, isPassword, SCRYPT_COST, type ScryptCost } from './passwordHash.ts';
import { SignInPace } from './SignInPace.ts';

const LEAST_PASSWORD_LENGTH = 8;
const LONGEST_PASSWORD_LENGTH = 1024;

/** Who signed in. */
export interface SignedIn {
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

/** The accounts of a target system, one file. A change of the file by another process counts from the next sign-in on. */
export class AccountBook {
  readonly #file: string;
  readonly #log: Log;
  readonly #cost: ScryptCost;
  readonly #pace = new SignInPace();
  #accounts = new Map<string, Account>();
  #readStamp = '';
  readonly #queue: CheckQueue;
  #writes: Promise<unknown> = Promise.resolve();

  private constructor(options: AccountBookOptions) {
    this.#file = options.file;
    this.#log = options.log;
    this.#cost = options.cost ?? SCRYPT_COST;
    this.#queue = new CheckQueue(options.clock ?? createSystemClock());
  }

  /** Reads the file. Throws `accounts-invalid` naming the line. */
  static async open(options: AccountBookOptions): Promise<AccountBook> {
    const book = new AccountBook(options);
    await book.#read();
    return book;
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
  }): Promise<SignedIn> {
    const { user, password, address, nowMs } = attempt;
    this.#checkPace(user, address, nowMs);
    return this.#queue.run(attempt, async () => {
      // Failures of the same moment, whose checks came first, count.
      this.#checkPace(user, address, nowMs);
      this.#pace.attempted(user, address, nowMs);
      await this.#readIfChanged();
      const account = this.#accounts.get(user);
      // The cost of the real accounts, so that the time tells nothing.
      const cost = [...this.#accounts.values()][0]?.password.cost ?? this.#cost;
      const right = await isPassword(password, account?.password ?? hashOfNobody(cost));
      if (!account || !right) {
        this.#log.warn('a sign-in was refused', { user: user.slice(0, 64), address });
        throw new PutError('sign-in-refused', 'user or password is wrong');
      }
      this.#pace.succeeded(user, address, nowMs);
      return { user: account.user, role: account.role };
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
  async listAccounts(): Promise<readonly SignedIn[]> {
    await this.#readIfChanged();
    return [...this.#accounts.values()].map(({ user, role }) => ({ user, role }));
  }

  /** Adds an account, or gives an existing one a new role and password. Throws `input-invalid`. */
  async addAccount(account: { readonly user: string; readonly role: Role; readonly password: string }): Promise<void> {
    const { user, role } = account;
    const wrongName = faultOfUserName(user);
    if (wrongName !== undefined) throw new PutError('input-invalid', wrongName);
    const { length } = account.password;
    if (length < LEAST_PASSWORD_LENGTH || length > LONGEST_PASSWORD_LENGTH) {
      throw new PutError(
        'input-invalid',
        `the password has ${length} signs; ${LEAST_PASSWORD_LENGTH} to ${LONGEST_PASSWORD_LENGTH} are needed`,
      );
    }
    const password = await hashPassword(account.password, this.#cost);
    await this.#change((accounts) => accounts.set(user, { user, role, password }));
  }

  /** Throws `input-invalid` for a user who is not there. */
  async removeAccount(user: string): Promise<void> {
    await this.#change((accounts) => {
      if (!accounts.delete(user)) throw new PutError('input-invalid', `there is no account ${user.slice(0, 64)}`);
    });
  }

  async #change(change: (accounts: Map<string, Account>) => unknown): Promise<void> {
    const written = this.#writes.then(async () => {
      await this.#readIfChanged();
      const accounts = new Map(this.#accounts);
      change(accounts);
      await writePrivately(this.#file, formatAccounts([...accounts.values()]));
      await this.#read();
    });
    this.#writes = written.catch(() => undefined);
    await written;
  }

  async #readIfChanged(): Promise<void> {
    if ((await stampOf(this.#file)) === this.#readStamp) return;
    try {
      await this.#read();
    } catch (error) {
      // A slip in an editor must not lock everybody out: the accounts read before go on to count.
      this.#log.error('the account file cannot be used; the accounts read before stay', {
        message: reportOf(error).message,
      });
    }
  }

  async #read(): Promise<void> {
    const stamp = await stampOf(this.#file);
    let text = '';
    try {
      const { size } = await stat(this.#file);
      if (size > ACCOUNT_LIMITS.fileBytes) {
        throw new PutError('accounts-invalid', `${this.#file}, line 1: ${size} bytes; this is not an account file`, {
          ...{ file: this.#file, line: 1 },
        });
      }
      text = await readFile(this.#file, 'utf8');
    } catch (error) {
      if (error instanceof PutError) throw error;
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
        throw new PutError(
          'accounts-invalid',
          `${this.#file}: ${reportOf(error).message}`,
          { file: this.#file },
          { cause: error },
        );
      }
    }
    this.#accounts = new Map(parseAccounts(text, this.#file).map((account) => [account.user, account]));
    this.#readStamp = stamp;
  }
}

/** Changes when the file changes. */
async function stampOf(file: string): Promise<string> {
  try {
    const { size, mtimeNs, ino } = await stat(file, { bigint: true });
    return `${size} ${mtimeNs} ${ino}`;
  } catch {
    return 'absent';
  }
}

/** Replaces a file that only its user may read. */
async function writePrivately(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}.new`;
  const handle = await open(temporary, 'w', 0o600);
  try {
    await handle.chmod(0o600);
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, path);
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
 * start, the same later. There is no default password.
 */
export async function ensurePracticeAccount(
  book: AccountBook,
  stateFolder: string,
): Promise<{ readonly user: string; readonly password: string }> {
  const known = await readPracticeSignIn(stateFolder);
  const accounts = await book.listAccounts();
  if (known && accounts.some(({ user }) => user === known.user)) return known;
  const password = Array.from({ length: 20 }, () => PASSWORD_SIGNS[randomInt(PASSWORD_SIGNS.length)]).join('');
  const user = accounts.some((account) => account.user === PRACTICE_USER && !known)
    ? `${PRACTICE_USER}-${randomBytes(3).toString('hex')}`
    : PRACTICE_USER;
  await book.addAccount({ user, role: 'admin', password });
  await writePrivately(join(stateFolder, PRACTICE_SIGN_IN_NAME), JSON.stringify({ user, password }));
  return { user, password };
}
