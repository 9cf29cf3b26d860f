import { StateMark } from '../components/StateMark.tsx';
import { t } from '../texts/en.ts';
import type { AskWindow, ScreenProps } from './AskWindow.ts';

const words = t.operation.screens;

function PackageSourceScreen({ screen, draft, locked, onChange }: ScreenProps<'package-source'>) {
  return (
    <fieldset className="panel" disabled={locked}>
      <legend>{words.certList}</legend>
      <p className="sub">{words.certListText}</p>
      {screen.certLists.map((list) => (
        <label key={list.fileName} className="option">
          <input
            type="radio"
            name="cert-list"
            checked={draft?.certList === list.fileName}
            onChange={() => onChange({ certList: list.fileName })}
          />
          <span>
            <b>
              {list.release} <span className="plain">{list.title}</span>
            </b>
            <small className="mono">{list.fileName}</small>
            {list.missing.length > 0 && (
              <small className="state-word warn-text">
                <StateMark state="warned" />
                {words.certMissing(list.missing.join(', '))}
              </small>
            )}
          </span>
        </label>
      ))}
      <label className="option">
        <input type="radio" name="cert-list" checked={draft?.certList === undefined} onChange={() => onChange({})} />
        <span>
          <b>{words.noCertList}</b>
          <small>{words.noCertListText(screen.packageCount)}</small>
        </span>
      </label>
    </fieldset>
  );
}

/** Package Source: a cert list, or the library as it is. */
export const packageSource: AskWindow<'package-source'> = {
  Screen: PackageSourceScreen,
  lines: ({ certList }) => [certList ?? words.noCertList],
};
