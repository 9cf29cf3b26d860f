import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { memoryTextFile } from '../testing/memoryTextFile.ts';
import { createEntriesFile } from './entriesFile.ts';

const PATH = '/data/kept.json';
let told: string[];
beforeEach(() => void (told = []));

function open(text?: string) {
  const file = memoryTextFile(text, PATH);
  return {
    file,
    entries: createEntriesFile(file, 'signIns', z.object({ user: z.string().min(1) }), (line) => told.push(line)),
  };
}

describe('entries of a file', () => {
  const mixed = JSON.stringify({ version: 1, signIns: { lab: { user: 'anna' }, east: { user: 7 }, west: null } });

  it('are used each for itself: a bad one is told once and stays as it is, until it is set anew or deleted', async () => {
    const { file, entries } = open(mixed);
    expect([await entries.get('lab'), await entries.get('east'), await entries.get('east')]).toEqual([
      { user: 'anna' },
      undefined,
      undefined,
    ]);
    expect(told).toEqual([expect.stringContaining(`${PATH}: signIns.east.user: `)]);
    await entries.set('north', { user: 'ben' });
    expect(JSON.parse(file.text ?? '')).toMatchObject({ signIns: { east: { user: 7 }, west: null } });
    await entries.set('east', { user: 'carla' });
    expect([await entries.get('east'), await entries.has('west')]).toEqual([{ user: 'carla' }, true]);
    await entries.delete('west');
    await entries.delete('west');
    expect(Object.keys((JSON.parse(file.text ?? '') as { signIns: object }).signIns)).toEqual(['lab', 'east', 'north']);
    expect(file.asides).toEqual([]);
  });

  it.each(['{"version":1,', '{"version":1,"signIns":[]}', '[]', '\0\0\0'])(
    'of %j are none: the file stays until one is kept, and is set aside whole then',
    async (text) => {
      const { file, entries } = open(text);
      await entries.delete('lab');
      expect([await entries.get('lab'), await entries.has('lab'), file.text]).toEqual([undefined, false, text]);
      expect(told).toEqual([expect.stringContaining(`${PATH} cannot be read`)]);
      await entries.set('lab', { user: 'anna' });
      expect(file.asides).toEqual([text]);
      expect(told.at(-1)).toContain('is kept as');
      expect(await entries.get('lab')).toEqual({ user: 'anna' });
    },
  );

  it('of a newer version are left to it', async () => {
    const newer = '{"version":2,"vault":"c2VhbGVk"}\n';
    const { file, entries } = open(newer);
    await entries.delete('lab');
    expect(await entries.get('lab')).toBeUndefined();
    await expect(entries.set('lab', { user: 'anna' })).rejects.toMatchObject({
      code: 'credentials-unavailable',
      message: `${PATH}: a newer version of PUT Desktop wrote it, so nothing is kept in it`,
    });
    expect([file.text, file.asides, told]).toEqual([newer, [], []]);
  });
});
