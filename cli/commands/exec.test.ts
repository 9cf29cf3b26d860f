import { beforeEach, expect, it } from 'vitest';
import type { OutputGroup } from '../../core/model/commandOutput.ts';
import type { VersionRow } from '../../core/model/versionTable.ts';
import { EXIT } from '../exitCodes.ts';
import { outputsText, versionsText } from '../outputText.ts';
import { FakeHost, TEST_FINGERPRINT } from '../testing/FakeMaster.ts';
import { jobView } from '../testing/jobViews.ts';

const LAB = ['--host', 'lab', '--fingerprint', TEST_FINGERPRINT];

const said = (head: string, exitCode = 0): OutputGroup['output'] => ({
  ...{ exitCode, sha256: head, bytes: head.length, lines: 1, head, cut: false },
});
const GROUPS: OutputGroup[] = [
  { state: 'ok', nodes: 2, names: 'tpa-[1-2]', output: said('6.4\n'), differs: false },
  { state: 'failed', nodes: 1, names: 'tpa-3', output: said('\u001b[2Jbad\n', 2), differs: true },
  { state: 'unreachable', nodes: 1, names: 'aws-1', differs: false },
];

let host: FakeHost;
let started: Record<string, unknown> | undefined;

/** A master whose jobs have come to an end when they are looked at. */
beforeEach(() => {
  host = new FakeHost();
  started = undefined;
  const { master } = host;
  const entry = (nodeId: string): object => ({ nodeId, type: 'TPA', system: 1, address: nodeId, packages: [] });
  const nodes = Object.fromEntries(['tpa-1', 'tpa-2', 'tpa-3'].map((nodeId) => [nodeId, entry(nodeId)]));
  master.setState('nodes', { nodes });
  master.answers['job.start'] = (request: Record<string, unknown>) => {
    started = request;
    const view = jobView('finished', 'succeeded');
    const run = { stepId: 'run', kind: 'run-command', title: 'Run', help: '', state: 'ok', attempt: 1 } as const;
    const read = { ...run, stepId: 'versions', kind: 'facts', title: 'Versions' };
    master.setState(`job:${String(request['jobId'])}`, {
      ...view,
      ...{ jobId: String(request['jobId']), stepOrder: ['run', 'versions'], steps: { run, versions: read } },
    });
    return { jobId: request['jobId'], jobNumber: 7 };
  };
  master.answers['job.table'] = ({ table }: { table: string }) => {
    const output = { ...said('=1+1\n'), sha256: 'ab' };
    const nodeRows = [{ nodeId: 'tpa-1', state: 'ok', attempt: 1, output }];
    const rows = table === 'outputs' ? GROUPS : table === 'nodes' ? nodeRows : [];
    return { total: rows.length, rows, notes: [], eventNumber: 1 };
  };
});

it('one word behind -- is a shell command line, several are words; what stands before names nodes', async () => {
  expect(await host.run('exec', 'tpa-1,tpa-2', ...LAB, '--yes', '--', 'ps ax | wc -l')).toBe(EXIT.done);
  expect(started).toMatchObject({
    ...{ operationId: 'run-command', acceptPlan: true },
    answers: { nodes: ['tpa-1', 'tpa-2'], command: 'ps ax | wc -l' },
  });
  await host.run(
    ...['exec', 'tpa-*', ...LAB, '--deadline', '90s', '--exit-ok', '0,3-4', '--exit-warned', '9', '--stop-at', '2'],
    ...['--', 'rpm', '-q', '--all'],
  );
  expect(started).toMatchObject({
    ...{ acceptPlan: false, settings: { stopAt: '2' } },
    answers: { command: ['rpm', '-q', '--all'], deadline: 90_000, exitOk: [0, 3, 4], exitWarned: [9] },
  });
  expect((started?.['answers'] as { nodes: string[] }).nodes).toEqual(['tpa-1', 'tpa-2', 'tpa-3']);
});

it('says without a terminal and --yes that nothing was run and that the job is in the way of others', async () => {
  host.master.answers['job.start'] = (request: Record<string, unknown>) => {
    host.master.setState(`job:${String(request['jobId'])}`, { ...jobView('plan', 'input'), jobId: request['jobId'] });
    return { jobId: request['jobId'], jobNumber: 7 };
  };
  expect(await host.run('exec', 'tpa-1', ...LAB, '--', 'uptime')).toBe(EXIT.needsPerson);
  expect(host.out).toContain('no other operation begins before it is accepted or exited');
});

it('nothing is started without nodes, a command, or with codes that are none', async () => {
  for (const args of [
    ['exec', ...LAB, '--', 'uname'],
    ['exec', 'tpa-1', ...LAB],
    ['exec', 'tpa-1', ...LAB, '--all', '--', 'uname'],
    ['exec', 'tpa-1', ...LAB, '--exit-ok', '300', '--', 'uname'],
    ['exec', 'tpa-9', ...LAB, '--', 'uname'],
  ]) {
    expect(await host.run(...args), args.join(' ')).toBe(EXIT.failed);
  }
  expect(started).toBeUndefined();
});

it('CSV goes to the standard output alone, with formulas defused', async () => {
  expect(await host.run('exec', '--all', ...LAB, '--yes', '--csv', '--', 'uname')).toBe(EXIT.done);
  expect(host.out.split('\r\n')[1]).toBe(`tpa-1,ok,1,0,,1,5,ab,"'=1+1\n",yes,`);
  expect(host.err).toContain('succeeded');
});

it('versions reads all nodes without asking', async () => {
  expect(await host.run('versions', ...LAB, '--differences')).toBe(EXIT.done);
  expect(started).toMatchObject({ operationId: 'view-versions', acceptPlan: true, answers: {} });
  expect(host.out).toContain('Nodes of one type have the same packages.');
});

it('outputs are blocks as clush shows them, exceptions marked; what a node said drives no terminal', () => {
  const lines = outputsText(GROUPS, host.terminal).split('\n');
  expect(lines.filter((line) => !line.startsWith('---'))).toEqual([
    ...['tpa-[1-2] (2 nodes)', '6.4', 'tpa-3 (1 node)  F failed, exit code 2, differs', '\u00b7[2Jbad'],
    'aws-1 (1 node)  - unreachable',
  ]);
});

it('versions name the nodes where they differ', () => {
  const row: VersionRow = {
    ...{ packageName: 'db', arch: 'x86_64', type: 'TPA', of: 3, differs: true },
    versions: [
      { version: '2-1', nodes: 2, names: 'tpa-[1-2]' },
      { version: 'none', nodes: 1, names: 'tpa-3' },
    ],
  };
  const [, first, second] = versionsText([row], host.terminal).split('\n');
  expect(first?.split(/ {2,}/)).toEqual(['db.x86_64', 'TPA', '2-1', '2 of 3', 'tpa-[1-2]']);
  expect(second?.trim().split(/ {2,}/)).toEqual(['! none', '1 of 3', 'tpa-3']);
});
