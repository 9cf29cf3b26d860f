import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JobView, StepView } from '../../core/model/job.ts';
import type { NodeRow } from '../../core/model/node.ts';
import { EXIT } from '../exitCodes.ts';
import { momentOf } from '../since.ts';
import { FakeHost, TEST_FINGERPRINT } from '../testing/FakeMaster.ts';
import { cell, jobView } from '../testing/jobViews.ts';

let host: FakeHost;
const LAB = ['--host', 'lab', '--fingerprint', TEST_FINGERPRINT];
const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function node(nodeId: string, more: Partial<NodeRow> = {}): NodeRow {
  return { ...{ nodeId, address: '', type: 'TPA', system: 1, reachable: 'yes', packageCount: 3 }, ...more };
}
function give(...nodes: NodeRow[]): void {
  host.master.setState('nodes', { nodes: Object.fromEntries(nodes.map((one) => [one.nodeId, one])) });
}
function job(state: JobView['state'], cells: StepView['cells'], at = 'package-install'): JobView {
  const made = jobView(at, state, { eventNumber: 40 });
  const step = made.steps['package-install'] as StepView;
  const nodes = Object.fromEntries(
    Object.keys(cells ?? {}).map((nodeId) => [nodeId, { ...node(nodeId), before: [], outcomes: {} }]),
  );
  return { ...made, nodes, steps: { ...made.steps, 'package-install': { ...step, ...(cells ? { cells } : {}) } } };
}
function giveJob(view: JobView): void {
  host.master.setState('jobs', { jobs: { job7: { ...view, nodes: 3 } } });
  host.master.setState('job:job7', view);
}
const names = async (...args: string[]): Promise<string[]> => {
  expect(await host.run(...args, ...LAB, '-o', 'name'), host.err).toBe(EXIT.done);
  return host.out.trim() === '' ? [] : host.out.trim().split('\n');
};

beforeEach(() => {
  host = new FakeHost();
});
afterEach(() => {
  expect(host.master.openSessions, 'sessions left open').toBe(0);
  expect(host.master.openWatches, 'watches left open').toBe(0);
});

