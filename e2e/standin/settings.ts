import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** How this run of the stand-in was set up; run.ts fills in the app. */
export const settings = {
  appFolder: process.cwd(),
  packaged: false,
  /** Command line as the app sees it, without the stand-in's own part. */
  appArguments: [] as string[],
  version: readFileSync(join(import.meta.dirname, 'runtime', 'version'), 'utf8').trim(),
  chromium: process.env['STANDIN_CHROMIUM'] ?? '/usr/bin/chromium',
  headless: process.env['STANDIN_HEADED'] !== '1' || !process.env['DISPLAY'],
  keyring: process.env['STANDIN_NO_KEYRING'] !== '1',
  /** Removed when the app has ended. */
  temporaryFolders: [] as string[],
};

/** Value of `--name=value` on the app's command line. */
export function switchValue(name: string): string | undefined {
  const prefix = `--${name}=`;
  return settings.appArguments.find((argument) => argument.startsWith(prefix))?.slice(prefix.length);
}
