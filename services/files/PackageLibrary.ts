import { Buffer } from 'node:buffer';
import type { Stats } from 'node:fs';
import { open, readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { missingFromLibrary } from '../../core/model/certList.ts';
import { checkLibraryFileName } from '../../core/model/libraryFileName.ts';
import type {
  CertList,
  LibraryCertList,
  LibraryPackage,
  LibraryProblem,
  LibraryView,
} from '../../core/model/package.ts';
import { libraryPackageOf } from '../../core/model/rpmHeader.ts';
import { PutError, reportOf } from '../../core/protocol/errors.ts';
import { readCertListFile } from '../../core/node/certListFile.ts';
import { checkPackageFile, type PackageFile, readPackageHead, sha256OfFile } from '../../core/node/rpmFile.ts';
import { makeFolder } from '../../core/node/makeFolder.ts';
import type { Log } from '../service.ts';
import { type FileRecord, INDEX_NAME, isUnchanged, LibraryIndex } from './LibraryIndex.ts';

/** Who came with the file, where nobody uploaded it: it was put into the folder on the master. */
const LOCAL_UPLOADER = 'master';
/** Ending of a file that is still arriving. */
export const PART_ENDING = '.part';

/** A file of the folder: what it is called, and its path, which no text can say where the name is not UTF-8. */
interface FolderFile {
  readonly fileName: string;
  readonly path: string | Buffer;
}

/** A file of the library that can be used. */
interface LibraryItem {
  readonly record: FileRecord;
  readonly package?: { readonly file: PackageFile; readonly view: LibraryPackage } | undefined;
  readonly certList?: CertList | undefined;
}

export interface PackageLibraryOptions {
  readonly folder: string;
  readonly log: Log;
  readonly now?: (() => number) | undefined;
}

/**
 * The packages and cert lists on the master, one folder. A file is judged before it becomes part of the library; one that cannot be used is
 * left where it is, told in the log and in the view's `problems`, and takes nothing from the others. Changes come one after the other, so
 * that the index and the disk say the same.
 */
export class PackageLibrary {
  readonly folder: string;
  readonly #log: Log;
  readonly #now: () => number;
  readonly #index: LibraryIndex;
  readonly #listeners = new Set<() => void>();
  readonly #items = new Map<string, LibraryItem>();
  readonly #problems = new Map<string, LibraryProblem & { readonly path: string | Buffer }>();
  #view: LibraryView = { packages: {}, certLists: {}, problems: {}, freeBytes: 0 };
  #number: number;
  #changes: Promise<unknown> = Promise.resolve();

  private constructor(options: PackageLibraryOptions) {
    this.folder = options.folder;
    this.#log = options.log;
    this.#now = options.now ?? Date.now;
    this.#index = new LibraryIndex(options.folder, options.log);
    // Begins at the clock, so that the number also grows over a restart.
    this.#number = this.#now();
  }

  /** Reads the folder; makes it when it is not there. */
  static async open(options: PackageLibraryOptions): Promise<PackageLibrary> {
    const library = new PackageLibrary(options);
    await makeFolder(options.folder, 0o700);
    await library.rescan();
    return library;
  }

  view(): LibraryView {
    return this.#view;
  }

  /** Grows with every change of the view. */
  number(): number {
    return this.#number;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Full path of a file of the library. Throws `package-unknown`, `package-name-invalid`. */
  filePath(fileName: string): string {
    checkLibraryFileName(fileName);
    this.#itemOf(fileName);
    return join(this.folder, fileName);
  }

  /** Throws `package-unknown`. */
  certList(fileName: string): LibraryCertList {
    const certList = Object.hasOwn(this.#view.certLists, fileName) ? this.#view.certLists[fileName] : undefined;
    if (!certList) throw unknownFile(fileName);
    return certList;
  }

  /** SHA-256 and size of the file as it is on disk now; what did not change since is not read again. Throws `package-unknown`. */
  async digestOf(fileName: string): Promise<{ readonly sha256: string; readonly fileBytes: number }> {
    const path = this.filePath(fileName);
    const { record } = this.#itemOf(fileName);
    try {
      const facts = await stat(path);
      if (isUnchanged(record, facts)) return record;
      return { sha256: await sha256OfFile(path), fileBytes: facts.size };
    } catch (error) {
      throw new PutError('file-unreadable', `${path}: ${reportOf(error).message}`, { fileName }, { cause: error });
    }
  }

  /** Header and scriptlets of a package of the library. Throws `package-unknown`. */
  packageFile(fileName: string): PackageFile {
    const file = this.#items.get(fileName)?.package?.file;
    if (!file) throw unknownFile(fileName);
    return file;
  }

  /** Files that a package brings; undefined for one that is not in the library. */
  filesOf(fileName: string): PackageFile['header']['files'] | undefined {
    return this.#items.get(fileName)?.package?.file.header.files;
  }

  /** Reads the folder anew: files may have been copied there by hand. */
  rescan(): Promise<void> {
    return this.#oneByOne(async () => {
      const index = await this.#index.read();
      const files = await this.#listFolder();
      const names = new Set(files.map(({ fileName }) => fileName));
      for (const known of [...this.#items.keys(), ...this.#problems.keys()]) {
        if (!names.has(known)) this.#forget(known);
      }
      for (const { fileName, path } of files) {
        let fileBytes = 0;
        try {
          const facts = await stat(path);
          if (!facts.isFile()) {
            this.#forget(fileName);
            continue;
          }
          fileBytes = facts.size;
          const item = await this.#judgeFound(fileName, path, facts, index.get(fileName));
          this.#forget(fileName);
          this.#items.set(fileName, item);
        } catch (error) {
          this.#forget(fileName);
          const { code, message } = reportOf(error);
          this.#problems.set(fileName, { fileName, code, message, fileBytes, path });
          this.#log.warn('a file of the package library cannot be used', { fileName, code, message });
        }
      }
      await this.#changed();
    });
  }

  /**
   * Takes an arrived file into the library under its name: reads it whole and checks what it is, waits until it is on disk, renames. An
   * older file of that name is replaced. Throws `rpm-invalid`, `package-not-installable`, `certlist-invalid` or `file-digest-mismatch`; the
   * arrived file then stays where it is and the library as it was.
   */
  async accept(fileName: string, arrivedPath: string, sha256: string, uploadedBy: string): Promise<void> {
    const judged = await this.#judge(fileName, arrivedPath, { uploadedBy, uploadedAtMs: this.#now() });
    const found = judged.record.sha256;
    if (found !== sha256) {
      throw new PutError(
        'file-digest-mismatch',
        `${fileName}: SHA-256 on disk is ${found.slice(0, 16)}..., announced was ${sha256.slice(0, 16)}...`,
        {
          name: fileName,
        },
      );
    }
    await this.#oneByOne(async () => {
      const path = join(this.folder, fileName);
      await syncPath(arrivedPath);
      await rename(arrivedPath, path);
      await syncPath(this.folder);
      const facts = await stat(path);
      this.#forget(fileName);
      this.#items.set(fileName, { ...judged, record: { ...judged.record, ...markOf(facts) } });
      await this.#changed();
    });
  }

  /**
   * Removes a file from the library: the one with this digest, or without one a file that cannot be used.
   * Throws `already-done` where that one is gone, and `package-unknown` where nothing says which one is meant.
   */
  remove(fileName: string, sha256?: string): Promise<void> {
    return this.#oneByOne(async () => {
      const problem = this.#problems.get(fileName);
      const record = this.#items.get(fileName)?.record;
      if (sha256 !== undefined && record?.sha256 !== sha256) {
        const now = record || problem ? 'another file has its name by now' : 'no file has its name any more';
        throw new PutError('already-done', `${fileName} was removed or replaced before: ${now}`, { fileName });
      }
      if (sha256 === undefined && record) {
        throw new PutError('package-unknown', `say which ${fileName} to remove: its SHA-256 is missing`, { fileName });
      }
      if (!record && !problem) throw unknownFile(fileName);
      await rm(problem?.path ?? join(this.folder, fileName), { force: true });
      this.#forget(fileName);
      await this.#changed();
    });
  }

  /** Bytes that the library's file system has free, read now. */
  async readFreeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.folder);
    return bavail * bsize;
  }

  /** Everything in the folder that may be a file of the library. */
  async #listFolder(): Promise<FolderFile[]> {
    const files: FolderFile[] = [];
    for (const item of await readdir(this.folder, { withFileTypes: true, encoding: 'buffer' })) {
      if (!item.isFile() && !item.isSymbolicLink()) continue;
      const name = item.name.toString('utf8');
      const isText = Buffer.from(name, 'utf8').equals(item.name);
      if (!isText) {
        const path = Buffer.concat([Buffer.from(`${this.folder}/`, 'utf8'), item.name]);
        files.push({ fileName: shownName(item.name), path });
      } else if (name !== INDEX_NAME && !/\.(part|new)$/.test(name)) {
        files.push({ fileName: name, path: join(this.folder, name) });
      }
    }
    return files.sort((a, b) => (a.fileName < b.fileName ? -1 : 1));
  }

  /** A file that was there: what the index says of it holds only where the file is the same as then. */
  async #judgeFound(
    fileName: string,
    path: string | Buffer,
    facts: Stats,
    known: FileRecord | undefined,
  ): Promise<LibraryItem> {
    if (typeof path !== 'string') throw new PutError('package-name-invalid', `${fileName}: the name is not UTF-8`);
    const kind = checkLibraryFileName(fileName);
    const place = join(this.folder, fileName);
    if (known && isUnchanged(known, facts)) {
      if (kind === 'certlist') return { record: known, certList: await readCertListFile(place, fileName) };
      return itemOfPackage(fileName, await readPackageHead(place), known);
    }
    const item = await this.#judge(fileName, place, {
      uploadedBy: LOCAL_UPLOADER,
      uploadedAtMs: Math.floor(facts.mtimeMs),
    });
    // The same bytes, only stored anew (a restored backup, an index that did not say enough): they are still who sent them.
    const same = known?.sha256 === item.record.sha256;
    return same ? withRecord(fileName, item, { ...known, ...markOf(facts) }) : item;
  }

  /** Reads a file whole. Throws where it is none for the library. */
  async #judge(
    fileName: string,
    path: string,
    who: Pick<FileRecord, 'uploadedBy' | 'uploadedAtMs'>,
  ): Promise<LibraryItem> {
    const kind = checkLibraryFileName(fileName);
    const mark = markOf(await stat(path));
    if (kind === 'certlist') {
      const certList = await readCertListFile(path, fileName);
      return { certList, record: { sha256: await sha256OfFile(path), ...mark, ...who } };
    }
    const { header, fileBytes, scripts, sha256 } = await checkPackageFile(path);
    return itemOfPackage(fileName, { header, fileBytes, scripts }, { sha256, ...mark, ...who });
  }

  #itemOf(fileName: string): LibraryItem {
    const item = this.#items.get(fileName);
    if (!item) throw unknownFile(fileName);
    return item;
  }

  #forget(fileName: string): void {
    this.#items.delete(fileName);
    this.#problems.delete(fileName);
  }

  /** The view anew from what is there; nothing in it is judged here. */
  async #changed(): Promise<void> {
    const freeBytes = await this.readFreeBytes().catch(() => this.#view.freeBytes);
    const before = this.#view;
    const packages: Record<string, LibraryPackage> = {};
    for (const [fileName, { package: one }] of this.#items) {
      if (!one) continue;
      const old = before.packages[fileName];
      const same =
        old?.sha256 === one.view.sha256 &&
        old.uploadedBy === one.view.uploadedBy &&
        old.uploadedAtMs === one.view.uploadedAtMs;
      packages[fileName] = same ? old : one.view;
    }
    const all = Object.values(packages);
    const certLists: Record<string, LibraryCertList> = {};
    for (const [fileName, { certList, record }] of this.#items) {
      if (!certList) continue;
      const missing = missingFromLibrary(certList, all);
      const old = before.certLists[fileName];
      const { sha256 } = record;
      const same = old?.entries === certList.entries && old.sha256 === sha256 && old.missing.join() === missing.join();
      certLists[fileName] = same ? old : { ...certList, fileName, sha256, missing };
    }
    const problems: Record<string, LibraryProblem> = {};
    for (const [name, { fileName, code, message, fileBytes }] of this.#problems)
      problems[name] = { fileName, code, message, fileBytes };
    this.#view = { packages, certLists, problems, freeBytes };
    this.#number++;
    for (const listener of this.#listeners) listener();
    await this.#index.write(new Map([...this.#items].map(([name, { record }]) => [name, record])));
  }

  /** One change of the library at a time. */
  #oneByOne<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#changes.then(work, work);
    this.#changes = result.catch(() => undefined);
    return result;
  }
}

function unknownFile(fileName: string): PutError {
  return new PutError('package-unknown', `${fileName} is not in the package library`, { fileName });
}

const markOf = ({
  size,
  mtimeMs,
  ctimeMs,
  ino,
}: Stats): Pick<FileRecord, 'fileBytes' | 'modifiedMs' | 'changedMs' | 'inode'> => ({
  fileBytes: size,
  modifiedMs: mtimeMs,
  changedMs: ctimeMs,
  inode: ino,
});

function itemOfPackage(fileName: string, file: PackageFile, record: FileRecord): LibraryItem {
  const { sha256, fileBytes, uploadedBy, uploadedAtMs } = record;
  const view = libraryPackageOf(file.header, { fileName, sha256, fileBytes, uploadedBy, uploadedAtMs });
  return { record, package: { file, view } };
}

const withRecord = (fileName: string, item: LibraryItem, record: FileRecord): LibraryItem =>
  item.package ? itemOfPackage(fileName, item.package.file, record) : { ...item, record };

/** A name that is not UTF-8, as a person can read and type it. */
function shownName(name: Uint8Array): string {
  let text = '';
  for (const byte of name)
    text +=
      byte >= 32 && byte < 127 && byte !== 92 ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`;
  return text;
}

async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
