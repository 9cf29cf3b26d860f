import { contextBridge, ipcRenderer, webUtils, type IpcRendererEvent } from 'electron';
import type { BridgePush, WindowBridge } from '../contract/bridge.ts';
import { IPC } from '../contract/channels.ts';

/** All that a window gets: one question, one subscription, files that were dropped. Nothing of Electron or Node passes through. */
const bridge: WindowBridge = {
  invoke: (method, params) => ipcRenderer.invoke(IPC.invoke, method, params),
  subscribe(listener) {
    const forward = (_event: IpcRendererEvent, push: BridgePush): void => listener(push);
    ipcRenderer.on(IPC.push, forward);
    return () => ipcRenderer.removeListener(IPC.push, forward);
  },
  // A file that a page made itself has no path: it comes out empty and is refused.
  dropFiles: (files) =>
    ipcRenderer.invoke(
      IPC.dropped,
      files.map((file) => webUtils.getPathForFile(file)),
    ),
};

contextBridge.exposeInMainWorld('putBridge', bridge);
