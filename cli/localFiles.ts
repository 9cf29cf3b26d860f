import { Buffer } from 'node:buffer';
import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { unreadable } from '../core/node/fileSource.ts';
import { sha256OfFile } from '../core/node/rpmFile.ts';
import { isLibraryFile, libraryFileNameOf } from '../core/model/libraryFileName.ts';
import { PutError } from '../core/protocol/errors.ts';

/** One folder given by mistake must not become an endless list. */
const MOST_FILES = 10_000;
const MOST_LEVELS = 16;

/** A file that belongs in the package library. */
export interface LocalFile {
  readonly path: string;
  /** Named by the person, not found in a folder. */
  readonly isNamed: boolean;
}

/** Something that was found and is not taken. */
export interface LeftOut {
  readonly path: string;
  readonly reason: string;
}

/** What paths of files and folders mean. */
export interface FoundFiles {
  readonly files: readonly LocalFile[];
  /** Packages and cert lists by their names, and folders, that are passed over. */
  readonly leftOut: readonly LeftOut[];
  /** Files of folders that are neither packages nor cert lists, by their paths. */
  readonly otherFiles: readonly string[];
  /** Paths that cannot be used at all. */
  readonly faults: readonly { readonly path: string; readonly error: PutError }[];
}

interface Finding {
  readonly files: LocalFile[];
  readonly leftOut: LeftOut[];
  readonly otherFiles: string[];
  readonly faults: { path: string; error: PutError }[];
  /** Folders that were read, by their true paths: a link back into one of them ends there. */
  readonly folders: Set<string>;
}

/**
 * The files that paths of files and folders mean, each once: folders with all below them, links followed. A path that cannot be used is a
 * fault of its own and takes nothing from the others. Two files of one library name are one where their bytes are the same, and otherwise
 * faults both.
 */
export async function findLibraryFiles(paths: readonly string[]): Promise<FoundFiles> {
  const finding: Finding = { files: [], leftOut: [], otherFiles: [], faults: [], folders: new Set() };
  for (const path of paths) {
    try {
      const facts = await stat(path);
      if (facts.isDirectory()) {
        const before = finding.files.length + finding.leftOut.length + finding.faults.length;
        await searchFolder(path, finding, 1);
        if (finding.files.length + finding.leftOut.length + finding.faults.length === before) {
          throw new PutError('file-unreadable', `${path}: the folder holds no .rpm and no .certlist file`, { path });
        }
      } else if (facts.isFile()) finding.files.push({ path, isNamed: true });
      // A pipe or a device would be waited for without end.
      else throw new PutError('file-unreadable', `${path}: not a file`, { path });
    } catch (error) {
      finding.faults.push({ path, error: unreadable(path, error) });
    }
  }
  if (finding.files.length > MOST_FILES)
    throw new PutError('usage', `${finding.files.length} files; at most ${MOST_FILES} at once`);
  return { ...finding, files: await oneOfEachName(finding) };
}

/** Shows the bytes of a name that is not UTF-8. */
function shownName(name: Buffer): string {
  return name
    .toString('latin1')
    .replace(/[^\x20-\x7e]/g, (sign) => `\\x${sign.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

async function searchFolder(folder: string, finding: Finding, level: number): Promise<void> {
  const truePath = await realpath(folder);
  if (finding.folders.has(truePath)) return;
  finding.folders.add(truePath);
  const entries = await readdir(folder, { withFileTypes: true, encoding: 'buffer' });
  entries.sort((a, b) => Buffer.compare(a.name, b.name));
  for (const entry of entries) {
    if (finding.files.length > MOST_FILES) return;
    const name = entry.name.toString('utf8');
    // Hidden names are of tools (.snapshot, ._x of macOS), never a release's.
    if (name.startsWith('.')) continue;
    if (Buffer.from(name, 'utf8').equals(entry.name)) await searchEntry(join(folder, name), entry, finding, level);
    else if (isLibraryFile(name) || entry.isDirectory()) {
      finding.leftOut.push({
        path: join(folder, shownName(entry.name)),
        reason: 'the name is not UTF-8; rename it to letters, digits and . _ + ~ ^ -',
      });
    } else finding.otherFiles.push(join(folder, shownName(entry.name)));
  }
}

async function searchEntry(path: string, entry: Dirent<Buffer>, finding: Finding, level: number): Promise<void> {
  try {
    const facts = entry.isSymbolicLink() ? await stat(path) : entry;
    if (facts.isDirectory()) {
      if (level < MOST_LEVELS) await searchFolder(path, finding, level + 1);
      else finding.leftOut.push({ path, reason: `more than ${MOST_LEVELS} folders deep` });
    } else if (!isLibraryFile(path)) finding.otherFiles.push(path);
    else if (facts.isFile()) finding.files.push({ path, isNamed: false });
    else finding.leftOut.push({ path, reason: 'not a file' });
  } catch (error) {
    const isPackage = isLibraryFile(path);
    const dead = entry.isSymbolicLink() && (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (dead && !isPackage) finding.otherFiles.push(path);
    else if (dead) finding.leftOut.push({ path, reason: 'a link that leads nowhere' });
    else finding.faults.push({ path, error: unreadable(path, error) });
  }
}

/** The library keeps one file of a name, so two that differ are a person's to decide on. */
async function oneOfEachName({ files, faults }: Finding): Promise<LocalFile[]> {
  const taken: LocalFile[] = [];
  for (const group of Map.groupBy(files, ({ path }) => libraryFileNameOf(basename(path))).values()) {
    const [first, ...others] = group;
    if (!first) continue;
    const different = (
      await Promise.all(others.map(async ({ path }) => !(await haveSameBytes(first.path, path))))
    ).some(Boolean);
    if (!different) {
      taken.push(group.find(({ isNamed }) => isNamed) ?? first);
      continue;
    }
    const message = `${group.map(({ path }) => path).join(' and ')} have one name and differ; the library keeps one file of a name`;
    for (const { path } of group) faults.push({ path, error: new PutError('usage', message, { path }) });
  }
  return taken;
}

async function haveSameBytes(one: string, other: string): Promise<boolean> {
  if (one === other) return true;
  try {
    const [a, b] = await Promise.all([stat(one), stat(other)]);
    if (a.dev === b.dev && a.ino === b.ino && a.ino !== 0) return true;
    return a.size === b.size && (await sha256OfFile(one)) === (await sha256OfFile(other));
  } catch {
    // What cannot be read is refused with its reason when it is opened.
    return false;
  }
}
