import type { SystemView } from '../../electron/contract/bridge.ts';
import { masterHeard } from '../stores/selectors.ts';
import { formatElapsed, formatElapsedMinutes } from './format.ts';
import { useNowAs } from './useNow.ts';

/**
 * How long a job takes so far, or took; a piece of its own, so that a second draws it alone. `sinceMs` and `endedAtMs` are by the master's clock; without an end it counts on
 * by itself, and where nobody hears the master, up to when it was heard: what came after is not known. Seconds are counted while something works: a job that
 * waits for a person (`waits`) is left for hours, and a window that nobody touches then has nothing to draw.
 */
export function Elapsed(props: {
  readonly system: SystemView;
  readonly sinceMs: number;
  readonly endedAtMs?: number | undefined;
  readonly waits?: boolean | undefined;
}) {
  const { system, sinceMs, endedAtMs, waits = false } = props;
  const format = waits ? formatElapsedMinutes : formatElapsed;
  const elapsed = useNowAs(
    (nowMs) => format((endedAtMs ?? masterHeard(system, nowMs)) - sinceMs),
    endedAtMs === undefined,
  );
  return <>{elapsed}</>;
}
