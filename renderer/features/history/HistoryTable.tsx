import type { JobSummary } from '../../../core/model/job.ts';
import { useActions } from '../../app/context.ts';
import { JobStateWord } from '../../components/StateMark.tsx';
import { formatDate, formatElapsed } from '../../components/format.ts';
import { DataTable } from '../../components/table/DataTable.tsx';
import type { RowSelection } from '../../components/table/rowSelection.ts';
import type { TableColumn } from '../../components/table/tableColumn.ts';
import { t } from '../../texts/en.ts';
import { stepTitle } from './stepTitle.ts';

const words = t.operations;
const keyOf = ({ jobId }: JobSummary): string => jobId;
/** Of a job whose journal cannot be read nothing but its number is known. */
const ifKnown = <T,>(job: JobSummary, value: T): T | undefined => (job.problem === undefined ? value : undefined);
const tookMs = ({ startedAtMs, endedAtMs }: JobSummary): number | undefined =>
  endedAtMs === undefined ? undefined : endedAtMs - startedAtMs;

const COLUMNS: readonly TableColumn<JobSummary>[] = [
  {
    ...{ id: 'job', title: words.columns.job, kind: 'number', widthPx: 64 },
    value: ({ jobNumber }) => jobNumber,
    show: ({ jobNumber }) => (
      <button type="button" className="link num row-opener" tabIndex={-1} aria-label={words.open(jobNumber)}>
        {jobNumber}
      </button>
    ),
  },
  { id: 'operation', title: words.columns.operation, widthPx: 170, grows: true, value: ({ title }) => title },
  {
    ...{ id: 'state', title: words.columns.state, widthPx: 168 },
    value: (job) => ifKnown(job, t.jobStates[job.state]) ?? words.unreadable,
    show: (job) => (job.problem === undefined ? <JobStateWord job={job} /> : words.unreadable),
  },
  { id: 'step', title: words.columns.step, widthPx: 150, folds: 2, value: (job) => ifKnown(job, stepTitle(job)) },
  {
    ...{ id: 'nodes', title: words.columns.nodes, kind: 'number', widthPx: 76, folds: 5 },
    value: (job) => ifKnown(job, job.nodes),
  },
  { id: 'driver', title: words.columns.driver, widthPx: 110, folds: 1, value: ({ driver }) => driver },
  {
    ...{ id: 'started', title: words.columns.started, kind: 'number', widthPx: 136, folds: 3 },
    value: (job) => ifKnown(job, job.startedAtMs),
    show: (job) => ifKnown(job, formatDate(job.startedAtMs)),
    exported: (job) => ifKnown(job, new Date(job.startedAtMs).toISOString()),
  },
  {
    ...{ id: 'took', title: words.columns.took, kind: 'number', widthPx: 84, folds: 4 },
    value: tookMs,
    show: (job) => {
      const took = tookMs(job);
      return took === undefined ? '' : formatElapsed(took);
    },
    exported: (job) => {
      const took = tookMs(job);
      return took === undefined ? undefined : formatElapsed(took);
    },
  },
];

interface HistoryTableProps {
  readonly systemId: string;
  readonly jobs: readonly JobSummary[];
  readonly selection: RowSelection;
  readonly onSelect: (selection: RowSelection) => void;
}

/** Operations that are over, the newest first. */
export function HistoryTable({ systemId, jobs, selection, onSelect }: HistoryTableProps) {
  const { compareJobs, showJob } = useActions();
  return (
    <DataTable
      id="history"
      label={words.historyTitle}
      columns={COLUMNS}
      rows={jobs}
      keyOf={keyOf}
      onOpen={(jobId) => showJob(systemId, jobId)}
      selection={selection}
      onSelect={onSelect}
      menuOf={(keys) => {
        const [first, second, more] = keys;
        return [
          {
            ...{ id: 'open', text: words.openOne, disabled: keys.length !== 1 },
            run: () => first !== undefined && showJob(systemId, first),
          },
          {
            ...{ id: 'compare', text: words.compare.button, disabled: keys.length !== 2 },
            run: () =>
              first !== undefined &&
              second !== undefined &&
              more === undefined &&
              compareJobs(systemId, [second, first]),
          },
        ];
      }}
      fileName="operations"
      empty={words.filter.nothing}
    />
  );
}
