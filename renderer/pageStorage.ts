import type { WindowBridge } from '../electron/contract/bridge.ts';

/** What keeps texts of a page between starts: the browser's storage, or the desktop's. */
export type PageStorage = Pick<Storage, 'length' | 'key' | 'getItem' | 'setItem' | 'removeItem'>;

/** What the desktop's main process keeps, which has it on the disk at once; the browser's own is written seconds later. Where it cannot be read it begins empty. */
export async function openMainStorage(bridge: Pick<WindowBridge, 'invoke'>): Promise<PageStorage> {
  const answer = await bridge.invoke('app.keptTexts', {}).catch(() => undefined);
  const texts = new Map(answer?.ok ? Object.entries(answer.value.texts) : []);
  // What cannot be written lives as long as the page, as in a full storage of a browser; the main process tells it.
  const keep = (key: string, text?: string): void =>
    void bridge.invoke('app.keepText', { key, text }).catch(() => undefined);
  return {
    get length() {
      return texts.size;
    },
    key: (index) => [...texts.keys()][index] ?? null,
    getItem: (key) => texts.get(key) ?? null,
    setItem(key, text) {
      if (texts.get(key) === text) return;
      texts.set(key, text);
      keep(key, text);
    },
    removeItem(key) {
      if (texts.delete(key)) keep(key);
    },
  };
}
