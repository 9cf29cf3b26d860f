import { expect, it } from 'vitest';
import { dataFolderOf } from './dataFolder.ts';

it.each([
  ['linux', {}, '/home/anna/.config/put-desktop'],
  ['linux', { XDG_CONFIG_HOME: '/conf' }, '/conf/put-desktop'],
  ['linux', { XDG_CONFIG_HOME: 'relative' }, '/home/anna/.config/put-desktop'],
  ['linux', { PUT_DATA_DIR: '/else' }, '/else'],
  ['darwin', {}, '/home/anna/Library/Application Support/put-desktop'],
  ['win32', { APPDATA: 'C:\\Users\\anna\\AppData\\Roaming' }, 'C:\\Users\\anna\\AppData\\Roaming\\put-desktop'],
])('keeps data on %s with %j in %s', (platform, env, folder) => {
  expect(dataFolderOf({ platform, env, home: '/home/anna' })).toBe(folder);
});
