import { useMemo } from 'react';
import type { JobNode, PlannedChange } from '../../../core/model/job.ts';
import { formatEvr } from '../../../core/model/rpmVersion.ts';
import { StateMark } from '../../components/StateMark.tsx';
import { DataTable } from '../../components/table/DataTable.tsx';
import type { TableColumn } from '../../components/table/tableColumn.ts';
import type { OpenJob } from '../../stores/openJob.ts';
import { t } from '../../texts/en.ts';

const words = t.operation.drawer;
/** Changes that stand in the short form; the tab of versions has all. */
const SHORT_LINES = 6;

interface VersionsProps {
  readonly job: OpenJob;
  readonly node: JobNode;
  readonly changes: readonly PlannedChange[];
}

const foundOf = (node: JobNode, change: PlannedChange): string | undefined => {
  if (node.found === undefined) return undefined;
  const all = node.found.filter(({ name }) => name === change.packageName);
  return all.length === 0 ? t.common.none : all.map(formatEvr).join(', ');
};

/** Versions before, planned and found in a few lines, and whether there is a way back. */
export function VersionFacts({ job, node, changes }: VersionsProps) {
  const touched = changes.filter((change) => change.action !== 'keep');
  const differing = changes.filter((change) => node.found && foundOf(node, change) !== change.to);
  const noWayBack = touched.filter((c) => c.action !== 'keep' && !c.wayBack).map((c) => c.packageName);
  return (
    <>
      <dt className="wide">{words.beforePlan}</dt>
      <dd className="wide mono">
        {!job.planned && words.noPlan}
        {touched.slice(0, SHORT_LINES).map((change) => (
          <span key={change.packageName} className="line">
            {change.packageName} {change.from ?? words.newPackage} → {change.to}
          </span>
        ))}
        {touched.length > SHORT_LINES && (
          <span className="line">{words.moreVersions(touched.length - SHORT_LINES)}</span>
        )}
        {job.planned && touched.length === 0 && words.keep}
      </dd>
      <dt>{words.foundNow}</dt>
      <dd className="mono">
        {node.found === undefined ? words.foundUnknown : differing.length === 0 ? words.foundAsPlanned : ''}
        {differing.slice(0, SHORT_LINES).map((change) => (
          <span key={change.packageName} className="line">
            {change.packageName} {foundOf(node, change)}
          </span>
        ))}
      </dd>
      {touched.some((change) => change.action === 'upgrade') && (
        <>
          <dt>{words.wayBack}</dt>
          <dd>{noWayBack.length === 0 ? words.wayBackYes : words.wayBackNo(noWayBack.join(', '))}</dd>
        </>
      )}
    </>
  );
}

interface VersionLine {
  readonly change: PlannedChange;
  readonly found: string | undefined;
}

const mono = (text: string | undefined) => <span className="mono">{text}</span>;
const COLUMNS: readonly TableColumn<VersionLine>[] = [
  {
    ...{ id: 'package', title: words.columns.package, kind: 'name', widthPx: 110, grows: true },
    value: ({ change }) => change.packageName,
  },
  {
    ...{ id: 'before', title: words.columns.before, widthPx: 112 },
    value: ({ change }) => change.from ?? words.newPackage,
    show: ({ change }) => mono(change.from ?? words.newPackage),
  },
  {
    ...{ id: 'plan', title: words.columns.plan, widthPx: 112 },
    value: ({ change }) => (change.action === 'keep' ? words.keep : change.to),
    show: ({ change }) => mono(change.action === 'keep' ? words.keep : change.to),
  },
  {
    ...{ id: 'found', title: words.columns.found, widthPx: 128 },
    value: ({ found }) => found ?? words.foundUnknown,
    show: ({ change, found }) => (
      <span className="state-word mono">
        {found !== undefined && <StateMark state={found === change.to ? 'ok' : 'warned'} />}
        {found ?? words.foundUnknown}
      </span>
    ),
  },
  {
    ...{ id: 'way-back', title: words.wayBack, widthPx: 84 },
    value: ({ change }) => (change.action === 'keep' ? '' : change.wayBack ? words.columns.yes : t.common.none),
  },
];
const keyOf = ({ change }: VersionLine): string => change.packageName;

/** Every package of the plan on the node: before, planned, found. */
export function VersionTable({ job, node, changes }: VersionsProps) {
  const lines = useMemo(
    () => changes.map((change): VersionLine => ({ change, found: foundOf(node, change) })),
    [changes, node],
  );
  if (!job.planned) return <p className="sub">{words.noPlan}</p>;
  return (
    <DataTable
      id="node-versions"
      label={words.tabs.versions}
      columns={COLUMNS}
      rows={lines}
      keyOf={keyOf}
      fills
      fileName={`${node.nodeId}-job-${job.jobNumber}`}
      empty={words.noChanges}
    />
  );
}
