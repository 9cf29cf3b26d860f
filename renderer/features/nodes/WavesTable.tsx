import { STATE_ORDER, STATES_BY_NEED } from '../../../core/model/cellCounts.ts';
import { briefNames } from '../../../core/model/nodeNames.ts';
import { useMemo, useState } from 'react';
import type { CellState, WaveState } from '../../../core/model/job.ts';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import { useActions, useApp } from '../../app/context.ts';
import { StateMark } from '../../components/StateMark.tsx';
import { DataTable } from '../../components/table/DataTable.tsx';
import { inTitle } from '../../components/format.ts';
import { formatCount, type TableColumn } from '../../components/table/tableColumn.ts';
import type { OpenJob } from '../../stores/openJob.ts';
import { isJobOver, selectBusy } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';
import { RollbackDialog } from '../operation/RollbackDialog.tsx';
import { whyHandsOff, whyNoRollback } from '../operation/nextRule.ts';
import type { NodeCell } from './grouping.ts';

const words = t.operation.waveTable;

type WaveHeld = NonNullable<OpenJob['waves']>[number]['held'];

interface WaveLine {
  readonly number: number;
  readonly title: string;
  readonly state: WaveState;
  readonly nodes: number;
  readonly leftOut: number;
  readonly held: WaveHeld | undefined;
  /** Of the step that is looked at, among the nodes that are shown. */
  readonly counts: Readonly<Partial<Record<CellState, number>>>;
  readonly stopsHere: string | undefined;
  /** Undefined: it cannot be asked for any more. */
  readonly stop: { readonly isSo: boolean; readonly set: () => void } | undefined;
  readonly goBack: (() => void) | undefined;
  /** Why nothing can be decided about it, and why its nodes cannot go back, in words. */
  readonly off: string | undefined;
  readonly noRollback: string | undefined;
}

const MARKS = { waiting: 'waiting', running: 'running', done: 'ok', skipped: 'skipped' } as const;
/** A wave that is through without nodes that are held is not told as done. */
const stateWords = ({ state, held }: WaveLine): string =>
  state === 'done' && held ? words.doneBut(held.nodes) : words.states[state];
const keyOf = ({ number }: WaveLine): string => String(number);

/** Kept off at first unless a wave has such nodes. */
const RARE: ReadonlySet<CellState> = new Set(['ignored', 'skipped', 'unknown']);

/**
 * Where the room is short, columns that say nothing in any row go first, then sums, then what the state and the button of a row say in short, then states by how little they
 * need a person.
 */
const EMPTY_FOLDS = 1;
const NODES_FOLD = 2;
const LEFT_OUT_FOLDS = 3;
const HELD_FOLDS = 4;
const GATE_FOLDS = 5;
const STATE_FOLDS = 6;
const TITLE_FOLDS = STATE_FOLDS + STATES_BY_NEED.length;

const countId = (state: CellState): string => `count-${state}`;

/** What columns say of a line that may say nothing, by their ids. */
const SAYS: readonly (readonly [string, (line: WaveLine) => unknown])[] = [
  ...STATE_ORDER.map((state) => [countId(state), ({ counts }: WaveLine) => counts[state]] as const),
  ['left-out', ({ leftOut }) => leftOut],
  ['held', ({ held }) => held],
  ['gate', ({ stopsHere }) => stopsHere],
  ['deeds', ({ stop, goBack }) => stop ?? goBack],
];

/** Ids of the columns that say something in any line. */
const sayingIds = (lines: readonly WaveLine[]): string[] =>
  SAYS.flatMap(([id, says]) => (lines.some(says) ? [id] : []));

function countColumn(state: CellState, isEmpty: boolean): TableColumn<WaveLine> {
  const rank = STATES_BY_NEED.length - 1 - STATES_BY_NEED.indexOf(state);
  return {
    ...{ id: countId(state), title: inTitle(t.states[state]), kind: 'number' },
    widthPx: Math.max(64, inTitle(t.states[state]).length * 7 + 24),
    folds: isEmpty ? EMPTY_FOLDS : STATE_FOLDS + rank,
    ...(RARE.has(state) && isEmpty ? { offAtFirst: true } : {}),
    value: ({ counts }) => counts[state] ?? 0,
    show: ({ counts }) => (
      <span className={counts[state] ? 'state-word' : 'state-word zero'}>
        {counts[state] ? <StateMark state={state} /> : null}
        {formatCount(counts[state] ?? 0)}
      </span>
    ),
  };
}

const DEEDS: TableColumn<WaveLine> = {
  ...{ id: 'deeds', title: words.deeds, kind: 'buttons', widthPx: 124, value: () => undefined },
  show: ({ number, stop, goBack, off, noRollback }) => (
    <>
      {stop && (
        <button
          type="button"
          className="btn small"
          disabled={off !== undefined}
          title={off}
          onClick={stop.set}
          aria-label={stop.isSo ? words.noStop(number) : words.stopBefore(number)}
        >
          {stop.isSo ? words.noStopHere : words.stopHere}
        </button>
      )}
      {goBack && (
        <button
          type="button"
          className="btn small"
          disabled={noRollback !== undefined}
          title={noRollback}
          onClick={goBack}
          aria-label={t.operation.rollback.waveButton(number)}
        >
          {words.rollbackHere}
        </button>
      )}
    </>
  ),
};

