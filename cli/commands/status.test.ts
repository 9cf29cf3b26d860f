import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JobView, StepView } from '../../core/model/job.ts';
import { EXIT } from '../exitCodes.ts';
import { FakeHost, TEST_FINGERPRINT } from '../testing/FakeMaster.ts';
import { cell, jobView } from '../testing/jobViews.ts';

let host: FakeHost;
const LAB = ['--host', 'lab', '--fingerprint', TEST_FINGERPRINT];

/** Job 7 at Package Install with these cells, begun a minute ago. */
function working(state: JobView['state'], cells: StepView['cells'], more: Partial<JobView> = {}): JobView {
  const made = jobView('package-install', state, { eventNumber: 40, ...more });
  const step = made.steps['package-install'] as StepView;
  const startedAtMs = host.clock.nowMs() - 60_000;
  return {
    ...made,
    steps: { ...made.steps, 'package-install': { ...step, startedAtMs, ...(cells ? { cells } : {}) } },
  };
}

function give(view: JobView): void {
  host.master.setState('jobs', { jobs: { job7: { ...view, nodes: 4 } } });
  host.master.setState('job:job7', view);
}

const cause = { code: 'disk-full', message: 'no room in /var' };
const FAILED = { 'tpa-1': cell('ok'), 'tpa-2': cell('failed', { cause }), 'tpa-3': cell('ok'), 'tpa-4': cell('ok') };
const attention = [
  { key: 'failed|disk-full|', stepId: 'package-install', state: 'failed', cause, nodeIds: ['tpa-2'] },
] as const;
const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

beforeEach(() => {
  host = new FakeHost();
});
afterEach(() => {
  expect(host.master.openSessions, 'sessions left open').toBe(0);
  expect(host.master.openWatches, 'watches left open').toBe(0);
});

describe('status', () => {
  it('of a job that came through says why its exit code is not 0', async () => {
    const warning = { name: 'no-way-back', message: 'Without a way back: base.' };
    const report = {
      outcome: 'succeeded',
      nodes: 4,
      packages: 1,
      installed: 4,
      failed: 0,
      ignored: 0,
      seconds: 9,
    } as const;
    const over = (warnings: NonNullable<JobView['report']>['warnings']): void =>
      give(jobView('finished', 'succeeded', { report: { ...report, lines: [], ...(warnings ? { warnings } : {}) } }));
    over([warning]);
    expect(await host.run('status', ...LAB)).toBe(EXIT.warnings);
    expect(host.out).toContain('1 warning of the plan was accepted by nobody, hence exit code 4');
    over([{ ...warning, acceptedBy: 'anna' }]);
    expect(await host.run('status', ...LAB)).toBe(EXIT.done);
    expect(host.out).not.toContain('accepted by nobody');
  });

  it('names no share of the work once all its nodes have ended, whatever came of them', async () => {
    give(working('attention', { 'tpa-1': cell('ok'), 'tpa-2': cell('unreachable') }));
    await host.run('status', ...LAB);
    expect(host.out).toMatch(/nodes +2 of 2 nodes ended: 1 done, 1 unreachable$/m);
  });

  it('says how a running job is, in numbers, who is silent, and the next command', async () => {
    const silent = cell('running', { silentSinceMs: host.clock.nowMs() - 134_000 });
    give(working('running', { 'tpa-1': cell('ok'), 'tpa-2': cell('ok'), 'tpa-3': silent, 'tpa-4': cell('waiting') }));
    expect(await host.run('status', ...LAB)).toBe(EXIT.done);
    expect(host.out).toContain('It goes on with trouble: Package Install.');
    expect(host.out).toMatch(/step +Package Install, step \d+ of \d+ \(\d+ ended\), for 1m 00s/);
    expect(host.out).toMatch(/nodes +2 of 4 nodes ended \(\d+ % of the work\): 2 done, 1 running, 1 waiting/);
    expect(host.out).toMatch(/rate +2\.0 nodes a minute/);
    expect(host.out).toMatch(/end +unknown/);
    expect(host.out).toMatch(/silent +tpa-3 silent for 2:14\. Next: putctl give-up 7 --nodes tpa-3/);
    expect(host.out).toContain('Next:\n  putctl watch 7');
    const { code, document } = await host.runJson('status');
    expect([code, document]).toMatchObject([
      EXIT.done,
      {
        ...{ assessment: 'goes-with-failures', next: [`putctl watch 7 ${LAB.join(' ')}`], exitCode: 0, jobNumber: 7 },
        ...{ nodes: { all: 4, ended: 2, counts: { ok: 2 }, endedPerMinute: 2 }, silent: { nodes: 1 } },
      },
    ]);
  });

  it('says what needs a person, and ends with 2 then', async () => {
    give(working('attention', FAILED, { attention: [...attention] }));
    expect(await host.run('status', ...LAB)).toBe(EXIT.needsPerson);
    expect(host.out).toContain('It waits for a decision on 1 node at Package Install.');
    expect(host.out).toMatch(/no room in \/var \(disk-full\)\n {4}1 node: tpa-2/);
    expect(host.out).toContain('putctl retry 7');
    expect(host.out).not.toMatch(/^rate/m);
    expect((await host.runJson('status', '7')).document).toMatchObject({
      assessment: 'needs-person',
      needsPerson: [{ nodes: 1, first: ['tpa-2'], cause }],
    });
  });

  it('says that one stands still whose journal cannot be written, since when and what to do', async () => {
    const sinceMs = host.clock.nowMs() - 30_000;
    const journalFault = { code: 'state-full', message: '/s/journal.db: no room on the file system', sinceMs };
    give(working('running', { 'tpa-1': cell('running') }, { journalFault }));
    expect(await host.run('status', ...LAB)).toBe(EXIT.needsPerson);
    expect(host.out).toMatch(
      /needs you {2}It stands still: since [\d:]+ its journal cannot be written, .*no room on the file system \(state-full\)\. Next: Free space/,
    );
    expect(host.out).not.toContain('Ends in');
    expect(host.out).toContain('putservices doctor   on the master node');
    expect((await host.runJson('status')).document).toMatchObject({ assessment: 'needs-person', journalFault });
  });

  it('says that one is paused only once nothing runs', async () => {
    const paused = { user: 'ben', reason: 'lunch' };
    give(working('running', { 'tpa-1': cell('running') }, { paused }));
    expect(await host.run('status', ...LAB)).toBe(EXIT.done);
    expect(host.out).toMatch(/ben paused it \(lunch\): what runs comes to its end, and no further node is begun: /);
    give(working('running', { 'tpa-1': cell('waiting') }, { paused }));
    expect(await host.run('status', ...LAB)).toBe(EXIT.needsPerson);
    expect(host.out).toContain('It stands still: ben paused it (lunch).');
    expect(await host.run('watch', ...LAB)).toBe(EXIT.needsPerson);
    expect((await host.runJson('wait', '--for', 'attention')).document).toMatchObject({
      exitCode: 2,
      next: ['resume 7', 'cancel 7 --exit'].map((words) => `putctl ${words} ${LAB.join(' ')}`),
    });
  });

  it('tells of the last job where none runs, of others beside it, and of none at all', async () => {
    expect(await host.run('status', ...LAB)).toBe(EXIT.done);
    expect(host.out).toContain('No job was ever started');
    const over = jobView('finished', 'warned', { eventNumber: 60, endedAtMs: host.clock.nowMs() });
    give(over);
    expect(await host.run('status', ...LAB)).toBe(EXIT.warnings);
    expect(host.out).toContain('It is over: done with warnings.');
    expect(host.out).toContain('putctl report 7');
    host.master.setState('jobs', {
      jobs: {
        job7: { ...over, nodes: 1 },
        job8: { ...over, jobId: 'job8', jobNumber: 8, state: 'attention', nodes: 1 },
      },
    });
    await host.run('status', '7', ...LAB);
    expect(host.out).toContain('Beside it: Job 8, Install/Upgrade Software: needs you');
  });
});

