import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutError } from '../core/protocol/errors.ts';
import type { JobView, StepInput } from '../core/model/job.ts';
import { INSTALL_UPGRADE_SOFTWARE, type StepId } from '../core/model/operation.ts';
import { EXIT } from './exitCodes.ts';
import { FakeHost, TEST_FINGERPRINT } from './testing/FakeMaster.ts';
import { asking, cell, jobView } from './testing/jobViews.ts';

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

/** Scripts a job that walks through its input steps as it is answered, then ends or stops as `atEnd` says. */
function scriptJob(atEnd: JobView): { answers: StepInput[] } {
  const { master } = host;
  const answers: StepInput[] = [];
  const inputs = INSTALL_UPGRADE_SOFTWARE.steps
    .filter((step) => step.kind === 'input' && step.stepId !== 'switch-versions')
    .map((step) => step.stepId);
  const show = (view: JobView): void => {
    master.setState(`job:${view.jobId}`, view);
    const { jobId, jobNumber, operationId, title, state, driver, startedBy, startedAtMs, currentStep } = view;
    master.setState('jobs', {
      jobs: {
        [jobId]: { jobId, jobNumber, operationId, title, state, driver, startedBy, startedAtMs, currentStep, nodes: 3 },
      },
    });
  };
  let id = '';
  master.setState('jobs', { jobs: {} });
  master.answers['job.start'] = ({ jobId }: { jobId: string }) => {
    id = jobId;
    show(asking('configuration-mode', { jobId }));
    return { jobId, jobNumber: 7 };
  };
  master.answers['job.answer'] = ({ input }: { input: StepInput }) => {
    answers.push(input);
    const next = inputs[inputs.indexOf(input.stepId as StepId) + 1];
    queueMicrotask(() => show(next ? asking(next, { jobId: id }) : { ...atEnd, jobId: id }));
    return {};
  };
  master.answers['job.cancel'] = () => {
    queueMicrotask(() => show(jobView('plan', 'exited', { jobId: id })));
    return {};
  };
  return { answers };
}

describe('command line', () => {
  it('teaches with --help, for putctl and every command', async () => {
    expect(await host.run('--help')).toBe(EXIT.done);
    expect(host.out).toContain('Exit codes:');
    for (const command of [
      'systems',
      'nodes',
      'ports',
      'packages',
      'upload',
      'plan',
      'run',
      'watch',
      'retry',
      'ignore',
      'cancel',
      'chat',
      'log',
      'console',
    ]) {
      expect(await host.run(command, '--help'), command).toBe(EXIT.done);
      expect(host.out, command).toMatch(/Examples?:\n/);
      expect(host.out, command).toContain('--json');
    }
  });

  it('tells what is wrong with a command line, in words or as JSON', async () => {
    expect(await host.run('prots')).toBe(EXIT.failed);
    expect(host.err).toContain('Did you mean ports?');
    expect(host.out).toBe('');
    const { code, document } = await host.runJson('ports', 'release', 'x');
    expect([code, codeOf(document)]).toEqual([EXIT.failed, 'usage']);
  });

  it('knows no password argument', async () => {
    expect(await host.run('nodes', ...LAB, '--password', 'secret')).toBe(EXIT.failed);
    expect(host.err).toContain("unknown option '--password'");
  });
});

