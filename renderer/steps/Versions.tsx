import { useState } from 'react';
import { NO_VERSION, type VersionRow } from '../../core/model/versionTable.ts';
import { STEP_TABLES } from '../../core/steps/tables.ts';
import { StateMark } from '../components/StateMark.tsx';
import { TableHead } from '../components/TableHead.tsx';
import { t } from '../texts/en.ts';
import { TablePanel, type StepTableProps } from './TablePanel.tsx';
import { useStepTable } from './useStepTable.ts';

const words = t.tables.versions;
/** Rows shown at once. */
const PAGE = 100;

/** What is where: packages by version and node type, differences between nodes of one type first. */
export function Versions({ system, job, step }: StepTableProps) {
  const [limit, setLimit] = useState(PAGE);
  const [onlyDifferences, setOnlyDifferences] = useState(false);
  const table = onlyDifferences ? 'differences' : 'versions';
  const shape = STEP_TABLES.facts[table];
  const read = useStepTable({ system, job, stepId: step.stepId, table }, shape, limit);
  return (
    <TablePanel
      {...{ system, job, step, read, title: words.title, text: words.text, none: words.none }}
      csv={{ shape, table, name: table }}
      onMore={() => setLimit(limit + PAGE)}
      tools={
        <label className="check push-right">
          <input
            type="checkbox"
            checked={onlyDifferences}
            onChange={(event) => {
              setOnlyDifferences(event.target.checked);
              setLimit(PAGE);
            }}
          />
          {words.onlyDifferences}
        </label>
      }
    >
      <table className="list versions">
        <TableHead columns={Object.values(words.columns)} />
        <tbody>
          {read?.rows.map((row) => (
            <Package key={`${row.packageName} ${row.arch} ${row.type}`} row={row} />
          ))}
        </tbody>
      </table>
    </TablePanel>
  );
}

function Package({ row }: { row: VersionRow }) {
  const { packageName, arch, type, of, versions, differs } = row;
  return versions.map(({ version, nodes, names }, at) => (
    <tr key={version} className={differs ? 'differs' : undefined}>
      {at === 0 && (
        <>
          <th scope="row" className="mono" rowSpan={versions.length}>
            {differs && <StateMark state="warned" label={words.differs} />} {packageName}{' '}
            <span className="sub">{arch}</span>
          </th>
          <td rowSpan={versions.length}>{type}</td>
        </>
      )}
      <td className="mono">{version === NO_VERSION ? words.noVersion : version}</td>
      <td className="num">{words.of(nodes, of)}</td>
      <td className="mono wrap">{differs ? names : ''}</td>
    </tr>
  ));
}