/** The columns with the states that there are; the counts of a row add up to its nodes. `saying`: those that say something. */
function columnsOf(saying: ReadonlySet<string>, counted: boolean): readonly TableColumn<WaveLine>[] {
  const folding = (id: string, turn: number) => ({ id, folds: saying.has(id) ? turn : EMPTY_FOLDS });
  return [
    { id: 'wave', title: words.wave, kind: 'number', widthPx: 56, value: ({ number }) => number },
    { id: 'title', title: words.title, widthPx: 130, grows: true, folds: TITLE_FOLDS, value: ({ title }) => title },
    {
      ...{ id: 'state', title: words.state, widthPx: 132, holds: true },
      value: stateWords,
      show: (line) => (
        <span className="state-word">
          <StateMark state={line.state === 'done' && line.held ? 'warned' : MARKS[line.state]} />
          {stateWords(line)}
        </span>
      ),
    },
    {
      ...{ id: 'nodes', title: words.nodes, kind: 'number', widthPx: 76, folds: NODES_FOLD },
      value: ({ nodes }) => nodes,
    },
    ...(counted ? STATE_ORDER.map((state) => countColumn(state, !saying.has(countId(state)))) : []),
    {
      ...{ title: words.leftOut, kind: 'number', widthPx: 84 },
      ...folding('left-out', LEFT_OUT_FOLDS),
      value: ({ leftOut }) => leftOut,
    },
    {
      ...{ title: words.held, widthPx: 130 },
      ...folding('held', HELD_FOLDS),
      value: ({ held }) => (held ? briefNames(held.first, held.nodes) : undefined),
    },
    {
      ...{ title: words.gate, widthPx: 150 },
      ...folding('gate', GATE_FOLDS),
      value: ({ stopsHere }) => stopsHere,
    },
    // Nothing to decide once the job is over: then it is no column.
    ...(saying.has('deeds') ? [DEEDS] : []),
  ];
}

interface WavesTableProps {
  readonly system: SystemView;
  readonly job: OpenJob;
  /** The step that is looked at. */
  readonly stepId: string;
  /** Absent: of a step without nodes; then none are counted. */
  readonly cells?: readonly NodeCell[];
}

const NO_CELLS: readonly NodeCell[] = [];

/** The waves with their nodes by state at the step that is looked at, the gate that the job waits at, and what can be decided about each wave. */
export function WavesTable({ system, job, stepId, cells = NO_CELLS }: WavesTableProps) {
  const { stopBeforeWave } = useActions();
  const busy = useApp(selectBusy(`step:${job.jobId}`));
  const [goingBack, setGoingBack] = useState<number>();
  const { waves, gate, jobId, canRollback } = job;
  const { systemId } = system.saved;
  const off = busy ? t.operation.nextAnswering : whyHandsOff(system, job, stepId);
  const noRollback = busy ? t.operation.nextAnswering : whyNoRollback(system, job, stepId);
  const over = isJobOver(job.state);
  const lines = useMemo(() => {
    const counts = (waves ?? []).map((): Partial<Record<CellState, number>> => ({}));
    for (const { node, cell } of cells) {
      const ofWave = counts[(node.wave ?? 0) - 1];
      if (ofWave) ofWave[cell.state] = (ofWave[cell.state] ?? 0) + 1;
    }
    return (waves ?? []).map((wave, at): WaveLine => {
      const number = at + 1;
      const isSo = wave.stopBefore === true;
      const waits = gate?.beforeWave === number ? words.waits(gate.reason) : undefined;
      return {
        ...{ number, title: wave.title, state: wave.state, nodes: wave.nodes, off, noRollback },
        ...{ leftOut: wave.leftOut, held: wave.held },
        counts: counts[at] ?? {},
        stopsHere: waits ?? (isSo && wave.state === 'waiting' ? words.stops : undefined),
        stop:
          at > 0 && wave.state === 'waiting' && !over
            ? { isSo, set: () => void stopBeforeWave(systemId, jobId, number, !isSo) }
            : undefined,
        goBack: canRollback && wave.state !== 'waiting' && !wave.unchanged ? () => setGoingBack(number) : undefined,
      };
    });
  }, [waves, gate, cells, off, noRollback, over, canRollback, systemId, jobId, stopBeforeWave]);
  // Counts change many times a second; which columns say something seldom.
  const saying = sayingIds(lines).join(' ');
  const counted = cells !== NO_CELLS;
  const columns = useMemo(() => columnsOf(new Set(saying.split(' ')), counted), [saying, counted]);
  if (lines.length === 0) return <p className="sub">{words.none}</p>;
  return (
    <>
      <DataTable
        id="waves"
        label={t.operation.waves}
        columns={columns}
        rows={lines}
        keyOf={keyOf}
        fileName={t.tables.fileOf('waves', job.jobNumber)}
      />
      {goingBack !== undefined && (
        <RollbackDialog systemId={systemId} job={job} wave={goingBack} onClose={() => setGoingBack(undefined)} />
      )}
    </>
  );
}
