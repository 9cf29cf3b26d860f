import { formatBytes } from '../components/format.ts';
import { StateMark } from '../components/StateMark.tsx';
import { TableHead } from '../components/TableHead.tsx';
import { t } from '../texts/en.ts';
import type { AskWindow, ScreenProps } from './AskWindow.ts';

const words = t.operation.screens;

function SpoolAreaScreen({ screen, draft, locked, onChange }: ScreenProps<'spool-area'>) {
  return (
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
                    checked={draft?.path === area.path}
                    onChange={() => onChange({ path: area.path })}
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

/** Select Spool Area: file systems that every node has, with the least room found. */
export const spoolArea: AskWindow<'spool-area'> = {
  Screen: SpoolAreaScreen,
  lines: ({ path }) => [path],
};