describe('target and sign-in', () => {
  beforeEach(() => host.master.setState('nodes', { nodes: {} }));

  it('shows an unknown certificate with the command that accepts it, and sends no password', async () => {
    expect(await host.run('nodes', '--host', 'lab')).toBe(EXIT.failed);
    expect(host.err).toContain(`--fingerprint ${TEST_FINGERPRINT}`);
    expect(host.signIns.map((one) => one.target.fingerprint)).toEqual([undefined]);
  });

  it('asks a person about the certificate and remembers it for a saved system', async () => {
    await host.run('systems', 'add', 'lab', '--host', 'lab');
    host.canAsk = true;
    host.env = { PUT_USER: 'anna' };
    host.replies = ['yes', 'secret'];
    expect(await host.run('nodes')).toBe(EXIT.done);
    expect(host.questions).toEqual(['Accept it? Type yes or no: ', 'Password of anna at lab: ']);
    expect(host.saved).toContain(TEST_FINGERPRINT);
    host.replies = ['secret'];
    expect(await host.run('nodes')).toBe(EXIT.done);
    expect(host.saved).not.toContain('secret');
  });

  it('refuses a changed certificate and tells both', async () => {
    await host.run('systems', 'add', 'lab', '--host', 'lab', '--fingerprint', TEST_FINGERPRINT.replaceAll('A', '0'));
    host.canAsk = true;
    expect(await host.run('nodes')).toBe(EXIT.failed);
    expect(host.questions).toEqual([]);
    expect(host.err).toContain(`putctl systems trust lab --fingerprint ${TEST_FINGERPRINT}`);
    expect(await host.run('systems', 'trust', 'lab', '--fingerprint', TEST_FINGERPRINT.toLowerCase())).toBe(EXIT.done);
    expect(await host.run('nodes')).toBe(EXIT.done);
  });

  it('takes the password from a file, and a wrong one is told without showing it', async () => {
    const file = join(folder, 'password');
    await writeFile(file, 'secret\nnext line\n');
    host.env = {};
    expect(await host.run('nodes', ...LAB, '--user', 'anna', '--password-file', file)).toBe(EXIT.done);
    await writeFile(file, 'wrong-word');
    expect(await host.run('nodes', ...LAB, '--user', 'anna', '--password-file', file)).toBe(EXIT.failed);
    expect(host.err).toContain('sign-in-refused');
    expect(host.err).not.toContain('wrong-word');
    await writeFile(file, JSON.stringify({ user: 'ben', password: 'secret' }));
    expect(await host.run('nodes', ...LAB, '--password-file', file)).toBe(EXIT.done);
    expect(host.signIns.at(-1)?.user).toBe('ben');
  });

  it.each([
    [['nodes'], 'usage', 'no target system'],
    [['nodes', '--system', 'far'], 'system-unknown', 'no system is saved as far'],
    [['nodes', '--host', 'a', '--system', 'b'], 'usage', 'not both'],
    [['nodes', '--host', 'a', '--fingerprint', '12'], 'usage', 'not 32 pairs'],
    [['nodes', '--host', 'a', '--cc-port', '99999'], 'usage', 'not a port'],
    [['nodes', '--host', 'a', '--path', 'pigeon'], 'usage', 'pigeon is not a way'],
    [['nodes', '--practice'], 'system-unknown', 'no practice system'],
  ])('tells at %j: %s', async (args, code, words) => {
    expect(await host.run(...args)).toBe(EXIT.failed);
    expect(host.err).toContain(`(${code})`);
    expect(host.err).toContain(words);
  });

  it('ends with what the session ended with', async () => {
    const running = host.run('ports', ...LAB, '--watch');
    host.master.setState('ports', { ports: {}, sessions: {}, rangeFrom: 9002, rangeTo: 9009 });
    await new Promise((resolve) => setImmediate(resolve));
    host.master.fail(new PutError('session-taken-over', 'the session goes on at another laptop'));
    expect(await running).toBe(EXIT.heldByOther);
  });

  it('detaches at Ctrl-C', async () => {
    host.master.setState('ports', { ports: {}, sessions: {}, rangeFrom: 9002, rangeTo: 9009 });
    const running = host.run('ports', ...LAB, '--watch');
    await new Promise((resolve) => setImmediate(resolve));
    host.stopper.abort();
    expect(await running).toBe(EXIT.interrupted);
    expect(host.err).toBe('');
  });
});

