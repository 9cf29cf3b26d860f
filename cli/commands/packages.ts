import type { Command } from 'commander';
import type { CertList, LibraryView } from '../../core/model/package.ts';
import { formatEvr, formatNevra, formatRelation } from '../../core/model/rpmVersion.ts';
import { notInstallable, type RpmHeader } from '../../core/model/rpmHeader.ts';
import { readCertListFile } from '../../core/node/certListFile.ts';
import { atPath } from '../../core/node/fileSource.ts';
import { checkPackageFile } from '../../core/node/rpmFile.ts';
import { errorOf, PutError, reportOf } from '../../core/protocol/errors.ts';
import { confirm, YES_HELP } from '../confirm.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import {
  withJson,
  withListing,
  withTarget,
  type CommonOptions,
  type Launcher,
  type LocalContext,
  type SessionContext,
  withMeant,
} from '../launch.ts';
import { findLibraryFiles } from '../localFiles.ts';
import { errorDocument, errorText } from '../output/Output.ts';
import { formatPairs, formatTable } from '../output/table.ts';
import { formatBytes, formatDateTime, plural } from '../output/words.ts';
import { readTopic } from '../waiting.ts';

export function readLibrary({ host, session }: SessionContext): Promise<LibraryView> {
  return readTopic<LibraryView>(host, session, 'library');
}

/** The names of all its files; an older master does not tell of those that cannot be used. */
export function filesOf({ packages, certLists, problems = {} }: LibraryView): string[] {
  return Object.keys({ ...packages, ...certLists, ...problems });
}

export async function listPackages(context: SessionContext): Promise<ExitCode> {
  const library = await readLibrary(context);
  const byName = <T extends { fileName: string }>(a: T, b: T): number => (a.fileName < b.fileName ? -1 : 1);
  const packages = Object.values(library.packages).sort(byName);
  const certLists = Object.values(library.certLists).sort(byName);
  const problems = Object.values(library.problems ?? {}).sort(byName);
  context.output.result({ freeBytes: library.freeBytes, packages, certLists, problems }, () => {
    const { columns } = context.host.terminal;
    const table = formatTable(
      [
        { title: 'PACKAGE' },
        { title: 'VERSION' },
        { title: 'ARCH' },
        { title: 'SIZE', align: 'right' },
        { title: 'SIGNED' },
        { title: 'FILE', shrinks: 'middle', yields: 2 },
        { title: 'UPLOADED', yields: 1 },
      ],
      packages.map((one) => [
        one.name,
        formatEvr(one),
        one.arch,
        formatBytes(one.fileBytes),
        one.signed ? 'yes' : 'no',
        one.fileName,
        `${formatDateTime(one.uploadedAtMs)} by ${one.uploadedBy}`,
      ]),
      { columns },
    );
    const lists = formatTable(
      [
        { title: 'CERT LIST' },
        { title: 'RELEASE' },
        { title: 'PACKAGES', align: 'right' },
        { title: 'MISSING', shrinks: true },
        { title: 'TITLE', shrinks: true },
      ],
      certLists.map((one) => [
        one.fileName,
        one.release,
        String(one.entries.length),
        one.missing.length === 0 ? 'none' : one.missing.join(', '),
        one.title,
      ]),
      { columns },
    );
    const unusable = formatTable(
      [{ title: 'CANNOT BE USED' }, { title: 'SIZE', align: 'right' }, { title: 'REASON', shrinks: true }],
      problems.map((one) => [one.fileName, formatBytes(one.fileBytes), one.message]),
      { columns },
    );
    const remedy =
      'Files that cannot be used take nothing from the others: putctl packages remove NAME takes one away.';
    const total = packages.reduce((sum, one) => sum + one.fileBytes, 0);
    const foot = `${plural(packages.length, 'package')}, ${formatBytes(total)}; ${formatBytes(library.freeBytes)} free`;
    return [
      ...(packages.length > 0 ? [table] : []),
      ...(certLists.length > 0 ? [lists] : []),
      ...(problems.length > 0 ? [`${unusable}\n${remedy}`] : []),
      foot,
    ].join('\n\n');
  });
  return EXIT.done;
}

function headerText(path: string, header: RpmHeader, compared: readonly string[]): string {
  const relations = (all: RpmHeader['requires']): string => [...new Set(all.map(formatRelation))].join(', ');
  const unfit = notInstallable(header);
  return formatPairs([
    ['file', path],
    ['package', formatNevra(header)],
    ...(unfit === undefined
      ? []
      : [['kind', `${unfit}: nodes cannot install it, the library does not take it`] as const]),
    ['system', `${header.os} ${header.arch}`],
    ['summary', header.summary],
    ['format', String(header.format)],
    ['installs', formatBytes(header.installedBytes)],
    ['scriptlets', header.scriptlets.map((one) => one.name).join(', ') || 'none'],
    ['signature', header.signatures.length > 0 ? 'there is one' : 'none'],
    ['digests', compared.length > 0 ? `agree: ${compared.join(', ')}` : 'none that could be compared'],
    ['requires', relations(header.requires) || 'nothing'],
    ['provides', relations(header.provides) || 'nothing'],
    ...(header.conflicts.length > 0 ? [['conflicts', relations(header.conflicts)] as const] : []),
    ...(header.obsoletes.length > 0 ? [['obsoletes', relations(header.obsoletes)] as const] : []),
  ]);
}

