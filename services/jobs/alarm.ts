import type { Clock } from '../../core/session/ports.ts';

/** The master's clock may be set at any moment; it is looked at again at the latest after this. */
const LOOK_AGAIN_MS = 10_000;

/** Calls back once the clock says `atMs`, or later, however it is set meanwhile; the answer stops it. */
export function setAlarm(clock: Clock, atMs: number, onDue: () => void): () => void {
  let stop: () => void = () => undefined;
  const look = (): void => {
    const leftMs = atMs - clock.nowMs();
    stop = leftMs <= 0 ? clock.setTimer(0, onDue) : clock.setTimer(Math.min(leftMs, LOOK_AGAIN_MS), look);
  };
  look();
  return () => stop();
}
