import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JobNode } from '../../core/model/job.ts';
import type { NodeRow } from '../../core/model/node.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { EXIT } from '../exitCodes.ts';
import { FakeHost, TEST_FINGERPRINT } from '../testing/FakeMaster.ts';
import { jobView } from '../testing/jobViews.ts';

let host: FakeHost;
const LAB = ['--host', 'lab', '--fingerprint', TEST_FINGERPRINT];

beforeEach(() => {
  host = new FakeHost();
});
afterEach(() => {
  expect(host.master.openSessions, 'sessions left open').toBe(0);
  expect(host.master.openWatches, 'watches left open').toBe(0);
});

type State = 'up' | 'down' | 'unknown';
function nodesWith(states: Record<string, State>): Record<string, JobNode> {
  return Object.fromEntries(
    Object.entries(states).map(([nodeId, state]) => [
      nodeId,
      { nodeId, address: '', type: 'TPA', system: 1, before: [], outcomes: {}, service: { name: 'db', state } },
    ]),
  );
}

const SEEN = {
  stepId: 'switch-versions',
  attempt: 1,
  eventNumber: jobView('switch-versions', 'attention').eventNumber,
};

describe('cancel --exit where services are down', () => {
  beforeEach(() => {
    const waiting = jobView('switch-versions', 'attention', { nodes: nodesWith({ 'tpa-1': 'down', 'tpa-2': 'up' }) });
    host.master.setState('jobs', { jobs: { job7: { ...waiting, nodes: 2 } } });
    host.master.setState('job:job7', waiting);
    host.master.answers['job.cancel'] = ({ startServices }: { startServices?: boolean }) => {
      const nodes = nodesWith({ 'tpa-1': startServices === true ? 'up' : 'down', 'tpa-2': 'up' });
      host.master.setState('job:job7', jobView('switch-versions', 'exited', { nodes }));
      return {};
    };
  });

  it('cancels nothing in a script that does not say what becomes of them: exit code 2 and the commands', async () => {
    const { code, document } = await host.runJson('cancel', '--exit');
    expect(code).toBe(EXIT.needsPerson);
    expect(document).toMatchObject({
      servicesDown: ['tpa-1'],
      next: ['putctl cancel 7 --exit --start-services --yes', 'putctl cancel 7 --exit --leave-services --yes'],
    });
    expect(host.master.requests).toEqual([]);
  });

  it('starts them where that is said', async () => {
    const { code, document } = await host.runJson('cancel', '--exit', '--start-services', '--yes');
    expect([code, document['servicesDown']]).toEqual([EXIT.done, []]);
    expect(host.master.requests).toEqual([
      { method: 'job.cancel', params: { jobId: 'job7', seen: SEEN, choice: 'exit', startServices: true } },
    ]);
  });

  it('ends with warnings where they stay down, and names them', async () => {
    const { code, document } = await host.runJson('cancel', '--exit', '--leave-services', '--yes');
    expect([code, document['servicesDown']]).toEqual([EXIT.warnings, ['tpa-1']]);
    expect(host.master.requests).toEqual([
      { method: 'job.cancel', params: { jobId: 'job7', seen: SEEN, choice: 'exit' } },
    ]);
  });

  it.each([
    ['start', EXIT.done, { startServices: true }],
    ['leave', EXIT.warnings, {}],
  ])('asks a person: %s', async (reply, code, params) => {
    host.canAsk = true;
    host.replies = [reply];
    expect(await host.run('cancel', '--exit', ...LAB)).toBe(code);
    expect(host.err).toContain('db is down on 1 node (tpa-1)');
    expect(host.master.requests).toEqual([
      { method: 'job.cancel', params: { jobId: 'job7', seen: SEEN, choice: 'exit', ...params } },
    ]);
  });

  it('does nothing when the person goes back', async () => {
    host.canAsk = true;
    host.replies = ['back'];
    expect(await host.run('cancel', '--exit', ...LAB)).toBe(EXIT.needsPerson);
    expect(host.master.requests).toEqual([]);
  });

  it('refuses options that do not fit', async () => {
    for (const args of [
      ['--exit', '--start-services', '--leave-services'],
      ['--restart-step', '--start-services'],
    ]) {
      expect((await host.runJson('cancel', ...args)).document).toMatchObject({ error: { code: 'usage' } });
    }
    expect(host.master.requests).toEqual([]);
  });

  it('says what is down wherever the job waits', async () => {
    host.master.answers['job.retry'] = () => {
      const nodes = nodesWith({ 'tpa-1': 'down', 'tpa-2': 'unknown' });
      host.master.setState('job:job7', jobView('switch-versions', 'input', { nodes, eventNumber: 60 }));
      return { retried: 1 };
    };
    await host.run('retry', ...LAB);
    expect(host.out).toContain('db is down on 1 node (tpa-1); on 1 node (tpa-2) it is not known whether it is up');
  });
});

describe('nodes start-services', () => {
  it('tells what was started, what was not and why, and what is not over', async () => {
    host.master.answers['nodes.startServices'] = () => ({
      started: ['tpa-1'],
      failed: [{ nodeId: 'tpa-2', code: 'node-unreachable', message: 'tpa-2 does not answer' }],
      unfinished: ['tpa-3'],
    });
    expect(await host.run('nodes', 'start-services', ...LAB)).toBe(EXIT.failed);
    expect(host.out).toContain('Started on 1 node: tpa-1.');
    expect(host.out).toContain('tpa-2: tpa-2 does not answer (node-unreachable)');
    expect(host.out).toContain('Not over yet on 1 node: tpa-3.');
    expect(host.master.requests).toEqual([{ method: 'nodes.startServices', params: {} }]);
  });

  it('takes names, and has exit codes a script can go by', async () => {
    const answer = { started: ['tpa-1'], failed: [] as object[], unfinished: [] as string[] };
    host.master.answers['nodes.startServices'] = () => answer;
    expect((await host.runJson('nodes', 'start-services', '--nodes', 'tpa-1,tpa-2')).code).toBe(EXIT.done);
    expect(host.master.requests.at(-1)?.params).toEqual({ nodeIds: ['tpa-1', 'tpa-2'] });
    answer.unfinished = ['tpa-2'];
    expect((await host.runJson('nodes', 'start-services')).code).toBe(EXIT.warnings);
    host.master.answers['nodes.startServices'] = () => {
      throw new PutError('job-running', 'job 7 works on tpa-1');
    };
    expect((await host.runJson('nodes', 'start-services')).code).toBe(EXIT.heldByOther);
  });

  it('is named where the list of nodes shows a service that is down', async () => {
    const row: NodeRow = {
      ...{ nodeId: 'tpa-1', address: '', type: 'TPA', system: 1, reachable: 'yes', packageCount: 0 },
      service: { name: 'db', state: 'down' },
    };
    host.master.setState('nodes', { nodes: { 'tpa-1': row } });
    await host.run('nodes', ...LAB);
    expect(host.out).toContain('db is down on 1 node (tpa-1). Next: putctl nodes start-services');
  });
});
