import { expect, it } from 'vitest';
import { FakeHost, TEST_FINGERPRINT } from '../testing/FakeMaster.ts';
import { jobView } from '../testing/jobViews.ts';

const LAB = ['--host', 'lab', '--fingerprint', TEST_FINGERPRINT];

it('gives a job another time, and says where that has to be approved anew', async () => {
  const host = new FakeHost();
  const waits = jobView('shutdown', 'running', { eventNumber: 40 });
  host.master.setState('jobs', { jobs: { job7: { ...waits, nodes: 1 } } });
  host.master.setState('job:job7', waits);
  const approval = { waits: true, digest: 'sha256:1', notBy: ['anna'] };
  const after = jobView('shutdown', 'running', { runWindow: { notBefore: '2026-11-27T02:00:00Z' }, approval });
  host.master.answers['job.setWindow'] = () => {
    host.master.setState('job:job7', after);
    return {};
  };
  const to = ['--not-before', '2026-11-27T02:00Z', '--not-after', 'none', '--reason', 'later'];
  expect((await host.runJson('window', ...to)).document).toEqual({
    ...{ jobId: 'job7', jobNumber: 7, notBefore: '2026-11-27T02:00:00Z', approvalWaits: true },
  });
  expect(host.master.requests.at(-1)).toMatchObject({
    method: 'job.setWindow',
    params: { jobId: 'job7', notBefore: '2026-11-27T02:00:00Z', notAfter: null, reason: 'later' },
  });
  await host.run('window', '7', ...to, ...LAB);
  expect(host.out).toMatch(/it has to be approved anew. Next: putctl approve 7/);
  for (const wrong of [[], ['--not-after', 'tonight']])
    expect((await host.runJson('window', ...wrong)).document).toMatchObject({ error: { code: 'usage' } });
  expect(host.master.requests).toHaveLength(2);
});

it.each([
  ['waits', {}, {}, /begins at once: Shutdown\. *\n?Next: putctl watch 7/],
  ['waits', { notAfter: '2099-11-27T02:00:00Z' }, {}, /begins at once, until 2099-11-2\d \d\d:00: Shutdown/],
  ['waits', { notBefore: '2099-11-27T02:00:00Z' }, {}, /begins to change nodes from 2099-11-2\d \d\d:00 on\./],
  ['waits', {}, { paused: { user: 'anna', reason: 'a disk' } }, /at any time, once it is resumed\./],
  ['answers', {}, {}, /may change nodes at any time\./],
])('says what a job that %s does with its new time: %j', async (what, runWindow, more, said) => {
  const host = new FakeHost();
  const waits = what === 'waits' ? ({ waits: 'early' } as const) : {};
  const before = { notBefore: '2099-11-20T02:00:00Z', ...waits };
  host.master.setState('jobs', { jobs: { job7: { ...jobView('shutdown', 'running'), nodes: 1 } } });
  host.master.setState('job:job7', jobView('shutdown', 'running', { runWindow: before, canBack: true }));
  const after = Object.keys(runWindow).length === 0 ? {} : { runWindow };
  host.master.answers['job.setWindow'] = () => {
    host.master.setState('job:job7', jobView('shutdown', 'running', { ...after, ...more, canBack: true }));
    return {};
  };
  await host.run('window', '7', '--not-before', 'none', ...LAB);
  expect(host.out).toMatch(said);
});
