import { useMemo, useState } from 'react';
import type { JobPlan } from '../../core/model/job.ts';
import { StateMark } from '../components/StateMark.tsx';
import { DataTable } from '../components/table/DataTable.tsx';
import { formatCount, type TableColumn } from '../components/table/tableColumn.ts';
import type { RowGroup } from '../components/table/useTableRows.ts';
import { t } from '../texts/en.ts';
import { planRows, type PlanRow } from './planRows.ts';

const words = t.operation.screens;
const keyOf = ({ key }: PlanRow): string => key;
const whyText = ({ change, exceptions }: PlanRow): string =>
  exceptions
    .map((why) => (why === 'takes-away' ? words.takesAway((change.replaces ?? []).join(', ')) : words.planWhy[why]))
    .join(' · ');

function columnsOf(all: number): readonly TableColumn<PlanRow>[] {
  return [
    {
      ...{ id: 'package', title: words.planColumns.package, kind: 'name', widthPx: 96 },
      value: ({ change }) => change.packageName,
    },
    {
      ...{ id: 'action', title: words.planColumns.action, widthPx: 80, offAtFirst: true },
      value: ({ change }) => words.actions[change.action],
    },
    {
      ...{ id: 'from', title: words.planColumns.from, kind: 'name', widthPx: 136, holds: true, folds: 3 },
      value: ({ change }) =>
        change.action === 'keep'
          ? change.to
          : (change.from ?? (change.beside ? words.besideOthers : words.notInstalled)),
    },
    {
      ...{ id: 'to', title: words.planColumns.to, kind: 'name', widthPx: 136, holds: true },
      value: ({ change }) => (change.action === 'keep' ? '' : change.to),
    },
    { id: 'nodes', title: words.planColumns.nodes, kind: 'number', widthPx: 60, folds: 1, value: ({ nodes }) => nodes },
    {
      ...{ id: 'why', title: words.planColumns.why, widthPx: 160 },
      value: whyText,
      show: (row) =>
        row.exceptions.length > 0 && (
          <span className="state-word warn-text">
            <StateMark state="warned" />
            {whyText(row)}
          </span>
        ),
    },
    {
      ...{ id: 'names', title: words.planColumns.names, widthPx: 96, folds: 2, grows: true },
      value: ({ nodes, names }) => (nodes === all ? words.planAllNodes : names()),
      show: ({ nodes, names }) =>
        nodes === all ? words.planAllNodes : <span className="mono plan-names">{names()}</span>,
      exported: ({ names }) => names(),
    },
  ];
}

/** What the plan does, a change a row with the nodes that get it: exceptions first, then what most get, then what stays. */
export function PlanGrid({ plan }: { readonly plan: JobPlan }) {
  const [find, setFind] = useState('');
  const made = useMemo(() => planRows(plan), [plan]);
  const all = Object.keys(plan.nodes).length;
  const columns = useMemo(() => columnsOf(all), [all]);
  const groups = useMemo((): RowGroup<PlanRow>[] => {
    const wanted = find.trim();
    const low = wanted.toLowerCase();
    const isShown = (row: PlanRow): boolean =>
      wanted === '' || row.has(wanted) || row.change.packageName.toLowerCase().includes(low);
    return (['exceptions', 'usual', 'kept'] as const).flatMap((key) => {
      const rows = made[key].filter(isShown);
      if (rows.length === 0) return [];
      return [{ key, title: words.planGroups[key], note: words.planChanges(formatCount(rows.length)), rows }];
    });
  }, [made, find]);
  const rows = useMemo(() => groups.flatMap((group) => group.rows), [groups]);
  const changes = made.exceptions.length + made.usual.length + made.kept.length;
  return (
    <>
      <div className="tools">
        <h2>{words.planNodes}</h2>
        <input
          type="search"
          value={find}
          aria-label={words.planFind}
          placeholder={words.planFind}
          onChange={(event) => setFind(event.target.value)}
        />
        <span className="sub num">{t.operation.shown(formatCount(rows.length), formatCount(changes))}</span>
      </div>
      <DataTable
        id="plan"
        label={words.planNodes}
        columns={columns}
        rows={rows}
        groups={groups}
        keyOf={keyOf}
        rowClass={({ exceptions }) => (exceptions.length > 0 ? 'attention' : undefined)}
        fileName="plan"
        empty={words.planNoChange}
      />
    </>
  );
}
