import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { textFile } from '../core/node/textFile.ts';
import { createKeptSignIns, secretToolKeyring, type Keyring } from './keptSignIns.ts';

const NONE: Keyring = {
  get: () => Promise.resolve(undefined),
  set: () => Promise.resolve(false),
  delete: () => Promise.resolve(),
};
const ANNA = { user: 'anna', sessionToken: 'open sesame' };

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'putctl-kept-'));
  path = join(folder, 'sign-ins.json');
});
afterEach(() => rm(folder, { recursive: true }));

let told: string[];
beforeEach(() => void (told = []));
const open = (keyring: Keyring) => createKeptSignIns(textFile(path), keyring, (problem) => told.push(problem));

describe('sign-ins that are kept', () => {
  it('stand in a file that only their owner reads, where there is no keyring', async () => {
    const kept = open(NONE);
    expect(await kept.get('lab')).toBeUndefined();
    expect(await kept.set('lab', ANNA)).toBe('file');
    expect(await kept.get('lab')).toEqual(ANNA);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await kept.delete('lab')).toBe(true);
    expect(await kept.delete('lab')).toBe(false);
    expect(await readFile(path, 'utf8')).not.toContain('sesame');
  });

  it('are not used from a file that others can read; a damaged one counts as none', async () => {
    const kept = open(NONE);
    await kept.set('lab', ANNA);
    await chmod(path, 0o644);
    await expect(kept.get('lab')).rejects.toMatchObject({ code: 'file-unreadable' });
    await writeFile(path, '{ no json');
    expect(await kept.get('lab')).toBeUndefined();
    expect(told).toEqual([`${path} cannot be read, so nothing that is kept in it is used: sign in again`]);
  });

  it('are used each for itself: one that is damaged is told when it is wanted, and stays as it is', async () => {
    const kept = open(NONE);
    await kept.set('lab', ANNA);
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace('"lab"', '"east": { "user": 7 }, "lab"'));
    expect([await kept.get('lab'), told]).toEqual([ANNA, []]);
    expect(await kept.get('east')).toBeUndefined();
    expect(told).toEqual([expect.stringContaining(`${path}: signIns.east.user: `)]);
    await kept.delete('lab');
    expect(await readFile(path, 'utf8')).toContain('"east"');
  });

  it('are kept anew where the file is no text at all, which stays beside the new one', async () => {
    const bytes = Buffer.from([0x7b, 0xff, 0xf6]);
    await writeFile(path, bytes);
    const kept = open(NONE);
    expect(await kept.get('lab')).toBeUndefined();
    expect(await kept.set('lab', ANNA)).toBe('file');
    expect(await kept.get('lab')).toEqual(ANNA);
    const aside = /kept as (.*)$/.exec(told.at(-1) ?? '')?.[1] ?? '';
    expect(await readFile(aside)).toEqual(bytes);
  });

  it('are not written over those of a newer version', async () => {
    const kept = open(NONE);
    const newer = '{"version":2,"signIns":[]}\n';
    await writeFile(path, newer);
    await expect(kept.set('lab', ANNA)).rejects.toMatchObject({ code: 'credentials-unavailable' });
    expect(await kept.delete('lab')).toBe(false);
    expect(await readFile(path, 'utf8')).toBe(newer);
  });

  it('are in the keyring of the desktop by secret-tool, with nothing of them in arguments or the file', async () => {
    // Stands for libsecret's program: the same words, its secrets in files.
    const tool = join(folder, 'secret-tool');
    const script = [
      '#!/bin/sh',
      `echo "$*" >> ${folder}/arguments`,
      `for last; do :; done; file=${folder}/secret-$last`,
      'case $1 in store) cat > "$file";; lookup) cat "$file";; clear) rm -f "$file";; esac',
    ];
    await writeFile(tool, script.join('\n'), { mode: 0o755 });
    const env = { ...process.env, DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere' };
    const kept = open(secretToolKeyring(env, tool));
    expect(await kept.set('lab', ANNA)).toBe('keyring');
    expect(await kept.get('lab')).toEqual(ANNA);
    for (const file of [path, join(folder, 'arguments')]) expect(await readFile(file, 'utf8')).not.toContain('sesame');
    await kept.delete('lab');
    expect(await kept.get('lab')).toBeUndefined();
    // Without a desktop, or without the program, it is the file.
    const without = open(secretToolKeyring({}, tool));
    expect(await without.set('lab', ANNA)).toBe('file');
    const missing = open(secretToolKeyring(env, join(folder, 'nothing')));
    expect(await missing.set('lab', ANNA)).toBe('file');
  });
});
