import { delimiter, posix, win32 } from 'node:path';

/** A browser that can show one address as a window of its own. */
export interface Browser {
  readonly name: 'Chromium' | 'Google Chrome' | 'Microsoft Edge';
  readonly path: string;
}

/** Facts of the machine that decide which browser there is. */
export interface BrowserPlaces {
  readonly platform: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly exists: (path: string) => boolean;
}

const LINUX_COMMANDS: readonly (readonly [Browser['name'], string])[] = [
  ['Chromium', 'chromium'],
  ['Chromium', 'chromium-browser'],
  ['Google Chrome', 'google-chrome'],
  ['Google Chrome', 'google-chrome-stable'],
  ['Microsoft Edge', 'microsoft-edge'],
  ['Microsoft Edge', 'microsoft-edge-stable'],
];
/** Where these are when PATH does not say it. */
const LINUX_FOLDERS = ['/usr/bin', '/usr/local/bin', '/snap/bin', '/opt/google/chrome', '/opt/microsoft/msedge'];

const MAC_APPS: readonly (readonly [Browser['name'], string])[] = [
  ['Google Chrome', 'Google Chrome.app/Contents/MacOS/Google Chrome'],
  ['Chromium', 'Chromium.app/Contents/MacOS/Chromium'],
  ['Microsoft Edge', 'Microsoft Edge.app/Contents/MacOS/Microsoft Edge'],
];

const WINDOWS_APPS: readonly (readonly [Browser['name'], string])[] = [
  ['Google Chrome', 'Google\\Chrome\\Application\\chrome.exe'],
  ['Chromium', 'Chromium\\Application\\chrome.exe'],
  ['Microsoft Edge', 'Microsoft\\Edge\\Application\\msedge.exe'],
];

function candidates({ platform, env, home }: BrowserPlaces): Browser[] {
  if (platform === 'win32') {
    const folders = [env['ProgramFiles'], env['ProgramFiles(x86)'], env['LOCALAPPDATA']];
    return WINDOWS_APPS.flatMap(([name, app]) =>
      folders.flatMap((folder) => (folder === undefined ? [] : [{ name, path: win32.join(folder, app) }])),
    );
  }
  if (platform === 'darwin') {
    const folders = ['/Applications', posix.join(home, 'Applications')];
    return MAC_APPS.flatMap(([name, app]) => folders.map((folder) => ({ name, path: posix.join(folder, app) })));
  }
  const onPath = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder.startsWith('/'));
  const folders = [...new Set([...onPath, ...LINUX_FOLDERS])];
  return LINUX_COMMANDS.flatMap(([name, command]) =>
    folders.map((folder) => ({ name, path: posix.join(folder, command) })),
  );
}

/** The installed Chromium, Chrome or Edge; PUT_BROWSER names another one of them by its path. Undefined where there is none. */
export function findBrowser(places: BrowserPlaces): Browser | undefined {
  const given = places.env['PUT_BROWSER'];
  if (given !== undefined && given !== '') return places.exists(given) ? { name: 'Chromium', path: given } : undefined;
  return candidates(places).find((browser) => places.exists(browser.path));
}

/** Whether a window can be shown: always on Windows and macOS, on others where a display is set. */
export function hasDisplay(platform: string, env: BrowserPlaces['env']): boolean {
  if (platform === 'win32' || platform === 'darwin') return true;
  return Boolean(env['DISPLAY']) || Boolean(env['WAYLAND_DISPLAY']);
}

/** Arguments that show one address as a window with a profile of its own. */
export function browserArguments(address: string, options: { profileFolder: string; asRoot: boolean }): string[] {
  return [
    `--app=${address}`,
    `--user-data-dir=${options.profileFolder}`,
    '--no-first-run',
    '--no-default-browser-check',
    '--disable-sync',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-features=Translate,MediaRouter',
    '--window-size=1440,900',
    // Chromium's sandbox does not run as root; the page comes from this process and reaches nothing else.
    ...(options.asRoot ? ['--no-sandbox', '--test-type'] : []),
  ];
}
