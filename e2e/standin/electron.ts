/* The module that `electron` means under the stand-in. */
export { app } from './App.ts';
export { BrowserWindow } from './BrowserWindow.ts';
export { dialog } from './dialog.ts';
export { ipcMain } from './ipcMain.ts';
export { Menu, MenuItem } from './Menu.ts';
export { Notification } from './Notification.ts';
export { protocol } from './protocol.ts';
export { standIn } from './records.ts';
export { safeStorage } from './safeStorage.ts';
export { session } from './session.ts';
export {
  clipboard,
  crashReporter,
  nativeImage,
  nativeTheme,
  powerMonitor,
  screen,
  shell,
  webContents,
} from './system.ts';
export { utilityProcess } from './utilityProcess.ts';
