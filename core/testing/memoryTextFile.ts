import type { TextFile } from '../workbench/systemsStore.ts';

/** A text file in memory; `text` is what stands in it. */
export function memoryTextFile(text?: string, path = '/data/systems.json'): TextFile & { text: string | undefined } {
  const file = {
    path,
    text,
    read: () => Promise.resolve(file.text),
    write: (next: string) => {
      file.text = next;
      return Promise.resolve();
    },
    update: async (change: (text: string | undefined) => string | undefined) => {
      file.text = change(file.text) ?? file.text;
    },
  };
  return file;
}
