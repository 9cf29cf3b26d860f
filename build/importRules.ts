import { readdirSync, readFileSync, statSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, posix, relative, sep } from 'node:path';
import ts from 'typescript';

/*
 * The rooms of the house and what each may import. Everything that is not listed is refused, and a source file that no room
 * covers is a finding by itself. README.md draws the same house.
 */

/** What the files of a room may import. */
export interface Room {
  /** Files of the room; the first room that fits counts. */
  readonly files: RegExp;
  /** Files of the project that it may import. */
  readonly project: readonly RegExp[];
  /** Files of which it may import types, and nothing else. */
  readonly typesOf?: readonly RegExp[];
  /** Files of the project that its tests may import on top, apart from core/testing. */
  readonly tests?: readonly RegExp[];
  /** Packages; `node:*` stands for what Node itself brings. */
  readonly packages: readonly string[];
  /** Only types may be imported, from wherever. */
  readonly typesOnly?: boolean;
}

const CORE_BUT_TESTING = /^core\/(?!testing\/)/;
const TEST_FILE = /(\.test\.tsx?|(^|\/)testing\/[^/]+\.tsx?)$/;
/** What a test beside the code may import on top of its room. */
const TEST_PACKAGES = ['vitest', 'fast-check', 'node:*', 'jsdom', '@testing-library/react', 'zod', 'cborg'];

