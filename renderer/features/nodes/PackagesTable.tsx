import { foldNames } from '../../../core/model/nodeNames.ts';
import { useMemo, useState } from 'react';
import {
  CELL_STATE_OF_PACKAGE,
  PACKAGE_STATES,
  type Cell,
  type CellState,
  type PackageOutcome,
  type PackageRow,
  type PackageState,
} from '../../../core/model/job.ts';
import { canIgnoreItem, eachOf, valueOf, type JobParts, type Sharded } from '../../../core/model/jobParts.ts';
import { packageStatesShown } from '../../../core/model/packageStates.ts';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import { useActions, useApp } from '../../app/context.ts';
import { useJobPart } from '../../app/useJobPart.ts';
import { ReasonDialog } from '../../components/Dialog.tsx';
import { StateMark } from '../../components/StateMark.tsx';
import { byName } from '../../components/format.ts';
import { Unread } from '../../components/Unread.tsx';
import { DataTable } from '../../components/table/DataTable.tsx';
import { formatCount, type TableColumn } from '../../components/table/tableColumn.ts';
import type { OpenJob } from '../../stores/openJob.ts';
import { isJobOver, selectBusy } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';
import { whyHandsOff } from '../operation/nextRule.ts';

const words = t.operation.packages;
const OUTCOMES: readonly PackageOutcome[] = [...PACKAGE_STATES, 'unchanged'];

/** What is unchanged on a node is left alone there, as what is skipped. */
const markOf = (outcome: PackageOutcome): CellState =>
  outcome === 'unchanged' ? 'skipped' : CELL_STATE_OF_PACKAGE[outcome];

/** A row with what its buttons are made of. */
interface PackageLine {
  readonly row: PackageRow;
  readonly system: SystemView;
  readonly job: OpenJob;
  /** The step that is looked at. */
  readonly stepId: string;
  /** Nodes where packages failed, with their names; undefined until they have come. */
  readonly failedOn: JobParts['failed'] | undefined;
}

function countColumn(key: PackageState, folds: number | undefined): TableColumn<PackageLine> {
  return {
    ...{ id: key, title: words.columns[key], kind: 'number', widthPx: words.columns[key].length * 7 + 24, folds },
    value: ({ row }) => row[key],
    show: ({ row }) => (
      <span className={row[key] === 0 ? 'state-word zero' : 'state-word'}>
        {row[key] > 0 && <StateMark state={markOf(key)} />}
        {formatCount(row[key])}
      </span>
    ),
  };
}

const BUTTONS: TableColumn<PackageLine> = {
  ...{ id: 'buttons', title: words.columns.actions, kind: 'buttons', widthPx: 142 },
  value: () => undefined,
  show: (line) => <PackageButtons {...line} />,
};

/**
 * The columns with the states that there are, so that the counts of a row add up in sight: where the room is short, those go first in which no package is
 * (`empty`), then the sum, then the version, then the states beside the two results, the last first.
 */
function columnsOf(
  there: readonly PackageState[],
  empty: readonly PackageState[],
  over: boolean,
): readonly TableColumn<PackageLine>[] {
  const foldsLate = (state: PackageState): number | undefined => {
    const at = there.indexOf(state);
    return at < 2 ? undefined : 4 + there.length - at;
  };
  const count = (state: PackageState): TableColumn<PackageLine> =>
    countColumn(state, empty.includes(state) ? 1 : foldsLate(state));
  return [
    {
      ...{ id: 'package', title: words.columns.package, kind: 'name', widthPx: 150, grows: true },
      value: ({ row }) => row.packageName,
    },
    {
      ...{ id: 'version', title: words.columns.version, kind: 'name', widthPx: 136, folds: 3 },
      value: ({ row }) => row.version,
    },
    ...there.slice(0, 2).map(count),
    // What can be done stands beside what failed.
    ...(over ? [] : [BUTTONS]),
    ...there.slice(2).map(count),
    { id: 'nodes', title: words.columns.nodes, kind: 'number', widthPx: 58, folds: 2, value: ({ row }) => row.nodes },
  ];
}
/** States that hold nothing in any row. Those that packages come through are not among them while the job runs, so that nothing moves. */
function emptyStates(rows: readonly PackageRow[], shown: readonly PackageState[], running: boolean): PackageState[] {
  const stays = (state: PackageState): boolean => running && (state === 'waiting' || state === 'running');
  // The first two are what the manual calls a result.
  return shown.slice(2).filter((state) => !stays(state) && rows.every((row) => row[state] === 0));
}
const keyOf = ({ row }: PackageLine): string => row.packageName;

