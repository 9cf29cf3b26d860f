import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JobView, StepView } from '../../core/model/job.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { EXIT } from '../exitCodes.ts';
import { FakeHost, TEST_FINGERPRINT } from '../testing/FakeMaster.ts';
import { cell, jobView } from '../testing/jobViews.ts';

const LAB = ['--host', 'lab', '--fingerprint', TEST_FINGERPRINT];
const codeOf = (document: Record<string, unknown>): unknown =>
  (document['error'] as { code?: unknown } | undefined)?.code;

let host: FakeHost;

describe('looking on', () => {
  const failed = jobView('package-install', 'attention', { eventNumber: 40 });
  beforeEach(() => {
    host = new FakeHost();
    host.master.setState('jobs', {
      jobs: {
        old: { ...failed, jobId: 'old', jobNumber: 6, state: 'succeeded', nodes: 1 },
        job7: { ...failed, nodes: 1 },
      },
    });
    host.master.setState('job:job7', failed);
  });

  afterEach(() => {
    expect(host.master.openSessions, 'sessions left open').toBe(0);
    expect(host.master.openWatches, 'watches left open').toBe(0);
  });

  it('watches every change as lines of JSON, the last one the result', async () => {
    const running = host.run('watch', '--through', ...LAB, '--json');
    await new Promise((resolve) => setImmediate(resolve));
    host.master.setState('job:job7', jobView('finished', 'succeeded', { eventNumber: 60 }));
    expect(await running).toBe(EXIT.done);
    const lines = host.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { change: string; state?: string });
    expect(lines.at(-1)).toMatchObject({ change: 'result', state: 'succeeded', exitCode: 0 });
    expect(lines).toContainEqual(
      expect.objectContaining({ change: 'step', stepId: 'package-install', state: 'attention' }),
    );
  });

  it.each([
    ['right', 0],
    ['an hour slow', 3_600_000],
  ])(
    'tells what happened before it looked on with the time when it happened, in that order, by a clock that is %s',
    async (_how, slowMs) => {
      const at = (text: string): number => new Date(text).getTime();
      host.clock.nowMs = () => at('2026-11-27T09:30:00') - slowMs;
      const open = host.master.open.bind(host.master);
      host.master.open = (nowMs) => open(nowMs + slowMs);
      const made = jobView('start', 'attention', { eventNumber: 40 });
      const step = (stepId: string, more: Partial<StepView>): Record<string, StepView> => ({
        [stepId]: { ...(made.steps[stepId] as StepView), ...more },
      });
      host.master.setState('job:job7', {
        ...made,
        steps: {
          ...made.steps,
          ...step('shutdown', { endedAtMs: at('2026-11-26T23:58:01') }),
          ...step('package-install', {
            ...{ state: 'ok', endedAtMs: at('2026-11-27T00:04:10') },
            cells: { 'tpa-1': cell('warned', { endedAtMs: at('2026-11-27T00:04:09') }) },
          }),
          ...step('start', {
            cells: {
              'tpa-1': cell('failed', {
                endedAtMs: at('2026-11-27T00:05:00'),
                cause: { code: 'x', message: 'tpa-1: no' },
              }),
            },
          }),
        },
      });
      await host.run('watch', ...LAB);
      const told = host.out
        .split('\n')
        .filter((line) => /Shutdown|Package Install|Start/.test(line) && /^\d/.test(line));
      expect(told).toEqual([
        expect.stringMatching(/^2026-11-26 23:58:01 .*Shutdown/),
        expect.stringMatching(/^00:04:09 .*Package Install, tpa-1/),
        expect.stringMatching(/^00:04:10 .*Package Install/),
        expect.stringMatching(/^00:05:00 .*Start, tpa-1: no/),
        expect.stringMatching(/^09:30:00 .*Start/),
      ]);
    },
  );

  it('tells once that a node is silent, for how long, and the way on', async () => {
    const cells = { 'tpa-02': cell('running', { silentSinceMs: host.clock.nowMs() - 134_000 }) };
    const view = (state: JobView['state'], eventNumber: number): JobView => {
      const made = jobView('package-install', state, { eventNumber });
      const step = made.steps['package-install'] as StepView;
      return { ...made, steps: { ...made.steps, 'package-install': { ...step, cells } } };
    };
    host.master.setState('job:job7', view('running', 40));
    host.master.setState('nodes', { nodes: {} });
    host.master.setState('jobs', { jobs: { job7: { ...failed, state: 'running', nodes: 1 } } });
    expect(await host.run('nodes', ...LAB)).toBe(EXIT.done);
    expect(host.out).toContain('tpa-02 silent for 2:14. Next: putctl give-up 7 --nodes tpa-02');
    host.out = '';
    const running = host.run('watch', ...LAB);
    await new Promise((resolve) => setImmediate(resolve));
    host.master.setState('job:job7', view('running', 41));
    await new Promise((resolve) => setImmediate(resolve));
    host.master.setState('job:job7', jobView('finished', 'succeeded', { eventNumber: 60 }));
    expect(await running).toBe(EXIT.done);
    expect(host.out.match(/Package Install, tpa-02: silent for 2:14/g)).toHaveLength(1);
  });

  it('tells that the journal of the job cannot be written, looks on, and tells that it can again', async () => {
    host.master.setState('jobs', { jobs: { job7: { ...failed, state: 'running', nodes: 1 } } });
    const journalFault = { code: 'state-full', message: 'no room', sinceMs: host.clock.nowMs() };
    const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    host.master.setState('job:job7', jobView('package-install', 'running', { eventNumber: 40, journalFault }));
    const running = host.run('watch', ...LAB);
    await soon();
    host.master.setState('job:job7', jobView('package-install', 'running', { eventNumber: 41 }));
    await soon();
    host.master.setState('job:job7', jobView('finished', 'succeeded', { eventNumber: 60 }));
    expect(await running).toBe(EXIT.done);
    expect(host.out).toMatch(
      /stands still {2}since [\d:]+ its journal cannot be written, .*no room \(state-full\)\. Next: Free[^\n]*\n.*its journal can be written again/,
    );
  });

  it('says once a minute that a long step runs still, where nothing is shown in place and nobody wants silence', async () => {
    const minutes: (() => void)[] = [];
    const { setTimer } = host.clock;
    host.clock.setTimer = (delayMs, callback) => {
      if (delayMs !== 60_000) return setTimer(delayMs, callback);
      minutes.push(callback);
      return () => void minutes.splice(minutes.indexOf(callback) >>> 0, 1);
    };
    for (const [options, told] of [
      [[], 2],
      [['--quiet'], 0],
      [['--json'], 0],
    ] as const) {
      host.out = '';
      const began = jobView('package-install', 'running', { eventNumber: 40 });
      const step = began.steps['package-install'] as StepView;
      const cells = { 'tpa-1': cell('running'), 'tpa-2': cell('ok') };
      const startedAtMs = host.clock.nowMs() - 200_000;
      host.master.setState('job:job7', {
        ...began,
        steps: { ...began.steps, 'package-install': { ...step, cells, startedAtMs } },
      });
      const running = host.run('watch', ...options, ...LAB);
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
      expect(host.out).not.toContain('still');
      for (let minute = 0; minute < 2; minute++) minutes.shift()?.();
      const still = host.out.match(/^.*still 15\/22 Package Install for 3m 20s; 1 of 2 nodes: .*$/gm) ?? [];
      expect([options, still.length]).toEqual([options, told]);
      // What was heard before the line was lost is no news of now.
      host.out = '';
      host.master.setLine('lost', new PutError('line-lost', 'ECONNRESET'));
      minutes.shift()?.();
      const stale = host.out.match(
        /no word from the master for 0s; when it was last heard: 15\/22 Package Install; 1 of 2 nodes: .*/g,
      );
      expect([options, (stale ?? []).length]).toEqual([options, told / 2]);
      expect(host.out).not.toContain('still');
      host.master.setLine('online');
      host.master.setState('job:job7', jobView('finished', 'succeeded', { eventNumber: 60 }));
      await running;
      expect(minutes).toEqual([]);
    }
  });

  it('reads the last lines of a node by default', async () => {
    host.master.answers['job.nodeLog'] = ({ from, limit }: { from: number; limit: number }) => ({
      total: 500,
      lines: Array.from({ length: Math.min(limit, 500 - from) }, (_, at) => ({
        atMs: 0,
        stepId: 'shutdown',
        attempt: 1,
        text: `line ${from + at}`,
      })),
    });
    const { document } = await host.runJson('log', 'tpa-1', '--limit', '3');
    expect(document).toMatchObject({ from: 497, total: 500, nodeId: 'tpa-1', jobNumber: 7 });
    expect((await host.runJson('log', '6', 'tpa-1', '--from', '0')).document).toMatchObject({ from: 0, jobNumber: 6 });
    expect(codeOf((await host.runJson('log', '99', 'tpa-1')).document)).toBe('job-unknown');
    // Several nodes, each after its name: by pattern, and those that did not come through.
    const [three, failedOnes] = [
      jobView('package-install', 'attention'),
      { 'tpa-1': cell('failed'), 'tpa-2': cell('ok') },
    ];
    const install = three.steps['package-install'] as StepView;
    host.master.setState('job:job7', {
      ...{ ...three, nodes: { 'tpa-1': {}, 'tpa-2': {}, 'aws-1': {} } as never },
      steps: { ...three.steps, 'package-install': { ...install, cells: failedOnes } },
    });
    expect(await host.run('log', 'tpa-*', '--limit', '1', ...LAB)).toBe(EXIT.done);
    expect(host.out.match(/^\S+:$/gm)).toEqual(['tpa-1:', 'tpa-2:']);
    expect(await host.run('log', '7', '--failed', '--limit', '1', ...LAB)).toBe(EXIT.done);
    expect(host.out.split('\n').filter((line) => line.includes('line 499'))).toHaveLength(1);
    expect(await host.run('log', 'tpa-*', '--limit', '2', '-o', 'csv', ...LAB)).toBe(EXIT.done);
    expect(host.out.trim().split('\n')).toHaveLength(5);
    expect(await host.run('log', '-f', 'tpa-*', ...LAB)).toBe(EXIT.failed);
    host.master.answers['job.nodeLog'] = () => ({ total: 0, lines: [] });
    host.out = '';
    expect(await host.run('log', 'tpa-1', '--step', 'shutdown', ...LAB)).toBe(EXIT.done);
    expect(host.out).toMatch(/^tpa-1 said nothing at shutdown in Job 7, .*; putctl status 7 tells of what is wrong/);
  });

  it('finds a text in the logs: it looks through all nodes in as many requests as that takes, and through one that is named', async () => {
    const line = { atMs: 0, stepId: 'shutdown', attempt: 1, text: 'Disk full' };
    const asked: unknown[] = [];
    host.master.answers['job.searchLog'] = (params: { from: number }) => {
      asked.push(params);
      return params.from === 0
        ? { nodes: [{ nodeId: 'tpa-1', matches: 1, lines: [line] }], searched: 60, next: 60 }
        : { nodes: [{ nodeId: 'tpa-99', matches: 12, lines: [line] }], searched: 68 };
    };
    const { document, code } = await host.runJson('log', '6', '--grep', 'disk full');
    expect([code, document]).toMatchObject([EXIT.done, { jobNumber: 6, searched: 128, whole: true }]);
    expect(asked).toMatchObject([
      { text: 'disk full', from: 0, limit: 100 },
      { from: 60, limit: 99 },
    ]);
    expect((await host.runJson('log', '--grep', 'x', '--limit', '1')).document).toMatchObject({ whole: false });
    host.out = '';
    await host.run('log', '--grep', 'x', ...LAB);
    expect(host.out).toMatch(/^tpa-1 {2}1 line\n {2}.*Disk full\ntpa-99 {2}12 lines, the last 1:\n/);
    const texts = ['ok', 'disk FULL', 'ok'];
    host.master.answers['job.nodeLog'] = () => ({ total: 3, lines: texts.map((text) => ({ ...line, text })) });
    expect((await host.runJson('log', 'tpa-1', '--grep', 'disk full')).document).toMatchObject({
      ...{ total: 3, lines: [{ text: 'disk FULL' }] },
    });
    expect(codeOf((await host.runJson('log', '-f', '--grep', 'x')).document)).toBe('usage');
    for (const wrong of [['log'], ['log', '--grep', '']])
      expect(codeOf((await host.runJson(...wrong)).document), wrong.join(' ')).toBe('usage');
  });
});
