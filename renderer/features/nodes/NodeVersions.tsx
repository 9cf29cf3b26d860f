import { useMemo, useState } from 'react';
import type { JobNode, PlannedChange } from '../../../core/model/job.ts';
import type { KnownFacts } from '../../../core/model/knownFacts.ts';
import type { InstalledPackage } from '../../../core/model/node.ts';
import { formatEvr } from '../../../core/model/rpmVersion.ts';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import { useActions, useApp } from '../../app/context.ts';
import { AskError } from '../../components/ErrorNote.tsx';
import { StateMark } from '../../components/StateMark.tsx';
import { formatClock } from '../../components/format.ts';
import { DataTable } from '../../components/table/DataTable.tsx';
import type { TableColumn } from '../../components/table/tableColumn.ts';
import type { OpenJob } from '../../stores/openJob.ts';
import { selectBusy } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';

const words = t.operation.drawer;
/** Changes that stand in the short form; the tab of versions has all. */
const SHORT_LINES = 6;

interface VersionsProps {
  readonly system: SystemView;
  readonly job: OpenJob;
  readonly node: JobNode;
  readonly changes: readonly PlannedChange[];
}

/** What was found of one package of the plan. */
interface FoundVersions {
  readonly text: string;
  readonly asPlanned: boolean;
  /** More versions than one where one replaces the other: what a killed rpm leaves. */
  readonly mixed: boolean;
}

function foundOf(packages: readonly InstalledPackage[] | undefined, change: PlannedChange): FoundVersions | undefined {
  if (!packages) return undefined;
  const named = packages.filter(({ name, arch }) => [name, `${name}.${arch}`].includes(change.packageName));
  const all = [...new Set(named.map(formatEvr))];
  const mixed = all.length > 1 && change.beside !== true;
  const asPlanned = change.beside ? all.includes(change.to) : all.length === 1 && all[0] === change.to;
  return { text: all.length === 0 ? t.common.none : all.join(', '), asPlanned, mixed };
}

/** The newest reading of a node's packages: the job's, or the one that a person asked for since. */
function useReading({ system, job, node }: Omit<VersionsProps, 'changes'>) {
  const { askFacts } = useActions();
  const busy = useApp(selectBusy(`facts:${node.nodeId}`));
  const [asked, setAsked] = useState<KnownFacts | undefined>();
  const { systemId } = system.saved;
  const read = async (): Promise<void> => {
    const answer = await askFacts(systemId, node.nodeId, true);
    if (answer) setAsked(answer);
  };
  const askedAtMs = asked?.readAtMs.packages;
  const since = node.notReadSince;
  const newer = askedAtMs !== undefined && askedAtMs > Math.max(node.readAtMs ?? 0, since?.atMs ?? 0);
  const old = since && !newer ? since : undefined;
  const packages = newer ? asked?.facts.packages : old ? undefined : node.found;
  const atMs = newer ? askedAtMs : node.readAtMs;
  const title = old && (job.steps[old.stepId]?.title ?? old.stepId);
  const age = old
    ? words.notReadSince(title ?? '', formatClock(old.atMs))
    : packages && (atMs === undefined ? words.readSometime : words.readAt(formatClock(atMs)));
  return { packages, age, read, busy, offline: system.session.kind !== 'online' };
}

function ReadNow({ nodeId, reading }: { nodeId: string; reading: ReturnType<typeof useReading> }) {
  return (
    <>
      <button
        type="button"
        className="btn small"
        disabled={reading.busy || reading.offline}
        onClick={() => void reading.read()}
      >
        {words.readNow}
      </button>
      <AskError ask={`facts:${nodeId}`} />
    </>
  );
}

/** Versions before, planned and found in a few lines, and whether there is a way back. */
export function VersionFacts({ system, job, node, changes }: VersionsProps) {
  const reading = useReading({ system, job, node });
  const touched = changes.filter((change) => change.action !== 'keep');
  const differing = changes.flatMap((change) => {
    const found = foundOf(reading.packages, change);
    return !found || found.asPlanned ? [] : [{ change, found }];
  });
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
      <dt>{words.found}</dt>
      <dd>
        <div className="row-buttons">
          {reading.age && <span className="num">{reading.age}</span>}
          <ReadNow nodeId={node.nodeId} reading={reading} />
        </div>
        <div className="mono">
          {reading.packages ? differing.length === 0 && words.foundAsPlanned : !reading.age && words.foundUnknown}
          {differing.slice(0, SHORT_LINES).map(({ change, found }) => (
            <span key={change.packageName} className="line">
              {found.mixed && <StateMark state="warned" />} {change.packageName} {found.text}
              {found.mixed && ` (${words.mixed})`}
            </span>
          ))}
        </div>
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
  readonly found: FoundVersions | undefined;
}

const mono = (text: string | undefined) => <span className="mono">{text}</span>;
const COLUMNS: readonly TableColumn<VersionLine>[] = [
  {
    ...{ id: 'package', title: words.columns.package, kind: 'name', widthPx: 70, grows: true },
    value: ({ change }) => change.packageName,
  },
  {
    ...{ id: 'before', title: words.columns.before, widthPx: 112, holds: true, folds: 2 },
    value: ({ change }) => change.from ?? words.newPackage,
    show: ({ change }) => mono(change.from ?? words.newPackage),
  },
  {
    ...{ id: 'plan', title: words.columns.plan, widthPx: 112, holds: true },
    value: ({ change }) => (change.action === 'keep' ? words.keep : change.to),
    show: ({ change }) => mono(change.action === 'keep' ? words.keep : change.to),
  },
  {
    ...{ id: 'found', title: words.columns.found, widthPx: 125, holds: true },
    value: ({ found }) => found?.text ?? words.foundUnknown,
    show: ({ change, found }) => (
      <span className="state-word mono" title={found?.mixed ? words.mixed : undefined}>
        {found && <StateMark state={found.asPlanned ? 'ok' : 'warned'} />}
        {found?.text === change.to ? words.columns.asPlanned : (found?.text ?? words.foundUnknown)}
      </span>
    ),
  },
  {
    ...{ id: 'way-back', title: words.wayBack, widthPx: 84, holds: true, folds: 1 },
    value: ({ change }) => (change.action === 'keep' ? '' : change.wayBack ? words.columns.yes : t.common.none),
  },
];
const keyOf = ({ change }: VersionLine): string => change.packageName;

/** Every package of the plan on the node: before, planned, found. */
export function VersionTable({ system, job, node, changes }: VersionsProps) {
  const reading = useReading({ system, job, node });
  const { packages } = reading;
  const lines = useMemo(
    () => changes.map((change): VersionLine => ({ change, found: foundOf(packages, change) })),
    [changes, packages],
  );
  if (!job.planned) return <p className="sub">{words.noPlan}</p>;
  return (
    <>
      <div className="row-buttons">
        <span className="sub num">{reading.age ?? words.foundUnknown}</span>
        <ReadNow nodeId={node.nodeId} reading={reading} />
      </div>
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
    </>
  );
}
