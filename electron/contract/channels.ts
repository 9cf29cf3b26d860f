import type { IpcChannels } from './bridge.ts';

/** Names of the IPC channels, the same for main and preload. */
export const IPC: IpcChannels = { invoke: 'bridge:invoke', push: 'bridge:push', dropped: 'bridge:dropped' };
