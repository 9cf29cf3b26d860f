import { beforeAll, describe, expect, it } from 'vitest';
import { bundle } from '../../build/bundle.ts';
import { createLocalFiles } from '../../core/node/localFiles.ts';
import { until } from '../support/desktop.ts';
import { OTHER_BROWSERS, type OtherBrowser } from '../support/otherBrowsers.ts';
import { PracticeSystem } from '../support/practiceSystem.ts';
import { SAMPLES_FOLDER } from '../support/samples.ts';
import { uploadedIn } from '../support/windowSteps.ts';

/** What the scripts of a page throw, and what its content policy refuses; anew for each page. */
const LISTEN = `
  window.faults = [];
  addEventListener('error', ({ message }) => faults.push(message));
  addEventListener('unhandledrejection', ({ reason }) => faults.push(String(reason)));
  addEventListener('securitypolicyviolation', ({ blockedURI }) => faults.push('refused ' + blockedURI));`;

const title = (browser: OtherBrowser): Promise<string | null> =>
  browser.read("return document.querySelector('h1')?.textContent ?? null");

const buttonCalled = (name: string | RegExp): string => `
  const isIt = (text) => ${name instanceof RegExp ? `${String(name)}.test(text)` : `text === ${JSON.stringify(name)}`};
  return [...document.querySelectorAll('button')]
    .find((one) => one.checkVisibility() && !one.disabled && isIt(one.textContent)) ?? null;`;

async function press(browser: OtherBrowser, name: string | RegExp): Promise<void> {
  await until(`a button ${String(name)}`, async () => (await browser.find(buttonCalled(name))) !== undefined);
  await (await browser.find(buttonCalled(name)))?.click();
}

async function fieldOf(browser: OtherBrowser, selector: string) {
  const script = `return document.querySelector(${JSON.stringify(selector)})`;
  await until(selector, async () => (await browser.find(script)) !== undefined);
  const field = await browser.find(script);
  if (!field) throw new Error(`no ${selector}`);
  return field;
}

/** Presses Next, and ticks what a plan asks for, until the operation has ended; answers the titles that were seen. */
async function operate(browser: OtherBrowser): Promise<Set<string>> {
  const seen = new Set<string>();
  const work = until(
    'Finished!',
    async () => {
      const now = await title(browser);
      if (now !== null) seen.add(now);
      if (now === 'Finished!') return true;
      if (now === 'Plan')
        await (
          await browser.find(`
            const box = document.querySelector('main input[type=checkbox]');
            return box && !box.checked ? box : null;`)
        )?.click();
      const next = await browser.find(buttonCalled(/^(Next|Start on \d+ nodes)$/));
      // A step that works by itself may have taken the button away.
      await next?.click().catch(() => undefined);
      return false;
    },
    90_000,
  );
  await work.catch(async (error: unknown) => {
    throw new Error(await browser.read<string>("return document.querySelector('main').innerText"), { cause: error });
  });
  return seen;
}

describe.each(OTHER_BROWSERS)('the browser console in $name', ({ installed, start }) => {
  beforeAll(() => bundle(['renderer']));

  it.skipIf(!installed)(
    'signs in, uploads chosen files, goes to Finished!, and is there again after a reload',
    async () => {
      const system = await PracticeSystem.start({ nodes: 8, speed: 10 });
      const browser = await start();
      try {
        const address = `https://127.0.0.1:${system.target.sslPort}/console/`;
        await browser.goto(address);
        await browser.read(LISTEN);
        await (await fieldOf(browser, 'input[autocomplete=username]')).type(system.user);
        await (await fieldOf(browser, 'input[type=password]')).type(system.password);
        await press(browser, 'Sign in');
        await until('Operations', async () => (await title(browser)) === 'Operations');

        const files = await createLocalFiles({ samplesFolder: SAMPLES_FOLDER }).samples();
        await press(browser, 'Packages and transfers');
        await (await fieldOf(browser, 'input[type=file]')).choose(files);
        await press(browser, new RegExp(`^Upload ${files.length} files$`));
        await until(`${files.length} files that are done`, () =>
          browser.read<boolean>(`return ${uploadedIn(files.length)}`),
        );

        await press(browser, 'Operations');
        await press(browser, 'Install/Upgrade Software');
        const seen = await operate(browser);
        expect([...seen]).toEqual(expect.arrayContaining(['Select Nodes', 'Plan', 'Finished!']));
        expect(await browser.read<string>("return document.querySelector('main').textContent")).toContain(
          'The operation succeeded.',
        );
        // WebKitGTK calls a machine's LANG=C by no tag: charts are drawn all the same.
        expect(await browser.read('return Intl.getCanonicalLocales(navigator.language).length')).toBe(1);
        expect(await browser.read('return window.faults')).toEqual([]);

        await browser.read('location.reload()');
        // The page before it had ears; between the two there is none to be asked.
        const isAgain =
          "return window.faults === undefined && document.querySelector('h1')?.textContent === 'Finished!'";
        await until('the report again', () => browser.read<boolean>(isAgain).catch(() => false));
        await press(browser, 'Sign out');
        await fieldOf(browser, 'input[type=password]');
      } finally {
        await browser.close();
        await system.stop();
      }
    },
  );
});
