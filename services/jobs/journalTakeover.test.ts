import type { JobView } from '../../core/model/job.ts';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JobReport } from '../../core/model/job.ts';
import { createFakeClock } from '../../core/testing/fakeClock.ts';
import { totalCounts } from '../sequencer/cells.ts';
import { currentStep, statusOf } from '../sequencer/state.ts';
import { JobService } from './JobService.ts';
import { replayRecord, summaryOf } from './jobRecord.ts';
import { Journal, JOURNAL_VERSION } from './Journal.ts';
import { askService, wholeJobOf } from './testing/askService.ts';
import { FakeDriver } from './testing/FakeDriver.ts';
import { writeOldJournal } from './testing/oldJournal.ts';
import { sampleLibrary } from './testing/sampleLibrary.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'put-takeover-'));
  path = join(folder, 'journal.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function change(file: string, sql: string): void {
  const database = new DatabaseSync(file);
  database.exec(sql);
  database.close();
}

function read(file: string, sql: string): unknown[] {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    return database.prepare(sql).all();
  } finally {
    database.close();
  }
}

/** What the job list and the events of the old file say, before anything touches it. */
function oldJobs(file: string): { jobId: string; ended: number; events: number; summary: string }[] {
  return read(
    file,
    'SELECT job_id AS jobId, ended, summary, (SELECT count(*) FROM events e WHERE e.job_id = j.job_id) AS events FROM jobs j ORDER BY job_number',
  ) as ReturnType<typeof oldJobs>;
}

