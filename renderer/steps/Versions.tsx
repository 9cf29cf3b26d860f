import { useMemo, useState } from 'react';
import { NO_VERSION, type VersionRow } from '../../core/model/versionTable.ts';
import { STEP_TABLES } from '../../core/steps/tables.ts';
import { StateMark } from '../components/StateMark.tsx';
import { DataTable } from '../components/table/DataTable.tsx';
import type { TableColumn } from '../components/table/tableColumn.ts';
import { t } from '../texts/en.ts';
import { TablePanel, type StepTableProps } from './TablePanel.tsx';
import { useStepTable } from './useStepTable.ts';

const words = t.tables.versions;
/** Rows shown at once. */
const PAGE = 100;

/** One version of a package on nodes of one type. */
interface VersionLine {
  readonly key: string;
  readonly row: VersionRow;
  readonly version: string;
  readonly nodes: number;
  readonly names: string;
}

const linesOf = (row: VersionRow): VersionLine[] =>
  row.versions.map(({ version, nodes, names }) => ({
    key: `${row.packageName} ${row.arch} ${row.type} ${version}`,
    ...{ row, version, nodes, names },
  }));
const keyOf = ({ key }: VersionLine): string => key;
const COLUMNS: readonly TableColumn<VersionLine>[] = [
  {
    ...{ id: 'package', title: words.columns.package, kind: 'name', widthPx: 140, grows: true },
    value: ({ row }) => row.packageName,
    show: ({ row }) => (
      <>
        {row.differs && <StateMark state="warned" label={words.differs} />} {row.packageName}
      </>
    ),
  },
  { id: 'arch', title: words.columns.arch, kind: 'name', widthPx: 108, folds: 1, value: ({ row }) => row.arch },
  { id: 'type', title: words.columns.type, widthPx: 110, folds: 2, value: ({ row }) => t.nodeTypes[row.type] },
  {
    ...{ id: 'version', title: words.columns.version, kind: 'name', widthPx: 170 },
    value: ({ version }) => (version === NO_VERSION ? words.noVersion : version),
  },
  { id: 'nodes', title: words.columns.nodes, kind: 'number', widthPx: 66, value: ({ nodes }) => nodes },
  { id: 'of', title: words.columns.of, kind: 'number', widthPx: 66, folds: 3, value: ({ row }) => row.of },
  {
    ...{ id: 'names', title: words.columns.names, widthPx: 100, folds: 4, grows: true },
    value: ({ names }) => names,
    show: ({ row, names }) => (row.differs ? <span className="mono">{names}</span> : ''),
  },
];

/** What is where: packages by version and node type, differences between nodes of one type first. */
export function Versions({ system, job, step }: StepTableProps) {
  const [limit, setLimit] = useState(PAGE);
  const [onlyDifferences, setOnlyDifferences] = useState(false);
  const table = onlyDifferences ? 'differences' : 'versions';
  const shape = STEP_TABLES.facts[table];
  const read = useStepTable({ system, job, stepId: step.stepId, table }, shape, limit);
  const lines = useMemo(() => read?.rows.flatMap(linesOf) ?? [], [read?.rows]);
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
      <DataTable
        id="versions"
        label={words.title}
        columns={COLUMNS}
        rows={lines}
        keyOf={keyOf}
        rowClass={({ row }) => (row.differs ? 'attention' : undefined)}
        fileName={t.tables.fileOf(table, job.jobNumber)}
      />
    </TablePanel>
  );
}
