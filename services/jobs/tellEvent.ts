import { reportOf } from '../../core/protocol/errors.ts';
import type { Log } from '../service.ts';
import type { JobEvent } from '../sequencer/events.ts';
import type { SequencerState } from '../sequencer/state.ts';
import { recordAfter, type JobRecord } from './jobRecord.ts';
import type { Tell } from './ports.ts';
import type { OpenedRecord } from './snapshots.ts';
import { timelineText } from './timelineText.ts';

/** Last events that a resumed job tells again; more than one commit ever holds between two answers of a person. */
const TOLD_AGAIN = 100;

interface TimelinePorts {
  readonly tell: Tell;
  readonly log: Log;
}

/** Tells the timeline of an event; `state` is the one after the event. */
export function tellEvent(ports: TimelinePorts, event: JobEvent, state: SequencerState): void {
  const { jobId, eventNumber } = state;
  try {
    const line = timelineText(event, state);
    if (line) ports.tell({ ...line, jobId, eventId: `${jobId} ${eventNumber}` });
  } catch (error) {
    // The journal has the event; the job must not stop because the timeline did.
    ports.log.warn('a line for the timeline was lost', { jobId, eventNumber, event: event.kind, ...reportOf(error) });
  }
}

/**
 * Tells the last events of a journal once more, since a crash may have come between journal and timeline, which drops what it has. Those
 * before a snapshot were told before it was written. Answers what the whole journal makes. @throws PutError state-damaged
 */
export function tellAgain({ before, first, tail }: OpenedRecord, ports: TimelinePorts): JobRecord {
  const untold = Math.max(0, tail.length - TOLD_AGAIN);
  let record = tail.slice(0, untold).reduce(recordAfter, before);
  if (first && untold === 0) tellEvent(ports, first, record.machine);
  for (const event of tail.slice(untold)) {
    record = recordAfter(record, event);
    tellEvent(ports, event, record.machine);
  }
  return record;
}
