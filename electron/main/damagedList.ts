import type { MessageBoxOptions } from 'electron';
import { PutError } from '../../core/protocol/errors.ts';
import { asideName } from '../../core/workbench/damagedFile.ts';

interface DamagedListPlaces {
  /** Settles with the number of the button. */
  readonly ask: (box: MessageBoxOptions) => Promise<number>;
  readonly rename: (from: string, to: string) => Promise<void>;
  readonly nowMs: () => number;
  readonly tell: (message: string) => void;
}

/**
 * Makes what needs the list of systems. Where the list cannot be read, a person chooses: it is set aside under another name and an empty one begun, since at
 * night a system that is added by hand is better than none; or the program ends and the file is mended. Nothing of it is overwritten either way. Answers
 * undefined where the person ends it; rejects with anything else that went wrong.
 */
export async function withReadableList<T>(make: () => Promise<T>, places: DamagedListPlaces): Promise<T | undefined> {
  try {
    return await make();
  } catch (error) {
    const path = error instanceof PutError && error.code === 'config-unreadable' ? error.details['path'] : undefined;
    if (!(error instanceof PutError) || typeof path !== 'string') throw error;
    places.tell(`start: ${error.message}`);
    const aside = asideName(path, places.nowMs());
    const pressed = await places.ask({
      ...{ type: 'warning', title: 'PUT Desktop', message: 'The list of systems cannot be read' },
      detail: `${error.message}\n\nIt is damaged, or a newer version of PUT Desktop wrote it. Quit to mend it or to start the newer version; or start with an empty list, which keeps this one as ${aside}. Jobs at the master nodes are not touched.`,
      ...{ buttons: ['Quit', 'Set It Aside and Start'], defaultId: 0, cancelId: 0, noLink: true },
    });
    if (pressed !== 1) return undefined;
    await places.rename(path, aside);
    places.tell(`start: the list of systems was set aside as ${aside}`);
    return await make();
  }
}
