import { contextBridge, ipcRenderer, type IpcRendererEvent } from 'electron';
import type { BridgePush, WindowBridge } from '../contract/bridge.ts';
import { IPC } from '../contract/channels.ts';

/** All that a window gets: one question, one subscription. Nothing of Electron or Node passes through. */
const bridge: WindowBridge = {
  invoke: (method, params) => ipcRenderer.invoke(IPC.invoke, method, params),
  subscribe(listener) {
    const forward = (_event: IpcRendererEvent, push: BridgePush): void => listener(push);
    ipcRenderer.on(IPC.push, forward);
    return () => ipcRenderer.removeListener(IPC.push, forward);
  },
};

contextBridge.exposeInMainWorld('putBridge', bridge);
