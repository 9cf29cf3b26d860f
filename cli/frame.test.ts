import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Command } from 'commander';
import { parse } from 'yaml';
import type { JobSummary } from '../core/model/job.ts';
import { optionsBehindCommand } from './commandLine.ts';
import { withTarget } from './commonOptions.ts';
import { EXIT } from './exitCodes.ts';
import { createProgram } from './program.ts';
import { FakeHost, TEST_FINGERPRINT } from './testing/FakeMaster.ts';

let host: FakeHost;
const LAB = ['--host', 'lab', '--fingerprint', TEST_FINGERPRINT];
const node = (nodeId: string, more: object = {}): object => ({
  ...{ nodeId, address: '10.0.0.1', type: 'TPA', system: 1, reachable: 'yes', packageCount: 2 },
  ...{ service: { name: 'db', state: 'up' }, ...more },
});

beforeEach(() => {
  host = new FakeHost();
  host.master.setState('nodes', { nodes: { 'tpa-1': node('tpa-1'), 'tpa-2': node('tpa-2', { os: '=1+1\u202e' }) } });
});
afterEach(() => {
  expect(host.master.openSessions, 'sessions left open').toBe(0);
  expect(host.master.openWatches, 'watches left open').toBe(0);
});

describe('options of every command', () => {
  it('stand before the command or behind it', async () => {
    const program = await createProgram(host, () => {});
    const moved = (...args: string[]): string[] => optionsBehindCommand(program, args, withTarget(new Command()));
    expect(moved('-s', 'lab', '--json', 'nodes', 'refresh', '--packages')).toEqual(
      ['nodes', 'refresh', '-s', 'lab', '--json', '--packages'], // prettier-ignore
    );
    expect(moved('--host=lab', '-ojson', 'exec', 'tpa-1', '--', 'nodes', '-s', 'x')).toEqual([
      ...['exec', '--host=lab', '-ojson', 'tpa-1', '--', 'nodes', '-s', 'x'],
    ]);
    for (const left of [['--version'], ['--wrong', 'nodes'], ['-s', 'lab'], ['nodes', '-s', 'lab'], ['-s']])
      expect(moved(...left)).toEqual(left);
    expect(await host.run(...LAB, '-o', 'name', 'nodes')).toBe(EXIT.done);
    expect(host.out).toBe('tpa-1\ntpa-2\n');
  });

  it('are left out of the help of a command, which leads to them', async () => {
    await host.run('nodes', '--help');
    expect(host.out).not.toContain('--cc-port');
    expect(host.out).toMatch(/--packages[^]*putctl options/);
    expect(await host.run('options')).toBe(EXIT.done);
    for (const option of ['--cc-port', '--ssh-jump', '--proxy-password-file', '--quiet', '--timeout'])
      expect(host.out).toContain(option);
    // A saved system keeps its ways: there they are options of the command.
    await host.run('systems', 'add', '--help');
    expect(host.out).toContain('--ssh-jump');
  });
});

describe('forms of a result', () => {
  it('are JSON, YAML, names and CSV of one document', async () => {
    await host.run('nodes', ...LAB, '-o', 'json');
    const json = JSON.parse(host.out) as unknown;
    await host.run('nodes', ...LAB, '--json');
    expect(JSON.parse(host.out)).toEqual(json);
    await host.run('nodes', ...LAB, '-o', 'yaml');
    expect(parse(host.out)).toEqual(json);
    expect(host.out).not.toContain('\u202e');
    await host.run('nodes', ...LAB, '--output', 'csv');
    const [head = '', first = '', second = ''] = host.out.split('\r\n');
    // The columns that scripts read are there in one order, also those that no node of this system has.
    expect(head).toBe(
      'nodeId,address,type,system,clique,state,reachable,seenAtMs,service.name,service.state,os,arch,packageCount',
    );
    expect(first).toBe('tpa-1,10.0.0.1,TPA,1,,,yes,,db,up,,,2');
    // A cell of a node is no formula of a spreadsheet.
    expect(second).toContain(",'=1+1");
  });

  it('are refused before anything is done where a command lists nothing, and told in the form that was asked for', async () => {
    expect(await host.run('sessions', 'close', 's1', ...LAB, '-o', 'csv')).toBe(EXIT.failed);
    expect(host.err).toContain('sessions close makes no list');
    expect(host.signIns).toEqual([]);
    expect(await host.run('nodes', '--nodes', 'x', ...LAB, '-o', 'yaml')).toBe(EXIT.failed);
    expect(parse(host.out)).toMatchObject({ error: { code: 'node-unknown' } });
    expect(await host.run('nodes', '--nodes', 'x', ...LAB, '-o', 'name')).toBe(EXIT.failed);
    expect([host.out, host.err]).toEqual(['', expect.stringContaining('(node-unknown)')]);
    expect(await host.run('-o', 'yaml', 'nodes', '--wrong')).toBe(EXIT.failed);
    expect(parse(host.out)).toMatchObject({ error: { code: 'usage' } });
  });
});

