import { expect, it } from 'vitest';
import type { TextFile } from '../../core/workbench/systemsStore.ts';
import { createOwnSettings } from './ownSettings.ts';

function fileWith(text?: string): TextFile & { text: string | undefined } {
  return {
    text,
    path: '/data/settings.json',
    read() {
      return Promise.resolve(this.text);
    },
    write(next) {
      this.text = next;
      return Promise.resolve();
    },
    update: () => Promise.reject(new Error('not asked for')),
  };
}

it('people are called at first, until the switch is off; a damaged file calls them, and is told', async () => {
  const settings = fileWith();
  const updates = fileWith('{"version":1,"from":"/mnt/stick"}');
  const told: string[] = [];
  const own = createOwnSettings({
    settings,
    updates,
    kept: fileWith(),
    talkAboutUpdates: () => Promise.resolve(),
    tell: (line) => told.push(line),
  });
  expect(await own.read()).toEqual({ notifications: true, updatesFrom: '/mnt/stick' });
  await own.setNotifications(false);
  updates.text = undefined;
  expect(await own.read()).toEqual({ notifications: false });
  settings.text = '{"version":1';
  expect(await own.read()).toEqual({ notifications: true });
  expect(told.join()).toContain('/data/settings.json cannot be read');
});
