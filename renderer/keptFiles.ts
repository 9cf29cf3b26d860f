import { createStore, delMany, entries, setMany, type UseStore } from 'idb-keyval';
import type { BridgeParams } from '../electron/contract/bridge.ts';
import type { FileHandle } from './fileHandles.ts';

type Offered = BridgeParams<'files.offer'>['files'][number];

/** A file that a page of this browser offered. */
export interface KeptFile {
  readonly offered: Offered;
  /** Which page has it. */
  readonly page: string;
  /** Of the file when it was read whole: one with another time is another file. Milliseconds since 1970. */
  readonly lastModifiedMs: number;
  /** Absent where the browser keeps no files. */
  readonly handle?: FileHandle | undefined;
}

/** What the browser remembers of the files of all pages of this origin, over reloads and its own end. */
export interface KeptFiles {
  /** This page. */
  readonly page: string;
  keep(files: readonly KeptFile[]): Promise<void>;
  /** Files of pages that are gone for certain: closed, or loaded anew. */
  ofGonePages(): Promise<KeptFile[]>;
  forget(names: readonly string[]): Promise<void>;
}

const lockOf = (page: string): string => `put-page ${page}`;

/** Nobody holds the lock of a page that is gone: the browser lets it go with the page, whatever became of its line. */
function isGone(locks: LockManager, page: string): Promise<boolean> {
  return locks.request(lockOf(page), { ifAvailable: true }, (lock) => lock !== null);
}

/** In the IndexedDB of this origin; undefined where the browser has not got what it takes. A page is alive as long as it holds its lock. */
export function createKeptFiles(page: string): KeptFiles | undefined {
  const locks = (navigator as { locks?: LockManager }).locks;
  if (!locks || !('indexedDB' in globalThis)) return undefined;
  const alive = new Promise<void>((held) => {
    void locks
      .request(lockOf(page), () => {
        held();
        return new Promise<void>(() => {});
      })
      // Without its lock a page only seems to be gone, and others would take its files over: it keeps none.
      .catch(() => {});
  });
  let store: UseStore | undefined;
  const opened = (): UseStore => (store ??= createStore('put-page-files', 'files'));
  return {
    page,
    async keep(files) {
      await alive;
      await setMany(
        files.map((file) => [file.offered.file, file]),
        opened(),
      );
    },
    async ofGonePages() {
      const all = (await entries<string, KeptFile>(opened())).map(([, file]) => file);
      const pages = [...new Set(all.map((file) => file.page))].filter((one) => one !== page);
      const gone = await Promise.all(pages.map(async (one) => ((await isGone(locks, one)) ? one : '')));
      return all.filter((file) => gone.includes(file.page));
    },
    forget: (names) => delMany([...names], opened()),
  };
}
