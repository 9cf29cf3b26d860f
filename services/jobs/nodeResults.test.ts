import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { INSTALL_UPGRADE_SOFTWARE } from '../../core/model/operations/installUpgradeSoftware.ts';
import { runAtOnce } from '../../core/model/slices.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { valueAt } from '../sequencer/column.ts';
import type { JobEvent } from '../sequencer/events.ts';
import { firstRecord, recordAfter, type JobRecord } from './jobRecord.ts';
import { JournalValues, VALUES_SCHEMA } from './journalValues.ts';
import { makeReport } from './report.ts';
import { packRecord, unpackRecord } from './snapshots.ts';
import { createTableReader } from './stepTables.ts';

const user = 'ada';
const NODES = ['n1', 'n2', 'n3'];
const step = { stepId: 'find-systems' };
const SAID = { said: 'so much' };

/** A job whose nodes work at the first step that works, up to an event. */
function events(): JobEvent[] {
  const inventory = NODES.map((nodeId) => ({ nodeId, type: 'TPA' as const, address: nodeId, system: 1 }));
  const base = { jobId: 'j', jobNumber: 1, user, spec: INSTALL_UPGRADE_SOFTWARE, settings: {}, inventory };
  return [
    { kind: 'job-started', ...base, atMs: 0 },
    { kind: 'answered', stepId: 'select-nodes', answer: {}, effects: { select: NODES }, user, atMs: 1 },
    { kind: 'step-opened', ...step, skips: [], atMs: 2 },
    { kind: 'cells-started', ...step, cells: NODES.map((nodeId) => ({ nodeId, mode: 'run' })), atMs: 3 },
    ...['n1', 'n2'].map((nodeId): JobEvent => ({
      ...{ kind: 'cell-ended', ...step, nodeId, attempt: 1, atMs: 4 },
      outcome: { state: 'failed', result: { ...SAID } },
    })),
    // News of an attempt that is not under way.
    {
      ...{ kind: 'cell-ended', ...step, nodeId: 'n3', attempt: 7, atMs: 5 },
      outcome: { state: 'ok', result: { said: 'late' } },
    },
  ];
}

const recordOf = (all: readonly JobEvent[]): JobRecord =>
  all.slice(1).reduce(recordAfter, firstRecord(all[0] as JobEvent));
const resultOf = (record: JobRecord, index: number): unknown => {
  const column = record.nodeResults['find-systems'];
  return column && valueAt(column, index);
};

it('keeps what the newest work of each node came to; another selection begins anew', () => {
  const record = recordOf(events());
  expect([0, 1, 2].map((index) => resultOf(record, index))).toEqual([
    { attempt: 1, result: SAID },
    { attempt: 1, result: SAID },
    undefined,
  ]);
  const again: JobEvent = { kind: 'answered', stepId: 'select-nodes', answer: {}, user, atMs: 9 };
  expect(recordAfter(record, { ...again, effects: { select: ['n2'] } }).nodeResults).toEqual({});
});

it('an output that is not kept whole stands in the report, with its node and step', () => {
  const all = events().map((event) =>
    event.kind === 'cell-ended' && event.nodeId === 'n2'
      ? { ...event, outcome: { ...event.outcome, result: { leftOutBytes: 300 } } }
      : event,
  );
  const { lines } = makeReport(recordOf(all), 9);
  expect(lines.filter((line) => line.includes('left out;'))).toEqual([
    'n2: output of Find All Systems: 300 bytes left out; of what a command writes the first 8 MiB and the last 64 KiB are kept',
  ]);
});

it('events and snapshots name a result by its content, and bring it back as one object', () => {
  const database = new DatabaseSync(':memory:');
  database.exec(VALUES_SCHEMA);
  const values = new JournalValues(database);
  const packed = events().map((event) => JSON.stringify(values.pack('j', event)));
  expect(packed.join('')).not.toContain('so much');
  const read = recordOf(packed.map((text) => values.unpack(JSON.parse(text))));
  expect(read.nodeResults).toEqual(recordOf(events()).nodeResults);
  const text = runAtOnce(packRecord(read, values));
  const back = unpackRecord(text, 'j', read.machine.eventNumber, values);
  expect(back.nodeResults).toEqual(read.nodeResults);
  const [first, second] = [0, 1].map((index) => resultOf(back, index) as { result: object });
  expect(first?.result).toBe(second?.result);
  database.close();
});

it('a table that is not there is refused by name', () => {
  const read = createTableReader();
  const ask = (change: object): unknown =>
    read(recordOf(events()), { jobId: 'j', ...step, table: 'versions', from: 0, limit: 10, ...change });
  expect(ask({})).toMatchObject({ total: 0, rows: [], notes: ['The packages of 3 nodes are not known: n[1-3].'] });
  for (const change of [{ table: 'outputs' }, { table: 'toString' }, { stepId: 'nowhere' }, { stepId: 'plan' }]) {
    expect(() => ask(change)).toThrow(PutError);
  }
});
