import { PutError } from '../protocol/errors.ts';
import type { WorkbenchPorts } from './ports.ts';
import type { StateBox } from './StateBox.ts';

/** Answers what windows ask of the program itself, and shows its settings in the picture. @throws PutError bridge-refused where it has none */
export function ownSettingsAnswers({ own, licences }: Pick<WorkbenchPorts, 'own' | 'licences'>, box: StateBox) {
  const here = <T>(port: T | undefined): T => {
    if (port === undefined) throw new PutError('bridge-refused', 'this program has no settings of its own');
    return port;
  };
  const show = async (): Promise<void> => {
    if (!own) return;
    const settings = await own.read();
    box.update((state) => ({ ...state, app: { ...state.app, own: settings } }));
  };
  own?.onNotKept((notKept) => {
    box.update(({ app: { notKept: _before, ...app }, ...state }) => ({
      ...state,
      app: notKept === undefined ? app : { ...app, notKept },
    }));
  });
  return {
    shown: show(),
    answers: {
      'app.setNotifications': async ({ on }: { on: boolean }) => {
        await here(own).setNotifications(on);
        await show();
        return {};
      },
      'app.keptTexts': async () => ({ texts: await here(own).keptTexts() }),
      'app.keepText': async ({ key, text }: { key: string; text?: string | undefined }) => {
        await here(own).keepText(key, text);
        return {};
      },
      'app.updates': async () => {
        await here(own).talkAboutUpdates();
        await show();
        return {};
      },
      'app.licences': async () => ({ text: await here(licences)() }),
    },
  };
}