interface Inspected {
  readonly document: object;
  readonly text: string;
}

async function inspectOne(path: string): Promise<Inspected> {
  if (/\.certlist$/i.test(path)) {
    const certList = await readCertListFile(path, path);
    return { document: { path, certList }, text: certListText(path, certList) };
  }
  const { header, compared, sha256 } = await checkPackageFile(path);
  return { document: { path, header, compared, sha256 }, text: headerText(path, header, compared) };
}

function certListText(path: string, { release, title, entries }: CertList): string {
  return formatPairs([
    ['file', path],
    ['cert list', `${release}: ${title}`],
    ['packages', `${entries.length}, ${entries.filter((row) => row.mandatory).length} of them mandatory`],
  ]);
}

/** Reads local packages whole; needs no target system. A broken one is told of and the others are still read. */
export async function inspectFiles({ output }: LocalContext, paths: readonly string[]): Promise<ExitCode> {
  const files: object[] = [];
  const texts: string[] = [];
  let failed = 0;
  const fail = (path: string, error: unknown): void => {
    const report = reportOf(atPath(path, error));
    failed++;
    files.push({ path, ...errorDocument(errorOf(report)) });
    texts.push(errorText(errorOf(report)));
  };
  const found = await findLibraryFiles(paths);
  for (const { path } of found.files) {
    try {
      const { document, text } = await inspectOne(path);
      files.push(document);
      texts.push(text);
    } catch (error) {
      fail(path, error);
    }
  }
  for (const { path, error } of found.faults) fail(path, error);
  for (const { path, reason } of found.leftOut) texts.push(`left out: ${path}: ${reason}`);
  output.result({ files, failed, leftOut: found.leftOut, otherFiles: found.otherFiles }, () => texts.join('\n\n'));
  return failed === 0 ? EXIT.done : EXIT.failed;
}

export async function removePackages(
  context: SessionContext,
  names: readonly string[],
  options: { readonly yes?: boolean | undefined },
): Promise<ExitCode> {
  const { session, output } = context;
  const library = await readLibrary(context);
  // Judged before anybody is asked, and before the first of them is gone.
  const there = new Set(filesOf(library));
  const missing = library.problems ? names.filter((name) => !there.has(name)) : [];
  if (missing.length > 0)
    throw new PutError('package-unknown', `not in the package library: ${missing.join(', ')}; nothing was removed`);
  const which = names.length <= 3 ? names.join(', ') : plural(names.length, 'file');
  await confirm(context, `Remove ${which} from the package library of ${session.welcome.systemName}`, options);
  for (const name of names) {
    const sha256 = (library.packages[name] ?? library.certLists[name])?.sha256;
    await session.request('file.remove', { name, ...(sha256 === undefined ? {} : { sha256 }) });
  }
  output.result({ removed: names }, () =>
    names.map((name) => `${name} was removed from the package library.`).join('\n'),
  );
  return EXIT.done;
}

export function definePackages(program: Command, launch: Launcher): void {
  const list = (options: CommonOptions): Promise<void> => launch.withSession(options, listPackages);
  const listing = {
    of: 'packages',
    name: 'fileName',
    fields: [
      'name',
      'epoch',
      'version',
      'release',
      'arch',
      'os',
      'fileBytes',
      'signed',
      'sha256',
      'uploadedBy',
      'uploadedAtMs',
    ],
  };
  const packages = withMeant(withListing(withTarget(program.command('packages')), listing), (files) => [
    `packages inspect ${files.join(' ')}`,
    `upload ${files.join(' ')}`,
  ])
    .description('list the package library of the master node; look into local packages; remove from the library')
    .action(list);
  packages.addHelpText(
    'after',
    `
Examples:
  putctl packages                        what the library has: packages, cert lists, free space
  putctl packages inspect *.rpm          read and check local files; nothing is sent, no target system is needed
  putctl packages remove ppde-17.10.04.02-1.x86_64.rpm
  putctl upload FILE...                  is how packages get there`,
  );
  withListing(withTarget(packages.command('list')), listing)
    .description('the same as `putctl packages`')
    .action((_options: object, command: Command) => list(command.optsWithGlobals()));
  withJson(packages.command('inspect'))
    .description(
      'read local packages and cert lists: version, requirements, scriptlets, signature; compare every digest',
    )
    .argument('<file...>', 'RPM and cert list files, or folders of them')
    .action((paths: string[], _options: object, command: Command) =>
      launch.local(command.optsWithGlobals(), (context) => inspectFiles(context, paths)),
    );
  withTarget(packages.command('remove'))
    .description('remove files from the library (admins)')
    .argument('<name...>', 'file names as `putctl packages` shows them')
    .option('-y, --yes', YES_HELP)
    .action((names: string[], _options: object, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions & { yes?: boolean }>();
      return launch.withSession(options, (context) => removePackages(context, names, options));
    })
    .addHelpText(
      'after',
      '\nExamples:\n  putctl packages remove ppde-17.10.04.02-1.x86_64.rpm\n  putctl packages -o name | grep 17.10 | xargs putctl packages remove --yes',
    );
}
