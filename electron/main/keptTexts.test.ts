import { expect, it } from 'vitest';
import { memoryTextFile } from '../../core/testing/memoryTextFile.ts';
import { createFakeClock } from '../../core/testing/fakeClock.ts';
import { createKeptTexts } from './keptTexts.ts';

const NOBODY = (): void => undefined;

it('what a page keeps is in the file at once, what comes meanwhile goes together, and the newest stands there', async () => {
  const file = memoryTextFile();
  let writes = 0;
  let go = (): void => undefined;
  const slow = {
    ...file,
    write: async (text: string) => {
      writes += 1;
      await new Promise<void>((resolve) => (go = resolve));
      await file.write(text);
    },
  };
  const kept = createKeptTexts(slow, NOBODY, createFakeClock());
  const first = kept.keepText('view', 'a');
  await kept.keptTexts();
  await Promise.resolve();
  const later = ['b', 'c', 'd'].map((text) => kept.keepText('view', text));
  const gone = kept.keepText('draft', undefined);
  go();
  await first;
  expect(file.text).toContain('"view":"a"');
  await new Promise((done) => setImmediate(done));
  go();
  await Promise.all([...later, gone]);
  expect(writes).toBe(2);
  expect(await createKeptTexts(memoryTextFile(file.text), NOBODY, createFakeClock()).keptTexts()).toEqual({
    view: 'd',
  });
});

it.each([
  ['{"version":1,"texts":{"view":"a","draft":7}}', { view: 'a' }],
  ['{"version":1,"te', undefined],
  ['{"version":2,"texts":{"view":"a"}}', undefined],
])('reads %s text by text, and keeps what it cannot read', async (text, found) => {
  const file = memoryTextFile(text);
  expect(await createKeptTexts(file, NOBODY, createFakeClock()).keptTexts()).toEqual(found ?? {});
  expect(file.asides).toEqual(found ? [] : [text]);
});

it('refuses more than a browser would keep, and has what it had', async () => {
  const kept = createKeptTexts(memoryTextFile(), NOBODY, createFakeClock());
  await kept.keepText('view', 'a');
  await expect(kept.keepText('large', 'x'.repeat(5_000_001))).rejects.toMatchObject({ code: 'bridge-refused' });
  for (let index = 1; index < 200; index += 1) await kept.keepText(`draft ${index}`, 'x');
  await expect(kept.keepText('one more', 'x')).rejects.toMatchObject({ code: 'bridge-refused' });
  expect(await kept.keptTexts()).toMatchObject({ view: 'a' });
});

it('a full disk is told once; it is tried again by itself, ever more seldom, and told when it is well again', async () => {
  const file = memoryTextFile();
  const clock = createFakeClock();
  let full = true;
  let tries = 0;
  const write = (text: string): Promise<void> => {
    tries += 1;
    return full ? Promise.reject(new Error('ENOSPC: no space left on device')) : file.write(text);
  };
  const log: string[] = [];
  const told: (string | undefined)[] = [];
  const kept = createKeptTexts({ ...file, write }, (line) => log.push(line), clock);
  kept.onNotKept((why) => told.push(why));
  await expect(kept.keepText('view', 'a')).rejects.toThrow('ENOSPC');
  await expect(kept.keepText('draft', 'b')).rejects.toThrow('ENOSPC');
  await clock.advance(3_600_000);
  expect(tries).toBeGreaterThan(10);
  expect(tries).toBeLessThan(25);
  expect(told).toEqual(['ENOSPC: no space left on device']);
  expect(log).toHaveLength(1);
  full = false;
  await clock.advance(300_000);
  expect(told).toEqual(['ENOSPC: no space left on device', undefined]);
  expect(JSON.parse(file.text ?? '')).toMatchObject({ texts: { view: 'a', draft: 'b' } });
  const written = tries;
  await clock.advance(3_600_000);
  expect([tries, clock.openTimers]).toEqual([written, 0]);
});