describe('systems', () => {
  it('adds, lists, refuses a name twice, and removes', async () => {
    expect(
      await host.run(
        'systems',
        'add',
        'far',
        '--host',
        'h',
        '--cc-port',
        '9400',
        '--path',
        'websocket,single-port',
        '--user',
        'ops',
      ),
    ).toBe(EXIT.done);
    expect(await host.run('systems', 'add', 'far', '--host', 'h')).toBe(EXIT.failed);
    expect(await host.run('systems', '--json')).toBe(EXIT.done);
    expect(JSON.parse(host.out)).toMatchObject({
      systems: [{ name: 'far', ccPort: 9400, pathOrder: ['websocket', 'single-port'], user: 'ops' }],
    });
    expect(await host.run('systems', 'remove', 'far')).toBe(EXIT.done);
    expect(await host.run('systems')).toBe(EXIT.done);
    expect(host.out).toContain('No system is saved yet');
  });

  it('overwrites nothing when the list cannot be read', async () => {
    host.saved = '{"version": 1, "systems": [{}]}';
    expect(await host.run('systems', 'add', 'lab', '--host', 'h')).toBe(EXIT.failed);
    expect(host.err).toContain('/data/systems.json: systems.0.');
    expect(host.saved).toBe('{"version": 1, "systems": [{}]}');
  });
});

