import type { StepCounts } from '../stores/selectors.ts';

/** Share of each state in a thin bar; the chips below it hold the numbers. */
export function CountsBar({ counts, label }: { counts: StepCounts; label: string }) {
  const total = Math.max(1, counts.total);
  return (
    <svg className="counts-bar" role="img" aria-label={label} viewBox="0 0 1000 6" preserveAspectRatio="none">
      {
        counts.byState.reduce<{ from: number; parts: React.ReactElement[] }>(
          ({ from, parts }, { state, count }) => {
            const width = (count / total) * 1000;
            if (count === 0 || state === 'waiting') return { from, parts };
            const part = <rect key={state} className={`s-${state}`} x={from} y="0" width={width} height="6" />;
            return { from: from + width, parts: [...parts, part] };
          },
          { from: 0, parts: [] },
        ).parts
      }
    </svg>
  );
}

/** Progress from 0 to 1. */
export function ProgressBar({ value, label }: { value: number; label: string }) {
  const percent = Math.round(Math.min(1, Math.max(0, value)) * 100);
  return (
    <svg
      className="progress-bar"
      viewBox="0 0 100 4"
      preserveAspectRatio="none"
      role="progressbar"
      aria-label={label}
      aria-valuenow={percent}
      aria-valuemin={0}
      aria-valuemax={100}
    >
      <rect x="0" y="0" width={percent} height="4" />
    </svg>
  );
}