describe('wait', () => {
  it('for done goes on while a person is needed, for attention ends there', async () => {
    give(working('attention', FAILED, { attention: [...attention] }));
    expect((await host.runJson('wait', '--for', 'attention')).code).toBe(EXIT.needsPerson);
    const waiting = host.run('wait', ...LAB);
    await soon();
    expect(host.err).toContain('It waits for a decision on 1 node');
    host.master.setState('job:job7', jobView('finished', 'succeeded', { eventNumber: 60 }));
    expect(await waiting).toBe(EXIT.done);
    expect(await host.run('wait', '--for', 'tea', ...LAB)).toBe(EXIT.failed);
  });

  it('ends with its own code when its time is over', async () => {
    give(working('running', { 'tpa-1': cell('running') }));
    expect((await host.runJson('wait', '--timeout', '1s')).code).toBe(EXIT.timeout);
  });
});

describe('watch', () => {
  it('ends where the job waits for a person, and --through does not', async () => {
    give(working('running', { 'tpa-1': cell('running') }));
    const watching = host.run('watch', ...LAB);
    await soon();
    host.master.setState('job:job7', working('attention', FAILED, { eventNumber: 41, attention: [...attention] }));
    expect(await watching).toBe(EXIT.needsPerson);
    expect(host.out).toContain('It waits for a person. Next:\n  putctl log 7 tpa-2');
    const through = host.run('watch', '--through', ...LAB);
    await soon();
    expect(host.err).toContain('It waits for a person. Next:');
    host.master.setState('job:job7', jobView('finished', 'succeeded', { eventNumber: 60 }));
    expect(await through).toBe(EXIT.done);
  });

  it('shows progress in place on a terminal, cut to its width, and takes it away; none elsewhere', async () => {
    const cells = { 'tpa-1': cell('ok'), 'tpa-2': cell('running', { percent: 50 }) };
    give(working('running', cells));
    host.errColumns = 40;
    const watching = host.run('watch', ...LAB);
    for (let i = 0; i < 5; i++) await soon();
    host.master.setState('job:job7', jobView('finished', 'succeeded', { eventNumber: 60 }));
    expect(await watching).toBe(EXIT.done);
    expect(host.err).toMatch(/> \d+\/\d+ Package Install {2}[#-]+/);
    expect(host.err).toContain('1 of 2 nodes: 1 done, 1 running');
    const drawn = host.err.split(/\r\n|\r|\n/).map((line) => line.replace(/\u001b\[\d*[AKm]/g, ''));
    expect(Math.max(...drawn.filter((line) => line.includes('Package Install  ')).map((line) => line.length))).toBe(39);
    // The last of it is taken away: lines up to where it began are cleared.
    expect(host.err.lastIndexOf('\u001b[2K')).toBeGreaterThan(host.err.lastIndexOf('of 2 nodes'));
    host.errColumns = undefined;
    give(working('attention', FAILED, { attention: [...attention] }));
    await host.run('watch', ...LAB);
    expect(`${host.out}${host.err}`).not.toContain('\u001b');
  });
});
