import { nodesOfRow, type PackageRow } from '../../core/model/job.ts';
import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundle } from '../../build/bundle.ts';
import { PracticeSystem } from '../support/practiceSystem.ts';
import { runPutctl, type PutctlRun } from '../support/runPutctl.ts';

const PUTCTL = fileURLToPath(new URL('../../dist/putctl.js', import.meta.url));

interface Installed {
  readonly name: string;
  readonly version: string;
}

let system: PracticeSystem;
let folder: string;

/** On the system saved as `lab`. */
function putctl(args: readonly string[], env: Record<string, string> = {}): Promise<PutctlRun> {
  const { user, password } = system;
  return runPutctl(PUTCTL, args, { PUT_DATA_DIR: folder, PUT_USER: user, PUT_PASSWORD: password, ...env });
}

async function json<T>(args: readonly string[], code: number, env?: Record<string, string>): Promise<T> {
  const ended = await putctl([...args, '--json'], env);
  expect(ended.code, `${args.join(' ')}: ${ended.out.slice(-1500)} ${ended.err}`).toBe(code);
  return JSON.parse(ended.out) as T;
}

const errorOf = async (args: readonly string[], env?: Record<string, string>): Promise<string> =>
  (await json<{ error: { code: string } }>(args, 1, env)).error.code;

beforeAll(async () => {
  await bundle(['putctl']);
  folder = await mkdtemp(join(tmpdir(), 'putctl-process-'));
  system = await PracticeSystem.start({ nodes: 8 });
  const { host, ccPort, fingerprint } = system.target;
  const add = ['systems', 'add', 'lab', '--host', host, '--cc-port', String(ccPort), '--fingerprint', fingerprint];
  expect((await putctl(add)).code).toBe(0);
});

afterAll(async () => {
  await system.stop();
  await rm(folder, { recursive: true });
});

