import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type PutError } from '../../core/protocol/errors.ts';
import { AccountBook, ensurePracticeAccount, PRACTICE_SIGN_IN_NAME, readPracticeSignIn } from './AccountBook.ts';
import { createFakeClock } from '../../core/testing/fakeClock.ts';
import type { AccountNow } from '../sessions/authorize.ts';
import { formatAccounts, parseAccounts } from './accountFile.ts';
import { formatPasswordHash, hashPassword, isPassword, parsePasswordHash } from './passwordHash.ts';
import { SignInPace } from './SignInPace.ts';

/** Cheap, so that the tests are fast. */
const cost = { n: 16, r: 1, p: 1 };
const PASSWORD = 'correct horse battery';
let folder: string;
let file: string;
let refusals: string[];
const log = {
  info: () => {},
  warn: (message: string) => refusals.push(message),
  error: (message: string) => refusals.push(message),
};
const open = (): Promise<AccountBook> => AccountBook.open({ file, log, cost });

beforeEach(async () => {
  refusals = [];
  folder = await mkdtemp(join(tmpdir(), 'put-accounts-'));
  file = join(folder, 'accounts');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function signIn(
  book: AccountBook,
  user: string,
  password: string,
  nowMs = 0,
  address = '192.0.2.9',
): Promise<AccountNow> {
  return book.verifyPassword({ user, password, address, nowMs });
}

describe('AccountBook', () => {
  it('keeps accounts in a file that only its user may read, without the password', async () => {
    const book = await open();
    await book.addAccount({ user: 'anna', role: 'admin', password: PASSWORD });
    await book.addAccount({ user: 'ben@site', role: 'observer', password: 'another one' });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readFile(file, 'utf8')).not.toContain(PASSWORD);
    const again = await open();
    expect(await again.listAccounts()).toEqual([
      { user: 'anna', role: 'admin' },
      { user: 'ben@site', role: 'observer' },
    ]);
    expect(await signIn(again, 'anna', PASSWORD)).toMatchObject({ user: 'anna', role: 'admin' });
    await again.removeAccount('anna');
    await expect(signIn(again, 'anna', PASSWORD)).rejects.toMatchObject({ code: 'sign-in-refused' });
    await expect(again.removeAccount('anna')).rejects.toMatchObject({ code: 'input-invalid' });
  });

  it('tells the same for a wrong password and an unknown user, and never says the password', async () => {
    const book = await open();
    await book.addAccount({ user: 'anna', role: 'operator', password: PASSWORD });
    const errors = await Promise.allSettled([
      signIn(book, 'anna', 'wrong'),
      signIn(book, 'zoe', 'wrong'),
      signIn(book, '__proto__', 'wrong'),
    ]);
    const messages = errors.map((outcome) =>
      outcome.status === 'rejected' ? (outcome.reason as PutError).message : 'in',
    );
    expect(new Set(messages)).toEqual(new Set(['user or password is wrong']));
    // The log is the caller's, who has a limit against floods.
    expect(refusals).toEqual([]);
  });

  it('slows a user down at the address that guesses, and nobody else', async () => {
    const book = await open();
    await book.addAccount({ user: 'anna', role: 'operator', password: PASSWORD });
    for (let i = 0; i < 3; i++)
      await expect(signIn(book, 'anna', 'wrong', 0)).rejects.toMatchObject({ code: 'sign-in-refused' });
    await expect(signIn(book, 'anna', PASSWORD, 400)).rejects.toMatchObject({
      code: 'sign-in-slowed',
      details: { waitMs: 600 },
    });
    expect((await signIn(book, 'anna', PASSWORD, 400, '192.0.2.10')).user).toBe('anna');
    await expect(signIn(book, 'anna', 'wrong', 1_000)).rejects.toMatchObject({ code: 'sign-in-refused' });
    await expect(signIn(book, 'anna', PASSWORD, 1_500)).rejects.toMatchObject({ details: { waitMs: 1_500 } });
    expect((await signIn(book, 'anna', PASSWORD, 3_000)).user).toBe('anna');
    await expect(signIn(book, 'anna', 'wrong', 3_001)).rejects.toMatchObject({ code: 'sign-in-refused' });
  });

  it('counts attempts of the same moment', async () => {
    const book = await open();
    const all = await Promise.allSettled(Array.from({ length: 10 }, () => signIn(book, 'anna', 'wrong')));
    const codes = all.map((one) => (one.status === 'rejected' ? (one.reason as PutError).code : ''));
    expect(codes.filter((code) => code === 'sign-in-refused')).toHaveLength(3);
    expect(codes.filter((code) => code === 'sign-in-slowed')).toHaveLength(7);
  });

  it('lets many sign-ins of one user at the same moment in, one after the other', async () => {
    const book = await open();
    await book.addAccount({ user: 'anna', role: 'operator', password: PASSWORD });
    const all = await Promise.all(Array.from({ length: 12 }, () => signIn(book, 'anna', PASSWORD)));
    expect(new Set(all.map(({ user }) => user))).toEqual(new Set(['anna']));
  });

  it('a flood of wrong passwords from an address keeps nobody else out, nor those who are known there', async () => {
    const book = await open();
    for (const user of ['anna', 'ben', 'carl']) await book.addAccount({ user, role: 'operator', password: PASSWORD });
    await signIn(book, 'ben', PASSWORD, 0, 'office');
    const flood: Promise<unknown>[] = [];
    for (let i = 0; i < 40; i++) flood.push(signIn(book, `guess-${i}`, 'wrong', 1, 'office').catch(() => {}));
    expect((await signIn(book, 'anna', PASSWORD, 1, 'elsewhere')).user).toBe('anna');
    await Promise.all(flood);
    for (let i = 0; i < 10; i++) await signIn(book, `guess-${i}`, 'wrong', 2, 'office').catch(() => {});
    expect((await signIn(book, 'ben', PASSWORD, 3, 'office')).user).toBe('ben');
    await expect(signIn(book, 'carl', PASSWORD, 3, 'office')).rejects.toMatchObject({ code: 'sign-in-slowed' });
  });

  it('checks no password for who went away, and counts no failure for it', async () => {
    const book = await open();
    await book.addAccount({ user: 'anna', role: 'operator', password: PASSWORD });
    const gone = { user: 'anna', password: 'wrong', address: 'a', nowMs: 0, stillWanted: () => false };
    for (let i = 0; i < 5; i++) await expect(book.verifyPassword(gone)).rejects.toMatchObject({ code: 'line-lost' });
    expect((await signIn(book, 'anna', PASSWORD, 0, 'a')).user).toBe('anna');
    expect(refusals).toEqual([]);
  });

  it('takes a change of the file at the next question; a broken line takes nobody else away', async () => {
    const book = await open();
    await book.addAccount({ user: 'anna', role: 'operator', password: PASSWORD });
    const other = await open();
    await other.addAccount({ user: 'ben', role: 'admin', password: PASSWORD });
    expect(book.now('ben')).toMatchObject({ role: 'admin' });
    await writeFile(file, `zoe admin plain-text-password\n${await readFile(file, 'utf8')}`);
    expect((await signIn(book, 'ben', PASSWORD)).role).toBe('admin');
    expect(refusals.join()).toContain('cannot be used');
    const started = await open();
    expect((await started.listAccounts()).map(({ user }) => user)).toEqual(['anna', 'ben']);
    expect(started.faults).toMatchObject([{ line: 1, message: expect.stringContaining('password of zoe') as string }]);
    // The line stays for a person to mend.
    await started.removeAccount('anna');
    expect(await readFile(file, 'utf8')).toContain('zoe admin plain-text-password');
    expect(book.now('anna')).toMatchObject({ user: 'anna' });
    await writeFile(file, (await readFile(file, 'utf8')).replace(/^zoe.*\n/m, ''));
    expect(book.now('anna')).toBeUndefined();
  });

  it('keeps the accounts while an editor has the file half-written, or a disk refuses it', async () => {
    const book = await open();
    await book.addAccount({ user: 'anna', role: 'operator', password: PASSWORD });
    const text = await readFile(file, 'utf8');
    await writeFile(file, '');
    expect(book.now('anna')).toBeDefined();
    await rm(file);
    await mkdir(file);
    expect(book.now('anna')).toBeDefined();
    await rm(file, { recursive: true });
    await writeFile(file, text);
    expect(book.now('anna')).toBeDefined();
    await rm(file);
    expect(book.now('anna')).toBeUndefined();
  });

  it('tells a change within a second, and another credential with every new password', async () => {
    const clock = createFakeClock();
    const book = await AccountBook.open({ file, log, cost, clock });
    await book.addAccount({ user: 'anna', role: 'operator', password: PASSWORD });
    const before = book.now('anna')?.credential;
    let told = 0;
    const stop = book.onChange(() => told++);
    await (await open()).setPassword('anna', PASSWORD);
    await clock.advance(1_000);
    expect(told).toBe(1);
    expect(book.now('anna')?.credential).not.toBe(before);
    stop();
    expect(clock.openTimers).toBe(0);
  });

  it('adds nobody twice: an admin stays one, and role and password are changed by name', async () => {
    const book = await open();
    await book.addAccount({ user: 'anna', role: 'admin', password: PASSWORD });
    await expect(book.addAccount({ user: 'anna', role: 'operator', password: 'another one' })).rejects.toMatchObject({
      code: 'input-invalid',
      message: expect.stringContaining('anna (admin) already') as string,
    });
    await expect(signIn(book, 'anna', PASSWORD)).resolves.toMatchObject({ role: 'admin' });
    await book.setRole('anna', 'observer');
    await book.setPassword('anna', 'another one');
    await expect(signIn(book, 'anna', 'another one')).resolves.toMatchObject({ role: 'observer' });
    await expect(book.setRole('zoe', 'admin')).rejects.toMatchObject({ code: 'input-invalid' });
    await expect(book.setPassword('zoe', PASSWORD)).rejects.toMatchObject({ code: 'input-invalid' });
  });

  it('changes a password for who knows the present one, by the pace of the sign-ins, and a repeat changes nothing', async () => {
    const book = await open();
    await book.addAccount({ user: 'anna', role: 'operator', password: PASSWORD });
    const change = { user: 'anna', password: PASSWORD, newPassword: 'another one', from: 'session s1' };
    const told: string[] = [];
    const comes = (credential: string): void => void told.push(credential);
    await expect(book.changePassword({ ...change, newPassword: 'short' }, comes)).rejects.toMatchObject({
      code: 'input-invalid',
    });
    await book.changePassword(change, comes);
    const { credential } = await signIn(book, 'anna', 'another one');
    expect(told).toEqual([credential]);
    await book.changePassword(change, comes);
    expect([told.length, book.now('anna')?.credential]).toEqual([1, credential]);
    const codes: string[] = [];
    for (let guess = 0; guess < 8; guess++)
      await book
        .changePassword({ ...change, password: `guess ${guess}`, newPassword: 'yet another' }, comes)
        .catch((error: PutError) => codes.push(error.code));
    expect(codes[0]).toBe('sign-in-refused');
    expect(codes.at(-1)).toBe('sign-in-slowed');
    await expect(signIn(book, 'anna', 'another one')).resolves.toMatchObject({ user: 'anna' });
  });

  it('loses none of the changes that several processes make at once', async () => {
    const books = await Promise.all(Array.from({ length: 6 }, () => open()));
    await Promise.all(
      books.map((book, i) => book.addAccount({ user: `user${i}`, role: 'operator', password: PASSWORD })),
    );
    expect(await (await open()).listAccounts()).toHaveLength(6);
  });

  it('refuses weak input', async () => {
    const book = await open();
    const add = (user: string, password: string): Promise<void> => book.addAccount({ user, role: 'admin', password });
    await expect(add('a b', PASSWORD)).rejects.toMatchObject({ code: 'input-invalid' });
    await expect(add('anna', 'short')).rejects.toMatchObject({ code: 'input-invalid' });
    await expect(add('', PASSWORD)).rejects.toMatchObject({ code: 'input-invalid' });
  });
});

describe('the practice account', () => {
  it('has a password of its own, drawn once, that only the user of the state folder can read', async () => {
    const book = await open();
    expect(await readPracticeSignIn(folder)).toBeUndefined();
    const first = await ensurePracticeAccount(book, folder);
    expect((await signIn(book, first.user, first.password)).role).toBe('admin');
    expect((await stat(join(folder, PRACTICE_SIGN_IN_NAME))).mode & 0o777).toBe(0o600);
    expect(await ensurePracticeAccount(await open(), folder)).toEqual(first);
    expect(await readPracticeSignIn(folder)).toEqual(first);
    await rm(file);
    expect(await ensurePracticeAccount(await open(), folder)).toEqual(first);
  });

  it('does not take over an account of a person', async () => {
    const book = await open();
    await book.addAccount({ user: 'engineer', role: 'observer', password: PASSWORD });
    const practice = await ensurePracticeAccount(book, folder);
    expect(practice.user).toMatch(/^engineer-/);
    expect((await signIn(book, 'engineer', PASSWORD)).role).toBe('observer');
  });
});

describe('the account file', () => {
  it.each([
    ['anna admin', 'line 1: user, role and password are needed, found 2 columns'],
    ['# x\n\nan/na admin x', 'line 3: "an/na" is no user name'],
    ['anna root x', 'line 1: role of anna: observer, operator or admin is needed'],
    ['anna admin secret', 'line 1: password of anna: a password of the form'],
    [
      'anna admin scrypt$1048576$64$1$AAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAA',
      'line 1: password of anna: scrypt cost',
    ],
    ['anna admin scrypt$16$1$1$AA$AAAAAAAAAAAAAAAAAAAAAAAA', 'line 1: password of anna: the salt is broken'],
  ])('%j is a fault of its line', (text, message) => {
    const { accounts, faults } = parseAccounts(text);
    expect(accounts).toEqual([]);
    expect(faults.map((fault) => `line ${fault.line}: ${fault.message}`).join()).toContain(message);
    expect(faults.map((fault) => fault.message).join()).not.toContain('secret');
  });

  it('reads back what it writes, and any other text without another error', async () => {
    const password = await hashPassword(PASSWORD, cost);
    const anna = { user: 'anna', role: 'admin' as const, password };
    expect(parseAccounts(formatAccounts([anna]))).toEqual({ accounts: [anna], faults: [] });
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (text) => {
        const { accounts, faults } = parseAccounts(`${formatAccounts([anna])}${text}`);
        expect(accounts[0]).toEqual(anna);
        expect(
          parseAccounts(
            formatAccounts(
              accounts,
              faults.map((fault) => fault.text ?? ''),
            ),
          ).accounts,
        ).toEqual(accounts);
      }),
      { seed: 42, numRuns: 300 },
    );
  });

  it('knows a password again, in whatever form the accents came', async () => {
    const stored = parsePasswordHash(formatPasswordHash(await hashPassword('caf\u00e9 au lait', cost)));
    if (typeof stored === 'string') throw new Error(stored);
    expect(await isPassword('cafe\u0301 au lait', stored)).toBe(true);
    expect(await isPassword('cafe au lait', stored)).toBe(false);
  });
});