describe('nodes', () => {
  it('of a system without any says how they are named', async () => {
    give();
    expect(await host.run('nodes', ...LAB)).toBe(EXIT.done);
    expect(host.out.trim()).toBe('No nodes are named yet. Next: putctl inventory add, import or probe');
  });

  beforeEach(() => {
    give(node('tpa-10'), node('tpa-9', { packageCount: 1 }), node('aws-1', { type: 'AWS', reachable: 'no' }));
  });

  it('of the inventory stand in the order of their names, whatever order they came in', async () => {
    const row = {
      address: '192.0.2.1',
      port: 22,
      user: 'root',
      become: 'none',
      type: 'TPA',
      system: 1,
      tags: [],
      keys: ['k'],
    };
    const nodes = { 'tpa-9': row, 'tpa-10': row, 'a-long-name': row };
    const view = {
      kind: 'nodes',
      nodes,
      jumpHosts: {},
      nodesInEffect: 3,
      problems: [],
      problemCount: 0,
      sudoGivenFor: [],
    };
    host.master.setState('inventory', view);
    expect(await host.run('inventory', ...LAB), host.err).toBe(EXIT.done);
    expect(host.out.match(/^\S+-\S+/gm)).toEqual(['a-long-name', 'tpa-9', 'tpa-10']);
    expect(await host.run('inventory', 'show', 'tpa-10,a-*', ...LAB), host.err).toBe(EXIT.done);
    expect(host.out.match(/^\S+-\S+/gm)).toEqual(['a-long-name', 'tpa-10']);
    expect(await host.run('inventory', 'show', 'tpa-7', ...LAB)).toBe(EXIT.failed);
    expect(host.err).toContain('the inventory has no tpa-7');
  });

  it('are told from jump hosts in what an import would add', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'put-lists-'));
    const file = join(folder, 'nodes.yaml');
    await writeFile(file, 'nodes: []\n');
    host.master.answers['inventory.check'] = () => ({
      ...{ form: 'nodes', nodes: 2, jumpHosts: ['gate'], problems: [], added: ['b', 'gate'], changed: ['a'], same: 0 },
    });
    expect(await host.run('inventory', 'check', file, ...LAB), host.err).toBe(EXIT.done);
    await rm(folder, { recursive: true });
    expect(host.out).toContain('2 nodes and 1 jump host, 0 faults');
    expect(host.out).toContain('would add 1 node and 1 jump host; 1 are there');
  });

  it('are divided into waves in the order of the inventory, as the master does it', async () => {
    const seen = { os: 'Linux', arch: 'x86_64', packageCount: 0 } as const;
    give(node('aws-1', { ...seen, type: 'AWS', place: 1 }), node('tpa-1', { ...seen, place: 0 }));
    const one = {
      ...{ name: 'p1', epoch: 0, version: '2', release: '1', arch: 'noarch', os: 'linux', sha256: '0'.repeat(64) },
      ...{ fileName: 'p1-2-1.noarch.rpm', fileBytes: 1, installedBytes: 1, summary: '', scriptlets: [], signed: false },
      ...{ uploadedBy: '', uploadedAtMs: 0, requires: [], provides: [], conflicts: [], obsoletes: [] },
    };
    host.master.setState('library', { packages: { [one.fileName]: one }, certLists: {}, freeBytes: 1 });
    expect(await host.run('plan', '--packages', one.fileName, '--canary', '1', '--json', ...LAB), host.err).toBe(
      EXIT.done,
    );
    const { preview } = JSON.parse(host.out) as { preview: { plan: { waves: { first: string[] }[] } } };
    expect(preview.plan.waves.map(({ first }) => first)).toEqual([['tpa-1'], ['aws-1']]);
  });

  it('are chosen by type, name and state, and sorted as people count', async () => {
    expect(await names('nodes')).toEqual(['aws-1', 'tpa-9', 'tpa-10']);
    expect(await names('nodes', '--sort', 'packages')).toEqual(['tpa-9', 'aws-1', 'tpa-10']);
    expect(await names('nodes', '--type', 'tpa', '--name', 'tpa-1*,aws-1')).toEqual(['tpa-10']);
    // Without a job a state says whether the node answers.
    expect(await names('nodes', '--state', 'unreachable')).toEqual(['aws-1']);
    expect(await host.run('nodes', '--state', 'broken', ...LAB)).toBe(EXIT.failed);
  });

  it('have the states of the running job, with the step that they are of', async () => {
    giveJob(job('running', { 'tpa-9': cell('ok'), 'tpa-10': cell('failed') }));
    expect(await names('nodes', '--state', 'failed')).toEqual(['tpa-10']);
    expect(await names('nodes', '--failed')).toEqual(['tpa-10']);
    await host.run('nodes', ...LAB);
    expect(host.out).toMatch(/tpa-10 .* F failed/);
    expect(host.out).toMatch(/tpa-9 .* # done/);
    expect(host.out).toContain('STATE: in job 7, at Package Install.');
    const { document } = await host.runJson('nodes');
    expect(document).toMatchObject({
      job: { jobNumber: 7, state: 'running', stepId: 'package-install' },
      nodes: [{ nodeId: 'aws-1' }, { nodeId: 'tpa-9', state: 'ok' }, { nodeId: 'tpa-10', state: 'failed' }],
    });
  });

  it('have those of the step that the job is at, of which the waves before have gone through later ones', async () => {
    const view = job('attention', { 'tpa-9': cell('ok'), 'tpa-10': cell('waiting') }, 'shutdown');
    const shutdown = view.steps['shutdown'] as StepView;
    const cells = { 'tpa-9': cell('ok'), 'tpa-10': cell('unreachable') };
    giveJob({ ...view, steps: { ...view.steps, shutdown: { ...shutdown, cells } } });
    expect(await names('nodes', '--state', 'unreachable')).toEqual(['tpa-10']);
    expect(await names('nodes', '--failed')).toEqual(['tpa-10']);
    await host.run('nodes', ...LAB);
    expect(host.out).toContain('STATE: in job 7, at Shutdown.');
  });

  it('that were ignored at a step before have failed, too', async () => {
    const view = job('running', { 'tpa-9': cell('running'), 'tpa-10': cell('skipped') });
    const spooling = view.steps['spooling'] as StepView;
    const cells = { 'tpa-9': cell('ok'), 'tpa-10': cell('ignored') };
    giveJob({ ...view, steps: { ...view.steps, spooling: { ...spooling, cells } } });
    expect(await names('nodes', '--failed')).toEqual(['tpa-10']);
    expect(await names('nodes', '--state', 'skipped')).toEqual(['tpa-10']);
  });

  it('are none for --failed where no job ever was, and none failed', async () => {
    host.master.setState('jobs', { jobs: {} });
    expect(await host.run('nodes', '--failed', ...LAB)).toBe(EXIT.done);
    expect(host.err).toContain('no job was ever started');
    expect((await host.runJson('nodes', '--failed')).document).toMatchObject({ nodes: [] });
  });

  it('that were left behind in the last job are found by --failed, here and where something is begun', async () => {
    giveJob(job('warned', { 'tpa-9': cell('ok'), 'tpa-10': cell('ignored') }, 'finished'));
    expect(await names('nodes', '--failed')).toEqual(['tpa-10']);
    expect(await names('nodes', '--state', 'ok')).toEqual(['tpa-9']);
    host.master.answers['nodes.startServices'] = ({ nodeIds }: { nodeIds: string[] }) => ({
      ...{ started: nodeIds, failed: [], unfinished: [] },
    });
    expect((await host.runJson('nodes', 'start-services', '--failed')).document).toMatchObject({ started: ['tpa-10'] });
    expect((await host.runJson('nodes', 'start-services', '--failed', '--all')).code).toBe(EXIT.failed);
    giveJob(job('succeeded', { 'tpa-9': cell('ok') }, 'finished'));
    expect((await host.runJson('nodes', 'start-services', '--failed')).document).toMatchObject({
      error: { code: 'nothing-to-retry' },
    });
  });

  it('that are equal stand on one line where there are many, and each with --each', async () => {
    give(
      ...Array.from({ length: 200 }, (_, at) =>
        node(`tpa-${String(at + 1).padStart(3, '0')}`, { address: `10.0.0.${at}` }),
      ),
      node('aws-1', { type: 'AWS' }),
    );
    await host.run('nodes', ...LAB);
    expect(host.out).toMatch(/ 200 {2}tpa-\[001-200\] +TPA/);
    expect(host.out.split('\n').length).toBeLessThan(8);
    await host.run('nodes', '--each', ...LAB);
    expect(host.out.split('\n').length).toBeGreaterThan(200);
  });

  it('are not equal where their last answer is of another time, or why they were not reached is another', async () => {
    const nowMs = host.clock.nowMs();
    const seen = (nodeId: string, seenAtMs: number, code?: string): NodeRow => ({
      ...node(nodeId, { seenAtMs, reachable: code === undefined ? 'yes' : 'no' }),
      ...(code === undefined ? {} : { cause: { code, message: `${nodeId}: is away` } }),
    });
    const rows = Array.from({ length: 30 }, (_, at) => seen(`tpa-${at + 100}`, nowMs - at * 1_000));
    give(
      ...rows,
      ...[seen('tpa-201', nowMs - 1_000, 'node-unreachable'), seen('tpa-202', nowMs - 3_000, 'node-unreachable')],
      ...[seen('tpa-203', nowMs - 172_800_000, 'node-unreachable'), seen('tpa-204', nowMs, 'node-key-refused')],
    );
    await host.run('nodes', ...LAB);
    expect(host.out).toMatch(/ 30 {2}tpa-\[100-129\] .* yes +under 1m ago/);
    expect(host.out).toMatch(/ 2 {2}tpa-\[201-202\] .* no +under 1m ago/);
    expect(host.out).toMatch(/ 1 {2}tpa-203 .* no +under 7d ago/);
    expect(host.out).toMatch(/ 1 {2}tpa-204 .* no +under 1m ago/);
  });

  it.each([40, 80, 200])('fit a terminal of %i columns', async (columns) => {
    const os = 'SUSE Linux Enterprise Server 15 SP6 for a very long name';
    const service = { name: 'practice-database', state: 'up' } as const;
    give(node('a-node-with-a-name-that-goes-on-and-on-001', { os, arch: 'x86_64', service, address: '2001:db8::1' }));
    host.columns = columns;
    await host.run('nodes', ...LAB);
    const lines = host.out.split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
    // The end of a name tells nodes apart.
    expect(host.out).toContain('-001');
    if (columns === 40) expect(host.out.replace(/\n +/g, ' ')).toContain('SERVICE: practice-database up');
  });
});