export const ROOMS: readonly Room[] = [
  { files: /^core\/protocol\//, project: [/^core\/protocol\//], packages: ['cborg', 'zod'] },
  { files: /^core\/session\//, project: [/^core\/(protocol|session)\//], packages: ['zod'] },
  {
    files: /^core\/model\//,
    project: [/^core\/model\//, /^core\/protocol\/(errors|errorCatalogue|schemaWords)\.ts$/],
    // `yaml` reads texts and nothing else: operations of a site and inventories are written in it.
    packages: ['zod', 'yaml'],
  },
  // Pure: what services, windows and putctl know of the step kinds that ask.
  {
    files: /^core\/steps\//,
    project: [/^core\/(model|steps)\//, /^core\/protocol\/(errors|errorCatalogue|schemaWords)\.ts$/],
    packages: ['zod'],
  },
  // Pure: a room for differences of states, whatever the states are of.
  { files: /^core\/replica\//, project: [/^core\/(protocol|replica)\//], packages: [] },
  { files: /^core\/client\//, project: [/^core\/(protocol|session|model|replica|client)\//], packages: ['zod'] },
  {
    files: /^core\/workbench\//,
    project: [/^core\/(protocol|session|model|replica|client|workbench)\//],
    packages: ['zod'],
  },
  {
    files: /^core\/node\//,
    project: [CORE_BUT_TESTING],
    packages: ['node:*', 'ws', 'ssh2', 'ssh-config', 'proper-lockfile', 'zod'],
  },
  { files: /^core\/testing\//, project: [/^core\//], packages: ['node:*', 'vitest', 'fast-check', 'ws'] },
  // The entry file wires rooms together.
  {
    files: /^services\/main\.ts$/,
    project: [/^services\//, CORE_BUT_TESTING],
    packages: ['node:*', 'commander', 'pino', 'zod', 'ws'],
  },
  // portmgmt opens the doors and knows the sessions; a session knows no port that it came by.
  {
    files: /^services\/sessions\//,
    project: [
      /^services\/sessions\//,
      /^services\/(service\.ts$|LogLimiter\.ts$|state\/)/,
      /^core\/(protocol|session|model|replica)\//,
    ],
    tests: [/^services\/testing\//],
    packages: ['node:*', 'zod'],
  },
  {
    files: /^services\//,
    project: [/^services\//, /^core\/(protocol|session|model|steps|replica|node)\//],
    packages: ['node:*', 'ws', 'ssh2', 'zod', 'yaml', 'pino', 'commander', 'cborg', '@peculiar/x509'],
  },
  { files: /^electron\/contract\//, project: [/^core\//, /^electron\/contract\//], packages: [], typesOnly: true },
  { files: /^electron\/preload\//, project: [/^electron\/contract\//], packages: ['electron'] },
  {
    files: /^electron\/main\//,
    project: [/^electron\/(main|contract)\//, CORE_BUT_TESTING],
    packages: ['electron', 'electron-updater', 'fflate', 'node:*', 'zod', 'pino'],
  },
  {
    files: /^renderer\//,
    project: [
      /^renderer\//,
      /^electron\/contract\//,
      /^core\/(model|steps|replica)\//,
      /^core\/protocol\/(errors|errorCatalogue|schemaWords)\.ts$/,
    ],
    typesOf: [/^core\/protocol\/methods\.ts$/],
    packages: [
      'react',
      'react-dom',
      'idb-keyval',
      'zustand',
      'react-aria-components',
      '@tanstack/react-table',
      '@tanstack/react-virtual',
      'uplot',
      // For one setting of it: the schemas themselves are the model's.
      'zod',
      '@fontsource/ibm-plex-sans',
      '@fontsource/ibm-plex-mono',
      // Digests of files that are chosen in a page: a browser's own take a file whole, in memory.
      '@noble/hashes',
    ],
  },
  {
    files: /^cli\//,
    project: [/^cli\//, CORE_BUT_TESTING],
    packages: ['node:*', 'commander', 'pino', 'ws', 'yaml', 'zod'],
  },
  // Tools and tests of the whole reach into every room; no room reaches into them.
  { files: /^e2e\//, project: [/^(?!bench\/)/], packages: ['*'] },
  { files: /^(bench|lab)\//, project: [/^(?!e2e\/)/, /^e2e\/support\//], packages: ['*'] },
  { files: /^build\//, project: [/^build\//, /^e2e\/standin\//, /^(core|renderer|services|cli)\//], packages: ['*'] },
  { files: /^vitest\.config\.ts$/, project: [/^build\/retriedTests\.ts$/], packages: ['vitest', 'node:*'] },
];

export interface Finding {
  /** Path from the root of the repository, with slashes. */
  readonly file: string;
  /** 0 when it is about the file as a whole. */
  readonly line: number;
  readonly message: string;
}

interface Import {
  readonly specifier: string;
  readonly typeOnly: boolean;
  readonly line: number;
}

const SOURCE = /\.tsx?$/;
const SKIPPED_FOLDERS = new Set(['node_modules', 'dist', 'out', 'coverage', '.git', 'test-results']);
export const MOST_LINES = 500;

/** Every TypeScript file below `root`, as paths from it with slashes, sorted. */
export function listSourceFiles(root: string): string[] {
  const files: string[] = [];
  const visit = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.isDirectory()) {
        if (!SKIPPED_FOLDERS.has(entry.name)) visit(join(folder, entry.name));
      } else if (SOURCE.test(entry.name)) files.push(relative(root, join(folder, entry.name)).split(sep).join('/'));
    }
  };
  visit(root);
  return files.sort();
}

/** Imports, re-exports and dynamic imports of a file. An import of types alone is marked as such. */
export function importsOf(file: string, text: string): Import[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ESNext, false);
  const found: Import[] = [];
  const add = (specifier: ts.Node, typeOnly: boolean): void => {
    if (!ts.isStringLiteralLike(specifier)) return;
    const line = source.getLineAndCharacterOfPosition(specifier.getStart(source)).line + 1;
    found.push({ specifier: specifier.text, typeOnly, line });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      const clause = node.importClause;
      const bindings = clause?.namedBindings;
      const onlyTypes =
        clause?.phaseModifier === ts.SyntaxKind.TypeKeyword ||
        (clause !== undefined &&
          clause.name === undefined &&
          bindings !== undefined &&
          ts.isNamedImports(bindings) &&
          bindings.elements.length > 0 &&
          bindings.elements.every((element) => element.isTypeOnly));
      add(node.moduleSpecifier, onlyTypes);
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier) add(node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword && node.arguments[0])
      add(node.arguments[0], false);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, true);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

const BUILTIN = new Set(builtinModules);

function packageOf(specifier: string): string {
  if (specifier.startsWith('node:') || BUILTIN.has(specifier)) return 'node:*';
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0]!;
}

/** The room of a file, widened where it is a test; undefined when no rule covers it. */
function roomOf(file: string): Room | undefined {
  const room = ROOMS.find((candidate) => candidate.files.test(file));
  if (!room || !TEST_FILE.test(file)) return room;
  return {
    ...room,
    typesOnly: false,
    project: [...room.project, ...(room.tests ?? []), /^core\/testing\//],
    packages: [...room.packages, ...TEST_PACKAGES],
  };
}

/** Faults of one file against the rules of its room. `exists` answers for paths from the root. */
export function checkFile(file: string, text: string, exists: (file: string) => boolean): Finding[] {
  const room = roomOf(file);
  if (!room) return [{ file, line: 0, message: 'no import rule covers this file' }];
  const findings: Finding[] = [];
  const lines = text.split('\n').length;
  if (lines > MOST_LINES)
    findings.push({ file, line: 0, message: `${lines} lines; a file holds one concept in at most ${MOST_LINES}` });
  for (const { specifier, typeOnly, line } of importsOf(file, text)) {
    const refuse = (message: string): void => void findings.push({ file, line, message });
    const bare = specifier.split('?')[0]!;
    if (bare.startsWith('.')) {
      const target = posix.join(posix.dirname(file), bare);
      const allowed = room.project.some((rule) => rule.test(target));
      const allowedAsType = typeOnly && (room.typesOf ?? []).some((rule) => rule.test(target));
      if (!allowed && !allowedAsType) refuse(`may not import ${target}`);
      else if (room.typesOnly && !typeOnly) refuse(`may import only types from ${target}`);
      else if (!exists(target)) refuse(`imports ${target}, which does not exist`);
    } else {
      const name = packageOf(bare);
      if (!room.packages.includes('*') && !room.packages.includes(name))
        refuse(`may not import ${name === 'node:*' ? bare : name}`);
      else if (room.typesOnly && !typeOnly) refuse(`may import only types from ${bare}`);
    }
  }
  return findings;
}

/** Cycles of imports, of types too, each once, as the list of its files: what stands in a cycle can only be read and moved together. */
export function findCycles(imports: ReadonlyMap<string, readonly string[]>): string[][] {
  const cycles: string[][] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): void => {
    const at = path.indexOf(file);
    if (at >= 0) {
      cycles.push(path.slice(at));
      return;
    }
    if (done.has(file)) return;
    path.push(file);
    for (const next of imports.get(file) ?? []) visit(next);
    path.pop();
    done.add(file);
  };
  for (const file of imports.keys()) visit(file);
  return cycles;
}

/** Every fault of the repository at `root`, sorted by file. */
export function checkRepository(root: string): Finding[] {
  const files = listSourceFiles(root);
  const exists = (file: string): boolean => statSync(join(root, file), { throwIfNoEntry: false })?.isFile() ?? false;
  const findings: Finding[] = [];
  const graph = new Map<string, string[]>();
  for (const file of files) {
    const text = readFileSync(join(root, file), 'utf8');
    findings.push(...checkFile(file, text, exists));
    const targets = importsOf(file, text)
      .filter(({ specifier }) => specifier.startsWith('.'))
      .map(({ specifier }) => posix.join(dirname(file).split(sep).join('/'), specifier.split('?')[0]!));
    graph.set(file, targets);
  }
  for (const cycle of findCycles(graph))
    findings.push({ file: cycle[0]!, line: 0, message: `imports in a circle: ${[...cycle, cycle[0]!].join(' -> ')}` });
  return findings;
}
