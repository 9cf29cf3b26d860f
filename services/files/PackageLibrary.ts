import { mkdir, open, readdir, readFile, rename, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { missingFromLibrary } from '../../core/model/certList.ts';
import type { CertList, LibraryCertList, LibraryPackage, LibraryView } from '../../core/model/package.ts';
import { libraryPackageOf } from '../../core/model/rpmHeader.ts';
import { PutError, reportOf } from '../../core/protocol/errors.ts';
import type { Log } from '../service.ts';
import { readCertListFile } from './readCertListFile.ts';
import { checkLibraryFileName } from './libraryFileName.ts';
import { type PackageFile, readPackageFile, sha256OfFile } from '../../core/node/rpmFile.ts';

/** A file in the library's folder that cannot be used. */
export interface LibraryProblem {
  readonly fileName: string;
  readonly code: string;
  readonly message: string;
}

interface FileRecord {
  readonly sha256: string;
  readonly fileBytes: number;
  readonly modifiedMs: number;
  readonly uploadedBy: string;
  readonly uploadedAtMs: number;
}

const indexSchema = z.record(
  z.string(),
  z.object({
    sha256: z.string(),
    fileBytes: z.number(),
    modifiedMs: z.number(),
    uploadedBy: z.string(),
    uploadedAtMs: z.number(),
  }),
);

/** Who came with the file, where nobody uploaded it: it was put into the folder on the master. */
const LOCAL_UPLOADER = 'master';
const INDEX_NAME = 'index.json';
/** Ending of a file that is still arriving. */
export const PART_ENDING = '.part';

export interface PackageLibraryOptions {
  readonly folder: string;
  readonly log: Log;
  readonly now?: (() => number) | undefined;
}

/**
 * The packages and cert lists on the master, one folder. A file that cannot be used is left where it is, told in the log
 * and in `problems()`, and never stops the service.
 */
export class PackageLibrary {
  readonly folder: string;
  readonly #log: Log;
  readonly #now: () => number;
  readonly #listeners = new Set<() => void>();
  readonly #records = new Map<string, FileRecord>();
  readonly #packageFiles = new Map<string, PackageFile>();
  readonly #certLists = new Map<string, CertList>();
  readonly #problems = new Map<string, LibraryProblem>();
  #view: LibraryView = { packages: {}, certLists: {}, freeBytes: 0 };
  #number: number;
  #indexWrites: Promise<void> = Promise.resolve();

  private constructor(options: PackageLibraryOptions) {
    this.folder = options.folder;
    this.#log = options.log;
    this.#now = options.now ?? Date.now;
    // Begins at the clock, so that the number also grows over a restart.
    this.#number = this.#now();
  }

  /** Reads the folder; makes it when it is not there. */
  static async open(options: PackageLibraryOptions): Promise<PackageLibrary> {
    const library = new PackageLibrary(options);
    await mkdir(options.folder, { recursive: true, mode: 0o700 });
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

  /** Files of the folder that cannot be used, by name. */
  problems(): readonly LibraryProblem[] {
    return [...this.#problems.values()].sort((a, b) => (a.fileName < b.fileName ? -1 : 1));
  }

  /** Full path of a file of the library. Throws `package-unknown`, `package-name-invalid`. */
  filePath(fileName: string): string {
    checkLibraryFileName(fileName);
    if (!this.#records.has(fileName)) {
      throw new PutError('package-unknown', `${fileName} is not in the package library`, { fileName });
    }
    return join(this.folder, fileName);
  }

  /** Throws `package-unknown`. */
  certList(fileName: string): LibraryCertList {
    const certList = this.#view.certLists[fileName];
    if (!certList) throw new PutError('package-unknown', `${fileName} is not in the package library`, { fileName });
    return certList;
  }

  /** SHA-256 and size of the file as it is on disk now; what did not change since is not read again. Throws `package-unknown`. */
  async digestOf(fileName: string): Promise<{ readonly sha256: string; readonly fileBytes: number }> {
    const path = this.filePath(fileName);
    const record = this.#records.get(fileName);
    try {
      const { size, mtimeMs } = await stat(path);
      if (record && record.fileBytes === size && record.modifiedMs === mtimeMs) return record;
      return { sha256: await sha256OfFile(path), fileBytes: size };
    } catch (error) {
      throw new PutError('file-unreadable', `${path}: ${reportOf(error).message}`, { fileName }, { cause: error });
    }
  }

  /** Header and scriptlets of a package of the library. Throws `package-unknown`. */
  packageFile(fileName: string): PackageFile {
    const file = this.#packageFiles.get(fileName);
    if (!file) throw new PutError('package-unknown', `${fileName} is not in the package library`, { fileName });
    return file;
  }

  /** Reads the folder anew: files may have been copied there by hand. */
  async rescan(): Promise<void> {
    const index = await this.#readIndex();
    const names = (await readdir(this.folder, { withFileTypes: true }))
      .filter((item) => item.isFile() && item.name !== INDEX_NAME && !/\.(part|new)$/.test(item.name))
      .map((item) => item.name)
      .sort();
    for (const known of [...this.#records.keys(), ...this.#problems.keys()])
      if (!names.includes(known)) this.#forget(known);
    for (const name of names) {
      try {
        await this.#take(name, index[name]);
      } catch (error) {
        this.#forget(name);
        const { code, message } = reportOf(error);
        this.#problems.set(name, { fileName: name, code, message });
        this.#log.warn('a file of the package library cannot be used', { fileName: name, code, message });
      }
    }
    await this.#changed();
  }

  async #take(name: string, known: FileRecord | undefined): Promise<void> {
    const kind = checkLibraryFileName(name);
    const path = join(this.folder, name);
    const { size, mtimeMs } = await stat(path);
    if (kind === 'rpm') this.#packageFiles.set(name, await readPackageFile(path));
    else this.#certLists.set(name, await readCertListFile(path, name));
    const unchanged = known?.fileBytes === size && known.modifiedMs === mtimeMs;
    const record: FileRecord = unchanged
      ? known
      : {
          sha256: await sha256OfFile(path),
          fileBytes: size,
          modifiedMs: mtimeMs,
          uploadedBy: LOCAL_UPLOADER,
          uploadedAtMs: Math.floor(mtimeMs),
        };
    this.#records.set(name, record);
    this.#problems.delete(name);
  }

  /**
   * Takes an arrived file into the library under its name: checks what it is, waits until it is on disk, renames. An older
   * file of that name is replaced. Throws `rpm-invalid` or `certlist-invalid`; the arrived file then stays where it is.
   */
  async accept(fileName: string, arrivedPath: string, sha256: string, uploadedBy: string): Promise<void> {
    const kind = checkLibraryFileName(fileName);
    const packageFile = kind === 'rpm' ? await readPackageFile(arrivedPath) : undefined;
    const certList = kind === 'certlist' ? await readCertListFile(arrivedPath, fileName) : undefined;
    const path = join(this.folder, fileName);
    await syncFile(arrivedPath);
    await rename(arrivedPath, path);
    await syncFile(this.folder);
    const { size, mtimeMs } = await stat(path);
    this.#forget(fileName);
    if (packageFile) this.#packageFiles.set(fileName, packageFile);
    if (certList) this.#certLists.set(fileName, certList);
    this.#records.set(fileName, {
      sha256,
      fileBytes: size,
      modifiedMs: mtimeMs,
      uploadedBy,
      uploadedAtMs: this.#now(),
    });
    await this.#changed();
  }

  /**
   * Removes a file from the library: the one with this digest, or without one a file that cannot be used.
   * Throws `already-done` where that one is gone, and `package-unknown` where nothing says which one is meant.
   */
  async remove(fileName: string, sha256?: string): Promise<void> {
    checkLibraryFileName(fileName);
    const record = this.#records.get(fileName);
    if (sha256 !== undefined && record?.sha256 !== sha256) {
      const now = record ? 'another file has its name by now' : 'no file has its name any more';
      throw new PutError('already-done', `${fileName} was removed or replaced before: ${now}`, { fileName });
    }
    if (sha256 === undefined && record && !this.#problems.has(fileName)) {
      throw new PutError('package-unknown', `say which ${fileName} to remove: its SHA-256 is missing`, { fileName });
    }
    if (!this.#records.has(fileName) && !this.#problems.has(fileName)) {
      throw new PutError('package-unknown', `${fileName} is not in the package library`, { fileName });
    }
    await rm(join(this.folder, fileName), { force: true });
    this.#forget(fileName);
    await this.#changed();
  }

  /** Bytes that the library's file system has free, read now. */
  async readFreeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.folder);
    return bavail * bsize;
  }

  #forget(fileName: string): void {
    this.#records.delete(fileName);
    this.#packageFiles.delete(fileName);
    this.#certLists.delete(fileName);
    this.#problems.delete(fileName);
  }

  async #changed(): Promise<void> {
    // Read first: from here to the new view nothing may come between, or one of two changes would be lost.
    const freeBytes = await this.readFreeBytes();
    const before = this.#view;
    const packages: Record<string, LibraryPackage> = {};
    for (const [fileName, file] of this.#packageFiles) {
      const record = this.#records.get(fileName);
      if (!record) continue;
      const { sha256, fileBytes, uploadedBy, uploadedAtMs } = record;
      const old = before.packages[fileName];
      const same = old?.sha256 === sha256 && old.uploadedBy === uploadedBy && old.uploadedAtMs === uploadedAtMs;
      packages[fileName] = same
        ? old
        : libraryPackageOf(file.header, { fileName, sha256, fileBytes, uploadedBy, uploadedAtMs });
    }
    const all = Object.values(packages);
    const certLists: Record<string, LibraryCertList> = {};
    for (const [fileName, certList] of this.#certLists) {
      const missing = missingFromLibrary(certList, all);
      const old = before.certLists[fileName];
      const sha256 = this.#records.get(fileName)?.sha256;
      const same = old?.entries === certList.entries && old.sha256 === sha256 && old.missing.join() === missing.join();
      certLists[fileName] = same ? old : { ...certList, fileName, sha256, missing };
    }
    this.#view = { packages, certLists, freeBytes };
    this.#number++;
    for (const listener of this.#listeners) listener();
    await this.#writeIndex();
  }

  async #readIndex(): Promise<Readonly<Record<string, FileRecord>>> {
    try {
      return indexSchema.parse(JSON.parse(await readFile(join(this.folder, INDEX_NAME), 'utf8')));
    } catch {
      // Only a shortcut: without it the files are read and hashed again.
      return {};
    }
  }

  async #writeIndex(): Promise<void> {
    const path = join(this.folder, INDEX_NAME);
    this.#indexWrites = this.#indexWrites.then(async () => {
      try {
        const handle = await open(`${path}.new`, 'w', 0o600);
        try {
          await handle.writeFile(JSON.stringify(Object.fromEntries(this.#records)));
        } finally {
          await handle.close();
        }
        await rename(`${path}.new`, path);
      } catch (error) {
        this.#log.warn('the index of the package library was not written; the next start reads every file', {
          message: reportOf(error).message,
        });
      }
    });
    return this.#indexWrites;
  }
}

async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
