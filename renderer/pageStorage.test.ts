import { expect, it } from 'vitest';
import type { WindowBridge } from '../electron/contract/bridge.ts';
import { openMainStorage } from './pageStorage.ts';

/** A main process that kept some texts, and what it is asked. */
function mainWith(texts: Record<string, string>) {
  const asked: unknown[] = [];
  const invoke = ((method: string, params: object) => {
    asked.push([method, params]);
    return Promise.resolve({ ok: true, value: method === 'app.keptTexts' ? { texts } : {} });
  }) as WindowBridge['invoke'];
  return { asked, bridge: { invoke } };
}

it('has what was kept, and hands on what changes, once', async () => {
  const { asked, bridge } = mainWith({ view: 'dark' });
  const storage = await openMainStorage(bridge);
  expect([storage.length, storage.key(0), storage.key(1), storage.getItem('view')]).toEqual([1, 'view', null, 'dark']);
  storage.setItem('view', 'dark');
  storage.setItem('draft', 'begun');
  storage.removeItem('draft');
  storage.removeItem('draft');
  expect(storage.getItem('draft')).toBeNull();
  expect(asked.slice(1)).toEqual([
    ['app.keepText', { key: 'draft', text: 'begun' }],
    ['app.keepText', { key: 'draft', text: undefined }],
  ]);
});

it('begins empty where nothing can be read, and has what is chosen as long as the page lives', async () => {
  const invoke: WindowBridge['invoke'] = () => Promise.reject(new Error('the main process ends'));
  const storage = await openMainStorage({ invoke });
  storage.setItem('view', 'dark');
  expect(storage.getItem('view')).toBe('dark');
});
