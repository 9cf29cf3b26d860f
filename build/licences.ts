import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import type { Plugin } from 'vite';

/*
 * The licence texts of what a bundle has inside of packages: most licences ask that they go out with the program. They are gathered where the bundle
 * is made, from the modules that are really in it, so that the list cannot fall behind.
 */

/** A package as its folder says it. */
export interface LicensedPackage {
  readonly name: string;
  readonly version: string;
  /** What package.json says, such as `MIT`. */
  readonly licence: string;
  /** The texts of its licence and notice files, as they are. */
  readonly texts: readonly string[];
}

const LICENCE_FILE = /^(licen[cs]e|copying|notice|copyright)([.-].*)?$/i;
const NOT_TEXT = /\.(js|cjs|mjs|ts|json|map)$/i;

/** The folder of the package that a module belongs to; undefined for the project's own and for what a bundler makes up. */
export function packageFolderOf(moduleId: string): string | undefined {
  const path = moduleId.replace(/^\0/, '').replace(/\?.*$/, '');
  const parts = path.split(/[\\/]/);
  const at = parts.lastIndexOf('node_modules');
  if (at < 0 || parts[at + 1] === undefined) return undefined;
  return parts.slice(0, at + (parts[at + 1]?.startsWith('@') ? 3 : 2)).join(sep);
}

/** What the folder of a package says of its licence. Throws where it says nothing: such a package cannot go out. */
export function readLicence(folder: string): LicensedPackage {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    name: string;
    version: string;
    license?: string | { type?: string };
  };
  const licence = (typeof license === 'string' ? license : license?.type) ?? '';
  const texts = readdirSync(folder)
    .filter((file) => LICENCE_FILE.test(file) && !NOT_TEXT.test(file))
    .sort()
    .map((file) => readFileSync(join(folder, file), 'utf8').trim());
  if (licence === '' && texts.length === 0) throw new Error(`${name} ${version} names no licence: ${folder}`);
  return { name, version, licence, texts };
}

/** One text of all packages, each once; equal texts are printed with each package, since they name other holders mostly. */
export function licencesText(program: string, packages: readonly LicensedPackage[]): string {
  const sorted = [...packages].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const parts = sorted.map(({ name, version, licence, texts }) => {
    const said = licence === '' ? '' : `Licence: ${licence}\n`;
    const body = texts.length > 0 ? texts.join('\n\n') : 'The package brings no text of its licence beside this name.';
    return `${'='.repeat(80)}\n${name} ${version}\n${said}\n${body}\n`;
  });
  const count = `${sorted.length} ${sorted.length === 1 ? 'package' : 'packages'}`;
  if (sorted.length === 0) return `${program} has nothing of others in it.\n`;
  return `${program} has parts of ${count} of others in it, under these licences.\n\n${parts.join('\n')}`;
}

/** Writes `PROGRAM.txt` into a folder when the bundle is written, of the packages that went into it. */
export function licencesOfBundle(program: string, folder: string): Plugin {
  return {
    name: 'put-licences',
    apply: 'build',
    writeBundle() {
      const folders = new Set<string>();
      for (const id of this.getModuleIds()) {
        const of = packageFolderOf(id);
        if (of !== undefined && existsSync(join(of, 'package.json'))) folders.add(of);
      }
      const packages = [...folders].map(readLicence);
      const once = new Map(packages.map((one) => [`${one.name} ${one.version}`, one]));
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, `${program}.txt`), licencesText(program, [...once.values()]));
    },
  };
}
