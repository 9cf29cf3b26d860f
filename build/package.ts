import { build, Platform } from 'electron-builder';
import { BUILDER_CONFIG } from './electronBuilder.ts';
import { bundle } from './bundle.ts';

/*
 * Packs the desktop for the platform that this runs on, or for the one named:
 * `node build/package.ts [linux|win|mac] [TARGET ...]`, for example `node build/package.ts linux dir`.
 */

const PLATFORMS = { linux: Platform.LINUX, win: Platform.WINDOWS, mac: Platform.MAC };
const [platformName, ...targets] = process.argv.slice(2);
const platform = platformName === undefined ? Platform.current() : PLATFORMS[platformName as keyof typeof PLATFORMS];
if (!(platform as Platform | undefined)) {
  console.error(`There is no platform ${platformName}; there are ${Object.keys(PLATFORMS).join(', ')}.`);
  process.exit(2);
}
await bundle();
const files = await build({
  targets: platform.createTarget(targets.length > 0 ? targets : null),
  config: BUILDER_CONFIG,
});
for (const file of files) console.log(file);
