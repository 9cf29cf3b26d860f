import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { _electron, type ElectronApplication, type Page } from 'playwright-core';
import type { BridgeMethodName, BridgeParams, BridgeResult } from '../../core/workbench/bridge.ts';
import type { WorkbenchState } from '../../core/workbench/state.ts';
import type { WindowBridge } from '../../electron/contract/bridge.ts';
import type * as standInModule from '../standin/electron.ts';

const root = resolve(import.meta.dirname, '..', '..');
const chromium = process.env['STANDIN_CHROMIUM'] ?? '/usr/bin/chromium';

/** Electron's own runtime takes the place of the stand-in where it is asked for and was fetched. */
const realElectron = process.env['PUT_TEST_ELECTRON'] === 'real';

/** Whether menus, dialogs and notifications are written down and answered, which only the stand-in does. */
export const hasStandIn = !realElectron;

/** Whether the windows can be shown here: by Electron, or by the stand-in, which needs Chromium. */
export const canShowWindows = realElectron || existsSync(chromium);

/** `electron` inside the app's main process, with what the stand-in records. */
export type ElectronModule = typeof standInModule;

export interface Desktop {
  readonly app: ElectronApplication;
  readonly page: Page;
  readonly dataFolder: string;
  /** Asks the workbench as the window does; throws the error that the window would show. */
  ask<M extends BridgeMethodName>(method: M, params: BridgeParams<M>): Promise<BridgeResult<M>>;
  state(): Promise<WorkbenchState>;
  /** Runs a function in the main process. */
  inMain<R, A = undefined>(run: (electron: ElectronModule, argument: A) => R | Promise<R>, argument?: A): Promise<R>;
  /** Faults of pages so far, where the stand-in writes them down. */
  faults(): Promise<readonly string[]>;
  /** Closes the app as a person does, and removes the data folder when it was made here. */
  close(): Promise<void>;
}

export interface DesktopOptions {
  /** An earlier run's folder; without it a new one is made. */
  readonly dataFolder?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

function chooseRuntime(): void {
  if (!realElectron) process.env['ELECTRON_OVERRIDE_DIST_PATH'] ??= join(root, 'e2e', 'standin', 'runtime');
}

/** Starts the built desktop without anybody in it, for a start that ends by itself. */
export function spawnDesktop(dataFolder: string): ChildProcessByStdio<null, null, Readable> {
  chooseRuntime();
  const program = createRequire(import.meta.url)('electron') as string;
  const env = { ...process.env, PUT_DATA_DIR: dataFolder };
  return spawn(program, [root], { env, stdio: ['ignore', 'ignore', 'pipe'] });
}

/** Starts the built desktop (dist/ must be there) under the stand-in and waits for its window. */
export async function launchDesktop(options: DesktopOptions = {}): Promise<Desktop> {
  const dataFolder = options.dataFolder ?? (await mkdtemp(join(tmpdir(), 'put-desktop-')));
  chooseRuntime();
  const env = { ...(process.env as Record<string, string>), PUT_DATA_DIR: dataFolder, ...options.env };
  const app = await _electron.launch({ args: [root, ...(options.args ?? [])], cwd: root, env });
  const page = await app.firstWindow();
  // The first page of a window is empty; the app's own comes after it.
  await page.waitForURL(/\/index\.html(#|$)/);
  await page.locator('#root > .shell').waitFor();
  const ask: Desktop['ask'] = async (method, params) => {
    type Asked = { method: BridgeMethodName; params: unknown };
    const answer = await page.evaluate(
      (asked: Asked) => {
        const { putBridge } = window as unknown as { putBridge: WindowBridge };
        return putBridge.invoke(asked.method, asked.params as never);
      },
      { method, params } as Asked,
    );
    if (!answer.ok) throw new Error(`${method}: ${answer.error.code}: ${answer.error.message}`);
    return answer.value;
  };
  return {
    app,
    page,
    dataFolder,
    ask,
    state: async () => (await ask('state.snapshot', {})).state,
    inMain: (run, argument) => app.evaluate(run as never, argument as never),
    faults: () =>
      app.evaluate((electron) => ('standIn' in electron ? (electron.standIn as ElectronModule['standIn']).errors : [])),
    async close() {
      await app.close();
      if (options.dataFolder === undefined) await rm(dataFolder, { recursive: true, force: true });
    },
  };
}

/** Waits for a condition, at most `withinMs`; throws naming what it waited for. */
export async function until(what: string, isTrue: () => boolean | Promise<boolean>, withinMs = 20_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}
