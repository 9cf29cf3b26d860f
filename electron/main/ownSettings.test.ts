import { expect, it } from 'vitest';
import { memoryTextFile } from '../../core/testing/memoryTextFile.ts';
import { createFakeClock } from '../../core/testing/fakeClock.ts';
import { createOwnSettings } from './ownSettings.ts';

it('people are called at first, until the switch is off; a damaged file calls them, and is told', async () => {
  const settings = memoryTextFile(undefined, '/data/settings.json');
  const updates = memoryTextFile('{"version":1,"from":"/mnt/stick"}');
  const told: string[] = [];
  const own = createOwnSettings({
    settings,
    updates,
    kept: memoryTextFile(),
    talkAboutUpdates: () => Promise.resolve(),
    tell: (line) => told.push(line),
    clock: createFakeClock(),
  });
  expect(await own.read()).toEqual({ notifications: true, updatesFrom: '/mnt/stick' });
  await own.setNotifications(false);
  updates.text = undefined;
  expect(await own.read()).toEqual({ notifications: false });
  settings.text = '{"version":1';
  expect(await own.read()).toEqual({ notifications: true });
  expect(told.join()).toContain('/data/settings.json cannot be read');
});