describe.each([1, 2] as const)('a journal of version %i', (version) => {
  it('is taken over: every event keeps its number, the report and the job list stay, a copy is kept', () => {
    writeOldJournal(version, path);
    const before = oldJobs(path);
    const bodies = read(path, 'SELECT job_id, number, body FROM events ORDER BY job_id, number');
    const journal = new Journal(path);
    expect(journal.takenOver).toMatchObject({ fromVersion: version, jobs: 2, unreadable: [] });
    for (const { jobId, ended, events, summary } of before) {
      const record = replayRecord(journal.events(jobId));
      expect(record.machine.eventNumber).toBe(events);
      expect(record.machine.endedAtMs !== undefined).toBe(ended === 1);
      // What older lists did not have is made of the events.
      const { currentStepTitle, stepPercent, ...listed } = summaryOf(record);
      expect(listed).toEqual({ ...(JSON.parse(summary) as object), endedAtMs: record.machine.endedAtMs });
      expect(currentStepTitle).toBe(currentStep(record.machine).title);
      expect(stepPercent === undefined).toBe(ended === 1);
    }
    journal.close();
    expect(read(path, 'PRAGMA user_version')).toEqual([{ user_version: JOURNAL_VERSION }]);
    const copy = `${path}.v${version}`;
    expect(read(copy, 'PRAGMA user_version')).toEqual([{ user_version: version }]);
    expect(read(copy, 'SELECT job_id, number, body FROM events ORDER BY job_id, number')).toEqual(bodies);
    expect(statSync(copy).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder).filter((name) => name.endsWith('.new'))).toEqual([]);
  });

  it('has the ended job as it was: cells, packages, report', () => {
    writeOldJournal(version, path);
    const journal = new Journal(path);
    const { machine, results } = replayRecord(journal.events(oldJobs(`${path}.v${version}`)[0]?.jobId ?? ''));
    const report = machine.report as JobReport;
    expect(report.outcome).toBe('warned');
    const tally = (count: 'successful' | 'warned' | 'fail' | 'ignored'): number =>
      results.rows.reduce((sum, row) => sum + row[count], 0);
    expect([tally('successful') + tally('warned'), tally('fail'), tally('ignored')]).toEqual([
      report.installed,
      report.failed,
      report.ignored,
    ]);
    for (const [stepId, table] of Object.entries(machine.cells)) {
      const { ok, warned, ignored, skipped } = totalCounts(table);
      expect({ stepId, settled: ok + warned + ignored + skipped }).toEqual({ stepId, settled: 4 });
    }
    expect(machine.flying).toBe(0);
    journal.close();
  });

  it('has the running job where it was killed', () => {
    writeOldJournal(version, path);
    const journal = new Journal(path);
    const { machine } = replayRecord(journal.events(oldJobs(`${path}.v${version}`)[1]?.jobId ?? ''));
    expect(currentStep(machine).id).toBe('package-install');
    expect(statusOf(machine, 'package-install').state).toBe('running');
    const table = machine.cells['package-install'];
    expect(table && totalCounts(table)).toMatchObject({ ok: 2, failed: 1, running: 1 });
    expect(machine.flying).toBe(1);
    journal.close();
  });

  it('goes on with the running job: what ran is probed, and it comes to its end', async () => {
    writeOldJournal(version, path);
    const jobId = oldJobs(path)[1]?.jobId ?? '';
    const clock = createFakeClock();
    const driver = new FakeDriver({
      nodes: ['hsn-001', 'tpa-001', 'tpa-002', 'nontpa-001'].map((nodeId) => ({ nodeId })),
      installed: { ptbase: '1.0' },
      clock,
    });
    const service = new JobService({
      ...{ journalPath: path, driver, library: sampleLibrary(), clock },
      ...{ tell: () => undefined, wasTold: () => false },
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    });
    const view = (): JobView => wholeJobOf(service, jobId);
    while (view().state === 'running') await clock.advance(1000);
    expect(view()).toMatchObject({ state: 'attention', currentStep: 'package-install' });
    expect(view().steps['package-install']?.cells?.['nontpa-001']).toMatchObject({ state: 'failed', attempt: 1 });
    await askService(service, 'job.retry', { jobId, stepId: 'package-install' }, view().driver);
    while (view().state === 'running') await clock.advance(1000);
    expect(view().steps['package-install']?.cells?.['nontpa-001']).toMatchObject({ attempt: 2 });
    await service.close();
    const again = new Journal(path);
    expect(again.takenOver).toBeUndefined();
    expect(replayRecord(again.events(jobId)).machine.eventNumber).toBeGreaterThan(80);
    again.close();
  });

  it('lists a job that cannot be taken over with its reason; the others are, and its events stay', () => {
    writeOldJournal(version, path);
    const [broken, good] = oldJobs(path).map(({ jobId }) => jobId);
    change(path, `UPDATE events SET body = '{"kind":"step-ended","atMs":1}' WHERE job_id = '${broken}' AND number = 9`);
    const journal = new Journal(path);
    expect(journal.takenOver).toMatchObject({ jobs: 1, unreadable: [{ jobId: broken }] });
    expect(() => journal.events(broken ?? '')).toThrowError(expect.objectContaining({ code: 'state-damaged' }));
    expect(journal.events(good ?? '').length).toBeGreaterThan(0);
    expect(journal.summaries(10).map(({ jobId, problem }) => [jobId, problem !== undefined])).toEqual([
      [good, false],
      [broken, true],
    ]);
    expect(journal.endedBeyond(0)).toEqual([]);
    journal.close();
    const stays = read(path, `SELECT body FROM events WHERE job_id = '${broken}' AND number = 1`) as { body: string }[];
    expect(JSON.parse(stays[0]?.body ?? '')).toMatchObject({ operationId: 'install-upgrade-software' });
  });
});

it('takes over a journal of version 2 whose jobs have the events of today already', () => {
  writeOldJournal(2, path);
  const first = new Journal(path);
  const ids = first.summaries(10).map(({ jobId }) => jobId);
  const events = ids.map((jobId) => first.events(jobId));
  first.close();
  change(path, 'ALTER TABLE jobs DROP COLUMN problem; DROP TABLE value_uses; PRAGMA user_version = 2');
  const second = new Journal(path);
  expect(second.takenOver).toMatchObject({ jobs: 0, unreadable: [] });
  expect(ids.map((jobId) => second.events(jobId))).toEqual(events);
  second.close();
});
