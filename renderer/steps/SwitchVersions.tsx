import { TableHead } from '../components/TableHead.tsx';
import { t } from '../texts/en.ts';
import type { AskWindow, ScreenProps } from './AskWindow.ts';

const words = t.operation.screens;

function SwitchVersionsScreen({ screen, draft = { versions: {} }, locked, onChange }: ScreenProps<'switch-versions'>) {
  return (
    <fieldset className="panel table-panel" disabled={locked}>
      <legend className="visually-hidden">{words.version}</legend>
      <table className="list">
        <TableHead columns={[words.component, words.version]} />
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

/** Switch Versions: which installed version becomes active. */
export const switchVersions: AskWindow<'switch-versions'> = {
  Screen: SwitchVersionsScreen,
  lines: ({ versions }) => Object.entries(versions).map(([name, version]) => `${name} ${version}`),
};
