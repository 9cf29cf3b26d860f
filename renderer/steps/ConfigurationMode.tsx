import type { ConfigurationMode } from '../../core/model/job.ts';
import { t } from '../texts/en.ts';
import type { AskWindow, ScreenProps } from './AskWindow.ts';

const words = t.operation.screens;

function ConfigurationModeScreen({ draft, locked, onChange }: ScreenProps<'configuration-mode'>) {
  const options = [
    { mode: 'typical', name: words.modeTypical, text: words.modeTypicalText },
    { mode: 'custom', name: words.modeCustom, text: words.modeCustomText },
  ] as const;
  return (
    <fieldset className="panel" disabled={locked}>
      <legend className="visually-hidden">{t.operation.screens.planMode}</legend>
      {options.map(({ mode, name, text }) => (
        <label key={mode} className="option">
          <input type="radio" name="mode" checked={draft?.mode === mode} onChange={() => onChange({ mode })} />
          <span>
            <b>{name}</b>
            <small>{text}</small>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

/** Configuration Mode: Typical or Custom. */
export const configurationMode: AskWindow<'configuration-mode'> = {
  Screen: ConfigurationModeScreen,
  lines: ({ mode }) => [t.modes[mode]],
  note: ({ mode }) => t.modes[mode as ConfigurationMode] ?? '',
};
