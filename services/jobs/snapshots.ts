import { promisify } from 'node:util';
import { constants, deflate, deflateSync, inflateSync } from 'node:zlib';
import { runAtOnce, type Slices } from '../../core/model/slices.ts';
import { PutError, reportOf } from '../../core/protocol/errors.ts';
import type { Clock } from '../../core/session/ports.ts';
import type { Log } from '../service.ts';
import type { CellTable } from '../sequencer/cells.ts';
import type { Column } from '../sequencer/column.ts';
import type { JobEvent } from '../sequencer/events.ts';
import { isOver, type KnownNode, type SequencerState } from '../sequencer/state.ts';
import type { DecisionTold } from './decisionRecord.ts';
import type { Journal } from './Journal.ts';
import { firstRecord, recordAfter, type JobRecord } from './jobRecord.ts';
import type { JournalValues } from './journalValues.ts';
import type { NodeResult, NodeResults } from './nodeResults.ts';
import type { PackageResults } from './packageResults.ts';
import { inTurns } from './turns.ts';

/*
 * What the events of a job have made so far, written down, so that opening the job need not go through all of them. A snapshot is never needed: one that is
 * torn, wrong or of another form is passed over, and the events make the same.
 */

/** Grows with every change of what a state or the results are made of; snapshots of another one are passed over. */
export const SNAPSHOT_FORMAT = 14;
/** Events after which a running job is written down again. */
export const EVENTS_BETWEEN = 2_500;
/** A job that ends, or is left at a stop, is written down where opening it would go through this share of as many events. */
const WORTH_SHARE = 0.2;
/** A shorter text is compressed at once: in less time than passing it to another thread and back takes. */
const SHORT_TEXT = 64 * 1024;
/** Snapshots kept of a running job: the newest, and the one before, should the newest be unusable. */
const KEPT = 2;

const compress = promisify(deflate);
const FAST = { level: constants.Z_BEST_SPEED };

interface Body {
  readonly format: number;
  readonly machine: Omit<SequencerState, 'known'>;
  readonly known: Column<KnownNode>;
  readonly results: PackageResults;
  readonly nodeResults: NodeResults;
  readonly decisions: readonly DecisionTold[];
}

/** The text of a record, with places to pause. Lists and facts of nodes stand in it by their digests, as in events. */
export function* packRecord(
  { machine, results, nodeResults, decisions }: JobRecord,
  values: JournalValues,
): Slices<string> {
  const { known, cells, ...rest } = machine;
  const parts: string[] = [`{"format":${SNAPSHOT_FORMAT},"known":`];
  yield* packColumn(parts, known, (node) => values.packPart(node));
  parts.push(',"results":{"rows":', JSON.stringify(results.rows), ',"outcomes":');
  yield* packColumn(parts, results.outcomes, (outcomes) => outcomes);
  parts.push('},"nodeResults":{');
  for (const [i, [stepId, column]] of Object.entries(nodeResults).entries()) {
    parts.push(`${i > 0 ? ',' : ''}${JSON.stringify(stepId)}:`);
    yield* packColumn(parts, column, (node) => values.packPart(node));
  }
  parts.push('},"decisions":', JSON.stringify(decisions), ',"machine":{"cells":{');
  for (const [i, [stepId, { column, waves }]] of Object.entries(cells).entries()) {
    parts.push(`${i > 0 ? ',' : ''}${JSON.stringify(stepId)}:{"waves":${JSON.stringify(waves)},"column":`);
    yield* packColumn(parts, column, (cell) => cell);
    parts.push('}');
  }
  parts.push('}');
  for (const [name, value] of Object.entries(rest)) {
    if (value === undefined) continue;
    parts.push(`,${JSON.stringify(name)}:${JSON.stringify(value)}`);
    yield;
  }
  parts.push('}}');
  return parts.join('');
}

function* packColumn<T>(parts: string[], { length, shards }: Column<T>, pack: (value: T) => unknown): Slices<void> {
  parts.push(`{"length":${length},"shards":[`);
  for (const [i, shard] of shards.entries()) {
    const packed = shard && shard.map((value) => (value === null ? null : pack(value)));
    parts.push(`${i > 0 ? ',' : ''}${JSON.stringify(packed)}`);
    yield;
  }
  parts.push(']}');
}

/** The record of a text; the opposite of `packRecord`. @throws where it is not one of this format, job and number */
export function unpackRecord(text: string, jobId: string, number: number, values: JournalValues): JobRecord {
  const { format, machine, known, results, nodeResults, decisions } = JSON.parse(text) as Body;
  if (format !== SNAPSHOT_FORMAT || machine.jobId !== jobId || machine.eventNumber !== number) {
    throw new PutError('state-damaged', `it is not format ${SNAPSHOT_FORMAT} of event ${number}`, { jobId, number });
  }
  const columns = [
    ...[known, results.outcomes, ...Object.values(nodeResults)],
    ...Object.values(machine.cells).map((table: CellTable) => table.column),
  ];
  if (columns.some((column) => column.length !== 0 && column.length !== machine.nodes.ids.length)) {
    throw new PutError('state-damaged', 'its columns are not of the nodes of the job', { jobId, number });
  }
  const unpacked = <T>({ length, shards }: Column<T>): Column<T> => ({
    length,
    shards: shards.map((shard) => shard && shard.map((node) => node && (values.unpackPart(node) as T))),
  });
  return {
    machine: { ...machine, known: unpacked<KnownNode>(known) },
    results,
    decisions,
    nodeResults: Object.fromEntries(
      Object.entries(nodeResults).map(([stepId, column]) => [stepId, unpacked<NodeResult>(column)]),
    ),
  };
}

