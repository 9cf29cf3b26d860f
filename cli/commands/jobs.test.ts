import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutError } from '../../core/protocol/errors.ts';
import { EXIT } from '../exitCodes.ts';
import { parsePlan } from '../planFile.ts';
import { FakeHost, TEST_FINGERPRINT } from '../testing/FakeMaster.ts';
import type { StepView } from '../../core/model/job.ts';
import { runWindowText } from '../jobText.ts';
import { jobView } from '../testing/jobViews.ts';

let host: FakeHost;
let folder: string;

beforeEach(async () => {
  host = new FakeHost();
  folder = await mkdtemp(join(tmpdir(), 'putctl-test-'));
});

afterEach(async () => {
  expect(host.master.openSessions, 'sessions left open').toBe(0);
  expect(host.master.openWatches, 'watches left open').toBe(0);
  await rm(folder, { recursive: true });
});

const LAB = ['--host', 'lab', '--fingerprint', TEST_FINGERPRINT];
const codeOf = (document: Record<string, unknown>): unknown =>
  (document['error'] as { code?: unknown } | undefined)?.code;

describe('jobs', () => {
  const failed = jobView('package-install', 'attention', { eventNumber: 40 });
  beforeEach(() => {
    host.master.setState('jobs', {
      jobs: {
        old: { ...failed, jobId: 'old', jobNumber: 6, state: 'succeeded', nodes: 1 },
        job7: { ...failed, nodes: 1 },
      },
    });
    host.master.setState('job:job7', failed);
  });

  it('retries at the current step and follows until the job settles again', async () => {
    host.master.answers['job.retry'] = () => {
      // The state from before the retry comes once more; it must not be taken for its outcome.
      host.master.setState('job:job7', failed);
      setImmediate(() => host.master.setState('job:job7', jobView('finished', 'succeeded', { eventNumber: 60 })));
      return { retried: 2 };
    };
    const { code, document } = await host.runJson('retry', '--nodes', 'tpa-1,tpa-2');
    expect([code, document['retried']]).toEqual([EXIT.done, 2]);
    expect(host.master.requests[0]).toMatchObject({
      method: 'job.retry',
      params: { jobId: 'job7', stepId: 'package-install', nodeIds: ['tpa-1', 'tpa-2'] },
    });
  });

  it('shows what a rollback comes to, and does it only when it is told to', async () => {
    const packages = [
      { name: 'ppde', to: '17.10-1', wayBack: true },
      { name: 'plicense', wayBack: true },
      { name: 'pagent', to: '17.10-1', wayBack: false },
    ];
    const preview = { possible: true, nodes: 2, groups: [{ nodes: 2, nodeIds: ['tpa-1', 'tpa-2'], packages }] };
    host.master.answers['job.rollbackPreview'] = () => preview;
    host.master.answers['job.rollback'] = () => {
      setImmediate(() => host.master.setState('job:job7', jobView('finished', 'failed', { eventNumber: 60 })));
      return { nodes: 2 };
    };
    expect(codeOf((await host.runJson('rollback', '--nodes', 'tpa-1', '--all')).document)).toBe('usage');
    expect(await host.run('rollback', '--wave', '1', ...LAB)).toBe(EXIT.needsPerson);
    expect(host.out).toMatch(
      /2 nodes: tpa-1, tpa-2[^]*pagent.*NO: the library[^]*On 2 nodes not every version[^]*Nothing was changed/,
    );
    expect(host.master.requests.map(({ method }) => method)).not.toContain('job.rollback');
    const done = await host.runJson('rollback', '--wave', '1', '--yes', '--reason', 'it is slower');
    expect([done.code, done.document['rolledBack']]).toEqual([EXIT.failed, 2]);
    expect(host.master.requests.at(-1)).toMatchObject({ params: { jobId: 'job7', wave: 1, reason: 'it is slower' } });
  });

  it('ignores with a reason and refuses to without one', async () => {
    host.master.answers['job.ignore'] = () => ({ ignored: 1 });
    expect((await host.runJson('ignore', '--nodes', 'tpa-1')).code).toBe(EXIT.failed);
    expect(
      (await host.runJson('ignore', '7', '--nodes', 'tpa-1', '--reason', 'new disk', '--package', 'a')).document,
    ).toMatchObject({ ignored: 1, left: [] });
    expect(host.master.requests).toMatchObject([
      {
        method: 'job.ignore',
        params: { jobId: 'job7', stepId: 'package-install', nodeIds: ['tpa-1'], reason: 'new disk', packageName: 'a' },
      },
    ]);
  });

  it('takes back that a package was ignored, and says how a node is', async () => {
    host.master.answers['job.undoIgnore'] = () => ({ undone: 1 });
    expect((await host.runJson('ignore', '7', '--nodes', 'tpa-1', '--undo')).code).toBe(EXIT.done);
    expect(host.master.requests.at(-1)?.params).not.toHaveProperty('packageName');
    host.master.requests.length = 0;
    const undone = await host.runJson('ignore', '7', '--nodes', 'tpa-1', '--package', 'a', '--undo');
    expect(undone.document).toMatchObject({ undone: 1, left: [] });
    expect(host.master.requests).toMatchObject([
      { method: 'job.undoIgnore', params: { stepId: 'package-install', nodeIds: ['tpa-1'], packageName: 'a' } },
    ]);
  });

  it('asks what Cancel means, and takes the baton first where asked to', async () => {
    expect(codeOf((await host.runJson('cancel')).document)).toBe('usage');
    expect(codeOf((await host.runJson('cancel', '--exit', '--restart-step')).document)).toBe('usage');
    host.master.answers['job.takeBaton'] = () => ({});
    host.master.answers['job.cancel'] = () => {
      host.master.setState('job:job7', jobView('package-install', 'exited'));
      return {};
    };
    expect((await host.runJson('cancel', 'job7', '--exit', '--yes', '--take-baton', 'ben went home')).code).toBe(
      EXIT.done,
    );
    expect(host.master.requests.map((one) => one.method)).toEqual(['job.takeBaton', 'job.cancel']);
  });

  it('holds nodes, releases them, and stops before a wave and takes that back', async () => {
    for (const method of ['job.pause', 'job.resume'] as const) host.master.answers[method] = () => ({});
    host.master.answers['job.hold'] = () => ({ held: 1 });
    host.master.answers['job.release'] = () => ({ released: 1 });
    expect(codeOf((await host.runJson('hold', '--nodes', 'tpa-02')).document)).toBe('usage');
    const held = await host.runJson('hold', '--nodes', 'tpa-02', '--reason', 'a disk');
    expect(held.document).toEqual({ jobId: 'job7', jobNumber: 7, held: 1 });
    expect((await host.runJson('release', '--nodes', 'tpa-02')).document).toMatchObject({ released: 1 });
    expect((await host.runJson('catch-up', '--nodes', 'tpa-02', '--no-wait')).document).toMatchObject({ released: 1 });
    expect(codeOf((await host.runJson('pause', '--before-wave', 'two')).document)).toBe('usage');
    const stopped = await host.runJson('pause', '--before-wave', '3', '--reason', 'lunch');
    expect(stopped.document).toMatchObject({ paused: false, beforeWave: 3 });
    await host.runJson('resume', '--before-wave', '3');
    expect(host.master.requests.map(({ method, params }) => [method, params])).toMatchObject([
      ['job.hold', { nodeIds: ['tpa-02'], reason: 'a disk' }],
      ['job.release', { nodeIds: ['tpa-02'] }],
      ['job.release', { nodeIds: ['tpa-02'] }],
      ['job.pause', { beforeWave: 3, reason: 'lunch' }],
      ['job.resume', { beforeWave: 3 }],
    ]);
  });

  it('gives up on nodes that are named', async () => {
    host.master.answers['job.giveUp'] = () => ({ stopping: 1 });
    expect(codeOf((await host.runJson('give-up')).document)).toBe('usage');
    expect((await host.runJson('give-up', '--nodes', 'tpa-02', '--reason', 'it panics')).document).toEqual({
      ...{ jobId: 'job7', jobNumber: 7, stepId: 'package-install', stopping: 1 },
    });
    expect(host.master.requests).toMatchObject([
      { method: 'job.giveUp', params: { stepId: 'package-install', nodeIds: ['tpa-02'], reason: 'it panics' } },
    ]);
  });

  it('pauses with a reason and resumes', async () => {
    host.master.answers['job.pause'] = () => ({});
    host.master.answers['job.resume'] = () => ({});
    expect((await host.runJson('pause', '--reason', 'the site asks')).document).toMatchObject({ paused: true });
    expect((await host.runJson('resume')).document).toMatchObject({ paused: false });
    expect(host.master.requests).toMatchObject([
      { method: 'job.pause', params: { jobId: 'job7', reason: 'the site asks' } },
      { method: 'job.resume', params: { jobId: 'job7' } },
    ]);
  });

  it('tells what a job waits for and until when, and lets it begin', async () => {
    host.master.answers['job.beginNow'] = () => ({});
    const runWindow = { notBefore: '2026-11-27T00:00:00Z', notAfter: '2026-11-27T03:00:00Z', waits: 'early' as const };
    const waits = jobView('shutdown', 'running', { runWindow, eventNumber: 41 });
    host.master.setState('job:job7', waits);
    expect(runWindowText(waits)).toMatch(
      /^Shutdown waits until 2026-11-2[67] \d\d:\d\d, and is to begin until 2026-11-2[67] \d\d:\d\d; it goes on by itself\.$/,
    );
    expect((await host.runJson('begin-now', '--reason', 'the site is ready')).document).toEqual({
      ...{ jobId: 'job7', jobNumber: 7, begun: true },
    });
    expect(host.master.requests.at(-1)).toMatchObject({
      ...{ method: 'job.beginNow', params: { jobId: 'job7', reason: 'the site is ready' } },
    });
  });

  it('confirms nodes that go back by themselves, and tells those that did by its exit code', async () => {
    const failed = [{ nodeId: 'tpa-02', code: 'went-back', message: 'tpa-02 went back' }];
    host.master.answers['job.confirm'] = () => ({ confirmed: ['tpa-01'], failed, unfinished: [] });
    const { code, document } = await host.runJson('confirm');
    expect(code).toBe(EXIT.failed);
    expect(document).toEqual({ jobId: 'job7', jobNumber: 7, confirmed: ['tpa-01'], failed, unfinished: [] });
    expect(host.master.requests.at(-1)).toMatchObject({ method: 'job.confirm', params: { jobId: 'job7' } });
    host.master.answers['job.confirm'] = () => ({ confirmed: ['tpa-01'], failed: [], unfinished: ['tpa-02'] });
    expect((await host.runJson('confirm', '7')).code).toBe(EXIT.needsPerson);
  });

  it('accepts the warnings of every step that has some, or of the nodes and the step that are named', async () => {
    const warned = jobView('finished', 'warned');
    const { 'package-install': install } = warned.steps;
    const cells = { 'tpa-01': { state: 'warned', attempt: 1 } } as const;
    host.master.setState('job:job7', {
      ...warned,
      steps: { ...warned.steps, 'package-install': { ...(install as StepView), cells } },
    });
    host.master.answers['job.accept'] = () => ({ accepted: 1 });
    const { code, document } = await host.runJson('accept');
    expect(code).toBe(EXIT.done);
    expect(document).toEqual({ jobId: 'job7', jobNumber: 7, accepted: [{ stepId: 'package-install', nodes: 1 }] });
    expect(host.master.requests.at(-1)).toMatchObject({ params: { jobId: 'job7', stepId: 'package-install' } });
    host.master.answers['job.accept'] = () => {
      throw new PutError('nothing-to-accept', 'Package Install has no warning');
    };
    expect(await host.runJson('accept')).toMatchObject({
      ...{ code: EXIT.failed, document: { error: { code: 'nothing-to-accept' } } },
    });
  });

  it('tells who holds the baton by its exit code', async () => {
    host.master.answers['job.retry'] = () => {
      throw new PutError('baton-needed', 'ben drives job 7');
    };
    expect((await host.runJson('retry')).code).toBe(EXIT.heldByOther);
  });

  it('ends where a request is refused: nothing that it follows jobs by is left', async () => {
    host.master.answers['job.retry'] = () => {
      throw new PutError('node-busy', 'work on tpa-1 is not known to have ended');
    };
    expect(await host.run('retry', ...LAB)).toBe(EXIT.failed);
    expect(host.err).toContain('node-busy');
    host.master.answers['job.retry'] = () => ({ retried: 1 });
    expect(await host.run('retry', '--no-wait', ...LAB)).toBe(EXIT.done);
    expect([...host.waiting]).toEqual([]);
  });
});

