import { homedir } from 'node:os';
import { join, posix, win32 } from 'node:path';

/** Facts of the machine that decide where a user's data belongs. */
export interface UserPlace {
  readonly platform: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
}

const APP_FOLDER = 'put-desktop';

/**
 * The user's data folder, shared with the desktop: PUT_DATA_DIR where it is set, otherwise %APPDATA% on Windows,
 * ~/Library/Application Support on macOS, $XDG_CONFIG_HOME or ~/.config elsewhere, each with `put-desktop` below.
 */
export function dataFolderOf({ platform, env, home }: UserPlace): string {
  const given = env['PUT_DATA_DIR'];
  if (given !== undefined && given !== '') return given;
  if (platform === 'win32') return win32.join(env['APPDATA'] ?? win32.join(home, 'AppData', 'Roaming'), APP_FOLDER);
  if (platform === 'darwin') return posix.join(home, 'Library', 'Application Support', APP_FOLDER);
  const configHome = env['XDG_CONFIG_HOME'];
  // The XDG rules say that a path which is not absolute is to be ignored.
  return posix.join(configHome?.startsWith('/') === true ? configHome : posix.join(home, '.config'), APP_FOLDER);
}

/** The data folder of the user who runs this process. */
export function dataFolder(): string {
  return dataFolderOf({ platform: process.platform, env: process.env, home: homedir() });
}

/** File of the saved systems in the data folder. */
export function systemsPath(): string {
  return join(dataFolder(), 'systems.json');
}