describe('SignInPace', () => {
  it('does not slow a user who signed in from the address before, for a day', () => {
    const pace = new SignInPace();
    pace.succeeded('anna', 'a', 0);
    for (let i = 0; i < 20; i++) pace.attempted(`user-${i}`, 'a', 10);
    expect(pace.waitMs('anna', 'a', 10)).toBe(0);
    expect(pace.waitMs('anna', 'b', 10)).toBe(0);
    expect(pace.waitMs('ben', 'a', 10)).toBeGreaterThan(0);
    for (let i = 0; i < 20; i++) pace.attempted(`user-${i}`, 'a', 25 * 3_600_000);
    expect(pace.waitMs('anna', 'a', 25 * 3_600_000)).toBeGreaterThan(0);
  });

  it('waits 1, 2, 4 ... 300 s and forgets after a quarter of an hour', () => {
    const pace = new SignInPace();
    let nowMs = 0;
    const waits: number[] = [];
    for (let i = 0; i < 14; i++) {
      pace.attempted('anna', 'a', nowMs);
      const waitMs = pace.waitMs('anna', 'a', nowMs);
      waits.push(waitMs / 1000);
      nowMs += waitMs;
    }
    expect(waits).toEqual([0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
    expect(pace.waitMs('anna', 'a', nowMs + 15 * 60_000)).toBe(0);
  });

  it('slows an address that tries one user after the other', () => {
    const pace = new SignInPace();
    for (let i = 0; i < 20; i++) pace.attempted(`user-${i}`, 'a', 0);
    expect(pace.waitMs('user-99', 'a', 0)).toBe(1_000);
    expect(pace.waitMs('user-99', 'b', 0)).toBe(0);
  });

  it('keeps its memory bounded', () => {
    const pace = new SignInPace();
    for (let i = 0; i < 30_000; i++) pace.attempted('anna', `address-${i}`, 0);
    expect(pace.waitMs('anna', 'address-29999', 0)).toBe(0);
  });
});
