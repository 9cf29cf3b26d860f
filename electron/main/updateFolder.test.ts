import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { serveUpdateFolder, type ServedFolder } from './updateFolder.ts';

let folder: string;
let served: ServedFolder;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'put-updates-'));
  mkdirSync(join(folder, 'share', 'below'), { recursive: true });
  writeFileSync(join(folder, 'secret'), 'not for anybody');
  writeFileSync(join(folder, 'share', 'a file.yml'), 'version: 1');
  writeFileSync(join(folder, 'share', 'below', 'deep'), 'deep');
  served = await serveUpdateFolder(join(folder, 'share'));
});
afterEach(() => {
  served.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Status and body; the path goes out as it stands, which `fetch` would tidy up. */
function get(path: string, method = 'GET'): Promise<string> {
  const { hostname, port } = new URL(served.url);
  return new Promise((resolve, reject) => {
    const asked = request({ hostname, port, path, method }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.on('end', () => resolve(`${response.statusCode} ${body}`));
    });
    asked.on('error', reject).end();
  });
}

it('gives the files of the folder to who knows the token, and nothing else', async () => {
  const { pathname } = new URL(served.url);
  expect(await get(`${pathname}a%20file.yml?noCache=1`)).toBe('200 version: 1');
  expect(await get(`${pathname}a%20file.yml`, 'HEAD')).toBe('200 ');
  const refused = ['../secret', '..%2fsecret', 'below/deep', 'below', '', '.', '..', '%', 'a%20file.yml/'];
  for (const name of refused) expect(await get(pathname + name), name).toBe('404 ');
  expect(await get('/a%20file.yml')).toBe('404 ');
  expect(await get(`${pathname}a%20file.yml`, 'PUT')).toBe('404 ');
});

it('rejects where there is no such folder', async () => {
  await expect(serveUpdateFolder(join(folder, 'gone'))).rejects.toThrow('ENOENT');
});
