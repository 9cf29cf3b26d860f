import { spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { z } from 'zod';
import { PutError } from '../core/protocol/errors.ts';
import { createEntriesFile } from '../core/workbench/entriesFile.ts';
import type { TextFile } from '../core/workbench/systemsStore.ts';

/** A session of a saved system, as `putctl login` keeps it: never a password. */
export interface KeptSignIn {
  readonly user: string;
  /** Signs in by itself until the session ends at the master. */
  readonly sessionToken: string;
}

/** Where it is kept: sealed in the keyring of the person's desktop, or readable in a file that only they can open. */
export type KeptPlace = 'keyring' | 'file';

/** Sign-ins that are kept between commands, by the id of the system. */
export interface KeptSignIns {
  readonly path: string;
  /** @throws PutError file-unreadable where others can read the file */
  get(systemId: string): Promise<KeptSignIn | undefined>;
  /** @throws PutError credentials-unavailable where a newer version keeps its own there */
  set(systemId: string, signIn: KeptSignIn): Promise<KeptPlace>;
  /** Answers whether there was one. */
  delete(systemId: string): Promise<boolean>;
}

/** A keyring of the operating system. Each call answers undefined or false where there is none. */
export interface Keyring {
  get(key: string): Promise<string | undefined>;
  set(key: string, label: string, secret: string): Promise<boolean>;
  delete(key: string): Promise<void>;
}

const signInSchema = z.object({ user: z.string().min(1).max(64), sessionToken: z.string().max(64).optional() });

/** As ssh does with keys: what others can read is not used. Windows keeps the folder to the person by itself. */
async function requireOwn(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const mode = await stat(path).then(
    (found) => found.mode,
    () => 0,
  );
  if ((mode & 0o077) !== 0)
    throw new PutError(
      'file-unreadable',
      `${path}: others can read it, so the session in it is not used: chmod 600 ${path}`,
      { path },
    );
}

/** Tokens in the keyring where there is one, else in the file; who signs in stands in the file. `tell` hears what of the file cannot be used. */
export function createKeptSignIns(file: TextFile, keyring: Keyring, tell: (problem: string) => void): KeptSignIns {
  const entries = createEntriesFile(file, 'signIns', signInSchema, tell);
  return {
    path: file.path,
    async get(systemId) {
      const kept = await entries.get(systemId);
      if (!kept) return undefined;
      if (kept.sessionToken !== undefined) await requireOwn(file.path);
      const sessionToken = kept.sessionToken ?? (await keyring.get(systemId));
      return sessionToken === undefined ? undefined : { user: kept.user, sessionToken };
    },
    async set(systemId, { user, sessionToken }) {
      // First, since the keyring is of that version too.
      await entries.requireOurs();
      const sealed = await keyring.set(systemId, `PUT: ${user}`, sessionToken);
      await entries.set(systemId, sealed ? { user } : { user, sessionToken });
      return sealed ? 'keyring' : 'file';
    },
    async delete(systemId) {
      if (!(await entries.has(systemId))) return false;
      await keyring.delete(systemId);
      await entries.delete(systemId);
      return true;
    },
  };
}

/** A keyring that waits for a person to unlock it on a screen that nobody looks at must not hold a command up. */
const KEYRING_MS = 10_000;

/** The keyring of a Linux desktop (Secret Service) by `secret-tool` of libsecret; the secret goes by its standard input and output, never in arguments. */
export function secretToolKeyring(env: Readonly<Record<string, string | undefined>>, program = 'secret-tool'): Keyring {
  const isThere = process.platform === 'linux' && (env['DBUS_SESSION_BUS_ADDRESS'] ?? '') !== '';
  const run = (args: readonly string[], input = ''): Promise<string | undefined> =>
    new Promise((resolve) => {
      if (!isThere) return resolve(undefined);
      const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'ignore'], timeout: KEYRING_MS, env: { ...env } });
      let said = '';
      child.stdout.setEncoding('utf8').on('data', (part: string) => (said += part));
      child.stdin.on('error', () => {});
      child.once('error', () => resolve(undefined));
      child.once('close', (code) => resolve(code === 0 ? said : undefined));
      child.stdin.end(input);
    });
  const named = (key: string): string[] => ['application', 'put-desktop', 'session', key];
  return {
    get: (key) => run(['lookup', ...named(key)]),
    // What was stored is read back: a keyring that takes it and loses it at once is none.
    set: async (key, label, secret) =>
      (await run(['store', `--label=${label}`, ...named(key)], secret)) !== undefined &&
      (await run(['lookup', ...named(key)])) === secret,
    delete: async (key) => {
      await run(['clear', ...named(key)]);
    },
  };
}
