import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { settings } from './settings.ts';

const KEY = createHash('sha256').update('electron stand-in').digest();
const MARK = Buffer.from('v11');

/** The `safeStorage` module: really encrypts, with a key that is no secret. */
export const safeStorage = {
  isEncryptionAvailable: (): boolean => true,
  getSelectedStorageBackend: (): string => (settings.keyring ? 'gnome_libsecret' : 'basic_text'),

  encryptString(text: string): Buffer {
    const iv = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', KEY, iv);
    const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([MARK, iv, body, cipher.getAuthTag()]);
  },

  decryptString(sealed: Buffer): string {
    const decipher = createDecipheriv('aes-256-gcm', KEY, sealed.subarray(3, 15));
    decipher.setAuthTag(sealed.subarray(-16));
    return Buffer.concat([decipher.update(sealed.subarray(15, -16)), decipher.final()]).toString('utf8');
  },
};
