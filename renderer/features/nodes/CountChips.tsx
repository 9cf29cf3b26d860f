import { useLayoutEffect, useRef } from 'react';
import type { CellState } from '../../../core/model/job.ts';
import { StateMark } from '../../components/StateMark.tsx';
import { formatCount, roomOf } from '../../components/table/tableColumn.ts';
import { useWidthPx } from '../../components/useWidthPx.ts';
import type { StepCounts } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';

/** How far words yield to a narrow window: none, those of states that call for nothing, all. The mark and the number stay. */
const FOLDS = ['0', '1', '2'] as const;
/** States that call for nothing. */
const CALM: ReadonlySet<CellState> = new Set(['ok', 'running', 'waiting', 'ignored', 'skipped']);
/** States that nodes of a step under way go through: their chips stay while it goes on, so that none moves when the first node comes or the last one goes. */
const ON_THE_WAY: ReadonlySet<CellState> = new Set(['ok', 'running', 'waiting']);

/** One chip a state with nodes; their numbers add up to the last one. A click filters. One line high, whatever the states. */
export function CountChips(props: {
  readonly counts: StepCounts;
  readonly underWay: boolean;
  /** States that alone are shown; none: all are. */
  readonly chosen: readonly CellState[];
  readonly onChoose: (states: readonly CellState[]) => void;
  /** All nodes are asked for. */
  readonly onAll: () => void;
}) {
  const { counts, underWay, chosen, onChoose, onAll } = props;
  const line = useRef<HTMLDivElement>(null);
  const widthPx = useWidthPx(line);
  const shown = counts.byState.filter(
    ({ state, count }) => count > 0 || chosen.includes(state) || (underWay && ON_THE_WAY.has(state)),
  );
  // A chip has the room of the largest number that it can come to.
  const needs = [...shown.map(({ state }) => state), formatCount(counts.total).length].join(' ');
  useLayoutEffect(() => {
    const row = line.current;
    if (!row) return;
    const fit = (): void => {
      for (const fold of FOLDS) {
        row.dataset['fold'] = fold;
        if (row.scrollWidth <= row.clientWidth) return;
      }
    };
    fit();
    // The letters of the window may come after its first paint.
    void document.fonts?.ready.then(fit);
  }, [widthPx, needs]);
  const toggle = (state: CellState): void =>
    onChoose(chosen.includes(state) ? chosen.filter((one) => one !== state) : [...chosen, state]);
  return (
    <div ref={line} className="chips" role="group" aria-label={t.operation.countsLabel}>
      {shown.map(({ state, count }) => (
        <button
          key={state}
          type="button"
          className={CALM.has(state) ? 'chip calm' : 'chip'}
          aria-pressed={chosen.includes(state)}
          title={t.operation.inState(formatCount(count), t.states[state])}
          aria-label={t.operation.inState(formatCount(count), t.states[state])}
          onClick={() => toggle(state)}
        >
          <StateMark state={state} />
          <b className="num">{formatCount(count)}</b> <span className="chip-word">{t.states[state]}</span>
          <span className="room" data-room={roomOf(count, counts.total)} aria-hidden="true" />
        </button>
      ))}
      <button type="button" className="chip" aria-pressed={chosen.length === 0} onClick={onAll}>
        <b className="num">{formatCount(counts.total)}</b> {t.operation.inAll}
      </button>
    </div>
  );
}
