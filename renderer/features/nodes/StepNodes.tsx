import { useDeferredValue, useMemo, useRef } from 'react';
import { endedNodes } from '../../../core/model/cellCounts.ts';
import type { StepHead } from '../../../core/model/jobParts.ts';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import { useCommands } from '../../app/commands.tsx';
import { useActions, useApp } from '../../app/context.ts';
import { useFilter } from '../../app/useFilter.ts';
import { useJobPart } from '../../app/useJobPart.ts';
import { CountsBar } from '../../components/Bar.tsx';
import { useUnhurried } from '../../components/useUnhurried.ts';
import { Segmented } from '../../components/Segmented.tsx';
import { Unread } from '../../components/Unread.tsx';
import type { OpenJob } from '../../stores/openJob.ts';
import { countsOf, type StepCounts } from '../../stores/selectors.ts';
import { GROUPINGS, VIEW_KINDS, type Grouping, type ViewKind } from '../../stores/viewSlice.ts';
import { t } from '../../texts/en.ts';
import { CountChips } from './CountChips.tsx';
import { groupCells, shownCells, type NodeCell } from './grouping.ts';
import { LogSearchView } from './LogSearchView.tsx';
import { MarkedNodes } from './MarkedNodes.tsx';
import { NodeCanvas } from './NodeCanvas.tsx';
import { NodeMap, type NodesShownProps } from './NodeMap.tsx';
import { NodeTable } from './NodeTable.tsx';
import { PackagesTable } from './PackagesTable.tsx';
import { StepTimeline } from './StepTimeline.tsx';
import { useNodeDecisions } from './useNodeDecisions.tsx';
import { WavesTable } from './WavesTable.tsx';

/** From this many nodes the map is one canvas; below, every cell is a button of its own. */
export const CANVAS_FROM = 100;

/** Cells of a large job are drawn anew this often at most. */
const REDRAW_MS = 400;

const NO_COUNTS: StepCounts = { total: 0, byState: [] };