describe('putctl against a practice system', { timeout: 400_000 }, () => {
  it('keeps what Node compiled of it for the next start, where the person alone can write', async () => {
    expect((await putctl(['version', '--client'])).code).toBe(0);
    const kept = join(folder, 'compile-cache');
    expect((await stat(kept)).mode & 0o777).toBe(0o700);
    expect((await readdir(kept, { recursive: true })).length).toBeGreaterThan(1);
  });

  it('tells a wrong password, an unknown certificate and an unknown system', async () => {
    expect(await errorOf(['nodes'], { PUT_PASSWORD: 'wrong' })).toBe('sign-in-refused');
    const unknown = await putctl(['nodes', '--host', system.target.host, '--cc-port', String(system.target.ccPort)]);
    expect(unknown.code).toBe(1);
    expect(unknown.err).toContain(`--fingerprint ${system.target.fingerprint}`);
    expect(await errorOf(['nodes', '--system', 'far'])).toBe('system-unknown');
    expect(
      await errorOf(['nodes', '--host', '127.0.0.1', '--cc-port', '1', '--fingerprint', system.target.fingerprint]),
    ).not.toBe('internal');
  });

  it('upgrades all eight nodes with a plan, reads them back, and leaves no session behind', async () => {
    const sent = await json<{ sent: number; failed: number }>(['upload', '--samples'], 0);
    expect(sent).toMatchObject({ failed: 0 });
    expect(sent.sent).toBeGreaterThan(12);
    expect(await json<{ sent: number; there: number }>(['upload', '--samples'], 0)).toMatchObject({
      sent: 0,
      there: sent.sent,
    });

    const plan = join(folder, 'plan.yaml');
    const accept = ['--accept-warning', 'replaces-package'];
    await json(['plan', '--release', '17.20.03', ...accept, '--out', plan], 0);
    expect(await readFile(plan, 'utf8')).toContain('release: 17.20.03');
    const walked = await json<{ plan: { nodes: object } }>(['run', '--plan', plan, '--until', 'plan'], 0);
    expect(Object.keys(walked.plan.nodes)).toHaveLength(8);

    const run = await json<{
      nodes: number;
      report: { installed: number; failed: number };
      packages: PackageRow[];
      steps: { stepId: string; nodes?: number; counts?: Record<string, number> }[];
    }>(['run', '--plan', plan, '--yes'], 0);
    expect(run).toMatchObject({ nodes: 8, report: { failed: 0 } });
    for (const row of run.packages) {
      expect(nodesOfRow(row)).toBe(row.nodes);
    }
    for (const step of run.steps.filter((one) => one.counts)) {
      expect(
        Object.values(step.counts ?? {}).reduce((sum, one) => sum + one, 0),
        step.stepId,
      ).toBe(step.nodes);
    }

    const { nodes } = await json<{ nodes: { nodeId: string; type: string; packages: Installed[] }[] }>(
      ['nodes', '--packages'],
      0,
    );
    expect(nodes).toHaveLength(8);
    for (const node of nodes) {
      const version = (name: string): string | undefined => node.packages.find((one) => one.name === name)?.version;
      expect(version('ptbase'), node.nodeId).toBe('17.20.03.01');
      if (node.type === 'TPA' || node.type === 'HSN') expect(version('ptdbms'), node.nodeId).toBe('17.20.03.01');
    }
    const { sessions } = await json<{ sessions: object[] }>(['ports'], 0);
    expect(sessions, 'only the session that asks').toHaveLength(1);
  });

  it('stops for a person where a node fails, retries exactly that one, and ends well', async () => {
    await json(['practice', 'reset'], 0);
    await json(['practice', 'fault', 'tpa-002', 'package-install', 'fail'], 0);
    const stopped = await putctl(['run', '--yes']);
    expect(stopped.code).toBe(2);
    expect(stopped.out).toContain('putctl retry');
    expect((await putctl(['run', '--yes'])).code, 'another operation is running').toBe(3);
    const log = await json<{ lines: { text: string }[] }>(['log', 'tpa-002', '--step', 'package-install'], 0);
    expect(log.lines.length).toBeGreaterThan(0);
    expect(await errorOf(['log', 'tpa-999'])).toBe('node-unknown');
    // The plan warned that a package replaces another one, and nobody accepted that by name.
    expect(await json(['retry'], 4)).toMatchObject({ retried: 1, state: 'succeeded', report: { failed: 0 } });
    const watched = await putctl(['watch', '--json']);
    expect(watched.code).toBe(4);
    const lines = watched.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(lines.at(-1)).toMatchObject({ change: 'result', state: 'succeeded' });
  });

  it('tells a bad plan with its place and an unknown node, and starts nothing', async () => {
    const before = (await json<{ jobs: object[] }>(['jobs'], 0)).jobs.length;
    const bad = join(folder, 'bad.yaml');
    await writeFile(bad, 'version: 1\nnodes:\n  - tpa-001\n  - 7\n');
    expect((await putctl(['run', '--plan', bad, '--yes'])).err).toContain('nodes[1]');
    await writeFile(bad, 'version: 1\nnodes: [tpa-777]\n');
    expect(await errorOf(['run', '--plan', bad, '--yes'])).toBe('node-unknown');
    await writeFile(bad, 'version: 1\npackages: [none-1-1.noarch.rpm]\n');
    expect(await errorOf(['plan', '--packages', 'none-1-1.noarch.rpm'])).toBe('package-unknown');
    expect((await json<{ jobs: object[] }>(['jobs'], 0)).jobs).toHaveLength(before);
    expect(await errorOf(['run', '--plan', bad, '--yes'])).toBe('package-unknown');
    const { jobs } = await json<{ jobs: { state: string }[] }>(['jobs'], 0);
    expect(jobs.at(-1)?.state, 'an operation that cannot be answered is exited').toBe('exited');
  });

  it.runIf(existsSync('/dev/full'))('ends with 1 where its results cannot be written', async () => {
    const full = openSync('/dev/full', 'w');
    try {
      const child = spawn(process.execPath, [PUTCTL, 'jobs'], {
        stdio: ['ignore', full, 'pipe'],
        env: { ...process.env, PUT_DATA_DIR: folder, PUT_USER: system.user, PUT_PASSWORD: system.password },
      });
      let said = '';
      child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
      expect(await new Promise((resolve) => child.once('close', resolve))).toBe(1);
      expect(said).toContain('output-unwritable');
    } finally {
      closeSync(full);
    }
  });

  it('goes on by the answers of the plan file, whatever is killed, and with the command that it prints', async () => {
    await json(['practice', 'reset'], 0);
    await json(['practice', 'fault', 'tpa-00[12]', 'package-install', 'fail'], 0);
    const plan = join(folder, 'custom.yaml');
    const options = ['--release', '17.20.03', '--mode', 'custom', '--nodes', 'tpa-*', '--spool', '/var/opt'];
    await json(['plan', ...options, '--accept-warning', 'nodes-left-out,replaces-package', '--out', plan], 0);
    const child = spawn(process.execPath, [PUTCTL, 'run', '--plan', plan, '--yes', '--watch', '--json'], {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, PUT_DATA_DIR: folder, PUT_USER: system.user, PUT_PASSWORD: system.password },
    });
    const gone = new Promise((resolve) => child.once('close', resolve));
    child.stdout.once('data', () => child.kill('SIGKILL'));
    await gone;
    system = await system.killAndRestart();
    const watched = await putctl(['run', '--continue', '--yes']);
    expect(watched.code, watched.out + watched.err).toBe(2);
    expect(watched.out, watched.err).toContain('practice-db is down on');
    const { jobs } = await json<{ jobs: { jobNumber: number }[] }>(['jobs'], 0);
    const job = String(jobs.at(-1)?.jobNumber);
    for (const printed of [`putctl retry ${job}`, `putctl ignore ${job} --failed --reason TEXT`]) {
      expect(watched.out).toContain(printed);
    }
    const done = await json<{ state: string; nodes: number; report: { lines: string[] } }>(['retry', job], 0);
    expect(done).toMatchObject({ state: 'succeeded', nodes: 4 });
    expect(done.report.lines.join('\n')).toContain('custom mode, spool area /var/opt.');
  });

  it('detaches at Ctrl-C; the job goes on and can be taken up', async () => {
    await json(['practice', 'reset'], 0);
    await json(['practice', 'fault', 'tpa-001', 'package-install', 'fail'], 0);
    expect((await putctl(['run', '--yes'])).code).toBe(2);
    const child = spawn(process.execPath, [PUTCTL, 'watch', '--through', '--json'], {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, PUT_DATA_DIR: folder, PUT_USER: system.user, PUT_PASSWORD: system.password },
    });
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    child.stdout.once('data', () => child.kill('SIGINT'));
    expect(await ended).toBe(130);
    await json(['ignore', '--nodes', 'tpa-001', '--reason', 'replaced tomorrow'], 0);
    const end = await json<{ state: string }>(['run', '--continue', '--yes'], 4);
    expect(end.state).toBe('warned');
    const said = await json<{ number: number }>(['chat', 'say', 'tpa-001 comes tomorrow'], 0);
    const { entries } = await json<{ entries: { number: number; text: string }[] }>(
      ['chat', '--since', String(said.number - 1)],
      0,
    );
    expect(entries[0]).toMatchObject({ number: said.number, text: 'tpa-001 comes tomorrow' });
  });
});