describe('chat and plan', () => {
  it('shows the timeline and says something', async () => {
    host.master.append(
      'timeline',
      ...[1, 2, 3].map((number) => ({ number, atMs: 0, kind: 'message', user: 'ben', text: `hello ${number}` })),
    );
    expect((await host.runJson('chat', '--since', '1')).document).toMatchObject({
      lastNumber: 3,
      entries: [{ number: 2 }, { number: 3 }],
    });
    host.master.answers['chat.say'] = () => ({ number: 4 });
    expect((await host.runJson('chat', 'say', 'new disk at two')).document).toEqual({ number: 4 });
  });

  it('writes a plan that run can read, and tells what would happen', async () => {
    const relation = { requires: [], provides: [], conflicts: [], obsoletes: [] };
    const pkg = {
      ...relation,
      name: 'a',
      epoch: 0,
      version: '2',
      release: '1',
      arch: 'noarch',
      os: 'linux',
      fileName: 'a-2-1.noarch.rpm',
      sha256: '0'.repeat(64),
      fileBytes: 1,
      installedBytes: 1,
      summary: '',
      scriptlets: [],
      signed: false,
      uploadedBy: '',
      uploadedAtMs: 0,
    };
    const installed = { name: 'a', epoch: 0, version: '1', release: '1', arch: 'noarch' };
    host.master.setState('library', { packages: { [pkg.fileName]: pkg }, certLists: {}, freeBytes: 1 });
    host.master.setState('nodes', {
      nodes: {
        n1: {
          nodeId: 'n1',
          address: '',
          type: 'TPA',
          system: 1,
          reachable: 'yes',
          os: 'Linux',
          arch: 'x86_64',
          packageCount: 1,
        },
      },
    });
    host.master.answers['nodes.facts'] = () => ({ nodeId: 'n1', readAtMs: {}, facts: { packages: [installed] } });
    const out = join(folder, 'plan.yaml');
    const { code, document } = await host.runJson('plan', '--packages', pkg.fileName, '--nodes', 'n1', '--out', out);
    expect(code).toBe(EXIT.done);
    expect(document).toMatchObject({
      preview: {
        problems: [],
        plan: { nodes: { n1: [{ packageName: 'a', action: 'upgrade', from: '1-1', to: '2-1' }] } },
      },
    });
    expect(await readFile(out, 'utf8')).toContain('version: 1');
    const night = join(folder, 'night.yaml');
    const times = ['--not-before', '2026-11-27T01:00 Europe/Berlin', '--not-after', '2026-11-27T04:00+01:00'];
    const limits = ['--stop-at', '10 %', '--waves', '1', '--nodes-at-once', '8'];
    const asked = ['plan', '--packages', pkg.fileName, '--nodes', 'n1'];
    expect((await host.runJson(...asked, ...times, ...limits, '--out', night)).code).toBe(EXIT.done);
    expect(parsePlan(await readFile(night, 'utf8'), night).settings).toEqual({
      ...{ nodesAtOnce: '8', stopAt: '10 %', waves: { by: '1' } },
      ...{ notBefore: '2026-11-27T00:00:00Z', notAfter: '2026-11-27T03:00:00Z' },
    });
    const { document: differs } = await host.runJson('plan', 'diff', out, night);
    const settings = (differs['differences'] as { part: string; name: string }[]).filter(
      ({ part }) => part === 'setting',
    );
    expect(settings.map(({ name }) => name).sort()).toEqual([
      'nodesAtOnce',
      'notAfter',
      'notBefore',
      'stopAt',
      'waves',
    ]);
    expect((await host.runJson('plan', 'diff', night)).document).toMatchObject({ same: true });
    const wrong = await host.runJson(...asked, '--not-before', '2026-11-27T05:00Z', '--not-after', '2026-11-27T04:00Z');
    expect(codeOf(wrong.document)).toBe('plan-invalid');
    expect(codeOf((await host.runJson('plan', '--nodes', 'n9')).document)).toBe('node-unknown');
    expect(codeOf((await host.runJson('plan', '--release', '9')).document)).toBe('package-unknown');
    expect(codeOf((await host.runJson('plan', '--nodes', 'n1', '--type', 'TPA')).document)).toBe('plan-invalid');
    expect(new Set(host.master.requests.map(({ method }) => method))).toEqual(new Set(['nodes.facts']));
  });
});
