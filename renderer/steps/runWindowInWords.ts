import { instantMs } from '../../core/model/instant.ts';
import type { JobView } from '../../core/model/job.ts';
import { formatDateIn, formatMoment, zoneOfTimes } from '../components/format.ts';
import { t } from '../texts/en.ts';

const words = t.operation.runWindow;

/** A moment by the reader's clock, in UTC, and by the clock of the master node's place where that shows another time. */
export function momentHereAndThere(atMs: number, masterZone: string | undefined): string {
  const here = formatMoment(atMs);
  const there = masterZone === undefined ? undefined : formatDateIn(masterZone, atMs);
  return there === undefined || there === formatDateIn(zoneOfTimes(), atMs)
    ? here
    : words.atMaster(here, there, masterZone ?? '');
}

/** When a job may begin to change nodes. */
export function runWindowInWords({ notBefore, notAfter, timeZone }: NonNullable<JobView['runWindow']>): string {
  const at = (instant: string): string => momentHereAndThere(instantMs(instant), timeZone);
  if (notBefore === undefined) return words.untilOnly(at(notAfter ?? ''));
  return notAfter === undefined ? words.from(at(notBefore)) : words.between(at(notBefore), at(notAfter));
}
