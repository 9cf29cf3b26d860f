import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { DevtoolsClient } from './DevtoolsClient.ts';
import { settings } from './settings.ts';

const ARGUMENTS = [
  '--remote-debugging-port=0',
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-background-networking',
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
  '--disable-component-update',
  '--disable-dev-shm-usage',
  '--disable-extensions',
  '--disable-sync',
  '--disable-features=Translate,MediaRouter,HttpsUpgrades',
  '--disable-gpu',
  '--hide-crash-restore-bubble',
  '--password-store=basic',
  // Keeps the warning about the sandbox (root must switch it off) out of the windows.
  '--test-type',
  // Nothing of a test may leave this machine.
  '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost , EXCLUDE 127.0.0.1',
];

/** The browser whose pages are the app's windows. */
export class Browser {
  readonly devtools: DevtoolsClient;
  readonly endpoint: string;
  readonly #keeper: ChildProcess;

  private constructor(keeper: ChildProcess, endpoint: string, devtools: DevtoolsClient) {
    this.#keeper = keeper;
    this.endpoint = endpoint;
    this.devtools = devtools;
  }

  static async start(): Promise<Browser> {
    const root = process.getuid?.() === 0;
    const windowArguments = settings.headless
      ? ['--headless', '--no-startup-window']
      : ['--app=data:text/html,', '--window-size=1000,700'];
    const keeper = spawn(
      process.execPath,
      [
        join(import.meta.dirname, 'keeper.ts'),
        settings.chromium,
        ...ARGUMENTS,
        ...(root ? ['--no-sandbox'] : []),
        ...windowArguments,
      ],
      // Detached: a signal to the app's process group must leave time for cleaning up.
      { detached: true, stdio: ['pipe', 'pipe', 'inherit'] },
    );
    for (const folder of settings.temporaryFolders) keeper.stdin.write(`${folder}\n`);
    const endpoint = await new Promise<string>((resolve, reject) => {
      createInterface({ input: keeper.stdout }).once('line', (line) => {
        const said = JSON.parse(line) as { endpoint?: string; error?: string };
        if (said.endpoint === undefined) reject(new Error(`the browser did not start: ${said.error}`));
        else resolve(said.endpoint);
      });
      keeper.once('exit', () => reject(new Error('the browser did not start')));
    });
    return new Browser(keeper, endpoint, await DevtoolsClient.connect(endpoint));
  }

  /** Ends the browser; answers when its profile is removed. */
  async close(): Promise<void> {
    if (this.#keeper.exitCode !== null) return;
    const ended = new Promise((resolve) => this.#keeper.once('exit', resolve));
    void this.devtools.send('Browser.close').catch(() => undefined);
    this.#keeper.stdin?.end();
    await ended;
  }
}
