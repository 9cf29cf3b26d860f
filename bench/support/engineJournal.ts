import { deflateSync } from 'node:zlib';
import { runAtOnce } from '../../core/model/slices.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { Journal } from '../../services/jobs/Journal.ts';
import { firstRecord, recordAfter, summaryOf } from '../../services/jobs/jobRecord.ts';
import { EVENTS_BETWEEN, packRecord } from '../../services/jobs/snapshots.ts';
import type { JobEvent } from '../../services/sequencer/events.ts';
import { engineEvents, type EngineFigures } from './engineJob.ts';

/** Name of the job that is written. */
export const ENGINE_JOB = 'measured';

/** Writes a running job as a kill at the worst moment leaves it: its last snapshot is as many events back as it ever is. */
export function writeEngineJournal(path: string, figures: EngineFigures): void {
  const journal = new Journal(path);
  const [first, ...others] = [...engineEvents(figures)].flat();
  if (!first) throw new PutError('internal', 'a job has no events');
  let record = firstRecord(first);
  let atSnapshot = record;
  let batch: JobEvent[] = [first];
  let number = 1;
  const flush = (): void => {
    journal.append({ jobId: ENGINE_JOB, firstNumber: number, events: batch, summary: summaryOf(record) });
    number += batch.length;
    batch = [];
  };
  for (const event of others) {
    record = recordAfter(record, event);
    batch.push(event);
    if (batch.length > 5000) flush();
    if (record.machine.eventNumber === others.length + 1 - EVENTS_BETWEEN) atSnapshot = record;
  }
  if (batch.length > 0) flush();
  const body = deflateSync(runAtOnce(packRecord(atSnapshot, journal.values)), { level: 1 });
  journal.keepSnapshot(ENGINE_JOB, atSnapshot.machine.eventNumber, body, 1);
  journal.close();
}
