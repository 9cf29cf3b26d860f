import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MessageBoxOptions } from 'electron';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { textFile } from '../../core/node/textFile.ts';
import { talkAboutUpdates, type Updater, type UpdatePlaces } from './updates.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'put-updates-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A person who presses the named buttons, in this order, and closes every other box. */
function talk(presses: readonly string[], more: Partial<UpdatePlaces> = {}) {
  const boxes: MessageBoxOptions[] = [];
  const left = [...presses];
  const done: string[] = [];
  const updater: Updater = {
    look: async (url) => {
      done.push(`look ${new URL(url).hostname}`);
      const answer = await fetch(`${url}latest.yml`);
      return answer.ok ? (await answer.text()).trim() : undefined;
    },
    bring: async (onPercent) => {
      onPercent(50);
      done.push('bring');
    },
    install: () => done.push('install'),
  };
  const places: UpdatePlaces = {
    settings: textFile(join(folder, 'updates.json')),
    version: '0.1.0',
    updater: async () => updater,
    ask: async (box) => {
      boxes.push(box);
      const at = (box.buttons ?? []).indexOf(left[0] ?? '');
      if (at >= 0) left.shift();
      return at >= 0 ? at : (box.cancelId ?? 0);
    },
    chooseFolder: async () => folder,
    showPercent: (percent) => void done.push(`percent ${percent ?? 'none'}`),
    tell: () => undefined,
    ...more,
  };
  return { run: () => talkAboutUpdates(places), said: () => boxes.map(({ message }) => message), boxes, done };
}

describe('updates', () => {
  it('are off at first: nothing is looked for, nothing is written', async () => {
    const { run, said, done } = talk([]);
    await run();
    expect(said()).toEqual(['Updates are off']);
    expect(done).toEqual(['percent none']);
    expect(await textFile(join(folder, 'updates.json')).read()).toBeUndefined();
  });

  it('come from a folder on the word of a person, and each step asks', async () => {
    writeFileSync(join(folder, 'latest.yml'), '0.2.0\n');
    const { run, said, done } = talk(['Choose Folder…', 'Bring It', 'Install and Restart']);
    await run();
    expect(said()).toEqual(['Updates are off', 'Version 0.2.0 is there', 'Install version 0.2.0?']);
    expect(done).toEqual(['look 127.0.0.1', 'percent 50', 'bring', 'install', 'percent none']);

    const again = talk(['Look Now', 'Not Now']);
    await again.run();
    expect(again.said()).toEqual(['This is version 0.1.0', 'Version 0.2.0 is there']);
    expect(again.boxes[0]?.detail).toContain(folder);
    expect(again.done).toEqual(['look 127.0.0.1', 'percent none']);

    await talk(['Switch Off']).run();
    const off = talk([]);
    await off.run();
    expect(off.said()).toEqual(['Updates are off']);
  });

  it('says when there is none, when it fails, and when this copy cannot replace itself', async () => {
    const none = talk(['Choose Folder…']);
    await none.run();
    expect(none.said().at(-1)).toBe('There is no newer version');

    const gone = talk(['Choose Folder…'], { chooseFolder: async () => join(folder, 'gone') });
    await gone.run();
    expect(gone.said().at(-1)).toBe('The update did not come');
    expect(gone.boxes.at(-1)?.detail).toContain('Nothing was changed');

    const unpacked = talk(['Look Now'], { updater: async () => undefined });
    await unpacked.run();
    expect(unpacked.said().at(-1)).toBe('This copy cannot replace itself');
  });

  it.each([
    ['{"version":1,"from":"http://updates.site/"}', 'must begin with https://'],
    ['{"version":1,"from":"https://anna:secret@updates.site/"}', 'no user name'],
    ['{"version":1,"from":"updates"}', 'neither an absolute folder nor an address'],
    ['{"version":2}', 'cannot be read'],
  ])('names a source that must not be: %s', async (text, detail) => {
    await textFile(join(folder, 'updates.json')).write(text);
    const { run, boxes, said } = talk([]);
    await run();
    expect(said()).toEqual(['The source of updates is not usable', 'Updates are off']);
    expect(boxes[0]?.detail).toContain(detail);
  });
});