/** A step that works on nodes: counts that add up and filter, what needs a person, and the nodes in the chosen view. */
export function StepNodes({ system, job, step }: { system: SystemView; job: OpenJob; step: StepHead }) {
  const viewKind = useApp((state) => state.viewKind);
  const grouping = useApp((state) => state.grouping);
  const { setViewKind, setGrouping } = useActions();
  const finder = useRef<HTMLInputElement>(null);

  const { systemId } = system.saved;
  const nodeFilter = useFilter('job', `${systemId} ${job.jobId}`);
  const { find, states } = nodeFilter.filter;
  const toldCells = useJobPart(systemId, job.jobId, `cells:${step.stepId}`);
  const nodes = useJobPart(systemId, job.jobId, 'nodes');
  // Of a large job hundreds of cells change a second, and all nodes are gone through at each drawing.
  const calmCells = useUnhurried(toldCells, REDRAW_MS);
  const cellsOfStep = job.nodes < CANVAS_FROM ? toldCells : calmCells;
  const counts = useMemo(() => countsOf(step) ?? NO_COUNTS, [step]);
  const asked = useMemo(
    () => ({ nodes, cells: cellsOfStep, states, find, grouping, viewKind }),
    [nodes, cellsOfStep, states, find, grouping, viewKind],
  );
  // What is pressed or typed is seen at once; the nodes follow in pieces, between which the window takes the next input.
  const drawn = useDeferredValue(asked, job.nodes < CANVAS_FROM ? asked : { ...asked, nodes: undefined });
  const cells = useMemo(() => shownCells(drawn.nodes, drawn.cells, drawn.states, drawn.find), [drawn]);
  const decisions = useNodeDecisions({ system, job, step, cells });
  const byWaves = job.waves !== undefined && job.waves.length > 1;

  useCommands([{ id: 'find', name: t.keyboard.commands.find, run: () => finder.current?.focus() }]);

  const ofNodes = viewKind === 'map' || viewKind === 'table';
  return (
    <>
      <CountsBar
        counts={counts}
        label={t.operation.progress(step.counts ? endedNodes(step.counts) : 0, counts.total)}
      />
      <CountChips
        counts={counts}
        underWay={step.state === 'running'}
        chosen={states}
        onChoose={(chosen) => nodeFilter.change({ states: chosen })}
        onAll={nodeFilter.clear}
      />
      <div className="node-tools">
        <div className="tools">
          <Segmented
            label={t.operation.viewLabel}
            options={VIEW_KINDS.filter((kind) => kind !== 'waves' || byWaves || viewKind === 'waves').map((value) => ({
              value,
              text: t.operation.views[value],
            }))}
            value={viewKind}
            onChange={setViewKind}
          />
          {ofNodes && (
            <Segmented
              label={t.operation.groupLabel}
              options={GROUPINGS.filter((one) => one !== 'wave' || byWaves || grouping === 'wave').map((value) => ({
                value,
                text: t.operation.groupings[value],
              }))}
              value={grouping}
              onChange={setGrouping}
            />
          )}
          {viewKind !== 'packages' && (
            <input
              ref={finder}
              type="search"
              aria-label={t.operation.find}
              placeholder={`${t.operation.find}  /`}
              value={find}
              onChange={(event) => nodeFilter.change({ find: event.target.value })}
            />
          )}
          {drawn.viewKind !== 'packages' && (
            <MarkedNodes cells={cells} total={counts.total} decisions={decisions} filter={nodeFilter} />
          )}
        </div>
      </div>
      {drawn.viewKind === 'packages' ? (
        <PackagesTable system={system} job={job} stepId={step.stepId} />
      ) : !drawn.nodes || !drawn.cells ? (
        <p className={job.nodes < CANVAS_FROM ? 'sub' : 'sub nodes-coming'}>
          <Unread system={system} reading={t.operation.opening} />
        </p>
      ) : (
        <NodesInView
          {...{ system, job, step, cells, counts, menuOf: decisions.menuOf }}
          {...{ viewKind: drawn.viewKind, grouping: drawn.grouping }}
        />
      )}
      {decisions.dialog}
    </>
  );
}

interface NodesInViewProps {
  readonly system: SystemView;
  readonly job: OpenJob;
  readonly step: StepHead;
  readonly cells: readonly NodeCell[];
  readonly counts: StepCounts;
  readonly viewKind: Exclude<ViewKind, 'packages'>;
  readonly grouping: Grouping;
  readonly menuOf: NodesShownProps['menuOf'];
}

/** The nodes in one view. A component of its own, since between two components that are drawn the window takes input. */
function NodesInView({ system, job, step, cells, counts, viewKind, grouping, menuOf }: NodesInViewProps) {
  const openNode = useApp((state) => state.openNode);
  const selection = useApp((state) => state.selectedNodes);
  const { showNode, selectNodes } = useActions();
  const groups = useMemo(() => groupCells(cells, grouping), [cells, grouping]);
  const shown = {
    ...{ system, groups, cells, openNode, onOpen: showNode, selection, onSelect: selectNodes, menuOf },
    fileName: t.tables.fileOf(step.stepId, job.jobNumber),
  };
  switch (viewKind) {
    case 'waves':
      return <WavesTable system={system} job={job} stepId={step.stepId} cells={cells} />;
    case 'timeline':
      return <StepTimeline system={system} job={job} step={step} cells={cells} />;
    case 'logs':
      return <LogSearchView {...shown} job={job} step={step} />;
    case 'map':
    case 'table':
      if (cells.length === 0) return <p className="sub">{t.operation.noMatch}</p>;
      if (viewKind === 'table') return <NodeTable {...shown} />;
      return counts.total >= CANVAS_FROM ? (
        <NodeCanvas {...shown} summary={summaryOf(counts)} />
      ) : (
        <NodeMap {...shown} />
      );
  }
}

const summaryOf = (counts: StepCounts): string =>
  counts.byState
    .filter(({ count }) => count > 0)
    .map(({ state, count }) => `${count} ${t.states[state]}`)
    .join(', ');
