import { useApp } from '../app/context.ts';
import { seenThen } from '../stores/lastSeen.ts';
import { timeTexts } from '../texts/enTimes.ts';
import { formatClock } from './format.ts';

/** Says of which time something is that is shown without a line, where it is older than the loss of the line. `keys`: as in `LastSeen`. */
export function AsItWas({ systemId, keys }: { readonly systemId: string; readonly keys: readonly string[] }) {
  const atMs = useApp((state) => {
    const times = keys.flatMap((key) => seenThen(state, systemId, key)?.atMs ?? []);
    return times.length === 0 ? undefined : Math.min(...times);
  });
  return atMs === undefined ? null : <p className="sub">{timeTexts.age.asItWas(formatClock(atMs, true))}</p>;
}
