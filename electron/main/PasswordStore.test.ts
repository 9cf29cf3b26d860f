import type { SafeStorage } from 'electron';
import { describe, expect, it } from 'vitest';
import { PutError } from '../../core/protocol/errors.ts';
import { memoryTextFile } from '../../core/testing/memoryTextFile.ts';
import { keyringName, PasswordStore } from './PasswordStore.ts';

const memoryFile = () => memoryTextFile(undefined, 'secrets.json');

/** Seals by turning around; opens only what it sealed. */
function storage(backend: string, available = true): SafeStorage {
  return {
    isEncryptionAvailable: () => available,
    getSelectedStorageBackend: () => backend,
    encryptString: (text: string) => Buffer.from(`sealed:${[...text].reverse().join('')}`),
    decryptString: (sealed: Buffer) => {
      const text = sealed.toString();
      if (!text.startsWith('sealed:')) throw new Error('not ours');
      return [...text.slice(7)].reverse().join('');
    },
  } as unknown as SafeStorage;
}

describe('the password store', () => {
  it('keeps, gives and forgets, and never writes in the clear', async () => {
    const file = memoryFile();
    const store = new PasswordStore(file, storage('gnome_libsecret'), 'linux');
    await Promise.all([store.set('a', 'first'), store.set('b', 'second')]);
    expect([await store.get('a'), await store.get('b'), await store.get('c')]).toEqual(['first', 'second', undefined]);
    expect(file.text).not.toContain('first');
    await store.delete('a');
    expect(await new PasswordStore(file, storage('gnome_libsecret'), 'linux').get('a')).toBeUndefined();
    expect(await store.get('b')).toBe('second');
  });

  it.each([
    ['linux', 'basic_text', true],
    ['linux', 'unknown', true],
    ['linux', 'gnome_libsecret', false],
    ['win32', 'unknown', false],
  ] as const)('keeps nothing on %s with %s (encryption: %s)', async (platform, backend, encryption) => {
    const file = memoryFile();
    const store = new PasswordStore(file, storage(backend, platform === 'win32' ? false : encryption), platform);
    expect(store.available).toBe(false);
    await expect(store.set('a', 'x')).rejects.toMatchObject({ code: 'credentials-unavailable' });
    expect(file.text).toBeUndefined();
  });

  it('writes nothing over what a newer version keeps', async () => {
    const newer = `{"version":2,"vault":"c2VhbGVk"}\n`;
    const file = memoryTextFile(newer, '/data/secrets.json');
    const store = new PasswordStore(file, storage('kwallet5'), 'linux');
    expect(await store.get('a')).toBeUndefined();
    await expect(store.set('a', 'first')).rejects.toMatchObject({
      code: 'credentials-unavailable',
      message: '/data/secrets.json: a newer version of PUT Desktop wrote it, so nothing is kept in it',
    });
    await store.delete('a');
    expect(file.text).toBe(newer);
  });

  it('begins anew where what stands in its place is no text', async () => {
    const file = memoryFile();
    const noText = () => Promise.reject(new PutError('config-unreadable', 'it holds zero bytes'));
    const store = new PasswordStore(
      { ...file, read: noText, update: noText, write: file.write },
      storage('kwallet5'),
      'linux',
    );
    expect(await store.get('a')).toBeUndefined();
    await store.set('a', 'first');
    expect(await new PasswordStore(memoryTextFile(file.text), storage('kwallet5'), 'linux').get('a')).toBe('first');
  });

  it('takes a secret that cannot be opened and a damaged file for absent', async () => {
    const file = memoryFile();
    const store = new PasswordStore(file, storage('kwallet5'), 'linux');
    file.text = JSON.stringify({ version: 1, secrets: { a: Buffer.from('foreign').toString('base64') } });
    expect(await store.get('a')).toBeUndefined();
    file.text = '{"version":1,';
    expect(await store.get('a')).toBeUndefined();
    await store.set('a', 'again');
    expect(await store.get('a')).toBe('again');
  });
});

it.each([
  ['linux', 'gnome_libsecret', 'Secret Service (libsecret)'],
  ['linux', 'kwallet6', 'KWallet 6'],
  ['linux', 'basic_text', undefined],
  ['linux', 'unknown', undefined],
  ['darwin', 'unknown', 'Keychain'],
  ['win32', 'unknown', 'Windows data protection (DPAPI)'],
] as const)('says which keyring keeps secrets on %s with %s: %s', (platform, backend, name) => {
  expect(keyringName(storage(backend), platform)).toBe(name);
  expect(keyringName(storage(backend, false), platform)).toBeUndefined();
});