describe('jobs', () => {
  beforeEach(() => {
    const one = jobView('finished', 'succeeded', { endedAtMs: host.clock.nowMs() });
    const all = Array.from({ length: 30 }, (_, at) => ({ ...one, jobId: `j${at}`, jobNumber: at + 1, nodes: 1 }));
    const waits = { ...all[29], state: 'attention', endedAtMs: undefined };
    host.master.setState('job:j29', jobView('shutdown', 'attention'));
    host.master.setState('jobs', {
      jobs: Object.fromEntries([...all.slice(0, 29), waits].map((each) => [each.jobId, each])),
    });
  });

  it('are the last ones for people, as many as asked for, and those in a state', async () => {
    await host.run('jobs', ...LAB);
    expect(host.out).toContain('10 older ones: --limit 30 shows all.');
    expect(await names('jobs')).toHaveLength(30);
    expect(await names('jobs', '--limit', '2')).toEqual(['29', '30']);
    expect(await names('jobs', '--state', 'waiting')).toEqual(['30']);
    expect(await names('jobs', '--state', 'over', '--limit', '1')).toEqual(['29']);
    expect(await host.run('jobs', '--state', 'tired', ...LAB)).toBe(EXIT.failed);
  });
});

describe('log', () => {
  const lines = (count: number): object[] =>
    Array.from({ length: count }, (_, at) => ({ atMs: at * 1000, stepId: 'shutdown', attempt: 1, text: `line ${at}` }));
  let said: object[];
  beforeEach(() => {
    said = lines(2500);
    giveJob(job('running', { 'tpa-1': cell('running') }));
    host.master.answers['job.nodeLog'] = ({ from, limit }: { from: number; limit: number }) => {
      if (limit > 1000) throw new Error('too many lines for a request');
      return { total: said.length, lines: said.slice(from, from + limit) };
    };
  });

  it('begins at a moment, found by halves, and has every line from there', async () => {
    const since = new Date(1_000_000).toISOString();
    const { document } = await host.runJson('log', 'tpa-1', '--since', since);
    expect(document).toMatchObject({ from: 1000, total: 2500 });
    expect(document['lines']).toHaveLength(1500);
    expect(host.master.requests.length).toBeLessThan(20);
    expect((await host.runJson('log', 'tpa-1', '--since', since, '--limit', '3')).document['lines']).toHaveLength(3);
    expect((await host.runJson('log', 'tpa-1', '--since', 'x')).code).toBe(EXIT.failed);
    expect((await host.runJson('log', 'tpa-1', '--since', since, '--from', '1')).code).toBe(EXIT.failed);
  });

  it('goes on with what comes until the job is over', async () => {
    said = lines(2);
    const following = host.run('log', '-f', 'tpa-1', ...LAB, '--json');
    for (let i = 0; i < 5; i++) await soon();
    said = lines(4);
    for (let i = 0; i < 5; i++) await soon();
    giveJob(jobView('finished', 'succeeded', { eventNumber: 60 }));
    expect(await following).toBe(EXIT.done);
    const texts = host.out
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { text: string }).text);
    expect(texts).toEqual(['line 0', 'line 1', 'line 2', 'line 3']);
  });
});

