import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { licencesBeside } from '../core/node/readLicences.ts';
import { licencesText, packageFolderOf, readLicence } from './licences.ts';
import { licenceList } from '../renderer/features/settings/licenceList.ts';

const folder = mkdtempSync(join(tmpdir(), 'put-licences-'));
afterAll(() => rmSync(folder, { recursive: true }));

function packageWith(name: string, files: Readonly<Record<string, string>>, more: object = {}): string {
  const of = join(folder, name);
  mkdirSync(of, { recursive: true });
  writeFileSync(join(of, 'package.json'), JSON.stringify({ name, version: '1.0.0', ...more }));
  for (const [file, text] of Object.entries(files)) writeFileSync(join(of, file), text);
  return of;
}

describe('licences of what is inside of a bundle', () => {
  it.each([
    ['/p/node_modules/ws/lib/x.js', '/p/node_modules/ws'],
    ['/p/node_modules/@noble/a/node_modules/b/i.js?commonjs', '/p/node_modules/@noble/a/node_modules/b'],
    ['\0/p/node_modules/@scope/a/i.js', '/p/node_modules/@scope/a'],
    ['/p/core/model/x.ts', undefined],
    ['\0vite/preload-helper.js', undefined],
  ])('%j belongs to %s', (id, of) => expect(packageFolderOf(id)).toBe(of));

  it('has licence and notice of every package, by name', () => {
    const a = packageWith('a', { LICENSE: 'Copyright (c) Ada\n', 'NOTICE.md': 'With thanks', 'license.js': 'no' });
    const b = packageWith('b', {}, { license: 'MIT' });
    const text = licencesText('putctl', [readLicence(b), readLicence(a)]);
    expect(text).toContain('parts of 2 packages of others');
    expect(text.indexOf('a 1.0.0')).toBeLessThan(text.indexOf('b 1.0.0'));
    expect(text).toContain('Copyright (c) Ada\n\nWith thanks');
    expect(text).toContain('b 1.0.0\nLicence: MIT');
    expect(text).not.toContain('\nno');
  });

  it('stops the build where a package says nothing of its licence', () => {
    expect(() => readLicence(packageWith('c', { 'index.js': '' }))).toThrow('c 1.0.0 names no licence');
  });
});

it('is read by the window as packages, each version once', async () => {
  const one = { name: 'zod', version: '4.1.0', licence: 'MIT', texts: ['Copyright one\n\nAs it is.'] };
  const bare = { name: '@scope/bare', version: '1.0.0', licence: '', texts: [] };
  const program = mkdtempSync(join(tmpdir(), 'put-licences-'));
  const windows = join(program, 'windows');
  expect(licencesBeside(windows)).toBeUndefined();
  const texts = join(program, 'licences');
  mkdirSync(texts);
  writeFileSync(join(texts, 'main.txt'), licencesText('main', [one, bare]));
  writeFileSync(join(texts, 'renderer.txt'), licencesText('renderer', [one]));
  const text = (await licencesBeside(windows)?.().finally(() => rmSync(program, { recursive: true }))) ?? '';
  expect(licenceList(text)).toMatchObject([
    { name: '@scope/bare', version: '1.0.0', licence: '' },
    { name: 'zod', version: '4.1.0', licence: 'MIT', text: 'Copyright one\n\nAs it is.' },
  ]);
  expect(licenceList('main has nothing of others in it.\n')).toEqual([]);
});
