import { LIBRARY_FILE_ENDINGS } from '../core/model/libraryFileName.ts';

/**
 * What the File System Access API gives of a file (Chromium has it): unlike a `File` it can be stored by the browser, so that
 * a page that is loaded anew reads on in the same file.
 */
export interface FileHandle {
  readonly kind: string;
  getFile(): Promise<File>;
  queryPermission(access: { mode: 'read' }): Promise<PermissionState>;
  /** Asks the person; only within a click. */
  requestPermission(access: { mode: 'read' }): Promise<PermissionState>;
}

interface Picker {
  readonly showOpenFilePicker?: (options: object) => Promise<FileHandle[]>;
}

const handles = new WeakMap<File, Promise<FileHandle | undefined>>();

/** The handle of a file that was chosen or dropped here; undefined where the browser has none. */
export function handleOf(file: File): Promise<FileHandle | undefined> {
  return handles.get(file) ?? Promise.resolve(undefined);
}

/** The files of a drop, with their handles where the browser gives them; these can be asked for only within the event. */
export function filesOfDrop(transfer: DataTransfer): File[] {
  return [...transfer.items].flatMap((item) => {
    const file = item.getAsFile();
    if (!file) return [];
    const asked = (item as { getAsFileSystemHandle?(): Promise<FileHandle | null> }).getAsFileSystemHandle?.();
    if (asked)
      handles.set(
        file,
        asked.then((handle) => (handle?.kind === 'file' ? handle : undefined)).catch(() => undefined),
      );
    return [file];
  });
}

/**
 * Lets the person choose files for the library by the chooser that gives handles; undefined where the browser has no such
 * chooser or does not open it, none when it was closed.
 */
export async function chooseByHandle(place: object, description: string): Promise<File[] | undefined> {
  const { showOpenFilePicker } = place as Picker;
  if (!showOpenFilePicker) return undefined;
  try {
    const chosen = await showOpenFilePicker.call(place, {
      id: 'put-library',
      multiple: true,
      types: [{ description, accept: { 'application/x-rpm': [...LIBRARY_FILE_ENDINGS] } }],
    });
    return await Promise.all(
      chosen.map(async (handle) => {
        const file = await handle.getFile();
        handles.set(file, Promise.resolve(handle));
        return file;
      }),
    );
  } catch (error) {
    return error instanceof Error && error.name === 'AbortError' ? [] : undefined;
  }
}
