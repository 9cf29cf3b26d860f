import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { bundle } from '../../build/bundle.ts';
import { craftPackage } from '../../core/model/testing/craftPackage.ts';
import { Keyboard, operateByKeys } from '../support/Keyboard.ts';
import { openConsolePage, withPutctlConsole, type ConsolePage } from '../support/consolePage.ts';
import { canShowWindows } from '../support/desktop.ts';
import { PracticeSystem } from '../support/practiceSystem.ts';
import { runPutctl, type PutctlRun } from '../support/runPutctl.ts';
import { SAMPLES_FOLDER } from '../support/samples.ts';
import { button, giveAccount, startInstall, walkThroughInputSteps } from '../support/windowSteps.ts';

const PUTCTL = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));

const samples = (): string[] =>
  ['release-1', 'release-2'].flatMap((release) =>
    readdirSync(join(SAMPLES_FOLDER, release))
      .filter((name) => /\.(rpm|certlist)$/.test(name))
      .map((name) => join(SAMPLES_FOLDER, release, name)),
  );

/** Drops files on the window, as a person does. */
async function drop(page: Page, paths: readonly string[]): Promise<void> {
  const files = paths.map((path) => ({
    name: path.split('/').at(-1) ?? '',
    text: readFileSync(path).toString('base64'),
  }));
  const dropped = await page.evaluateHandle((given) => {
    const transfer = new DataTransfer();
    for (const { name, text } of given)
      transfer.items.add(new File([Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0))], name));
    return transfer;
  }, files);
  await page.dispatchEvent('main', 'dragover', { dataTransfer: dropped });
  await page.getByText('Drop to read the files').waitFor();
  await page.dispatchEvent('main', 'drop', { dataTransfer: dropped });
}

async function upload(page: Page, count: number): Promise<void> {
  await page.getByRole('button', { name: new RegExp(`^Upload ${count} files?$`) }).click({ timeout: 30_000 });
  const done = page.getByRole('region', { name: 'Transfers' }).getByText('done', { exact: true });
  await done.nth(count - 1).waitFor({ timeout: 60_000 });
}

function putctl({ target, user, password }: PracticeSystem, args: readonly string[]): Promise<PutctlRun> {
  const way = ['--host', target.host, '--cc-port', String(target.ccPort), '--fingerprint', target.fingerprint];
  return runPutctl(PUTCTL, [...args, ...way], { PUT_USER: user, PUT_PASSWORD: password });
}

async function withConsole(
  options: Parameters<typeof PracticeSystem.start>[0],
  use: (opened: ConsolePage, system: PracticeSystem) => Promise<void>,
): Promise<void> {
  const system = await PracticeSystem.start(options);
  const opened = await openConsolePage(system);
  try {
    await use(opened, system);
  } finally {
    await opened.close();
    await system.stop();
  }
}

