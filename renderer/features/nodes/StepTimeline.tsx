import { useEffect, useMemo, useRef, useState } from 'react';
import type uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { STATE_ORDER, TROUBLE_STATES } from '../../../core/model/cellCounts.ts';
import type { CellState } from '../../../core/model/job.ts';
import type { StepHead } from '../../../core/model/jobParts.ts';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import { StateWord } from '../../components/StateMark.tsx';
import { formatClock, formatElapsed, inTitle } from '../../components/format.ts';
import { DataTable } from '../../components/table/DataTable.tsx';
import type { TableColumn } from '../../components/table/tableColumn.ts';
import { useNowAs } from '../../components/useNow.ts';
import type { OpenJob } from '../../stores/openJob.ts';
import { masterHeard } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';
import { stepFigures } from '../history/compareRuns.ts';
import { spanOf, StepBars, type BarSpan } from '../history/StepBars.tsx';
import { colourOf, readColours } from './canvasPaint.ts';
import type { NodeCell } from './grouping.ts';
import { stepCurve, type StepCurve } from './stepTimeline.ts';

const words = t.operation.timeline;
const HEIGHT_PX = 240;
/** A picture of some hundred points moves by less than one in this time. */
const REDRAW_MS = 2_000;

interface StepLine {
  readonly step: StepHead;
  /** The master's clock up to when it was heard, while it is at work. */
  readonly nowMs: number | undefined;
  /** From the first begin of a step of the run to the last end, or to then. */
  readonly span: BarSpan;
}

const tookMs = ({ step, nowMs }: StepLine): number | undefined => {
  const until = step.endedAtMs ?? nowMs;
  return step.startedAtMs === undefined || until === undefined ? undefined : until - step.startedAtMs;
};
const clock = (atMs: number | undefined): string => (atMs === undefined ? '' : formatClock(atMs, true));
const iso = (atMs: number | undefined): string | undefined =>
  atMs === undefined ? undefined : new Date(atMs).toISOString();
const keyOf = ({ step }: StepLine): string => step.stepId;

/** What is shown at first; the others are in the table's menu, so that the numbers of a step add up. */
const SHOWN_STATES: readonly CellState[] = ['ok', ...TROUBLE_STATES];
/** The later, the longer it stays where the room is short; what is not here stays. */
const STATES_THAT_FOLD: readonly CellState[] = ['unknown', 'unreachable'];

/** Nodes of a step in one state, by the order and the words in which they are counted everywhere. */
function countColumn(state: CellState): TableColumn<StepLine> {
  const title = inTitle(t.states[state]);
  const turn = STATES_THAT_FOLD.indexOf(state);
  return {
    ...{ id: state === 'ok' ? 'done' : state, title, kind: 'number', widthPx: title.length * 7 + 28 },
    value: ({ step }) => step.counts?.[state],
    ...(turn < 0 ? {} : { folds: 3 + turn }),
    ...(SHOWN_STATES.includes(state) ? {} : { offAtFirst: true }),
  };
}

export const STEP_COLUMNS: readonly TableColumn<StepLine>[] = [
  { id: 'step', title: words.step, widthPx: 150, value: ({ step }) => step.title },
  {
    ...{ id: 'picture', title: words.when, widthPx: 90, grows: true },
    value: ({ step }) => step.startedAtMs,
    show: ({ step, span }) => <StepBars runs={[stepFigures(step)]} spans={[span]} />,
    exported: () => undefined,
  },
  {
    ...{ id: 'state', title: t.operation.columns.state, widthPx: 130, folds: 5 },
    value: ({ step }) => t.states[step.state],
    show: ({ step }) => <StateWord state={step.state} />,
  },
  {
    ...{ id: 'started', title: words.started, kind: 'number', widthPx: 80, folds: 1 },
    value: ({ step }) => step.startedAtMs,
    show: ({ step }) => clock(step.startedAtMs),
    exported: ({ step }) => iso(step.startedAtMs),
  },
  {
    ...{ id: 'ended', title: words.ended, kind: 'number', widthPx: 80, offAtFirst: true },
    value: ({ step }) => step.endedAtMs,
    show: ({ step }) => clock(step.endedAtMs),
    exported: ({ step }) => iso(step.endedAtMs),
  },
  {
    ...{ id: 'took', title: words.took, kind: 'number', widthPx: 64, folds: 2 },
    value: tookMs,
    show: (line) => {
      const took = tookMs(line);
      return took === undefined ? '' : formatElapsed(took);
    },
  },
  ...STATE_ORDER.map(countColumn),
];

