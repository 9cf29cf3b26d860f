import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONTENT_POLICY, createContentServer, fileFor } from './contentServer.ts';

let base: string;
let folder: string;
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'put-content-'));
  folder = join(base, 'renderer');
  mkdirSync(join(folder, 'assets'), { recursive: true });
  writeFileSync(join(folder, 'index.html'), '<!doctype html>');
  writeFileSync(join(folder, 'assets', 'a.js'), 'export {};');
  writeFileSync(join(base, 'secret.txt'), 'secret');
  mkdirSync(join(base, 'renderer-other'));
  writeFileSync(join(base, 'renderer-other', 'x.js'), 'secret');
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

const get = (address: string, method = 'GET'): Promise<Response> =>
  // A request of an own scheme cannot be made with `new Request` everywhere; url and method are all that counts.
  createContentServer(folder)({ url: address, method } as Request);

describe('the own scheme', () => {
  it('serves the page and its parts with type and policy', async () => {
    for (const address of ['app://put', 'app://put/', 'app://put/index.html', 'app://put/index.html?x#y']) {
      const response = await get(address);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(response.headers.get('content-security-policy')).toBe(CONTENT_POLICY);
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    }
    expect((await get('app://put/assets/a.js')).headers.get('content-type')).toMatch(/^text\/javascript/);
  });

  it.each([
    'app://put/../secret.txt',
    'app://put/..%2fsecret.txt',
    'app://put/%2e%2e/secret.txt',
    'app://put/..%5csecret.txt',
    'app://put/assets/%2e%2e%2f%2e%2e%2fsecret.txt',
    'app://put/../renderer-other/x.js',
    'app://put/..%2frenderer-other/x.js',
    'app://put/a%00.js',
    'app://put/%E0%A4%A',
    'app://other/index.html',
    'app://put.evil/index.html',
    'http://put/index.html',
    'app://put/index.exe',
  ])('gives nothing for %s', async (address) => {
    const response = await get(address);
    expect([403, 404]).toContain(response.status);
    expect(await response.text()).not.toContain('secret');
  });

  it('answers 404 for a file that is not there and 405 for writing', async () => {
    expect((await get('app://put/gone.js')).status).toBe(404);
    expect((await get('app://put/index.html', 'POST')).status).toBe(405);
  });

  it('never names a file outside the folder', () => {
    for (const path of ['/a.js', '/..//a.js', '/./../a.js', '//a.js', '/%2e%2e%2f%2e%2e/a.js'])
      expect(fileFor(folder, `app://put${path}`)?.startsWith(folder) ?? true).toBe(true);
  });
});
