import { fileSystemOf } from '../../core/steps/spoolFolder.ts';
import { formatBytes } from '../components/format.ts';
import { StateMark } from '../components/StateMark.tsx';
import { TableHead } from '../components/TableHead.tsx';
import { t } from '../texts/en.ts';
import type { AskWindow, ScreenProps } from './AskWindow.ts';

const words = t.operation.screens;

function SpoolAreaScreen({ screen, draft, locked, onChange }: ScreenProps<'spool-area'>) {
  const chosen = draft && fileSystemOf(screen.areas, draft.path);
  return (
    <>
      <fieldset className="panel table-panel" disabled={locked}>
        <legend className="visually-hidden">{words.planSpool}</legend>
        <table className="list">
          <TableHead columns={Object.values(words.areaColumns)} />
          <tbody>
            {screen.areas.map((area) => (
              <tr key={area.path}>
                <th scope="row">
                  <label className="check mono">
                    <input
                      type="radio"
                      name="spool-area"
                      disabled={!area.enough}
                      checked={area === chosen}
                      onChange={() => onChange({ path: area.folder ?? area.path })}
                    />
                    {area.path}
                  </label>
                </th>
                <td className="num" title={area.fullestNode}>
                  {formatBytes(area.leastFreeBytes)}
                </td>
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
      <label className="field">
        <span>{words.spoolFolder}</span>
        <input
          className="mono"
          value={draft?.path ?? ''}
          disabled={locked}
          maxLength={1024}
          spellCheck={false}
          onChange={(event) => onChange({ path: event.target.value })}
        />
        <small>{words.spoolFolderHint}</small>
      </label>
    </>
  );
}

/** Select Spool Area: file systems that every node has, with the least room found. */
export const spoolArea: AskWindow<'spool-area'> = {
  Screen: SpoolAreaScreen,
  lines: ({ path }) => [path],
};
