import type { TextFile } from '../workbench/systemsStore.ts';

interface MemoryTextFile extends TextFile {
  /** What stands in it. */
  text: string | undefined;
  /** What was set aside. */
  readonly asides: string[];
}

/** A text file in memory. */
export function memoryTextFile(text?: string, path = '/data/systems.json'): MemoryTextFile {
  const file: MemoryTextFile = {
    path,
    text,
    asides: [],
    read: () => Promise.resolve(file.text),
    write: (next: string) => {
      file.text = next;
      return Promise.resolve();
    },
    update: async (change: (text: string | undefined) => string | undefined) => {
      file.text = change(file.text) ?? file.text;
    },
    setAside: async (isDamaged) => {
      if (file.text === undefined || !isDamaged(file.text)) return undefined;
      file.asides.push(file.text);
      file.text = undefined;
      return `${path}.damaged-${file.asides.length}`;
    },
  };
  return file;
}