describe('ports and nodes', () => {
  const lease = { user: 'ben', clientSystem: 'laptop', sessionId: 's', sinceMs: 1_799_999_940_000 };

  it('shows who holds a port and since when', async () => {
    host.master.setState('ports', {
      rangeFrom: 9002,
      rangeTo: 9003,
      sessions: {},
      ports: {
        9003: { port: 9003, role: 'gui', state: 'free', connections: 0 },
        9002: { port: 9002, role: 'gui', state: 'attached', connections: 1, lease },
      },
    });
    expect(await host.run('ports', ...LAB)).toBe(EXIT.done);
    expect(host.out).toMatch(/9002 {2}GUI port {2}# attached +1 {2}ben at laptop {2}1m 00s/);
    const { document } = await host.runJson('ports');
    expect((document['ports'] as { port: number }[]).map((row) => row.port)).toEqual([9002, 9003]);
  });

  it('passes a refused release on, as held by someone else', async () => {
    host.master.answers['ports.release'] = () => {
      throw new PutError('lease-not-idle', 'port 9002 is in use by ben');
    };
    const { code, document } = await host.runJson('ports', 'release', '9002');
    expect([code, codeOf(document)]).toEqual([EXIT.heldByOther, 'lease-not-idle']);
  });

  it('names an unknown node and ends with warnings where one does not answer', async () => {
    host.master.setState('nodes', {
      nodes: { 'tpa-1': { nodeId: 'tpa-1', address: '', type: 'TPA', system: 1, reachable: 'no', packages: [] } },
    });
    host.master.answers['nodes.refresh'] = () => ({});
    expect(codeOf((await host.runJson('nodes', '--nodes', 'tpa-9')).document)).toBe('node-unknown');
    expect((await host.runJson('nodes', 'refresh')).code).toBe(EXIT.warnings);
  });
});

describe('upload', () => {
  it('sends what folders and files hold, each once, and tells what was there', async () => {
    for (const name of ['a.rpm', 'b.certlist', 'notes.txt']) await writeFile(join(folder, name), name);
    host.master.uploaded.push('a.rpm');
    const { code, document } = await host.runJson('upload', folder, join(folder, 'a.rpm'));
    expect(code).toBe(EXIT.done);
    expect(document).toMatchObject({ sent: 1, there: 1, failed: 0 });
    expect(
      (document['files'] as { name: string; state: string }[]).map((file) => `${file.name} ${file.state}`),
    ).toEqual(['a.rpm there', 'b.certlist sent']);
  });

  it('goes on after a file that fails, and the exit code tells', async () => {
    await writeFile(join(folder, 'a.rpm'), 'a');
    await writeFile(join(folder, 'b.rpm'), 'b');
    host.master.answers['file.begin'] = ({ name }: { name: string }) => {
      if (name === 'a.rpm') throw new PutError('rpm-invalid', 'a.rpm: no lead at offset 0');
    };
    const { code, document } = await host.runJson('upload', folder);
    expect(code).toBe(EXIT.failed);
    expect(document).toMatchObject({ sent: 1, failed: 1 });
    expect(document['files']).toMatchObject([
      { name: 'a.rpm', error: { code: 'rpm-invalid', nextStep: expect.any(String) as string } },
      { name: 'b.rpm' },
    ]);
  });

  it('names a path that is not there, and an empty folder', async () => {
    expect(codeOf((await host.runJson('upload', join(folder, 'none.rpm'))).document)).toBe('file-unreadable');
    expect(codeOf((await host.runJson('upload', folder)).document)).toBe('file-unreadable');
    expect(codeOf((await host.runJson('upload')).document)).toBe('usage');
  });
});

describe('run', () => {
  it('answers every step, follows to the end, and tells counts', async () => {
    const { answers } = scriptJob(jobView('finished', 'succeeded'));
    const { code, document } = await host.runJson('run', '--yes');
    expect(code).toBe(EXIT.done);
    expect(answers.map((input) => input.stepId)).toEqual([
      'configuration-mode',
      'select-nodes',
      'group-nodes',
      'package-source',
      'select-packages',
      'spool-area',
      'plan',
    ]);
    expect(document).toMatchObject({ state: 'succeeded', exitCode: 0, next: [] });
  });

  it('ends with warnings where the job did', async () => {
    scriptJob(jobView('finished', 'warned'));
    expect(await host.run('run', '--yes', ...LAB)).toBe(EXIT.warnings);
  });

  it('waits for a person where nodes failed, and says which commands come next', async () => {
    const view = jobView('package-install', 'attention', {
      attention: [
        {
          key: 'k',
          stepId: 'package-install',
          state: 'failed',
          cause: { code: 'action-failed', message: 'rpm ended with code 1' },
          nodeIds: ['tpa-2'],
        },
      ],
    });
    const steps = {
      ...view.steps,
      'package-install': { ...view.steps['package-install']!, cells: { 'tpa-1': cell('ok'), 'tpa-2': cell('failed') } },
    };
    scriptJob({ ...view, steps });
    expect(await host.run('run', '--yes', ...LAB)).toBe(EXIT.needsPerson);
    expect(host.out).toContain('putctl retry 7');
    expect(host.out).toContain('1 ok, 1 failed');
  });

  it('needs a person at the plan without --yes', async () => {
    const { answers } = scriptJob(jobView('finished', 'succeeded'));
    const { code, document } = await host.runJson('run', '--plan', await planFile('version: 1\nmode: custom\n'));
    expect(code).toBe(EXIT.needsPerson);
    expect(answers[0]).toEqual({ stepId: 'configuration-mode', mode: 'custom' });
    expect(answers.at(-1)?.stepId).toBe('spool-area');
    expect(document['next']).toContain('putctl run --continue 7 --yes');
  });

  it('walks to the plan with --until plan and leaves nothing behind', async () => {
    scriptJob(jobView('finished', 'succeeded'));
    const { code, document } = await host.runJson('run', '--yes', '--until', 'plan');
    expect(code).toBe(EXIT.done);
    expect(document).toMatchObject({ kept: false, plan: { spoolArea: '/var' } });
    expect(host.master.requests.at(-1)).toMatchObject({ method: 'job.cancel', params: { choice: 'exit' } });
  });

  it('exits the operation when the plan names what the system does not have', async () => {
    scriptJob(jobView('finished', 'succeeded'));
    host.master.setState('nodes', { nodes: {} });
    const { code, document } = await host.runJson(
      'run',
      '--yes',
      '--plan',
      await planFile('version: 1\npackages: [z.rpm]\n'),
    );
    expect([code, codeOf(document)]).toEqual([EXIT.failed, 'package-unknown']);
    expect(document['commands']).toEqual(['the operation was exited; no node was changed']);
    expect(host.master.requests.at(-1)?.method).toBe('job.cancel');
  });

  it('starts nothing for a plan with an unknown node, and none for a bad plan', async () => {
    scriptJob(jobView('finished', 'succeeded'));
    host.master.setState('nodes', { nodes: {} });
    expect(codeOf((await host.runJson('run', '--plan', await planFile('version: 1\nnodes: [x]'))).document)).toBe(
      'node-unknown',
    );
    expect(codeOf((await host.runJson('run', '--plan', await planFile('version: 1\nnodess: [x]'))).document)).toBe(
      'plan-invalid',
    );
    expect(codeOf((await host.runJson('run', '--plan', join(folder, 'none.yaml'))).document)).toBe('file-unreadable');
    expect(codeOf((await host.runJson('run')).document)).toBe('usage');
    expect(host.master.requests).toEqual([]);
  });

  it('tells that another operation is running', async () => {
    host.master.answers['job.start'] = () => {
      throw new PutError('job-running', 'job 6 is running');
    };
    expect(await host.run('run', '--yes', ...LAB)).toBe(EXIT.heldByOther);
    expect(host.err).toContain('putctl run --continue');
  });

  it('looks again when somebody else answered the step first', async () => {
    const { answers } = scriptJob(jobView('finished', 'succeeded'));
    const answer = host.master.answers['job.answer'] as (params: unknown) => unknown;
    let first = true;
    host.master.answers['job.answer'] = (params: never) => {
      answer(params);
      if (first) {
        first = false;
        throw new PutError('step-not-current', 'somebody was faster');
      }
      return {};
    };
    expect((await host.runJson('run', '--yes')).code).toBe(EXIT.done);
    expect(answers).toHaveLength(7);
  });

  it('goes on with --continue where every failure was ignored', async () => {
    const view = jobView('package-install', 'attention');
    host.master.setState('jobs', { jobs: { job7: { ...view, nodes: 1 } } });
    host.master.setState('job:job7', view);
    host.master.answers['job.continue'] = () => {
      host.master.setState('job:job7', jobView('finished', 'warned'));
      return {};
    };
    expect((await host.runJson('run', '--continue')).code).toBe(EXIT.warnings);
    expect(host.master.requests.filter((one) => one.method === 'job.continue')).toHaveLength(1);
  });

  async function planFile(text: string): Promise<string> {
    const path = join(folder, 'plan.yaml');
    await writeFile(path, text);
    return path;
  }
});

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
    expect(host.master.requests[0]).toEqual({
      method: 'job.retry',
      params: { jobId: 'job7', stepId: 'package-install', nodeIds: ['tpa-1', 'tpa-2'] },
    });
  });

  it('ignores with a reason and refuses to without one', async () => {
    host.master.answers['job.ignore'] = () => ({ ignored: 1 });
    expect((await host.runJson('ignore', '--nodes', 'tpa-1')).code).toBe(EXIT.failed);
    expect(
      (await host.runJson('ignore', '7', '--nodes', 'tpa-1', '--reason', 'new disk', '--package', 'a')).document,
    ).toMatchObject({ ignored: 1, left: [] });
    expect(host.master.requests).toEqual([
      {
        method: 'job.ignore',
        params: { jobId: 'job7', stepId: 'package-install', nodeIds: ['tpa-1'], reason: 'new disk', packageName: 'a' },
      },
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
    expect((await host.runJson('cancel', 'job7', '--exit', '--take-baton', 'ben went home')).code).toBe(EXIT.done);
    expect(host.master.requests.map((one) => one.method)).toEqual(['job.takeBaton', 'job.cancel']);
  });

  it('tells who holds the baton by its exit code', async () => {
    host.master.answers['job.retry'] = () => {
      throw new PutError('baton-needed', 'ben drives job 7');
    };
    expect((await host.runJson('retry')).code).toBe(EXIT.heldByOther);
  });

  it('watches every change as lines of JSON, the last one the result', async () => {
    const running = host.run('watch', ...LAB, '--json');
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
          packages: [installed],
        },
      },
    });
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
    expect(codeOf((await host.runJson('plan', '--nodes', 'n9')).document)).toBe('node-unknown');
    expect(codeOf((await host.runJson('plan', '--release', '9')).document)).toBe('package-unknown');
    expect(codeOf((await host.runJson('plan', '--nodes', 'n1', '--type', 'TPA')).document)).toBe('plan-invalid');
    expect(host.master.requests).toEqual([]);
  });
});
