import { StateMark } from '../../components/StateMark.tsx';
import type { StepFigures } from './compareRuns.ts';

/** The time that the bars of one table stand in; the master's clock, in ms. */
export interface BarSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

const UNITS = 1000;
const BAR = 8;
const GAP = 3;

/**
 * Steps as bars in time, of one run or of two, each run from its own beginning. Only a picture: the row beside it has begin, end and
 * what failed in words.
 */
export function StepBars({
  runs,
  spans,
}: {
  readonly runs: readonly (StepFigures | undefined)[];
  readonly spans: readonly BarSpan[];
}) {
  const lengthMs = Math.max(1, ...spans.map(({ fromMs, toMs }) => toMs - fromMs));
  const height = runs.length * (BAR + GAP) - GAP;
  const trouble = runs.some((run) => (run?.trouble ?? 0) > 0 || run?.state === 'failed');
  return (
    <span className="step-bars" aria-hidden="true">
      <svg viewBox={`0 0 ${UNITS} ${height}`} preserveAspectRatio="none" height={height}>
        {runs.map((run, i) => {
          const span = spans[i];
          if (!run || !span || run.startedAtMs === undefined) return null;
          const at = ((run.startedAtMs - span.fromMs) / lengthMs) * UNITS;
          const width = Math.max(3, (((run.endedAtMs ?? span.toMs) - run.startedAtMs) / lengthMs) * UNITS);
          const ended = (run.done ?? 0) + (run.trouble ?? 0);
          const share = ended === 0 ? Number(run.state === 'failed') : (run.trouble ?? 0) / ended;
          // One failed node of thousands must be seen too.
          const bad = share === 0 ? 0 : Math.max(3, share * width);
          const top = i * (BAR + GAP);
          return (
            <g key={i}>
              <rect className={`bar-${i}`} x={at} y={top} width={width} height={BAR} />
              {bad > 0 && <rect className="bar-bad" x={at + width - bad} y={top} width={bad} height={BAR} />}
            </g>
          );
        })}
      </svg>
      <span className="bar-mark">{trouble && <StateMark state="failed" />}</span>
    </span>
  );
}

/** From the first begin of a step to the last end; `nowMs` stands for an end that is not there yet. */
export function spanOf(steps: readonly (StepFigures | undefined)[], nowMs: number): BarSpan {
  let fromMs = Infinity;
  let toMs = -Infinity;
  for (const step of steps) {
    if (step?.startedAtMs === undefined) continue;
    fromMs = Math.min(fromMs, step.startedAtMs);
    toMs = Math.max(toMs, step.endedAtMs ?? nowMs);
  }
  return fromMs === Infinity ? { fromMs: 0, toMs: 0 } : { fromMs, toMs };
}
