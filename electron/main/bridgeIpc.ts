import { isAbsolute } from 'node:path';
import type { IpcMain, IpcMainInvokeEvent, WebContents } from 'electron';
import type { ErrorCode } from '../../core/protocol/errorCatalogue.ts';
import { advisedReport, PutError } from '../../core/protocol/errors.ts';
import type { Workbench, WorkbenchWindow } from '../../core/workbench/Workbench.ts';
import type { BridgeAnswer } from '../contract/bridge.ts';
import { IPC } from '../contract/channels.ts';
import { isOwnAddress } from './origin.ts';

/** As many as one question about files may name. */
const DROPPED_AT_ONCE = 200;

/** Who may ask: the main frame of a window of ours, showing a page of ours. */
export function isTrustedSender(
  event: Pick<IpcMainInvokeEvent, 'sender' | 'senderFrame'>,
  windows: readonly Pick<WebContents, 'id'>[],
): boolean {
  const frame = event.senderFrame;
  if (frame === null || frame.parent !== null || !isOwnAddress(frame.url)) return false;
  return windows.some((contents) => contents.id === event.sender.id);
}

function refused(message: string, because: ErrorCode = 'bridge-refused'): BridgeAnswer {
  return { ok: false, error: advisedReport(new PutError(because, message)) };
}

/**
 * Carries the bridge over IPC: questions to the workbench, which checks every argument against its schema, and its pushes to
 * every window. Answers a remover.
 */
export function carryBridge(
  ipcMain: IpcMain,
  workbench: Workbench,
  windows: () => readonly WebContents[],
  tell: (message: string) => void,
): () => void {
  const ends = new Map<WebContents, WorkbenchWindow>();
  /** The end of the page that a window shows now: another page, or none after a crash, has nothing of what this one watched. */
  const endOf = (contents: WebContents): WorkbenchWindow => {
    const known = ends.get(contents);
    if (known) return known;
    const end = workbench.openWindow();
    const gone = (): void => {
      contents.off('destroyed', gone).off('render-process-gone', gone).off('did-navigate', gone);
      ends.delete(contents);
      end.close();
    };
    ends.set(contents, end);
    contents.once('destroyed', gone).once('render-process-gone', gone).once('did-navigate', gone);
    return end;
  };
  ipcMain.handle(IPC.invoke, async (event, ...args: unknown[]): Promise<BridgeAnswer> => {
    if (!isTrustedSender(event, windows())) {
      const message = `a page that is not ours asked: ${event.senderFrame?.url ?? 'a frame that is gone'}`;
      tell(message);
      return refused(message);
    }
    const [method, params] = args;
    if (typeof method !== 'string' || args.length !== 2) return refused('a call needs a method and its params');
    return await endOf(event.sender).invoke(method, params);
  });
  ipcMain.handle(IPC.dropped, async (event, ...args: unknown[]): Promise<BridgeAnswer> => {
    if (!isTrustedSender(event, windows())) return refused('a page that is not ours handed over files');
    const [paths] = args;
    const dropped = Array.isArray(paths) && args.length === 1 ? (paths as unknown[]) : [];
    const usable = dropped.filter((path): path is string => typeof path === 'string' && isAbsolute(path));
    if (dropped.length > DROPPED_AT_ONCE) {
      const many = `${dropped.length} files were dropped, and at most ${DROPPED_AT_ONCE} are taken at once`;
      return refused(`${many}: drop them in parts`, 'input-invalid');
    }
    // What another program holds, such as a picture of a web page, is no file of a folder and has no path.
    if (dropped.includes(''))
      return refused('what was dropped is no file of this machine: save it in a folder first', 'file-unreadable');
    if (usable.length === 0 || usable.length !== dropped.length)
      return refused('files are dropped by their paths on this machine');
    return await workbench.dropped(usable);
  });
  const stopPushes = workbench.subscribe((push) => {
    for (const contents of windows()) if (!contents.isDestroyed()) contents.send(IPC.push, push);
  });
  return () => {
    stopPushes();
    for (const end of ends.values()) end.close();
    ipcMain.removeHandler(IPC.invoke);
    ipcMain.removeHandler(IPC.dropped);
  };
}
