import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { deflateSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFakeClock } from '../../core/testing/fakeClock.ts';
import { runAtOnce } from '../../core/model/slices.ts';
import { seededRandom } from '../nodes/sim/seededRandom.ts';
import { entriesOf, valueAt } from '../sequencer/column.ts';
import type { JobEvent } from '../sequencer/events.ts';
import { simulateJob } from '../sequencer/testing/simulateJob.ts';
import { Journal } from './Journal.ts';
import { replayRecord, summaryOf, type JobRecord } from './jobRecord.ts';
import { openRecord, packRecord, recordOf, SNAPSHOT_FORMAT, SnapshotWriter } from './snapshots.ts';
import { writeOldJournal } from './testing/oldJournal.ts';

let folder: string;
let journal: Journal;
const path = (): string => join(folder, 'journal.db');

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'put-snapshots-'));
});
afterEach(() => {
  journal.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Equal as JSON has it: absent and undefined are one. */
const plain = (record: JobRecord): unknown => JSON.parse(JSON.stringify(record));

function keep(record: JobRecord, change: (text: string) => string = (text) => text, number?: number): void {
  const body = deflateSync(change(runAtOnce(packRecord(record, journal.values))));
  journal.keepSnapshot(record.machine.jobId, number ?? record.machine.eventNumber, body, 2);
}

function append(events: readonly JobEvent[]): string {
  const summary = summaryOf(replayRecord(events));
  journal.append({ jobId: summary.jobId, firstNumber: 1, events, summary });
  return summary.jobId;
}

it.for(Array.from({ length: 60 }, (_, seed) => seed))(
  'a snapshot of any moment and the events after it make what all events make (seed %i)',
  (seed) => {
    journal = new Journal(path());
    const random = seededRandom(seed, 'snapshots');
    const { events } = simulateJob(seed);
    const jobId = append(events);
    const number = 1 + Math.floor(random() * events.length);
    keep(replayRecord(events.slice(0, number)));
    journal.close();
    journal = new Journal(path());
    const opened = openRecord(journal, jobId);
    expect(opened?.tail.length).toBe(events.length - number);
    expect(opened?.before.machine.eventNumber).toBe(number);
    expect(plain(recordOf(opened as NonNullable<typeof opened>))).toEqual(plain(replayRecord(events)));
  },
);

describe('of a job of real practice nodes', () => {
  /** The running job of an earlier version, whose nodes have facts and packages. */
  function openReal(): { jobId: string; events: JobEvent[] } {
    writeOldJournal(2, path());
    journal = new Journal(path());
    const [jobId = ''] = journal.openJobs();
    return { jobId, events: journal.events(jobId) };
  }
  const opened = (jobId: string): JobRecord => {
    const found = openRecord(journal, jobId);
    if (!found) throw new Error('no job');
    return recordOf(found);
  };

  it('results are in it, and equal package lists are one object', () => {
    const { jobId, events } = openReal();
    const all = replayRecord(events);
    keep(all);
    expect(openRecord(journal, jobId)?.tail).toEqual([]);
    const record = opened(jobId);
    expect(plain(record)).toEqual(plain(all));
    expect(record.results.rows.length).toBeGreaterThan(0);
    // Two nodes on which the same was found.
    const found = record.machine.nodes.ids.map((_, index) => valueAt(record.machine.known, index)?.found);
    const texts = found.map((list) => JSON.stringify(list));
    const pairs = texts.flatMap((text, i) => texts.flatMap((other, j) => (i < j && text === other ? [[i, j]] : [])));
    expect(pairs.length).toBeGreaterThan(0);
    for (const [i = 0, j = 0] of pairs) expect(found[i]).toBe(found[j]);
    const facts = valueAt(record.machine.known, 0)?.facts;
    expect(facts && journal.values.unpackPart(journal.values.packPart({ facts }))).toHaveProperty('facts.packages');
  });

  it.each([
    ['torn', (text: string) => text.slice(0, -20)],
    ['of another format', (text: string) => text.replace(`"format":${SNAPSHOT_FORMAT}`, '"format":999')],
    ['of another job', (text: string) => text.replaceAll('"jobId":"', '"jobId":"x')],
    ['without values that it names', (text: string) => text.replaceAll('"sharedValue":"', '"sharedValue":"x')],
    ['with columns of other nodes', (text: string) => text.replace(/"known":\{"length":4/, '"known":{"length":3')],
  ])('one that is %s is passed over: the one before it is used, or the events are', (_, change) => {
    const { jobId, events } = openReal();
    const all = plain(replayRecord(events));
    keep(replayRecord(events), change);
    expect(openRecord(journal, jobId)?.first).toBeDefined();
    expect(plain(opened(jobId))).toEqual(all);
    keep(replayRecord(events.slice(0, 30)));
    expect(openRecord(journal, jobId)?.before.machine.eventNumber).toBe(30);
    expect(plain(opened(jobId))).toEqual(all);
  });

  it('one whose bytes are wrong, or that is ahead of the events, is passed over', () => {
    const { jobId, events } = openReal();
    keep(replayRecord(events), undefined, events.length + 1);
    expect(openRecord(journal, jobId)?.first).toBeDefined();
    keep(replayRecord(events));
    journal.close();
    const database = new DatabaseSync(path());
    database.exec('UPDATE snapshots SET body = substr(body, 1, length(body) / 2)');
    database.close();
    journal = new Journal(path());
    expect(openRecord(journal, jobId)?.first).toBeDefined();
    expect(plain(opened(jobId))).toEqual(plain(replayRecord(events)));
  });

  it('has the form that SNAPSHOT_FORMAT stands for: raise it with every change of this', () => {
    const { events } = openReal();
    const record = replayRecord(events);
    const { machine, results } = record;
    const keys = (value: object | undefined): string => Object.keys(value ?? {}).join(' ');
    expect({
      ...{
        format: SNAPSHOT_FORMAT,
        record: keys(record),
        machine: keys(machine),
        results: keys(results),
        row: keys(results.rows[0]),
      },
      ...{ nodes: keys(machine.nodes), known: keys(valueAt(machine.known, 0)), at: keys(machine.at) },
      ...{ table: keys(machine.cells['package-install']), flight: keys([...entriesOf(machine.flights)][0]?.[1]) },
      ...{ step: keys(machine.steps['package-install']), ready: keys(machine.ready) },
    }).toMatchInlineSnapshot(`
      {
        "at": "program step wave",
        "flight": "stepId attempt mode",
        "format": 14,
        "known": "facts found foundAtMs service",
        "machine": "jobId jobNumber spec settings inventory eventNumber startedBy startedAtMs driver drivesSince given asked at steps answers answeredBy cells nodes known flights ready troubles leftOut leftOutNodes notBegunNodes ignoredItems attempts strays flying lingering limitLifted screen lastMove wavesAnswered waveStops goesBack goesBackCounts last measured paces",
        "nodes": "ids entries indexOf waves",
        "ready": "lists head",
        "record": "machine results nodeResults decisions",
        "results": "outcomes rows",
        "row": "packageName version nodes waiting running successful warned fail ignored rolled-back skipped unreachable unknown",
        "step": "state attempt startedAtMs endedAtMs note stuck",
        "table": "column waves",
      }
    `);
  });

  it('the last two are kept; a job that is forgotten takes them with it', () => {
    const { jobId, events } = openReal();
    for (const number of [10, 20, 30]) keep(replayRecord(events.slice(0, number)));
    expect(journal.snapshots(jobId).map(({ number }) => number)).toEqual([30, 20]);
    journal.forget(jobId);
    expect(journal.snapshots(jobId)).toEqual([]);
  });
});

it('a job is written down after some thousand events, turn by turn, and at a stop at once', async () => {
  journal = new Journal(path());
  const { events } = simulateJob(3);
  const jobId = append(events.slice(0, 20));
  const { machine, ...rest } = replayRecord(events.slice(0, 20));
  const at = (eventNumber: number): { state: JobRecord['machine']; record: JobRecord } => {
    const state = { ...machine, eventNumber, endedAtMs: undefined };
    return { state, record: { machine: state, ...rest } };
  };
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const writer = new SnapshotWriter(journal, createFakeClock(), log);
  writer.offer(at(2_499));
  writer.offer(at(2_500));
  writer.offer(at(2_501));
  await expect.poll(() => journal.snapshots(jobId).map(({ number }) => number)).toEqual([2_500]);
  writer.offer(at(4_999));
  writer.now(at(2_999));
  writer.now(at(3_000));
  expect(journal.snapshots(jobId).map(({ number }) => number)).toEqual([3_000, 2_500]);
});
