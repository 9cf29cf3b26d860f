import { EventEmitter } from 'node:events';
import { BrowserWindow } from './BrowserWindow.ts';
import { standIn } from './records.ts';
import type { WebContents } from './WebContents.ts';

/* Small modules of the machine. What would leave the app is written down. */

export const shell = {
  openExternal: async (url: string): Promise<void> => void standIn.opened.push(url),
  openPath: async (path: string): Promise<string> => {
    standIn.opened.push(path);
    return '';
  },
  showItemInFolder: (path: string): void => void standIn.opened.push(path),
};

/** Tests emit `resume` and `suspend` here. */
export const powerMonitor = new EventEmitter();

export const nativeTheme = Object.assign(new EventEmitter(), { themeSource: 'system', shouldUseDarkColors: false });

const display = { workArea: { x: 0, y: 0, width: 1920, height: 1080 }, scaleFactor: 1 };
export const screen = Object.assign(new EventEmitter(), {
  getPrimaryDisplay: () => display,
  getAllDisplays: () => [display],
  getDisplayMatching: () => display,
});

export const nativeImage = {
  createFromPath: (path: string) => ({ path, isEmpty: () => false }),
  createEmpty: () => ({ isEmpty: () => true }),
};

export const clipboard = { writeText: (): void => undefined };
export const crashReporter = { start: (): void => undefined };

export const webContents = {
  getAllWebContents: (): WebContents[] => BrowserWindow.getAllWindows().map((window) => window.webContents),
  fromId: (id: number): WebContents | undefined => BrowserWindow.fromId(id)?.webContents,
  fromDevToolsTargetId: (targetId: string): WebContents | undefined =>
    BrowserWindow.getAllWindows().find((window) => window.targetId === targetId)?.webContents,
};