describe.skipIf(!canShowWindows)('the browser console on SSLPORT', () => {
  beforeAll(() => bundle(['renderer']));

  it('signs in on the page, uploads by choice and by drop, and goes to Finished! by the keyboard; signing out ends it', async () => {
    await withConsole({ nodes: 8, speed: 10 }, async ({ page, context, faults, signIn }, system) => {
      await signIn(system.user, 'not the password');
      await page.getByText('User or password is wrong.').waitFor();
      expect(await context.cookies()).toEqual([]);
      await signIn();
      await page.getByRole('heading', { name: 'Operations' }).waitFor();
      const [cookie] = await context.cookies();
      expect(cookie).toMatchObject({ name: '__Host-put-console', secure: true, httpOnly: true, sameSite: 'Strict' });
      expect(await page.evaluate(() => document.cookie)).toBe('');

      await button(page, 'Packages and transfers').click();
      const [first = '', ...others] = samples();
      await page.locator('input[type=file]').setInputFiles(others);
      await upload(page, others.length);
      await drop(page, [first]);
      await upload(page, 1);
      const keys = new Keyboard(page);
      await operateByKeys(page, keys);
      expect(keys.strokes.length, keys.strokes.join(' ')).toBeLessThan(20);
      const saved = page.waitForEvent('download');
      await button(page, 'Save as HTML…').click();
      expect(readFileSync(await (await saved).path(), 'utf8')).toContain('<!doctype html>');

      await button(page, 'Settings').click();
      await button(page, 'Show the licences').click();
      await page.getByRole('grid', { name: 'Licences' }).getByText('@tanstack/react-table', { exact: true }).waitFor();
      await button(page, 'Close').click();

      await button(page, 'Sign out').click();
      await page.getByText('Practice system: its nodes are simulated.').waitFor();
      expect(faults).toEqual([]);
    });
  });

  it('keeps the place over a reload and a restart of putservices in mid-job; putctl finishes the job', async () => {
    await withConsole({ nodes: 8, speed: 4 }, async ({ page, faults, signIn }, system) => {
      await signIn();
      await button(page, 'Packages and transfers').click();
      // A practice system brings its own; nothing else of the master is offered or shown.
      await button(page, 'Sample packages').click();
      await page.getByRole('grid', { name: 'Chosen files' }).waitFor();
      expect(await page.locator('main').innerHTML()).not.toContain(SAMPLES_FOLDER);
      await upload(page, samples().length);
      const fault = {
        requestId: 'fault',
        nodeId: 'tpa-002',
        stepId: 'package-install',
        kind: 'fail',
        times: 1,
      } as const;
      const client = await system.signIn();
      await client.request('practice.setFault', fault);
      await client.close();
      await startInstall(page);
      await walkThroughInputSteps(page);
      await page.getByRole('heading', { name: 'Package Install' }).waitFor({ timeout: 60_000 });
      const address = page.url();
      expect(address).toMatch(/#\/system\/this-system\/job\/[\w-]+$/);
      await page.reload();
      await page.getByRole('heading', { name: 'Package Install' }).waitFor();
      expect(page.url()).toBe(address);

      await system.kill();
      await page.locator('.banner.lost').waitFor();
      await page.getByText(/^Line lost/).waitFor();
      const again = await system.killAndRestart();
      try {
        await page.getByText(/^Online/).waitFor({ timeout: 30_000 });
        await page.locator('.banner.lost').waitFor({ state: 'detached' });
        await page.getByRole('region', { name: 'Needs you' }).waitFor({ timeout: 60_000 });
        expect(page.url()).toBe(address);
        const jobId = address.split('/').at(-1) ?? '';
        expect(await putctl(again, ['retry', jobId, '--failed'])).toMatchObject({ code: 0 });
        await page.getByRole('heading', { name: 'Finished!' }).waitFor({ timeout: 60_000 });
        expect(faults).toEqual([]);
      } finally {
        await again.stop();
      }
    });
  });

  it('goes on with an upload after a reload: by itself where the browser keeps the file, else when it is chosen again', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'put-upload-'));
    const sizeBytes = 48 * 1024 * 1024;
    await withConsole({ nodes: 2 }, async ({ page, context, faults, signIn }) => {
      await signIn();
      await button(page, 'Packages and transfers').click();
      let sentBytes = 0;
      page.on('websocket', (socket) =>
        socket.on('framesent', ({ payload }) => {
          if (typeof payload !== 'string') sentBytes += payload.length;
        }),
      );
      await page.reload();
      const devtools = await context.newCDPSession(page);
      const ways = {
        kept: async (path: string) => {
          const data = { items: [], files: [path], dragOperationsMask: 1 };
          for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
            await devtools.send('Input.dispatchDragEvent', { type, x: 700, y: 450, data });
        },
        chosen: (path: string) => page.locator('input[type=file]').setInputFiles(path),
      };
      const done = page.getByRole('region', { name: 'Transfers' }).getByText('done', { exact: true });
      for (const [number, name] of (['kept', 'chosen'] as const).entries()) {
        // Large enough to be under way still when the page is loaded anew.
        const file = join(folder, `${name}-1-1.noarch.rpm`);
        await writeFile(file, craftPackage({ name, payload: new Uint8Array(sizeBytes) }));
        sentBytes = 0;
        await page.getByRole('button', { name: 'Choose files…' }).waitFor();
        await ways[name](file);
        await page.getByRole('button', { name: /^Upload 1 file/ }).click({ timeout: 60_000 });
        await page.getByText(/[1-3]\d\.\d MiB \/ 48/).waitFor({ timeout: 60_000 });
        await page.reload();
        if (name === 'chosen') {
          // Told as soon as the page is there, not when the one of before has not come back.
          await page.getByText('Choose the same file again').waitFor({ timeout: 8_000 });
          await ways.chosen(file);
          await page.getByRole('button', { name: /^Upload 1 file/ }).click({ timeout: 60_000 });
        }
        await done.nth(number).waitFor({ timeout: 60_000 });
        // The line of before is gone with its cause, and no byte was sent twice but those that were under way.
        expect(await page.getByText('Choose the same file again').count()).toBe(0);
        // What a page sends in the very moment that it goes away is not always told to the test.
        expect(sentBytes).toBeGreaterThan(sizeBytes - 1024 * 1024);
        expect(sentBytes).toBeLessThan(sizeBytes + 8 * 1024 * 1024);
      }
      expect(faults).toEqual([]);
    }).finally(() => rm(folder, { recursive: true, force: true }));
  });

  it('is the same by putctl console: in with the code, files chosen in the page, the place kept over a reload, to Finished!', async () => {
    const system = await PracticeSystem.start({ nodes: 2, speed: 10 });
    try {
      await withPutctlConsole(system, async ({ page, faults }) => {
        await page.getByRole('button', { name: /^Sign in to / }).click();
        await giveAccount(page, system);
        await page.getByRole('heading', { name: 'Operations' }).waitFor();
        await button(page, 'Packages and transfers').click();
        await page.locator('input[type=file]').setInputFiles(samples());
        await upload(page, samples().length);
        const place = page.url();
        await page.reload();
        await page.getByRole('heading', { name: 'Packages and transfers' }).waitFor();
        expect(page.url()).toBe(place);
        await startInstall(page);
        await walkThroughInputSteps(page);
        await page.getByRole('heading', { name: 'Finished!' }).waitFor({ timeout: 90_000 });
        expect(faults).toEqual([]);
      });
    } finally {
      await system.stop();
    }
  });

  it('refuses bridges of other sites, other names and without a cookie', async () => {
    await withConsole({ nodes: 2 }, async ({ context, page, signIn }, system) => {
      await signIn();
      await page.getByRole('heading', { name: 'Operations' }).waitFor();
      const [cookie] = await context.cookies();
      const host = `127.0.0.1:${system.target.sslPort}`;
      const shown = `${cookie?.name}=${cookie?.value}`;
      const open = (headers: Record<string, string>): Promise<number> =>
        new Promise((resolve) => {
          const socket = new WebSocket(`wss://${host}/bridge`, { headers, rejectUnauthorized: false });
          socket.on('open', () => (resolve(101), socket.terminate()));
          socket.on(
            'unexpected-response',
            (_request, response) => (resolve(response.statusCode ?? 0), socket.terminate()),
          );
          socket.on('error', () => {});
        });
      expect(await open({ cookie: shown, origin: `https://${host}` })).toBe(101);
      expect(await open({ cookie: shown, origin: 'https://evil.example' })).toBe(403);
      expect(await open({ cookie: shown })).toBe(403);
      expect(await open({ cookie: shown, host: 'evil.example', origin: 'https://evil.example' })).toBe(421);
      expect(await open({ origin: `https://${host}` })).toBe(401);
      await button(page, 'Sign out').click();
      await page.getByRole('heading', { name: /^Sign in to/ }).waitFor();
      expect(await open({ cookie: shown, origin: `https://${host}` })).toBe(401);
    });
  });
});
