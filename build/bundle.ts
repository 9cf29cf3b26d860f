import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, parse, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { build, mergeConfig, type InlineConfig, type Plugin } from 'vite';
import { licencesOfBundle } from './licences.ts';
import { rendererConfig } from './vite.renderer.ts';

/*
 * Makes dist/: the windows, the desktop's main and preload, putctl and putservices. A part whose inputs did not change since
 * the last run is left as it is. `node build/bundle.ts [PART ...] [--force]`.
 */

const root = resolve(import.meta.dirname, '..');
const dist = join(root, 'dist');
/** A text of licences for each part. */
export const LICENCES = join(dist, 'licences');
const recordFile = join(dist, '.inputs.json');

interface Part {
  /** Files and folders that it is made of, from the root. */
  readonly inputs: readonly string[];
  /** A file whose absence means that it was not made. */
  readonly output: string;
  readonly configs: () => readonly InlineConfig[];
  readonly executable?: boolean;
}

interface ProgramOptions {
  readonly entry: string;
  readonly output: string;
  readonly format: 'es' | 'cjs';
  /** Whose licences its packages are told with; its own unless given. */
  readonly program?: string;
}

/** Natively built helpers of ssh2 are optional, and electron is there at run time only. */
const EXTERNAL = ['electron', 'cpu-features', /\.node$/];

/** Modules of Node that take long to load, or of which an import reads what takes long to make. */
const LATE_MODULES = [
  'node:child_process',
  'node:crypto',
  'node:http',
  'node:net',
  'node:readline',
  'node:tls',
  'node:zlib',
];
const LATE_PREFIX = '\0late-';

/**
 * An `import` of a module of Node is loaded before the first line of a bundle, and reads every member: of `node:http` a whole client of WebSockets,
 * of `node:tls` every certificate of an authority. Here each is loaded with the first part that asks for it, without the members that are made when
 * they are read.
 */
const lateModules: Plugin = {
  name: 'late-modules',
  enforce: 'pre',
  resolveId: (source) => (LATE_MODULES.includes(source) ? `${LATE_PREFIX}${source}` : undefined),
  load(id) {
    if (!id.startsWith(LATE_PREFIX)) return undefined;
    const name = id.slice(LATE_PREFIX.length);
    const members = Object.entries(Object.getOwnPropertyDescriptors(process.getBuiltinModule(name) as object))
      .filter(([, descriptor]) => !('get' in descriptor))
      .map(([member]) => member);
    return [
      `const found = process.getBuiltinModule('${name}');`,
      'export default found;',
      `export const { ${members.join(', ')} } = found;`,
    ].join('\n');
  },
};

/** How long plugins took is no warning. */
const QUIET: InlineConfig = { build: { rolldownOptions: { checks: { pluginTimings: false } } } };

/** A program for Node or Electron in one file, with every package it needs inside. */
function programConfig({ entry, output, format, program = parse(output).name }: ProgramOptions): InlineConfig {
  return {
    configFile: false,
    root,
    logLevel: 'warn',
    publicDir: false,
    plugins: [lateModules, licencesOfBundle(program, LICENCES)],
    // Packages in CommonJS ask for their folder; inside one ES module it is the folder of the program.
    define: format === 'es' ? { __dirname: 'import.meta.dirname', __filename: 'import.meta.filename' } : {},
    ssr: { noExternal: true, external: ['electron', 'cpu-features'], target: 'node' },
    build: {
      ssr: join(root, entry),
      outDir: dist,
      emptyOutDir: false,
      target: 'node24',
      minify: false,
      sourcemap: true,
      rolldownOptions: {
        external: EXTERNAL,
        output: { format, entryFileNames: output, codeSplitting: false },
      },
    },
  };
}

export const PARTS: Readonly<Record<string, Part>> = {
  renderer: {
    inputs: ['renderer', 'core', 'electron/contract', 'assets/icons', 'build/vite.renderer.ts'],
    output: 'renderer/index.html',
    configs: () => [mergeConfig(rendererConfig(), { plugins: [licencesOfBundle('renderer', LICENCES)] })],
  },
  main: {
    inputs: ['electron', 'core'],
    output: 'electron/main.js',
    configs: () => [programConfig({ entry: 'electron/main/main.ts', output: 'electron/main.js', format: 'es' })],
  },
  preload: {
    inputs: ['electron/preload', 'electron/contract'],
    output: 'electron/preload.cjs',
    configs: () => [
      programConfig({ entry: 'electron/preload/preload.ts', output: 'electron/preload.cjs', format: 'cjs' }),
    ],
  },
  putctl: {
    inputs: ['cli', 'core', 'electron/contract'],
    output: 'putctl.js',
    configs: () => [
      programConfig({ entry: 'cli/start.ts', output: 'putctl.js', format: 'es' }),
      programConfig({ entry: 'cli/main.ts', output: 'putctl-program.js', format: 'es', program: 'putctl' }),
    ],
    executable: true,
  },
  putservices: {
    inputs: ['services', 'core'],
    output: 'putservices.js',
    configs: () => [programConfig({ entry: 'services/main.ts', output: 'putservices.js', format: 'es' })],
    executable: true,
  },
};

function hashPath(hash: ReturnType<typeof createHash>, path: string): void {
  if (!existsSync(path)) return;
  const entries = readdirSync(path, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  for (const file of files.filter((name) => !/\.test\.tsx?$/.test(name)).sort())
    hash.update(`${relative(root, file)}\0`).update(readFileSync(file));
}

/** What a part is made of, as one digest. */
function digestOf(part: Part): string {
  const hash = createHash('sha256');
  for (const file of ['build/bundle.ts', 'build/licences.ts', 'package-lock.json', 'package.json', 'tsconfig.json'])
    hash.update(readFileSync(join(root, file)));
  for (const input of part.inputs) {
    const path = join(root, input);
    if (/\.[a-z]+$/.test(input)) hash.update(readFileSync(path));
    else hashPath(hash, path);
  }
  return hash.digest('hex');
}

/** Makes the named parts, or all; answers the names of those that had to be made. */
export async function bundle(names: readonly string[] = Object.keys(PARTS), force = false): Promise<string[]> {
  const record: Record<string, string> = existsSync(recordFile)
    ? (JSON.parse(readFileSync(recordFile, 'utf8')) as Record<string, string>)
    : {};
  const made: string[] = [];
  for (const name of names) {
    const part = PARTS[name];
    if (!part) throw new Error(`no part is called ${name}; there are ${Object.keys(PARTS).join(', ')}`);
    const digest = digestOf(part);
    const output = join(dist, part.output);
    if (!force && record[name] === digest && existsSync(output)) continue;
    for (const config of part.configs()) await build(mergeConfig(config, QUIET));
    if (part.executable === true) chmodSync(output, 0o755);
    record[name] = digest;
    made.push(name);
    mkdirSync(dist, { recursive: true });
    writeFileSync(recordFile, `${JSON.stringify(record, null, 2)}\n`);
  }
  return made;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const names = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
  const force = process.argv.includes('--force');
  if (force && names.length === 0) rmSync(dist, { recursive: true, force: true });
  const startedAt = performance.now();
  try {
    const made = await bundle(names.length > 0 ? names : undefined, force);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    console.log(made.length > 0 ? `Built ${made.join(', ')} in ${seconds} s.` : `Nothing to build (${seconds} s).`);
  } catch (error) {
    console.error(stripVTControlCharacters(error instanceof Error ? error.message : String(error)));
    process.exitCode = 1;
  }
}
