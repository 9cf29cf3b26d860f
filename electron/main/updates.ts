import type { MessageBoxOptions } from 'electron';
import { reportOf } from '../../core/protocol/errors.ts';
import type { TextFile } from '../../core/workbench/systemsStore.ts';
import { serveUpdateFolder } from './updateFolder.ts';
import {
  parseUpdateSource,
  readUpdateSource,
  updateSourceText,
  writeUpdateSource,
  type UpdateSource,
} from './updateSource.ts';

/** The program that reads a source, brings a version and puts it in place. */
export interface Updater {
  /** The newer version at an address, or undefined. Rejects where the source cannot be read. */
  look(url: string): Promise<string | undefined>;
  /** Brings the version that was found; its digest is checked. */
  bring(onPercent: (percent: number) => void): Promise<void>;
  /** Ends the program and starts the new version. */
  install(): void;
}

export interface UpdatePlaces {
  readonly settings: TextFile;
  readonly version: string;
  /** Undefined where this build cannot replace itself: a folder that was unpacked by hand, or sources. */
  readonly updater: () => Promise<Updater | undefined>;
  /** Index of the button pressed; `cancelId` where the box was closed. */
  readonly ask: (box: MessageBoxOptions) => Promise<number>;
  readonly chooseFolder: () => Promise<string | undefined>;
  readonly showPercent: (percent: number | undefined) => void;
  readonly tell: (message: string) => void;
}

const OFF =
  'Nothing is looked for by itself, and no server is asked. Choose the folder that has newer versions: a share, or a memory stick.';

/** The conversation behind *Help, Updates*: source, look, bring, install; every step on a person's word. */
export async function talkAboutUpdates(places: UpdatePlaces): Promise<void> {
  try {
    const source = await readUpdateSource(places.settings).catch(async (error: unknown) => {
      await say(places, 'The source of updates is not usable', reportOf(error).message);
      return undefined;
    });
    if (source) await withSource(places, source);
    else await withoutSource(places);
  } catch (error) {
    places.tell(`updates: ${reportOf(error).message}`);
    await say(
      places,
      'The update did not come',
      `${reportOf(error).message} Nothing was changed; this version goes on.`,
    );
  } finally {
    places.showPercent(undefined);
  }
}

async function withoutSource(places: UpdatePlaces): Promise<void> {
  const pressed = await places.ask({
    ...{ type: 'info', title: 'Updates', message: 'Updates are off', detail: OFF },
    ...{ buttons: ['Choose Folder…', 'Close'], defaultId: 1, cancelId: 1, noLink: true },
  });
  if (pressed === 0) await changeFolder(places);
}

async function changeFolder(places: UpdatePlaces): Promise<void> {
  const folder = await places.chooseFolder();
  if (folder === undefined) return;
  const source = parseUpdateSource(folder);
  await writeUpdateSource(places.settings, source);
  await lookAndBring(places, source);
}

async function withSource(places: UpdatePlaces, source: UpdateSource): Promise<void> {
  const pressed = await places.ask({
    ...{ type: 'info', title: 'Updates', message: `This is version ${places.version}` },
    detail: `Newer versions are looked for in ${updateSourceText(source)}, when you ask for it.`,
    ...{ buttons: ['Look Now', 'Choose Folder…', 'Switch Off', 'Close'], defaultId: 0, cancelId: 3, noLink: true },
  });
  if (pressed === 0) await lookAndBring(places, source);
  else if (pressed === 1) await changeFolder(places);
  else if (pressed === 2) await writeUpdateSource(places.settings, undefined);
}

async function lookAndBring(places: UpdatePlaces, source: UpdateSource): Promise<void> {
  const updater = await places.updater();
  if (!updater) {
    await say(
      places,
      'This copy cannot replace itself',
      `It was not put here by an installer. Newer versions are in ${updateSourceText(source)}; install one by hand.`,
    );
    return;
  }
  const served = 'folder' in source ? await serveUpdateFolder(source.folder) : undefined;
  try {
    const found = await updater.look(served?.url ?? updateSourceText(source));
    if (found === undefined) {
      await say(
        places,
        'There is no newer version',
        `${updateSourceText(source)} has none; this is ${places.version}.`,
      );
      return;
    }
    const take = await places.ask({
      ...{ type: 'question', title: 'Updates', message: `Version ${found} is there` },
      detail: `This is ${places.version}. It is brought and checked now; nothing is installed before you say so.`,
      ...{ buttons: ['Bring It', 'Not Now'], defaultId: 0, cancelId: 1, noLink: true },
    });
    if (take !== 0) return;
    await updater.bring(places.showPercent);
    places.tell(`updates: version ${found} was brought`);
    const install = await places.ask({
      ...{ type: 'question', title: 'Updates', message: `Install version ${found}?` },
      detail:
        'PUT Desktop ends and starts again. Jobs go on at the master meanwhile; an upload goes on after the start.',
      ...{ buttons: ['Install and Restart', 'Not Now'], defaultId: 1, cancelId: 1, noLink: true },
    });
    if (install === 0) updater.install();
  } finally {
    served?.close();
  }
}

async function say(places: UpdatePlaces, message: string, detail: string): Promise<void> {
  await places.ask({ type: 'info', title: 'Updates', message, detail, buttons: ['Close'], defaultId: 0, cancelId: 0 });
}
