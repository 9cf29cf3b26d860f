import type { Carrier } from '../bridge.ts';
import { PAGE_CANNOT, type Asking } from './asking.ts';
import type { PageUploads } from './pageUploads.ts';
import type { AppStore } from './store.ts';

/** Files of this client system, uploads, and the library of the master. */
export function createFileActions(
  { getState: get }: AppStore,
  carrier: Carrier,
  { run, invoke, askMaster }: Asking,
  uploads: PageUploads,
) {
  return {
    chooseFiles: () => invoke('files', 'files.choose', {}),
    listFolder: (folder: string | undefined) => invoke('folder', 'files.listFolder', folder ? { folder } : {}),
    samplePackages: () => invoke('files', 'files.samples', {}),
    inspectFiles: (handles: string[]) => invoke('files', 'files.inspect', { handles }),
    /** Reads files that were chosen in this page or dropped on it; absent where it cannot. */
    takeFiles:
      (carrier.files ?? carrier.dropFiles) &&
      ((files: readonly File[]) =>
        run('files', async () =>
          carrier.dropFiles ? carrier.dropFiles(files) : (carrier.files?.take(files) ?? PAGE_CANNOT),
        )),
    startUpload: uploads.start,
    /** Asks the person for files that the browser kept from a page that is gone, within a click. */
    goOnWithKeptFiles: () => uploads.goOnWithKept(),
    pauseUpload: (systemId: string, transferId: string) => invoke('upload', 'upload.pause', { systemId, transferId }),
    resumeUpload: (systemId: string, transferId: string) => invoke('upload', 'upload.resume', { systemId, transferId }),
    cancelUpload: (systemId: string, transferId: string) => invoke('upload', 'upload.cancel', { systemId, transferId }),
    setUploadCap: (systemId: string, bytesPerSecond: number | undefined) =>
      invoke('upload', 'upload.setCap', { systemId, bytesPerSecond }),
    clearUploads: (systemId: string) => invoke('upload', 'upload.clear', { systemId }),
    removeFile: (systemId: string, name: string) => {
      const library = get().picture?.systems[systemId]?.library;
      const sha256 = (library?.packages[name] ?? library?.certLists[name])?.sha256;
      return askMaster('library', systemId, 'file.remove', { name, ...(sha256 === undefined ? {} : { sha256 }) });
    },
  };
}
