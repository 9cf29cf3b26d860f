import { z } from 'zod';
import { reportOf } from '../../core/protocol/errors.ts';
import type { Clock } from '../../core/session/ports.ts';
import type { OwnSettingsPort } from '../../core/workbench/ports.ts';
import type { TextFile } from '../../core/workbench/systemsStore.ts';
import { createKeptTexts } from './keptTexts.ts';
import { readUpdateSource, updateSourceText } from './updateSource.ts';

const fileSchema = z.object({ version: z.literal(1), notifications: z.boolean() });

interface OwnSettingsPlaces {
  readonly settings: TextFile;
  readonly updates: TextFile;
  /** What pages keep. */
  readonly kept: TextFile;
  readonly talkAboutUpdates: () => Promise<void>;
  readonly tell: (message: string) => void;
  readonly clock: Pick<Clock, 'setTimer'>;
}

/** What a person sets of the desktop itself. A file that cannot be read counts as never written: people are called. */
export function createOwnSettings({
  settings,
  updates,
  kept,
  talkAboutUpdates,
  tell,
  clock,
}: OwnSettingsPlaces): OwnSettingsPort {
  const readNotifications = async (): Promise<boolean> => {
    try {
      const text = await settings.read();
      return text === undefined ? true : fileSchema.parse(JSON.parse(text)).notifications;
    } catch (error) {
      tell(`settings: ${settings.path} cannot be read: ${reportOf(error).message}`);
      return true;
    }
  };
  return {
    read: async () => {
      // A source that is not usable is told where updates are talked about.
      const source = await readUpdateSource(updates).catch(() => undefined);
      const notifications = await readNotifications();
      return source === undefined ? { notifications } : { notifications, updatesFrom: updateSourceText(source) };
    },
    setNotifications: (on) => settings.write(`${JSON.stringify({ version: 1, notifications: on })}\n`),
    talkAboutUpdates,
    ...createKeptTexts(kept, tell, clock),
  };
}