/** Package results: one row a package, its counts add up to its nodes; a click shows which nodes. */
export function PackagesTable({ system, job, stepId }: { system: SystemView; job: OpenJob; stepId: string }) {
  const [open, setOpen] = useState<string | undefined>();
  const { systemId } = system.saved;
  const part = useJobPart(systemId, job.jobId, job.packages > 0 ? 'packages' : undefined);
  const rows = useMemo(() => part?.order.flatMap((name) => part.rows[name] ?? []) ?? [], [part]);
  const over = isJobOver(job.state);
  const shown = packageStatesShown(rows, job.state);
  const states = shown.join(' ');
  const empty = emptyStates(rows, shown, job.state === 'running').join(' ');
  const columns = useMemo(
    () => columnsOf(states.split(' ') as PackageState[], empty.split(' ') as PackageState[], over),
    [states, empty, over],
  );
  const failedOn = useJobPart(systemId, job.jobId, rows.some(({ fail }) => fail > 0) ? 'failed' : undefined);
  const lines = useMemo(
    () => rows.map((row): PackageLine => ({ row, system, job, stepId, failedOn })),
    [rows, system, job, stepId, failedOn],
  );
  if (job.packages > 0 && !part)
    return (
      <p className="sub">
        <Unread system={system} reading={t.operation.opening} />
      </p>
    );
  if (rows.length === 0) return <p className="sub">{words.none}</p>;
  return (
    <section className="table-section fills" aria-label={words.title}>
      <DataTable
        id="package-results"
        label={words.title}
        columns={columns}
        rows={lines}
        keyOf={keyOf}
        onOpen={(name) => setOpen(open === name ? undefined : name)}
        openKey={open}
        fills={open === undefined}
        fileName={t.tables.fileOf('packages', job.jobNumber)}
      />
      {open !== undefined && <PackageNodes key={open} system={system} job={job} packageName={open} />}
    </section>
  );
}

/** Nodes of the current step on which the package alone was ignored: those that were left out, or have nothing to do, are others. */
function ignoredAlone(outcomes: Sharded<PackageOutcome> | undefined, cells: Sharded<Cell> | undefined): string[] {
  if (!outcomes || !cells) return [];
  return Object.entries(outcomes.shards)
    .flatMap(([at, shard]) =>
      Object.keys(shard).filter((nodeId) => {
        const state = cells.shards[at]?.[nodeId]?.state ?? 'skipped';
        return shard[nodeId] === 'ignored' && state !== 'ignored' && state !== 'skipped';
      }),
    )
    .sort(byName);
}

