import { reportOf } from '../../core/protocol/errors.ts';
import type { Log } from '../service.ts';
import type { JobEvent } from '../sequencer/events.ts';
import type { SequencerState } from '../sequencer/state.ts';
import { recordAfter, type JobRecord } from './jobRecord.ts';
import type { Tell, ToldLine } from './ports.ts';
import type { OpenedRecord } from './snapshots.ts';
import { timelineText } from './timelineText.ts';

/** Last events that a resumed job tells again; more than one commit ever holds between two answers of a person. */
const TOLD_AGAIN = 100;

interface TimelinePorts {
  readonly tell: Tell;
  readonly log: Log;
}

/** An event with the state after it. */
export interface EventToTell {
  readonly event: JobEvent;
  readonly state: SequencerState;
}

/** Tells the timeline of events of one job, at once: each time that it is told costs a wait for the disk. */
export function tellEvents(ports: TimelinePorts, events: readonly EventToTell[]): void {
  // The journal has the events; the job must not stop because the timeline did.
  const lost = ({ event, state }: EventToTell, error: unknown): void => {
    const { jobId, eventNumber } = state;
    ports.log.warn('a line for the timeline was lost', { jobId, eventNumber, event: event.kind, ...reportOf(error) });
  };
  const lines: ToldLine[] = [];
  const told: EventToTell[] = [];
  for (const one of events) {
    try {
      const line = timelineText(one.event, one.state);
      const { jobId, eventNumber } = one.state;
      if (!line) continue;
      lines.push({ ...line, jobId, eventId: `${jobId} ${eventNumber}` });
      told.push(one);
    } catch (error) {
      lost(one, error);
    }
  }
  try {
    if (lines.length > 0) ports.tell(...lines);
  } catch (error) {
    for (const one of told) lost(one, error);
  }
}

/**
 * Tells the last events of a journal once more, since a crash may have come between journal and timeline, which drops what it has. Those
 * before a snapshot were told before it was written. Answers what the whole journal makes. @throws PutError state-damaged
 */
export function tellAgain({ before, first, tail }: OpenedRecord, ports: TimelinePorts): JobRecord {
  const untold = Math.max(0, tail.length - TOLD_AGAIN);
  let record = tail.slice(0, untold).reduce(recordAfter, before);
  const told: EventToTell[] = first && untold === 0 ? [{ event: first, state: record.machine }] : [];
  for (const event of tail.slice(untold)) {
    record = recordAfter(record, event);
    told.push({ event, state: record.machine });
  }
  tellEvents(ports, told);
  return record;
}
