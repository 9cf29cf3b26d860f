import type {
  BridgeAnswer,
  BridgeMethodName,
  BridgeParams,
  BridgePush,
  BridgeResult,
} from '../../core/workbench/bridge.ts';

export type {
  BridgeAnswer,
  BridgeMethodName,
  BridgeParams,
  BridgePush,
  BridgeResult,
  PassedThrough,
  ShownTopic,
} from '../../core/workbench/bridge.ts';
export type * from '../../core/workbench/state.ts';
export type { ErrorReport } from '../../core/protocol/errors.ts';
export type { MethodParams, MethodResult } from '../../core/protocol/methods.ts';

/** Electron IPC channels; one asks, one tells, one hands over files that were dropped. */
export interface IpcChannels {
  readonly invoke: 'bridge:invoke';
  readonly push: 'bridge:push';
  readonly dropped: 'bridge:dropped';
}

/** What a window has: exposed by the preload as `window.putBridge`, or made over a WebSocket in a browser. */
export interface WindowBridge {
  invoke<M extends BridgeMethodName>(method: M, params: BridgeParams<M>): Promise<BridgeAnswer<BridgeResult<M>>>;
  /** Calls back on every push; returns its own remover. */
  subscribe(listener: (push: BridgePush) => void): () => void;
  /**
   * Files that were dropped on the window, where it has paths of them: those come from the operating system, and no page can name
   * one. Absent in a browser.
   */
  readonly dropFiles?: ((files: readonly File[]) => Promise<BridgeAnswer<BridgeResult<'files.inspect'>>>) | undefined;
}

declare global {
  interface Window {
    readonly putBridge?: WindowBridge;
  }
}
