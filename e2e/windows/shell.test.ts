import { unzipSync } from 'fflate';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WindowBridge } from '../../electron/contract/bridge.ts';
import { canShowWindows, hasStandIn, launchDesktop, spawnDesktop, until, type Desktop } from '../support/desktop.ts';
import { processesBelow } from '../support/processes.ts';

const root = resolve(import.meta.dirname, '..', '..');
const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}/stat`) && !isZombie(pid);
const isZombie = (pid: number): boolean => / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/\(.*\)/, ''));
const profiles = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('standin-'));

describe.skipIf(!canShowWindows)('the shell of the desktop', () => {
  let desktop: Desktop;
  beforeAll(async () => {
    desktop = await launchDesktop();
  });
  afterAll(() => desktop.close());

  it('shows its own page from its own scheme, without a fault', async () => {
    expect(await desktop.page.title()).toBe('PUT Desktop');
    const url = await desktop.inMain((electron) => electron.BrowserWindow.getAllWindows()[0]?.webContents.getURL());
    expect(url).toBe('app://put/index.html');
    expect(await desktop.faults()).toEqual([]);
  });

  it.runIf(hasStandIn)('gives the page the bridge and nothing of Node or Electron', async () => {
    const found = await desktop.page.evaluate(() => {
      const names = ['require', 'process', 'module', 'global', 'Buffer', 'ipcRenderer', 'electron', 'standInPost'];
      const bridge = (window as unknown as { putBridge: WindowBridge }).putBridge;
      return {
        names: names.filter((name) => name in window),
        bridge: Object.keys(bridge),
        frozen: Object.isFrozen(bridge),
      };
    });
    expect(found).toEqual({ names: [], bridge: ['invoke', 'subscribe', 'dropFiles'], frozen: true });
  });

  it('answers over the bridge, and refuses what is not in the contract', async () => {
    expect(await desktop.state()).toMatchObject({
      app: { carrier: 'desktop', can: { fileDialog: true, folders: false } },
    });
    const refused = await desktop.page.evaluate(async () => {
      const { putBridge } = window as unknown as { putBridge: { invoke: (...args: unknown[]) => Promise<unknown> } };
      return await Promise.all([
        putBridge.invoke('shell.run', {}),
        putBridge.invoke('__proto__', {}),
        putBridge.invoke('system.add', { name: 'x', host: 'h', more: 1 }),
        putBridge.invoke('job.open', { systemId: 5 }),
        putBridge.invoke('state.snapshot', undefined),
      ]);
    });
    for (const answer of refused) expect(answer).toMatchObject({ ok: false, error: { code: 'bridge-refused' } });
  });

  it('keeps a strict content policy', async () => {
    const outcomes = await desktop.page.evaluate(async () => {
      const refused = async (work: () => unknown): Promise<boolean> => {
        try {
          await work();
          return false;
        } catch {
          return true;
        }
      };
      // A debugger may eval in its own turn; the page in its own may not.
      await new Promise((done) => setTimeout(done));
      return {
        eval: await refused(() => (0, eval)('1')),
        function: await refused(() => Reflect.construct(Function, ['return 1'])),
        fetchElsewhere: await refused(() => fetch('http://127.0.0.1:9/')),
        fetchOwn: await refused(() => fetch('/index.html')),
        inline: await refused(async () => {
          const script = document.createElement('script');
          script.textContent = 'window.inlineRan = true';
          document.head.append(script);
          if (!('inlineRan' in window)) throw new Error('did not run');
        }),
      };
    });
    expect(outcomes).toEqual({ eval: true, function: true, fetchElsewhere: true, fetchOwn: true, inline: true });
  });

  it.runIf(hasStandIn)('denies every permission but putting text on the clipboard', async () => {
    const granted = await desktop.inMain(({ standIn }) => {
      type Handler = (contents: null, name: string, answer: (granted: boolean) => void, details: object) => void;
      const handler = standIn.permissionHandlers.request as Handler;
      const names = [
        'media',
        'geolocation',
        'notifications',
        'clipboard-read',
        'openExternal',
        'clipboard-sanitized-write',
      ];
      return names.filter((name) => {
        let given = false;
        handler(null, name, (answer) => (given = answer), { requestingUrl: 'app://put/index.html' });
        return given;
      });
    });
    expect(granted).toEqual(['clipboard-sanitized-write']);
  });

  it('refuses a page that is not ours, although it has the preload', async () => {
    const preload = join(root, 'dist', 'electron', 'preload.cjs');
    const answer = await desktop.inMain(async ({ BrowserWindow }, preloadFile) => {
      const foreign = new BrowserWindow({ show: false, webPreferences: { preload: preloadFile } });
      await foreign.loadURL('data:text/html,<title>foreign</title>');
      const asked = await foreign.webContents.executeJavaScript(`putBridge.invoke('state.snapshot', {})`);
      foreign.destroy();
      return asked;
    }, preload);
    expect(answer).toMatchObject({ ok: false, error: { code: 'bridge-refused' } });
  });

  it.runIf(hasStandIn)('asks for files and places by native dialogs', async () => {
    const saved = join(desktop.dataFolder, 'report.html');
    await desktop.inMain(({ standIn }, path) => {
      standIn.answers.open.push({ canceled: false, filePaths: ['/a.rpm', '/b.rpm'] });
      standIn.answers.save.push({ canceled: false, filePath: path });
    }, saved);
    const { handles } = await desktop.ask('files.choose', {});
    const { files } = await desktop.ask('files.inspect', { handles });
    expect(files.map(({ path }) => path)).toEqual(['/a.rpm', '/b.rpm']);
    await expect(desktop.ask('files.inspect', { handles: ['/etc/passwd'] })).rejects.toThrow('not chosen');
    await expect(desktop.ask('files.listFolder', {})).rejects.toThrow('cannot be done from here');
    expect(await desktop.ask('files.choose', {})).toEqual({ handles: [] });
    const text = { suggestedName: 'report.html', text: '<p>done</p>' };
    expect(await desktop.ask('files.saveText', text)).toEqual({ path: saved });
    expect(readFileSync(saved, 'utf8')).toBe('<p>done</p>');
    expect(await desktop.ask('files.saveText', text)).toEqual({});
  });

  it('opens help from the menu, by the key that the page knows', async () => {
    const toggles = desktop.page.getByRole('button', { name: 'Help', exact: true });
    await toggles.first().waitFor();
    await desktop.inMain(({ Menu }) => Menu.getApplicationMenu()?.getMenuItemById('help')?.click());
    await until('help is open', async () => (await toggles.first().getAttribute('aria-expanded')) === 'true');
  });

  it.runIf(hasStandIn)('saves a support bundle from the menu, and says that updates are off', async () => {
    const file = join(desktop.dataFolder, 'support.zip');
    await desktop.inMain(({ Menu, standIn }, filePath) => {
      standIn.answers.message.push({ response: 0, checkboxChecked: false });
      standIn.answers.save.push({ canceled: false, filePath });
      Menu.getApplicationMenu()?.getMenuItemById('support')?.click();
    }, file);
    await until('the bundle is there', () => existsSync(file) && readFileSync(file).length > 0);
    const names = Object.keys(unzipSync(readFileSync(file)));
    expect(names).toEqual(expect.arrayContaining(['about.json', 'desktop.log']));

    await desktop.inMain(({ Menu, standIn }) => {
      standIn.answers.message.push({ response: 1, checkboxChecked: false });
      Menu.getApplicationMenu()?.getMenuItemById('updates')?.click();
    });
    const boxes = () => desktop.inMain(({ standIn }) => standIn.dialogs.map(({ options }) => options));
    await until('the box is there', async () => JSON.stringify(await boxes()).includes('Updates are off'));
  });

  it('lets a second start only bring the window to the front', async () => {
    const focused = desktop.inMain(
      ({ BrowserWindow }) =>
        new Promise<boolean>((done) => {
          const window = BrowserWindow.getAllWindows()[0]!;
          window.blur();
          window.once('focus', () => done(true));
        }),
    );
    const [code] = (await once(spawnDesktop(desktop.dataFolder), 'exit')) as [number];
    expect([code, await focused]).toEqual([0, true]);
  });
});

it.runIf(canShowWindows)('says where its data cannot be kept, and ends', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'put-desktop-'));
  await writeFile(join(folder, 'file'), '');
  const child = spawnDesktop(join(folder, 'file', 'data'));
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const [code] = (await once(child, 'close')) as [number];
  await rm(folder, { recursive: true });
  expect([code, said]).toEqual([
    1,
    expect.stringContaining(`${join(folder, 'file', 'data', 'desktop')} cannot be written`),
  ]);
});

describe.skipIf(!canShowWindows)('the end of the desktop', () => {
  it.each(['close', 'SIGKILL'] as const)(
    'by %s: it comes back with its size, theme, choices, and where the person was',
    async (how) => {
      const dataFolder = await mkdtemp(join(tmpdir(), 'put-desktop-'));
      const first = await launchDesktop({ dataFolder });
      await first.inMain(({ BrowserWindow, Menu }) => {
        BrowserWindow.getAllWindows()[0]?.setBounds({ x: 40, y: 30, width: 1100, height: 700 });
        Menu.getApplicationMenu()?.getMenuItemById('theme-dark')?.click();
      });
      const { systemId } = await first.ask('system.add', { name: 'prod-east', host: '127.0.0.1', ccPort: 9 });
      await first.page.evaluate(() => void (location.hash = '#/settings'));
      await first.page.getByRole('button', { name: 'UTC' }).click();
      await first.page.evaluate((id) => void (location.hash = `#/system/${id}/job/1042`), systemId);
      await first.page.getByRole('heading', { name: 'Sign in to prod-east' }).waitFor();
      if (how === 'close') await first.close();
      else {
        const settings = join(dataFolder, 'desktop.json');
        await until(
          'the place is written',
          () => existsSync(settings) && readFileSync(settings, 'utf8').includes('1042'),
        );
        const main = first.app.process();
        const gone = once(main, 'exit');
        main.kill('SIGKILL');
        await gone;
      }
      const second = await launchDesktop({ dataFolder });
      const found = await second.inMain(({ BrowserWindow, nativeTheme }) => ({
        bounds: BrowserWindow.getAllWindows()[0]?.getBounds(),
        theme: nativeTheme.themeSource,
      }));
      // The sign-in comes first; the place is kept for after it.
      await second.page.getByRole('heading', { name: 'Sign in to prod-east' }).waitFor();
      const address = new URL(second.page.url()).hash;
      await second.page.evaluate(() => void (location.hash = '#/settings'));
      const inUtc = await second.page.getByRole('button', { name: 'UTC' }).getAttribute('aria-pressed');
      await second.close();
      await rm(dataFolder, { recursive: true, force: true });
      expect(found).toEqual({ bounds: { x: 40, y: 30, width: 1100, height: 700 }, theme: 'dark' });
      expect([address, inUtc]).toEqual([`#/system/${systemId}/job/1042`, 'true']);
    },
  );

  it.each(['close', 'SIGTERM', 'SIGKILL'] as const)('by %s leaves no process and no browser folder', async (how) => {
    const before = profiles();
    const desktop = await launchDesktop();
    const main = desktop.app.process();
    const pids = [main.pid!, ...processesBelow(main.pid!)];
    expect(pids.length).toBeGreaterThan(3);
    expect(profiles().length).toBeGreaterThan(before.length);
    if (how === 'close') await desktop.close();
    else {
      process.kill(main.pid!, how);
      await until('the main process is gone', () => !isAlive(main.pid!));
      await rm(desktop.dataFolder, { recursive: true, force: true });
    }
    await until('every process is gone', () => pids.every((pid) => !isAlive(pid)));
    await until('the folders are removed', () => profiles().length <= before.length);
  });
});

// A window of its own: a popup that is closed while a debugger attaches to it can hang its opener, which the other tests need. So it comes last here too.
it.runIf(canShowWindows && hasStandIn)('denies navigation and new windows', async () => {
  const desktop = await launchDesktop();
  try {
    const before = desktop.page.url();
    // In turns of their own, so that the answer to the test does not wait for what is denied.
    await desktop.page.evaluate(() => {
      setTimeout(() => {
        const link = document.createElement('a');
        link.href = 'https://example.org/followed';
        document.body.append(link);
        link.click();
        link.remove();
      });
    });
    await until('the navigation was denied', () =>
      desktop.inMain(({ standIn }) => standIn.deniedNavigations.length > 0),
    );
    expect(desktop.page.url()).toBe(before);
    await desktop.page.evaluate(() => void setTimeout(() => window.open('https://example.org/opened')));
    await until('the new window was denied', () => desktop.inMain(({ standIn }) => standIn.deniedWindows.length > 0));
    // It is there for a moment: the browser makes it before anybody is asked.
    await until('the new window is gone', () => desktop.app.windows().length === 1);
    expect(desktop.page.url()).toBe(before);
  } finally {
    await desktop.close();
  }
});
