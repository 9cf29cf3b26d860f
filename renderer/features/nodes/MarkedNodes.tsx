import { useMemo } from 'react';
import { useActions, useApp } from '../../app/context.ts';
import { NOTHING_SELECTED } from '../../components/table/rowSelection.ts';
import { formatCount } from '../../components/table/tableColumn.ts';
import { t } from '../../texts/en.ts';
import type { NodeCell } from './grouping.ts';
import type { NodeDecisions } from './useNodeDecisions.tsx';
import type { useFilter } from '../../app/useFilter.ts';
import { FilterState } from '../../components/FilterState.tsx';

const words = t.operation.marked;
type JobFilter = ReturnType<typeof useFilter<'job'>>;

/** How many of the nodes are shown, and what can be done with those that are marked. Always there, so that nothing moves when something is marked. */
export function MarkedNodes({
  cells,
  total,
  decisions,
  filter,
}: {
  readonly cells: readonly NodeCell[];
  /** Nodes of the step. */
  readonly total: number;
  readonly decisions: NodeDecisions;
  /** What leaves nodes out. */
  readonly filter: JobFilter;
}) {
  const { selectNodes } = useActions();
  const { keys } = useApp((state) => state.selectedNodes);
  // What is filtered away is not acted on: a person decides on what they see.
  const marked = useMemo(
    () => new Set(keys.size === 0 ? [] : cells.flatMap(({ node }) => (keys.has(node.nodeId) ? [node.nodeId] : []))),
    [cells, keys],
  );
  const deeds = decisions.byDeed(marked);
  const { retry, ignore, giveUp } = deeds;
  // With a click on the wrong button nodes are given up that nobody marked.
  const ignored = useMemo(
    () => cells.flatMap(({ node, cell }) => (cell.state === 'ignored' ? [node.nodeId] : [])),
    [cells],
  );
  const back = marked.size > 1 ? deeds.undoIgnore : ignored;
  const undo = back.length > 0 && !decisions.off && (
    <button type="button" className="btn small" onClick={() => decisions.undoIgnore(back)}>
      {words.undoIgnore(back.length)}
    </button>
  );
  return (
    <div className="marked-line">
      <FilterState
        {...{ filter, all: total, shown: cells.length }}
        more={[
          ...(marked.size > 1 ? [words.count(formatCount(marked.size))] : []),
          ...(keys.size > marked.size ? [words.hidden(formatCount(keys.size - marked.size))] : []),
        ]}
      />
      {marked.size <= 1 && undo && <span className="row-buttons push-right">{undo}</span>}
      {marked.size > 1 && (
        <span className="row-buttons push-right" role="group" aria-label={words.group}>
          <button
            type="button"
            className="btn small"
            disabled={decisions.retryOff(deeds)}
            onClick={() => decisions.retry(retry)}
          >
            {words.retry(retry.length)}
          </button>
          <button
            type="button"
            className="btn small"
            disabled={decisions.off || ignore.length === 0}
            onClick={() => decisions.askIgnore(ignore)}
          >
            {words.ignore(ignore.length)}
          </button>
          {undo}
          <button
            type="button"
            className="btn small"
            disabled={decisions.off || giveUp.length === 0}
            onClick={() => decisions.askGiveUp(giveUp)}
          >
            {words.giveUp(giveUp.length)}
          </button>
          <button type="button" className="btn small" onClick={() => selectNodes(NOTHING_SELECTED)}>
            {words.none}
          </button>
        </span>
      )}
    </div>
  );
}
