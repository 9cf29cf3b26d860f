import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { bundle } from './bundle.ts';
import { buildServicesPackages, SERVICES_FORMATS, type ServicesFormat, whyNoFormat } from './putservicesPackages.ts';

/*
 * Packs what is installed elsewhere, into out/ or the folder named by --to:
 *   node build/package.ts [linux|win|mac] [TARGET ...]            the desktop, for this platform or the one named, for example `linux dir`
 *   node build/package.ts ... --testable                          the desktop as tests can take hold of it, with a name of its own
 *   node build/package.ts putservices [rpm|deb|tar.gz ...]        putservices with its Node for a master node: what can be built here, or what is named
 */

const root = resolve(import.meta.dirname, '..');

function end(message: string): never {
  console.error(message);
  process.exit(2);
}

const words = process.argv.slice(2);
const toAt = words.indexOf('--to');
const [, given] = toAt < 0 ? [] : words.splice(toAt, 2);
const testableAt = words.indexOf('--testable');
if (testableAt >= 0) words.splice(testableAt, 1);
const to = resolve(given ?? join(root, 'out'));
const [what, ...rest] = words;

if (what === 'putservices') {
  const unknown = rest.find((word) => !(SERVICES_FORMATS as readonly string[]).includes(word));
  if (unknown !== undefined) end(`There is no format ${unknown}; there are ${SERVICES_FORMATS.join(', ')}.`);
  const named = rest as ServicesFormat[];
  for (const format of named.length > 0 ? named : SERVICES_FORMATS) {
    const why = whyNoFormat(format);
    if (why !== undefined && named.length > 0) end(`${format}: ${why}`);
    if (why !== undefined) console.log(`left out: ${format} (${why})`);
  }
  const formats = (named.length > 0 ? named : SERVICES_FORMATS).filter((format) => whyNoFormat(format) === undefined);
  await bundle(['renderer', 'putservices', 'putctl']);
  for (const file of await buildServicesPackages(to, { formats }))
    console.log(`${file} (${(statSync(file).size / 1024 / 1024).toFixed(1)} MiB)`);
} else {
  const [{ build, Platform }, { builderConfig }] = await Promise.all([
    import('electron-builder'),
    import('./electronBuilder.ts'),
  ]);
  const platforms = { linux: Platform.LINUX, win: Platform.WINDOWS, mac: Platform.MAC };
  const platform = what === undefined ? Platform.current() : platforms[what as keyof typeof platforms];
  if (!(platform as typeof platform | undefined))
    end(`There is no platform ${what}; there are ${Object.keys(platforms).join(', ')}, and putservices.`);
  await bundle();
  const config = builderConfig(testableAt >= 0 ? 'testable' : 'hardened');
  const files = await build({
    targets: platform.createTarget(rest.length > 0 ? rest : null),
    config: given === undefined ? config : { ...config, directories: { ...config.directories, output: to } },
    publish: 'never',
  });
  for (const file of files) console.log(file);
}
