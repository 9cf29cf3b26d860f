import { useMemo } from 'react';
import type { CellState } from '../../../core/model/job.ts';
import { StateMark } from '../../components/StateMark.tsx';
import { DataTable } from '../../components/table/DataTable.tsx';
import { formatCount, type TableColumn } from '../../components/table/tableColumn.ts';
import type { OpenJob } from '../../stores/openJob.ts';
import { STATE_ORDER } from '../../stores/viewSlice.ts';
import { t } from '../../texts/en.ts';
import type { NodeCell } from './grouping.ts';

const words = t.operation.waveTable;

interface WaveLine {
  readonly number: number;
  readonly title: string;
  readonly state: 'waiting' | 'running' | 'done';
  readonly nodes: number;
  readonly leftOut: number;
  /** Of the step that is looked at, among the nodes that are shown. */
  readonly counts: Readonly<Partial<Record<CellState, number>>>;
  readonly stopsHere: string | undefined;
}

const MARKS = { waiting: 'waiting', running: 'running', done: 'ok' } as const;
const keyOf = ({ number }: WaveLine): string => String(number);

const COLUMNS: readonly TableColumn<WaveLine>[] = [
  { id: 'wave', title: words.wave, kind: 'number', widthPx: 60, value: ({ number }) => number },
  { id: 'title', title: words.title, widthPx: 130, grows: true, value: ({ title }) => title },
  {
    ...{ id: 'state', title: words.state, widthPx: 110 },
    value: ({ state }) => words.states[state],
    show: ({ state }) => (
      <span className="state-word">
        <StateMark state={MARKS[state]} />
        {words.states[state]}
      </span>
    ),
  },
  { id: 'nodes', title: words.nodes, kind: 'number', widthPx: 76, value: ({ nodes }) => nodes },
  ...STATE_ORDER.map((state): TableColumn<WaveLine> => ({
    ...{ id: `count-${state}`, title: t.states[state], kind: 'number', widthPx: 92 },
    ...(state === 'ignored' || state === 'skipped' || state === 'unknown' ? { offAtFirst: true } : {}),
    value: ({ counts }) => counts[state] ?? 0,
    show: ({ counts }) => (
      <span className={counts[state] ? 'state-word' : 'state-word zero'}>
        {counts[state] ? <StateMark state={state} /> : null}
        {formatCount(counts[state] ?? 0)}
      </span>
    ),
  })),
  { id: 'left-out', title: words.leftOut, kind: 'number', widthPx: 84, value: ({ leftOut }) => leftOut },
  { id: 'gate', title: words.gate, widthPx: 150, value: ({ stopsHere }) => stopsHere },
];

/** The waves with their nodes by state at the step that is looked at, and the gate that the job waits at. */
export function WavesTable({ job, cells }: { readonly job: OpenJob; readonly cells: readonly NodeCell[] }) {
  const { waves, gate } = job;
  const lines = useMemo(() => {
    const counts = (waves ?? []).map((): Partial<Record<CellState, number>> => ({}));
    for (const { node, cell } of cells) {
      const ofWave = counts[(node.wave ?? 0) - 1];
      if (ofWave) ofWave[cell.state] = (ofWave[cell.state] ?? 0) + 1;
    }
    return (waves ?? []).map((wave, at): WaveLine => ({
      ...{ number: at + 1, title: wave.title, state: wave.state, nodes: wave.nodes, leftOut: wave.leftOut },
      counts: counts[at] ?? {},
      stopsHere: gate?.beforeWave === at + 1 ? words.waits(gate.reason) : undefined,
    }));
  }, [waves, gate, cells]);
  if (lines.length === 0) return <p className="sub">{words.none}</p>;
  return (
    <DataTable
      id="waves"
      label={t.operation.waves}
      columns={COLUMNS}
      rows={lines}
      keyOf={keyOf}
      fileName={t.tables.fileOf('waves', job.jobNumber)}
    />
  );
}