/** How the nodes of the step went over time, on a canvas, and every step with its times in rows. */
export function StepTimeline(props: {
  readonly system: SystemView;
  readonly job: OpenJob;
  readonly step: StepHead;
  readonly cells: readonly NodeCell[];
}) {
  const { system, job, step, cells } = props;
  const atMs = useNowAs(
    (nowMs) => step.endedAtMs ?? Math.floor(masterHeard(system, nowMs) / REDRAW_MS) * REDRAW_MS,
    step.endedAtMs === undefined,
  );
  const curve = useMemo(() => stepCurve(cells, atMs), [cells, atMs]);
  const lines = useMemo((): StepLine[] => {
    const steps = job.stepOrder.flatMap((id) => job.steps[id] ?? []);
    const span = spanOf(steps.map(stepFigures), atMs);
    return steps.map((one) => ({ step: one, nowMs: one.state === 'running' ? atMs : undefined, span }));
  }, [job.stepOrder, job.steps, atMs]);
  return (
    <>
      {curve ? <CurvePicture curve={curve} label={words.picture(step.title)} /> : <p className="sub">{words.none}</p>}
      <DataTable
        id="step-times"
        label={words.steps}
        columns={STEP_COLUMNS}
        rows={lines}
        keyOf={keyOf}
        openKey={step.stepId}
        fileName={t.tables.fileOf('steps', job.jobNumber)}
      />
    </>
  );
}

/** The running, the ended and the failed nodes of a step over its time. */
export function CurvePicture({ curve, label }: { readonly curve: StepCurve; readonly label: string }) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | undefined>(undefined);
  const [isMissing, setMissing] = useState(false);
  const data = useMemo(
    () => [curve.atSeconds, curve.running, curve.ended, curve.trouble] as unknown as uPlot.AlignedData,
    [curve],
  );
  const first = useRef(data);
  useEffect(() => {
    const area = box.current;
    if (!area) return undefined;
    let gone = false;
    // Only who looks at a timeline loads the library of charts.
    const make = async (): Promise<void> => {
      const { default: Chart } = await import('uplot');
      if (gone) return;
      chart.current?.destroy();
      chart.current = new Chart(optionsFor(area.clientWidth), first.current, area);
    };
    const draw = (): void => void make().catch(() => setMissing(true));
    draw();
    const resized = new ResizeObserver(() => chart.current?.setSize({ width: area.clientWidth, height: HEIGHT_PX }));
    resized.observe(area);
    const theme = new MutationObserver(draw);
    theme.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
    return () => {
      gone = true;
      resized.disconnect();
      theme.disconnect();
      chart.current?.destroy();
      chart.current = undefined;
    };
  }, []);
  useEffect(() => {
    first.current = data;
    chart.current?.setData(data);
  }, [data]);
  return isMissing ? (
    <p className="hint">{words.notLoaded}</p>
  ) : (
    <div ref={box} className="curve" role="img" aria-label={label} />
  );
}

/** Where no pointer is over the curve, its legend tells of the last moment. */
function tellLast(chart: uPlot): void {
  const last = chart.data[0].length - 1;
  if ((chart.legend.idx ?? null) === null && last >= 0) chart.setLegend({ idx: last }, false);
}

/** Between two marks of the time, in seconds: a clock tells no parts of one, and would tell the same time twice. */
const SECOND_STEPS = [
  ...[1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800],
  ...[1, 2, 3, 6, 12, 24, 48].map((hours) => hours * 3600),
];
/** Between two marks of a number of nodes, of which there are no parts. */
const NODE_STEPS = [1, 10, 100, 1_000, 10_000].flatMap((ten) => [ten, 2 * ten, 5 * ten]);

function optionsFor(width: number): uPlot.Options {
  const colours = readColours();
  const line = (label: string, colour: string, fill?: string): uPlot.Series => ({
    label,
    stroke: colourOf(colours, colour),
    width: 1.5,
    points: { show: false },
    ...(fill === undefined ? {} : { fill: colourOf(colours, fill) }),
  });
  const axis = (size: number): uPlot.Axis => ({
    stroke: colourOf(colours, 'ink-3'),
    font: "12px 'IBM Plex Sans', sans-serif",
    grid: { stroke: colourOf(colours, 'wait-soft'), width: 1 },
    ticks: { stroke: colourOf(colours, 'wait-soft'), width: 1 },
    size,
  });
  const clockOf = (_: uPlot, seconds: number | null): string =>
    seconds === null ? '' : formatClock(seconds * 1000, true);
  return {
    width,
    height: HEIGHT_PX,
    series: [
      { label: words.time, value: clockOf },
      line(t.states.running, 'run', 'run-soft'),
      line(words.endedNodes, 'ok'),
      // Lines are told apart by more than colour: a ground, a whole line, a broken one.
      { ...line(words.trouble, 'fail'), dash: [6, 4] },
    ],
    legend: { markers: { dash: (chart, at) => (chart.series[at]?.dash ? 'dashed' : 'solid') } },
    hooks: { ready: [tellLast], setData: [tellLast], setLegend: [tellLast] },
    axes: [
      {
        ...axis(28),
        incrs: SECOND_STEPS,
        values: (_, splits) =>
          splits.map((seconds) =>
            formatClock(seconds * 1000, splits.length > 1 && (splits[1] ?? 0) - (splits[0] ?? 0) < 60),
          ),
      },
      { ...axis(56), incrs: NODE_STEPS },
    ],
    scales: { x: { time: true }, y: { range: (_, __, most) => [0, Math.max(1, most)] } },
    cursor: { drag: { x: false, y: false } },
  };
}
