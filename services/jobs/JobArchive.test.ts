import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JobSummary } from '../../core/model/job.ts';
import { createMemoryLog } from '../testing/masterRig.ts';
import type { JobEvent } from '../sequencer/events.ts';
import { JobArchive } from './JobArchive.ts';
import { Journal } from './Journal.ts';

let root: string;
let journal: Journal;
const archived = (): string => join(root, 'archive');
const log = createMemoryLog();

function addJob(jobNumber: number, over: boolean): void {
  const summary: JobSummary = {
    ...{ jobId: `j${jobNumber}`, jobNumber, operationId: 'o', title: 't', state: over ? 'succeeded' : 'running' },
    ...{ driver: 'a', startedBy: 'a', startedAtMs: 0, currentStep: 'finished', nodes: 1 },
    ...(over ? { endedAtMs: 1 } : {}),
  };
  const events: JobEvent[] = [{ kind: 'service-restarted', atMs: jobNumber }];
  const logLines = [{ jobId: `j${jobNumber}`, nodeId: 'n', stepId: 'start', attempt: 1, atMs: 1, text: 'x' }];
  journal.append({ jobId: `j${jobNumber}`, firstNumber: 1, events, summary });
  journal.appendLog(logLines);
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'put-archive-'));
  journal = new Journal(join(root, 'journal.db'));
});
afterEach(() => {
  journal.close();
  rmSync(root, { recursive: true, force: true });
});

describe('JobArchive', () => {
  it('moves ended jobs beyond the newest into files, and never one that runs or the next number', async () => {
    for (let n = 1; n <= 6; n++) addJob(n, n !== 2);
    const before = journal.changes();
    const gone: string[] = [];
    const archive = new JobArchive({ folder: archived(), keepJobs: 3, log });
    await archive.run(journal, (jobId) => gone.push(jobId));
    expect(gone).toEqual(['j1', 'j3']);
    expect(readdirSync(archived())).toEqual(['job-000001.jsonl.gz', 'job-000003.jsonl.gz']);
    const lines = gunzipSync(readFileSync(join(archived(), 'job-000003.jsonl.gz')))
      .toString('utf8')
      .trim()
      .split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      expect.objectContaining({ jobId: 'j3', jobNumber: 3 }),
      { kind: 'service-restarted', atMs: 3 },
    ]);
    expect(journal.summaries(10).map(({ jobNumber }) => jobNumber)).toEqual([6, 5, 4, 2]);
    expect(journal.events('j3')).toEqual([]);
    expect(journal.nodeLog('j3', 'n', undefined, 0, 10).total).toBe(0);
    expect([journal.nextJobNumber(), journal.changes()]).toEqual([7, before]);
    await archive.close();
  });

  it('keeps a job in the journal that could not be written, and says so', async () => {
    for (let n = 1; n <= 3; n++) addJob(n, true);
    writeFileSync(archived(), 'in the way');
    const archive = new JobArchive({ folder: archived(), keepJobs: 1, log });
    await archive.run(journal, () => expect.unreachable());
    expect(journal.summaries(10)).toHaveLength(3);
    expect(log.lines.join('\n')).toContain('could not be archived');
    rmSync(archived());
    await archive.run(journal, () => {});
    expect(journal.summaries(10)).toHaveLength(1);
  });

  it('lets go of the journal when it is closed', async () => {
    for (let n = 1; n <= 3; n++) addJob(n, true);
    const archive = new JobArchive({ folder: archived(), keepJobs: 1, log });
    const run = archive.run(journal, () => {});
    await archive.close();
    await run;
    expect(journal.summaries(10)).toHaveLength(3);
  });

  it('node logs of all but the newest ended jobs go while putservices runs', () => {
    for (let n = 1; n <= 52; n++) addJob(n, true);
    expect(journal.nodeLog('j2', 'n', undefined, 0, 10).total).toBe(0);
    expect(journal.nodeLog('j3', 'n', undefined, 0, 10).total).toBe(1);
  });
});