/** What can be done about a package that failed or was ignored. */
function PackageButtons({ system, job, stepId, row, failedOn }: PackageLine) {
  const { retryNodes, ignoreNodes, undoIgnore } = useActions();
  const busy = useApp(selectBusy(`nodes:${job.jobId}`));
  const [ignoring, setIgnoring] = useState(false);
  const { systemId } = system.saved;
  const failed = useMemo(
    () =>
      [...(failedOn ? eachOf(failedOn) : [])]
        .filter(([, names]) => names.includes(row.packageName))
        .map(([nodeId]) => nodeId)
        .sort(byName),
    [failedOn, row.packageName],
  );
  const handsOff = busy || whyHandsOff(system, job, stepId) !== undefined;
  const off = handsOff || failed.length !== row.fail;
  const someIgnored = row.ignored > 0 && !isJobOver(job.state);
  const outcomes = useJobPart(systemId, job.jobId, someIgnored ? `package:${row.packageName}` : undefined);
  const decides = row.fail > 0 && !isJobOver(job.state);
  const cells = useJobPart(systemId, job.jobId, someIgnored || decides ? `cells:${job.currentStep}` : undefined);
  const ignored = useMemo(() => ignoredAlone(outcomes, cells), [outcomes, cells]);
  // Where the failure of a node names no package, it is no single one that could be given up.
  const alone = useMemo(
    () =>
      failed.filter((nodeId) => {
        const cell = cells && valueOf(cells, nodeId);
        return cell !== undefined && canIgnoreItem(cell, row.packageName);
      }),
    [failed, cells, row.packageName],
  );
  return (
    <>
      {decides && (
        <>
          <button
            type="button"
            className="btn small"
            disabled={off}
            aria-label={`${t.operation.retry} ${row.packageName}`}
            onClick={() => void retryNodes(systemId, job.jobId, job.currentStep, failed)}
          >
            {t.operation.retry}
          </button>
          <button
            type="button"
            className="btn small"
            disabled={off || alone.length === 0}
            aria-label={`${t.operation.ignore} ${row.packageName}`}
            title={cells && alone.length === 0 ? words.namesNone(row.packageName) : undefined}
            onClick={() => setIgnoring(true)}
          >
            {t.operation.ignore}
          </button>
        </>
      )}
      {ignored.length > 0 && !isJobOver(job.state) && (
        <button
          type="button"
          className="btn small"
          disabled={handsOff}
          onClick={() =>
            void undoIgnore(systemId, job.jobId, {
              ...{ stepId: job.currentStep, nodeIds: ignored, packageName: row.packageName },
            })
          }
        >
          {t.operation.undoIgnore}
        </button>
      )}
      {ignoring && (
        <ReasonDialog
          about={`ignore ${job.jobId} ${job.currentStep} ${row.packageName}`}
          title={words.ignoreTitle(row.packageName, alone.length)}
          text={words.ignoreText}
          confirm={t.operation.ignoreConfirm}
          onConfirm={(reason) =>
            ignoreNodes(systemId, job.jobId, {
              ...{ stepId: job.currentStep, nodeIds: alone, packageName: row.packageName, reason },
            })
          }
          onClose={() => setIgnoring(false)}
        >
          <p className="mono wrap name-list">
            {row.packageName}: {foldNames(alone)}
          </p>
        </ReasonDialog>
      )}
    </>
  );
}

type NodeOutcome = readonly [nodeId: string, outcome: PackageOutcome];
const OUTCOME_COLUMNS: readonly TableColumn<NodeOutcome>[] = [
  {
    ...{ id: 'outcome', title: t.operation.columns.state, widthPx: 130 },
    value: ([, outcome]) => OUTCOMES.indexOf(outcome),
    show: ([, outcome]) => (
      <span className="state-word">
        <StateMark state={markOf(outcome)} />
        {words.outcomes[outcome]}
      </span>
    ),
    exported: ([, outcome]) => words.outcomes[outcome],
  },
  {
    ...{ id: 'node', title: t.operation.columns.node, kind: 'name', widthPx: 160, grows: true },
    value: ([nodeId]) => nodeId,
  },
];
const nodeOfOutcome = ([nodeId]: NodeOutcome): string => nodeId;

/** Where a package is, and what came of it there. */
function PackageNodes({ system, job, packageName }: { system: SystemView; job: OpenJob; packageName: string }) {
  const { showNode } = useActions();
  const openNode = useApp((state) => state.openNode);
  const outcomes = useJobPart(system.saved.systemId, job.jobId, `package:${packageName}`);
  const nodes = useMemo(() => [...(outcomes ? eachOf(outcomes) : [])].sort(([a], [b]) => byName(a, b)), [outcomes]);
  return (
    <>
      <h2 className="mono">{words.expand(packageName)}</h2>
      <DataTable
        id="package-nodes"
        label={words.expand(packageName)}
        columns={OUTCOME_COLUMNS}
        rows={nodes}
        keyOf={nodeOfOutcome}
        onOpen={showNode}
        openKey={openNode}
        fills
        fileName={t.tables.fileOf(packageName, job.jobNumber)}
        empty={outcomes ? undefined : <Unread system={system} reading={t.operation.opening} />}
      />
    </>
  );
}
