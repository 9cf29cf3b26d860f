import { formatBytes } from '../../components/format.ts';
import { StateMark } from '../../components/StateMark.tsx';
import { t } from '../../texts/en.ts';
import type { ScreenProps } from './ScreenView.tsx';

const words = t.operation.screens;

/** Configuration Mode: Typical or Custom. */
export function ModeScreen({ screen, draft, locked, onChange }: ScreenProps<'configuration-mode'>) {
  const options = [
    { mode: 'typical', name: words.modeTypical, text: words.modeTypicalText },
    { mode: 'custom', name: words.modeCustom, text: words.modeCustomText },
  ] as const;
  return (
    <fieldset className="panel" disabled={locked}>
      <legend className="visually-hidden">{t.operation.screens.planMode}</legend>
      {options.map(({ mode, name, text }) => (
        <label key={mode} className="option">
          <input
            type="radio"
            name="mode"
            checked={draft.mode === mode}
            onChange={() => onChange({ stepId: screen.stepId, mode })}
          />
          <span>
            <b>{name}</b>
            <small>{text}</small>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

/** Package Source: a cert list, or the library as it is. */
export function PackageSourceScreen({ screen, draft, locked, onChange }: ScreenProps<'package-source'>) {
  return (
    <fieldset className="panel" disabled={locked}>
      <legend>{words.certList}</legend>
      <p className="sub">{words.certListText}</p>
      {screen.certLists.map((list) => (
        <label key={list.fileName} className="option">
          <input
            type="radio"
            name="cert-list"
            checked={draft.certList === list.fileName}
            onChange={() => onChange({ stepId: screen.stepId, certList: list.fileName })}
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
        <input
          type="radio"
          name="cert-list"
          checked={draft.certList === undefined}
          onChange={() => onChange({ stepId: screen.stepId })}
        />
        <span>
          <b>{words.noCertList}</b>
          <small>{words.noCertListText(screen.packageCount)}</small>
        </span>
      </label>
    </fieldset>
  );
}

/** Select Spool Area: file systems that every node has, with the least room found. */
export function SpoolAreaScreen({ screen, draft, locked, onChange }: ScreenProps<'spool-area'>) {
  return (
    <fieldset className="panel table-panel" disabled={locked}>
      <legend className="visually-hidden">{words.planSpool}</legend>
      <table className="list">
        <thead>
          <tr>
            <th scope="col">{words.areaColumns.path}</th>
            <th scope="col">{words.areaColumns.free}</th>
            <th scope="col">{words.areaColumns.needed}</th>
            <th scope="col">{words.areaColumns.enough}</th>
          </tr>
        </thead>
        <tbody>
          {screen.areas.map((area) => (
            <tr key={area.path}>
              <th scope="row">
                <label className="check mono">
                  <input
                    type="radio"
                    name="spool-area"
                    disabled={!area.enough}
                    checked={draft.path === area.path}
                    onChange={() => onChange({ stepId: screen.stepId, path: area.path })}
                  />
                  {area.path}
                </label>
              </th>
              <td className="num">{formatBytes(area.leastFreeBytes)}</td>
              <td className="num">{formatBytes(area.neededBytes)}</td>
              <td>
                <span className="state-word">
                  <StateMark state={area.enough ? 'ok' : 'failed'} />
                  {area.enough ? words.enough : words.notEnough}
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </fieldset>
  );
}

/** Switch Versions: which installed version becomes active. */
export function SwitchVersionsScreen({ screen, draft, locked, onChange }: ScreenProps<'switch-versions'>) {
  return (
    <fieldset className="panel table-panel" disabled={locked}>
      <legend className="visually-hidden">{words.version}</legend>
      <table className="list">
        <thead>
          <tr>
            <th scope="col">{words.component}</th>
            <th scope="col">{words.version}</th>
          </tr>
        </thead>
        <tbody>
          {screen.components.map((component) => (
            <tr key={component.name}>
              <th scope="row" className="mono">
                {component.name}
              </th>
              <td>
                <select
                  className="mono"
                  aria-label={`${words.version}: ${component.name}`}
                  value={draft.versions[component.name] ?? ''}
                  onChange={(event) =>
                    onChange({
                      stepId: screen.stepId,
                      versions: { ...draft.versions, [component.name]: event.target.value },
                    })
                  }
                >
                  {component.versions.map((version) => (
                    <option key={version} value={version}>
                      {version}
                    </option>
                  ))}
                </select>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </fieldset>
  );
}
