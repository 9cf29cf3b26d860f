import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JobPlan, JobReport } from '../../core/model/job.ts';
import { SAMPLES_FOLDER } from '../../core/model/testing/rpmTool.ts';
import { EXIT } from '../exitCodes.ts';
import { FakeHost, TEST_FINGERPRINT } from '../testing/FakeMaster.ts';
import { jobView } from '../testing/jobViews.ts';

let host: FakeHost;
let folder: string;
const LAB = ['--host', 'lab', '--fingerprint', TEST_FINGERPRINT];
const DETAILED = '--detailed-exitcode';

beforeEach(async () => {
  host = new FakeHost();
  folder = await mkdtemp(join(tmpdir(), 'putctl-exit-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('--detailed-exitcode', () => {
  it('tells a run that had nothing to do from one that did something; without it both are done', async () => {
    const plan = { nodes: {}, packages: [], skips: [], warnings: [] } as unknown as JobPlan;
    const run = (installed: number, ...more: string[]): Promise<number> => {
      const outcome: JobReport = {
        ...{ outcome: 'succeeded', nodes: 1, packages: 1, installed, failed: 0, ignored: 0, seconds: 1, lines: [] },
      };
      host.master.answers['job.start'] = ({ jobId }: { jobId: string }) => {
        host.master.setState(`job:${jobId}`, jobView('finished', 'succeeded', { jobId, plan, report: outcome }));
        return {};
      };
      return host.run('run', '--yes', ...LAB, ...more);
    };
    expect(await run(0, DETAILED)).toBe(EXIT.nothingToDo);
    // What a script reads in the document is what it gets.
    for (const [options, code] of [
      [[DETAILED], EXIT.nothingToDo],
      [[], EXIT.done],
    ] as const) {
      host.out = '';
      expect(await run(0, '--json', ...options)).toBe(code);
      expect(host.out).toMatch(new RegExp(`"exitCode": ?${code}\\b`));
    }
    expect(await run(0)).toBe(EXIT.done);
    expect(await run(1, DETAILED)).toBe(EXIT.done);
  });

  it('tells an upload of what is there already', async () => {
    const file = join(SAMPLES_FOLDER, 'release-1');
    expect(await host.run('upload', file, ...LAB, DETAILED)).toBe(EXIT.done);
    expect(await host.run('upload', file, ...LAB, DETAILED)).toBe(EXIT.nothingToDo);
    expect(await host.run('upload', file, ...LAB)).toBe(EXIT.done);
  });
});
