import type { SafeStorage } from 'electron';
import { beforeEach, describe, expect, it } from 'vitest';
import { memoryTextFile } from '../../core/testing/memoryTextFile.ts';
import type { TextFile } from '../../core/workbench/systemsStore.ts';
import { keyringName, PasswordStore } from './PasswordStore.ts';

const memoryFile = () => memoryTextFile(undefined, 'secrets.json');

let told: string[];
beforeEach(() => void (told = []));
const open = (...[file, storage, platform]: [TextFile, SafeStorage, NodeJS.Platform]) =>
  new PasswordStore(file, storage, platform, (problem) => told.push(problem));

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
    const store = open(file, storage('gnome_libsecret'), 'linux');
    await Promise.all([store.set('a', 'first'), store.set('b', 'second')]);
    expect([await store.get('a'), await store.get('b'), await store.get('c')]).toEqual(['first', 'second', undefined]);
    expect(file.text).not.toContain('first');
    await store.delete('a');
    expect(await open(file, storage('gnome_libsecret'), 'linux').get('a')).toBeUndefined();
    expect(await store.get('b')).toBe('second');
  });

  it.each([
    ['linux', 'basic_text', true],
    ['linux', 'unknown', true],
    ['linux', 'gnome_libsecret', false],
    ['win32', 'unknown', false],
  ] as const)('keeps nothing on %s with %s (encryption: %s)', async (platform, backend, encryption) => {
    const file = memoryFile();
    const store = open(file, storage(backend, platform === 'win32' ? false : encryption), platform);
    expect(store.available).toBe(false);
    await expect(store.set('a', 'x')).rejects.toMatchObject({ code: 'credentials-unavailable' });
    expect(file.text).toBeUndefined();
  });

  it('writes nothing over what a newer version keeps', async () => {
    const newer = `{"version":2,"vault":"c2VhbGVk"}\n`;
    const file = memoryTextFile(newer, '/data/secrets.json');
    const store = open(file, storage('kwallet5'), 'linux');
    expect(await store.get('a')).toBeUndefined();
    await expect(store.set('a', 'first')).rejects.toMatchObject({
      code: 'credentials-unavailable',
      message: '/data/secrets.json: a newer version of PUT Desktop wrote it, so nothing is kept in it',
    });
    await store.delete('a');
    expect(file.text).toBe(newer);
  });

  it('takes a secret that cannot be opened for absent and tells it; a damaged file stays beside the new one', async () => {
    const file = memoryFile();
    const store = open(file, storage('kwallet5'), 'linux');
    await store.set('b', 'second');
    const [, sealed] = /"b": "(.*)"/.exec(file.text ?? '') ?? [];
    file.text = JSON.stringify({
      version: 1,
      secrets: { a: Buffer.from('foreign').toString('base64'), b: sealed, c: 7 },
    });
    const found = [await store.get('a'), await store.get('b'), await store.get('c'), await store.get('a')];
    expect(found).toEqual([undefined, 'second', undefined, undefined]);
    expect(told).toEqual([expect.stringContaining('secrets.a: the keyring'), expect.stringContaining('secrets.c: ')]);
    const damaged = '{"version":1,';
    file.text = damaged;
    expect(await store.get('b')).toBeUndefined();
    await store.set('a', 'again');
    expect([await store.get('a'), file.asides]).toEqual(['again', [damaged]]);
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