/** A job as it is read: what a snapshot has, or its first event makes, and the events after that. */
export interface OpenedRecord {
  readonly before: JobRecord;
  /** The first event, where there is no snapshot. */
  readonly first?: JobEvent | undefined;
  readonly tail: readonly JobEvent[];
}

/** What of a journal a record is read from. */
export type RecordSource = Pick<Journal, 'lastEvent' | 'snapshots' | 'events' | 'values'>;

/** Reads a job from its newest usable snapshot; undefined for one that is not there. @throws PutError state-damaged */
export function openRecord(journal: RecordSource, jobId: string, log?: Log): OpenedRecord | undefined {
  const last = journal.lastEvent(jobId);
  for (const { number, body } of journal.snapshots(jobId)) {
    if (number > last) continue;
    let before: JobRecord;
    try {
      before = unpackRecord(inflateSync(body).toString(), jobId, number, journal.values);
    } catch (error) {
      log?.warn('a snapshot cannot be used; the events are', { jobId, number, ...reportOf(error) });
      continue;
    }
    return { before, tail: journal.events(jobId, number) };
  }
  const [first, ...tail] = journal.events(jobId);
  return first && { before: firstRecord(first), first, tail };
}

/** The record that the events make. @throws PutError state-damaged */
export function recordOf({ before, tail }: OpenedRecord): JobRecord {
  return tail.reduce(recordAfter, before);
}

/** The record of a job of the journal, with a pause after each event since its snapshot; undefined for one that is not there. @throws PutError state-damaged */
export function* recordBySlices(journal: RecordSource, jobId: string, log?: Log): Slices<JobRecord | undefined> {
  const opened = openRecord(journal, jobId, log);
  let record = opened?.before;
  for (const event of opened?.tail ?? []) {
    yield;
    record = record && recordAfter(record, event);
  }
  return record;
}

/** Writes jobs down now and then, without holding the event loop, and at the end. */
export class SnapshotWriter {
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #between: number;
  readonly #worth: number;
  /** Number of the last snapshot, by job. */
  readonly #last = new Map<string, number>();
  #writing = false;
  #closed = false;

  constructor(journal: Journal, clock: Clock, log: Log, eventsBetween = EVENTS_BETWEEN) {
    this.#journal = journal;
    this.#clock = clock;
    this.#log = log;
    this.#between = eventsBetween;
    this.#worth = Math.ceil(eventsBetween * WORTH_SHARE);
  }

  /** A job that was read: what its newest snapshot has need not be written again. */
  opened({ before: { machine }, first }: OpenedRecord): void {
    if (!first) this.#last.set(machine.jobId, machine.eventNumber);
  }

  /** After a change of a job: writes it down where enough came since. */
  offer(job: { readonly state: SequencerState; readonly record: JobRecord }): void {
    const over = isOver(job.state);
    if (this.#closed || this.#writing || !this.#isWorth(job.state, over ? this.#worth : this.#between)) return;
    this.#writing = true;
    void this.#write(job.record, over ? 1 : KEPT).finally(() => (this.#writing = false));
  }

  /** At the stop of putservices: writes a job down at once. */
  now(job: { readonly state: SequencerState; readonly record: JobRecord }): void {
    if (!this.#isWorth(job.state, this.#worth)) return;
    try {
      const body = deflateSync(runAtOnce(packRecord(job.record, this.#journal.values)), FAST);
      this.#keep(job.record, body, KEPT);
    } catch (error) {
      this.#failed(job.record, error);
    }
  }

  /** Nothing is written any more. */
  close(): void {
    this.#closed = true;
  }

  #isWorth({ jobId, eventNumber }: SequencerState, least: number): boolean {
    return eventNumber - (this.#last.get(jobId) ?? 0) >= least;
  }

  async #write(record: JobRecord, kept: number): Promise<void> {
    try {
      let text = '';
      const { values } = this.#journal;
      const packing = (function* (): Slices<void> {
        text = yield* packRecord(record, values);
      })();
      await inTurns(packing, this.#clock);
      const body = text.length < SHORT_TEXT ? deflateSync(text, FAST) : await compress(text, FAST);
      if (!this.#closed) this.#keep(record, body, kept);
    } catch (error) {
      this.#failed(record, error);
    }
  }

  #keep({ machine }: JobRecord, body: Uint8Array, kept: number): void {
    this.#last.set(machine.jobId, machine.eventNumber);
    this.#journal.keepSnapshot(machine.jobId, machine.eventNumber, body, kept);
  }

  #failed({ machine }: JobRecord, error: unknown): void {
    // The events are there; it is tried again after as many more.
    this.#last.set(machine.jobId, machine.eventNumber);
    if (!this.#closed) this.#log.warn('a job could not be written down; its events are kept', { ...reportOf(error) });
  }
}
