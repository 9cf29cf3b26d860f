import type { SafeStorage } from 'electron';
import { z } from 'zod';
import { PutError } from '../../core/protocol/errors.ts';
import { jsonIn, refuseNewer } from '../../core/workbench/newerFile.ts';
import type { SecretStore } from '../../core/workbench/ports.ts';
import type { TextFile } from '../../core/workbench/systemsStore.ts';

const fileSchema = z.object({ version: z.literal(1), secrets: z.record(z.string().max(200), z.base64().max(20_000)) });
type Sealed = Record<string, string>;

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
 * secret that cannot be opened any more (another user, another machine) counts as absent.
 */
export class PasswordStore implements SecretStore {
  readonly available: boolean;
  readonly #file: TextFile;
  readonly #safeStorage: Pick<SafeStorage, 'encryptString' | 'decryptString'>;
  #work: Promise<unknown> = Promise.resolve();

  constructor(file: TextFile, safeStorage: SafeStorage, platform: NodeJS.Platform) {
    this.#file = file;
    this.#safeStorage = safeStorage;
    this.available = keyringName(safeStorage, platform) !== undefined;
  }

  get(key: string): Promise<string | undefined> {
    return this.#inOrder(async () => {
      const sealed = (await this.#read())[key];
      if (sealed === undefined || !this.available) return undefined;
      try {
        return this.#safeStorage.decryptString(Buffer.from(sealed, 'base64'));
      } catch {
        return undefined;
      }
    });
  }

  /** Throws `credentials-unavailable` where there is no keyring, and where a newer version of the program wrote the file. */
  set(key: string, value: string): Promise<void> {
    return this.#inOrder(async () => {
      if (!this.available)
        throw new PutError('credentials-unavailable', 'this desktop has no keyring, so nothing is kept');
      const sealed = this.#safeStorage.encryptString(value).toString('base64');
      await this.#change((secrets) => ({ ...secrets, [key]: sealed }));
    });
  }

  delete(key: string): Promise<void> {
    return this.#inOrder(async () => {
      await this.#change(({ [key]: removed, ...others }) => (removed === undefined ? undefined : others));
    });
  }

  /** One change at a time, so that none is lost. */
  #inOrder<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#work.then(work);
    this.#work = result.catch(() => undefined);
    return result;
  }

  async #read(): Promise<Sealed> {
    return secretsIn(await this.#file.read().catch(noneIfNoText));
  }

  /** One step, also beside another window of the program that ends at this moment. */
  #change(change: (secrets: Sealed) => Sealed | undefined): Promise<void> {
    const changed = (text: string | undefined): string | undefined => {
      const secrets = change(secretsIn(text));
      if (secrets) refuseNewer(text, this.#file.path);
      return secrets && `${JSON.stringify({ version: 1, secrets })}\n`;
    };
    return this.#file.update(changed).catch(async (error: unknown) => {
      const text = changed(noneIfNoText(error));
      if (text !== undefined) await this.#file.write(text);
    });
  }
}

/** What a disk left of the file after a power loss may be no text: as damaged as one that says nothing. */
function noneIfNoText(error: unknown): undefined {
  if (!(error instanceof PutError && error.code === 'config-unreadable')) throw error;
}

/** A damaged file only costs typing the passwords again. */
function secretsIn(text: string | undefined): Sealed {
  return fileSchema.safeParse(jsonIn(text)).data?.secrets ?? {};
}
