import { PutError } from '../protocol/errors.ts';
import { memoryTextFile } from './memoryTextFile.ts';
import type { WorkbenchPorts } from '../workbench/ports.ts';

/** What a workbench needs from outside beside clock and line: no keyring, no local files, and a list of systems in memory. */
export function bareWorkbenchPorts(): Omit<WorkbenchPorts, 'clock' | 'dial'> {
  const unreadable = (): Promise<never> => Promise.reject(new PutError('file-unreadable', 'there are no local files'));
  return {
    app: {
      version: '0',
      platform: 'test',
      carrier: 'desktop',
      can: { systems: true, fileDialog: true, folders: false, samples: true },
    },
    random: Math.random,
    systemsFile: memoryTextFile(undefined, 'systems.json'),
    secrets: {
      available: false,
      get: () => Promise.resolve(undefined),
      set: () => Promise.resolve(),
      delete: () => Promise.resolve(),
    },
    clientSystem: 'laptop',
    localFiles: {
      choose: () => Promise.resolve([]),
      listFolder: unreadable,
      samples: () => Promise.resolve([]),
      inspect: () => Promise.resolve([]),
      saveText: () => Promise.resolve(undefined),
      open: unreadable,
    },
  };
}
