import { afterEach, beforeEach, expect, it } from 'vitest';
import { EXIT } from '../exitCodes.ts';
import { FakeHost, TEST_FINGERPRINT } from '../testing/FakeMaster.ts';
import { jobView } from '../testing/jobViews.ts';

let host: FakeHost;
beforeEach(() => {
  host = new FakeHost();
});
afterEach(() => {
  expect(host.master.openSessions, 'sessions left open').toBe(0);
  expect(host.master.openWatches, 'watches left open').toBe(0);
});

const LAB = ['--host', 'lab', '--fingerprint', TEST_FINGERPRINT];
const codeOf = (document: Record<string, unknown>): unknown =>
  (document['error'] as { code?: unknown } | undefined)?.code;

it('says that a job waits for another person, and approves just the digest that was shown', async () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  const approval = { waits: true, digest, notBy: ['anna'], changes: ['n2: not in the plan'] };
  const waits = jobView('shutdown', 'attention', {
    answers: { by: 'anna', acceptPlan: true, active: true },
    ...{ approval, eventNumber: 41, nextOffBecause: 'Shutdown waits for approval.' },
    settings: { gateCommand: 'id -u' },
    inputs: { 'select-nodes': { argv: ['reboot', 'now'], deadlineMs: 60_000, okCodes: [0], warnedCodes: [] } },
    nodes: Object.fromEntries(
      ['n1', 'n2'].map((nodeId) => [
        nodeId,
        { ...{ nodeId, address: '192.0.2.1', type: 'TPA', system: 1 }, cells: {}, before: [], outcomes: {} },
      ]),
    ),
  });
  // Any step of that kind tells its answer.
  const { 'select-nodes': asks } = waits.steps;
  Object.assign(asks ?? {}, { kind: 'command', title: 'Command' });
  host.master.setState('jobs', { jobs: { job7: { ...waits, nodes: 2 } } });
  host.master.setState('job:job7', waits);
  const followed = await host.runJson('run', '--continue', '7', '--yes');
  expect([followed.code, followed.document]).toMatchObject([
    EXIT.needsPerson,
    { approval, next: ['approve 7', 'cancel 7 --exit'].map((words) => `putctl ${words} ${LAB.join(' ')}`) },
  ]);
  const shown = await host.runJson('approve');
  const next = `putctl approve 7 --digest ${digest}`;
  expect([shown.code, shown.document]).toMatchObject([EXIT.needsPerson, { approval, next: [next] }]);
  expect(await host.run('approve', ...LAB)).toBe(EXIT.needsPerson);
  expect(host.out).toMatch(/It waits for approval by another person than anna: sha256:a+\n {4}n2: not in the plan/);
  expect(host.out).toMatch(/^Settings: Gate command id -u$/m);
  expect(host.out).toMatch(/^2 nodes: n\[1-2\]$/m);
  expect(host.out).toMatch(/^Command: reboot now$/m);
  host.master.answers['job.approve'] = () => ({});
  const done = await host.runJson('approve', '7', '--digest', digest);
  expect([done.code, done.document]).toEqual([EXIT.done, { jobId: 'job7', jobNumber: 7, digest, approvedBy: 'anna' }]);
  expect(host.master.requests.at(-1)).toMatchObject({ method: 'job.approve', params: { jobId: 'job7', digest } });
  host.master.answers['job.withdrawApproval'] = () => ({ withdrawn: true });
  expect((await host.runJson('approve', '7', '--withdraw')).document).toEqual({
    ...{ jobId: 'job7', jobNumber: 7, withdrawn: true },
  });
  expect(codeOf((await host.runJson('approve', '--withdraw', '--digest', digest)).document)).toBe('usage');
  host.master.setState('job:job7', jobView('shutdown', 'running'));
  expect(codeOf((await host.runJson('approve')).document)).toBe('approval-not-asked');
});