describe('since', () => {
  it('is so long ago, a time of the day, or a date', () => {
    const nowMs = new Date(2026, 10, 26, 12, 0, 0).getTime();
    expect(momentOf('10min', nowMs)).toBe(nowMs - 600_000);
    expect(momentOf('11:14', nowMs)).toBe(new Date(2026, 10, 26, 11, 14).getTime());
    expect(momentOf('13:00:30', nowMs)).toBe(new Date(2026, 10, 25, 13, 0, 30).getTime());
    expect(momentOf('2026-11-26T01:02:03Z', nowMs)).toBe(Date.UTC(2026, 10, 26, 1, 2, 3));
    for (const text of ['25:00', '1', 'noon', '2026-13-45']) expect(() => momentOf(text, nowMs)).toThrow('no time');
  });
});

describe('report', () => {
  const report = {
    outcome: 'warned',
    nodes: 1,
    packages: 0,
    installed: 1,
    failed: 0,
    ignored: 1,
    seconds: 3,
    lines: ['Attention: look at tpa-1.'],
  } as const;

  it('is shown, or written as a page', async () => {
    giveJob({ ...job('warned', { 'tpa-1': cell('ok') }, 'finished'), report });
    expect(await host.run('report', ...LAB)).toBe(EXIT.done);
    expect(host.out).toMatch(/done with warnings {2}Job 7[^]*Attention: look at tpa-1\./);
    expect((await host.runJson('report')).document).toMatchObject({ jobNumber: 7, report: { outcome: 'warned' } });
    host.master.answers['job.reportHtml'] = () => ({ html: '<html>' });
    const folder = await mkdtemp(join(tmpdir(), 'putctl-test-'));
    try {
      expect((await host.runJson('report', '--html', join(folder, 'r.html'))).document).toMatchObject({
        characters: 6,
      });
      expect(await readFile(join(folder, 'r.html'), 'utf8')).toBe('<html>');
      await writeFile(join(folder, 'file'), '');
      expect((await host.runJson('report', '--html', join(folder, 'file', 'r.html'))).code).toBe(EXIT.failed);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('is refused of a job that is not over', async () => {
    giveJob(job('running', { 'tpa-1': cell('ok') }));
    expect(await host.run('report', ...LAB)).toBe(EXIT.failed);
    expect(host.err).toContain('job 7 is not over');
  });
});

describe('give-up', () => {
  it('takes the silent ones, or all that run', async () => {
    const silent = cell('running', { silentSinceMs: 1 });
    giveJob(job('running', { 'tpa-1': cell('running'), 'tpa-2': silent, 'tpa-3': cell('ok') }));
    host.master.answers['job.giveUp'] = ({ nodeIds }: { nodeIds: string[] }) => ({ stopping: nodeIds.length });
    expect((await host.runJson('give-up', '--silent')).document).toMatchObject({ stopping: 1 });
    expect((await host.runJson('give-up', '--all')).document).toMatchObject({ stopping: 2 });
    expect(host.master.requests.map(({ params }) => (params as { nodeIds: string[] }).nodeIds)).toEqual([
      ['tpa-2'],
      ['tpa-1', 'tpa-2'],
    ]);
    expect((await host.runJson('give-up', '--all', '--silent')).code).toBe(EXIT.failed);
  });
});

describe('hold and release', () => {
  it('take those that did not come through, and refuse to guess', async () => {
    giveJob(job('attention', { 'tpa-1': cell('failed'), 'tpa-2': cell('ok'), 'tpa-3': cell('unreachable') }));
    host.master.answers['job.hold'] = ({ nodeIds }: { nodeIds: string[] }) => ({ held: nodeIds.length });
    const held = await host.runJson('hold', '--failed', '--reason', 'disks');
    expect(held.document).toMatchObject({ held: 2 });
    expect(host.master.requests).toMatchObject([{ params: { nodeIds: ['tpa-1', 'tpa-3'] } }]);
    expect((await host.runJson('hold', '--reason', 'x')).document).toMatchObject({ error: { code: 'usage' } });
    expect((await host.runJson('release', '--all')).document).toMatchObject({ error: { code: 'nothing-to-retry' } });
  });
});