describe('how much is said', () => {
  it('is results and errors alone with --quiet, and each request with --verbose, never what it carries', async () => {
    host.master.leaseRefused = { code: 'no-free-port', message: 'no port is free' };
    host.master.answers['session.close'] = () => ({});
    await host.run('sessions', 'close', 'secret-session', ...LAB, '-q');
    expect([host.out, host.err]).toEqual(['Session secret-session is over. Jobs go on.\n', '']);
    await host.run('sessions', 'close', 'secret-session', ...LAB, '-v');
    expect(host.err).toMatch(/no port is free/);
    expect(host.err).toMatch(/Signed in to lab .* as anna \(admin\) by single-port, port 9000/);
    expect(host.err).toContain('session.close: answered after 0 ms');
    expect(host.err).not.toContain('secret-session');
  });
});

describe('--timeout', () => {
  it('ends what waits, with a code of its own, and leaves no session', async () => {
    host.master.setState('ports', { ports: {}, sessions: {}, rangeFrom: 9002, rangeTo: 9009 });
    expect(await host.run('ports', '--watch', ...LAB, '--timeout', '1s')).toBe(EXIT.timeout);
    expect(host.err).toContain('not done within 1 s (--timeout) (command-timeout)');
    host.master.answers['nodes.refresh'] = () => new Promise(() => {});
    const { code, document } = await host.runJson('nodes', 'refresh', '--timeout', '1');
    expect([code, document]).toMatchObject([EXIT.timeout, { error: { code: 'command-timeout' } }]);
    expect(await host.run('nodes', ...LAB, '--timeout', 'soon')).toBe(EXIT.failed);
  });

  it('holds for a sign-in that does not come, and ends the session that comes too late', async () => {
    let open = (): void => {};
    host.signIn = () => new Promise((resolve) => (open = () => resolve(host.master.open(0))));
    expect(await host.run('nodes', ...LAB, '--timeout', '1s')).toBe(EXIT.timeout);
    open();
    await new Promise((resolve) => setImmediate(resolve));
  });
});

describe('secrets', () => {
  it('come from the standard input by -', async () => {
    host.env = {};
    host.piped = 'secret';
    expect(await host.run('nodes', ...LAB, '-u', 'anna', '--password-file', '-')).toBe(EXIT.done);
    host.canAsk = true;
    host.replies = ['secret'];
    expect(await host.run('nodes', ...LAB, '-u', 'anna', '--password-file', '-')).toBe(EXIT.done);
    expect(host.questions).toEqual(['--password-file: ']);
  });
});

describe('what destroys', () => {
  const job: Partial<JobSummary> = { jobId: 'job7', jobNumber: 7, state: 'running', nodes: 1, currentStep: 'shutdown' };

  it('is asked about, refused where nobody can be asked, and done with --yes', async () => {
    host.master.setState('library', { packages: {}, certLists: {}, freeBytes: 1 });
    host.master.answers['file.remove'] = () => ({});
    const remove = ['packages', 'remove', 'a.rpm', ...LAB];
    expect(await host.run(...remove)).toBe(EXIT.failed);
    expect(host.err).toMatch(/not done: Remove a\.rpm from the package library of lab \(confirmation-needed\)/);
    host.canAsk = true;
    host.replies = ['no'];
    expect(await host.run(...remove)).toBe(EXIT.failed);
    expect(host.err).toContain('(cancelled)');
    expect(host.master.requests).toEqual([]);
    host.replies = ['yes'];
    expect(await host.run(...remove)).toBe(EXIT.done);
    expect(await host.run(...remove, '--yes')).toBe(EXIT.done);
    expect(host.master.requests.map(({ method }) => method)).toEqual(['file.remove', 'file.remove']);
    // A script is not asked, also at a terminal.
    expect((await host.runJson('packages', 'remove', 'a.rpm')).document).toMatchObject({
      error: { code: 'confirmation-needed' },
    });
  });

  it('is judged first: nobody is asked, and nothing is gone, where one of several is not there', async () => {
    const problems = { 'a.rpm': { fileName: 'a.rpm', fileBytes: 1, message: 'cut' } };
    host.master.setState('library', { packages: {}, certLists: {}, problems, freeBytes: 1 });
    expect(await host.run('packages', 'remove', 'a.rpm', 'b.rpm', '--yes', ...LAB)).toBe(EXIT.failed);
    expect(host.err).toContain('not in the package library: b.rpm; nothing was removed (package-unknown)');
    expect([host.master.requests, host.questions]).toEqual([[], []]);
  });

  it('is the end of an operation too', async () => {
    const { jobView } = await import('./testing/jobViews.ts');
    host.master.setState('jobs', { jobs: { job7: job } });
    host.master.setState('job:job7', jobView('shutdown', 'running'));
    expect((await host.runJson('cancel', '--exit')).document).toMatchObject({ error: { code: 'confirmation-needed' } });
    expect(host.master.requests).toEqual([]);
  });
});
