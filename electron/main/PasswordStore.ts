import type { SafeStorage } from 'electron';
import { z } from 'zod';
import { PutError } from '../../core/protocol/errors.ts';
import { createEntriesFile, tellOnce, type EntriesFile } from '../../core/workbench/entriesFile.ts';
import type { SecretStore } from '../../core/workbench/ports.ts';
import type { TextFile } from '../../core/workbench/systemsStore.ts';

/** What people call the keyrings that Electron names so (`safeStorage.getSelectedStorageBackend`). */
const LINUX_KEYRINGS: Readonly<Record<string, string>> = {
  gnome_libsecret: 'Secret Service (libsecret)',
  kwallet: 'KWallet',
  kwallet5: 'KWallet 5',
  kwallet6: 'KWallet 6',
};

/**
 * The keyring of the operating system that keeps a key for us; undefined where there is none. On Linux without one Electron would
 * only obfuscate.
 */
export function keyringName(
  safeStorage: Pick<SafeStorage, 'isEncryptionAvailable' | 'getSelectedStorageBackend'>,
  platform: NodeJS.Platform,
): string | undefined {
  if (!safeStorage.isEncryptionAvailable()) return undefined;
  if (platform === 'darwin') return 'Keychain';
  if (platform === 'win32') return 'Windows data protection (DPAPI)';
  return LINUX_KEYRINGS[safeStorage.getSelectedStorageBackend()];
}

/**
 * Secrets in one file, each sealed by a key of the operating system's keyring. Without a keyring nothing is ever written. A
 * secret that cannot be opened any more (another user, another machine) counts as absent; `tell` hears of it, and of what cannot be read of the file.
 */
export class PasswordStore implements SecretStore {
  readonly available: boolean;
  readonly #sealed: EntriesFile<string>;
  readonly #safeStorage: Pick<SafeStorage, 'encryptString' | 'decryptString'>;
  readonly #tell: (problem: string) => void;
  #work: Promise<unknown> = Promise.resolve();

  constructor(file: TextFile, safeStorage: SafeStorage, platform: NodeJS.Platform, tell: (problem: string) => void) {
    this.#tell = tellOnce(tell);
    this.#sealed = createEntriesFile(file, 'secrets', z.base64().min(1), this.#tell);
    this.#safeStorage = safeStorage;
    this.available = keyringName(safeStorage, platform) !== undefined;
  }

  get(key: string): Promise<string | undefined> {
    return this.#inOrder(async () => {
      if (!this.available) return undefined;
      const sealed = await this.#sealed.get(key);
      if (sealed === undefined) return undefined;
      try {
        return this.#safeStorage.decryptString(Buffer.from(sealed, 'base64'));
      } catch {
        this.#tell(
          `${this.#sealed.path}: secrets.${key}: the keyring of this user does not open it: sign in again; the others are used`,
        );
        return undefined;
      }
    });
  }

  /** Throws `credentials-unavailable` where there is no keyring, and where a newer version of the program wrote the file. */
  set(key: string, value: string): Promise<void> {
    return this.#inOrder(async () => {
      if (!this.available)
        throw new PutError('credentials-unavailable', 'this desktop has no keyring, so nothing is kept');
      await this.#sealed.set(key, this.#safeStorage.encryptString(value).toString('base64'));
    });
  }

  delete(key: string): Promise<void> {
    return this.#inOrder(() => this.#sealed.delete(key));
  }

  /** One change at a time, so that none is lost. */
  #inOrder<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#work.then(work);
    this.#work = result.catch(() => undefined);
    return result;
  }
}
