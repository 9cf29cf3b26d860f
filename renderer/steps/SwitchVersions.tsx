import { useMemo } from 'react';
import { DataTable } from '../components/table/DataTable.tsx';
import type { TableColumn } from '../components/table/tableColumn.ts';
import { t } from '../texts/en.ts';
import type { AskWindow, ScreenProps } from './AskWindow.ts';

const words = t.operation.screens;

type Component = ScreenProps<'switch-versions'>['screen']['components'][number];

const keyOf = ({ name }: Component): string => name;

function SwitchVersionsScreen({ screen, draft = { versions: {} }, locked, onChange }: ScreenProps<'switch-versions'>) {
  const columns = useMemo(
    (): readonly TableColumn<Component>[] => [
      { id: 'component', title: words.component, kind: 'name', widthPx: 220, value: keyOf },
      {
        ...{ id: 'version', title: words.version, widthPx: 240, grows: true },
        value: ({ name }) => draft.versions[name],
        show: ({ name, versions }) => (
          <select
            className="mono in-cell"
            aria-label={`${words.version}: ${name}`}
            value={draft.versions[name] ?? ''}
            disabled={locked}
            onChange={(event) => onChange({ versions: { ...draft.versions, [name]: event.target.value } })}
          >
            {versions.map((version) => (
              <option key={version} value={version}>
                {version}
              </option>
            ))}
          </select>
        ),
      },
    ],
    [draft.versions, locked, onChange],
  );
  return (
    <section className="panel table-panel" aria-label={words.version}>
      <DataTable
        id="switch-versions"
        label={words.version}
        columns={columns}
        rows={screen.components}
        keyOf={keyOf}
        fileName="switch-versions"
      />
    </section>
  );
}

/** Switch Versions: which installed version becomes active. */
export const switchVersions: AskWindow<'switch-versions'> = {
  Screen: SwitchVersionsScreen,
  lines: ({ versions }) => Object.entries(versions).map(([name, version]) => `${name} ${version}`),
};
