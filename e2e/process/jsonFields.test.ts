import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AddressInfo } from 'node:net';
import ssh2 from 'ssh2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newSshKey } from '../../core/node/ssh/newSshKey.ts';
import { bundle } from '../../build/bundle.ts';
import { documentedFields, jsonLeaves, matchFields, type JsonLeaf } from '../support/jsonFields.ts';
import { NOT_MET } from '../support/jsonFieldsNotMet.ts';
import { PracticeSystem } from '../support/practiceSystem.ts';
import { runPutctl } from '../support/runPutctl.ts';
import { SAMPLES_FOLDER } from '../support/samples.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const PUTCTL = join(root, 'dist', 'putctl.js');
const documented = documentedFields(readFileSync(join(root, 'docs', 'json.md'), 'utf8'));

const LEAST_OPERATION = `id: look
version: 1
title: Look
purpose: Looks.
phases: [{ id: look, title: Look, steps: [{ id: read, title: Read, help: Reads., use: facts }] }]
`;

/** What each command printed, by the name that docs/json.md gives it. */
const seen = new Map<string, JsonLeaf[]>();
let system: PracticeSystem;
let folder: string;
const env: Record<string, string> = {};

function note(name: string, text: string): unknown {
  // Lines of JSON, or one document over several lines.
  const documents: unknown[] = /^\{\n/.test(text)
    ? [JSON.parse(text)]
    : text
        .trim()
        .split('\n')
        .map((one) => JSON.parse(one));
  for (const each of documents) {
    // Every failure has the same shape, whichever command it ends.
    const under = (each as { error?: unknown }).error === undefined ? name : 'error';
    seen.set(under, [...(seen.get(under) ?? []), ...jsonLeaves(each)]);
  }
  return documents[0];
}

/** Runs a command with --json and keeps the fields that it printed under the name. */
async function put(name: string, args: readonly string[], exitCode = 0): Promise<Record<string, unknown>> {
  // What stands behind -- is for the nodes.
  const end = args.includes('--') ? args.indexOf('--') : args.length;
  const run = await runPutctl(PUTCTL, [...args.slice(0, end), '--json', ...args.slice(end)], env);
  expect(run.code, `putctl ${args.join(' ')}\n${run.out}${run.err}`).toBe(exitCode);
  return note(name, run.out) as Record<string, unknown>;
}

const path = (name: string): string => join(folder, name);

/** A command that goes on until it is ended; what it printed is noted. */
async function until(
  name: string,
  args: readonly string[],
  enough: (text: string) => boolean,
  meanwhile?: () => Promise<void>,
): Promise<void> {
  const child = spawn(process.execPath, [PUTCTL, ...args, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  const ended = once(child, 'close');
  let text = '';
  await new Promise<void>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      if (enough(text)) resolve();
    });
    ended.then(() => reject(new Error(`it ended: putctl ${args.join(' ')}\n${text}`)), reject);
  });
  await meanwhile?.();
  // As a cut line leaves it, where somebody looks on meanwhile; else as Ctrl-C.
  child.kill(meanwhile ? 'SIGKILL' : 'SIGINT');
  await ended;
  note(name, text.slice(0, text.lastIndexOf('\n')));
}

beforeAll(async () => {
  await bundle(['putctl', 'putservices', 'renderer']);
  folder = mkdtempSync(join(tmpdir(), 'put-json-'));
  system = await PracticeSystem.start({ nodes: 8, speed: 'max' });
  writeFileSync(path('password'), `${system.password}\n`, { mode: 0o600 });
  Object.assign(env, {
    PUT_DATA_DIR: path('data'),
    PUT_PASSWORD: system.password,
    PUT_SYSTEM: 'lab',
    PUT_USER: system.user,
  });
});
afterAll(async () => {
  await system.stop();
  rmSync(folder, { recursive: true, force: true });
});

it('operations', async () => {
  await put('operation list', ['operation']);
  await put('operation show', ['operation', 'show', 'install-upgrade-software']);
  const shown = await runPutctl(PUTCTL, ['operation', 'show', 'install-upgrade-software', '--json'], env);
  writeFileSync(path('shown.yaml'), shown.out);
  await put('operation check', ['operation', 'check', path('shown.yaml')], 1);
  writeFileSync(path('least.yaml'), LEAST_OPERATION);
  await put('operation check', ['operation', 'check', path('least.yaml')]);
});

it('saved systems', async () => {
  const { target } = system;
  const ports = (['ccPort', 'sslPort', 'servicePort', 'chatPort'] as const).flatMap((name) => [
    `--${name.replace('Port', '-port')}`,
    String(target[name]),
  ]);
  await put('systems add', [
    'systems',
    'add',
    'lab',
    '--host',
    target.host,
    ...ports,
    '--user',
    system.user,
    '--fingerprint',
    target.fingerprint,
  ]);
  const ways = [
    '--ssh',
    'gate',
    '--ssh-port',
    '22',
    '--ssh-user',
    'ops',
    '--ssh-key',
    path('key'),
    '--ssh-jump',
    'ops@first:2202',
    '--ssh-host-key',
    `SHA256:${'A'.repeat(43)}`,
  ];
  const trust = [
    '--proxy',
    'proxy:3128',
    '--proxy-user',
    'ops',
    '--authority',
    path('ca'),
    '--certificate',
    path('cert'),
    '--certificate-key',
    path('key'),
  ];
  for (const name of ['ca', 'cert', 'key']) writeFileSync(path(name), '');
  await put('systems add', ['systems', 'add', 'far', '--host', 'far', '--upload-cap', '40', ...ways, ...trust]);
  await put('systems trust', ['systems', 'trust', 'far', '--fingerprint', target.fingerprint]);
  await put('systems trust', ['systems', 'trust', 'far', '--fingerprint', target.fingerprint]);
  const list = join(path('data'), 'systems.json');
  const saved = JSON.parse(readFileSync(list, 'utf8')) as { systems: object[] };
  writeFileSync(
    list,
    JSON.stringify({ ...saved, systems: [...saved.systems, { name: 'newer', systemId: 'x1', ways: 7 }] }),
  );
  await put('nodes', ['nodes', '--packages']);
  await put('systems rename', ['systems', 'rename', 'far', 'farther']);
  await put('systems edit', ['systems', 'edit', 'farther', '--user', 'ops']);
  await put('systems rename', ['systems', 'rename', 'farther', 'far']);
  await put('systems default', ['systems', 'default', 'lab']);
  await put('login', ['login']);
  await put('sessions', ['sessions']);
  await put('version', ['version']);
  await put('logout', ['logout']);
  await put('systems', ['systems']);
  await put('systems remove', ['systems', 'remove', 'newer']);
  await put('systems remove', ['systems', 'remove', 'far']);
  await put('path-test', ['path-test', 'lab']);
  await put('path-test', ['path-test', '127.0.0.1', '--cc-port', '1', '--ssl-port', '1'], 1);
});

it('packages', async () => {
  mkdirSync(path('media'));
  symlinkSync(path('nowhere'), path('media/gone.rpm'));
  writeFileSync(path('media/readme.txt'), 'text');
  writeFileSync(path('broken.rpm'), 'no package');
  const release = join(SAMPLES_FOLDER, 'release-2');
  await put('packages inspect', ['packages', 'inspect', release, path('media'), path('broken.rpm')], 1);
  await put('upload', ['upload', release, path('media'), path('broken.rpm')], 1);
  await put('packages', ['packages']);
  await put('packages remove', ['packages', 'remove', '--yes', 'ptools-17.20.03.01-1.noarch.rpm']);
  await put('packages', ['packages']);
  await put('upload', ['upload', join(release, 'ptools-17.20.03.01-1.noarch.rpm')]);
});

it('sessions and ports', async () => {
  const printed = (text: string): boolean => text.includes('\n');
  let own = '';
  await until('ports --watch', ['ports', '--watch', '--path', 'direct'], printed, async () => {
    await put('ports', ['ports']);
    const { sessions } = (await put('sessions', ['sessions'])) as { sessions: { sessionId: string }[] };
    own = sessions[0]?.sessionId ?? '';
  });
  await expect
    .poll(
      async () => {
        const { ports } = (await put('ports', ['ports'])) as { ports: { state: string; port: number }[] };
        return ports.find((one) => one.state === 'detached')?.port ?? 0;
      },
      { timeout: 30_000 },
    )
    .toBeGreaterThan(0);
  await put('sessions', ['sessions']);
  const { ports } = (await put('ports', ['ports'])) as { ports: { state: string; port: number }[] };
  await put('ports release', ['ports', 'release', String(ports.find((one) => one.state === 'detached')?.port)]);
  await put('sessions take-over', ['sessions', 'take-over', own]);
  await until('ports --watch', ['ports', '--watch'], printed, async () => {
    const { sessions } = (await put('sessions', ['sessions'])) as { sessions: { sessionId: string }[] };
    await put('sessions close', ['sessions', 'close', sessions[0]?.sessionId ?? '']);
  });
});

it('passwd', async () => {
  writeFileSync(path('old'), 'first password\n', { mode: 0o600 });
  writeFileSync(path('new'), 'second password\n', { mode: 0o600 });
  const add = ['account', 'add', 'anna', '--state', system.stateFolder, '--password-file', path('old')];
  expect((await runPutctl(join(root, 'dist', 'putservices.js'), add, {})).code).toBe(0);
  await put('passwd', ['passwd', '-u', 'anna', '--password-file', path('old'), '--new-password-file', path('new')]);
});

it('commands on nodes, and what is where', async () => {
  await put('practice reset', ['practice', 'reset']);
  await put('exec', ['exec', 'tpa-001', '--', 'uname -r'], 2);
  await put('cancel --exit', ['cancel', '--exit', '--yes']);
  await put('practice fault', ['practice', 'fault', 'tpa-001', 'run', 'unreachable']);
  const ignoring = ['--yes', '--ignore-failed', 'practice'];
  const run = await put('exec', ['exec', 'tpa-001,tpa-002,tpa-003', ...ignoring, '--', 'uname', '-r'], 4);
  expect(run['outputs']).toMatchObject([
    { nodes: 2, names: 'tpa-[002-003]', state: 'ok', output: { exitCode: 0, lines: 1 } },
    { nodes: 1, names: 'tpa-001', state: 'ignored' },
  ]);
  await put('outputs', ['outputs']);
  await put('practice fault', ['practice', 'fault', 'tpa-001', 'versions', 'unreachable']);
  await put('versions', ['versions', '--type', 'TPA'], 4);
});

it('a job and what is decided about it', async () => {
  await put('practice fault', ['practice', 'fault', 'tpa-001', 'package-install', 'pre-script']);
  await put('practice fault', ['practice', 'fault', 'tpa-00[2-3]', 'package-install', 'post-script']);
  await put('nodes', ['nodes']);
  await put('plan', ['plan', '--release', '17.20.03', '--type', 'TPA', '--out', path('plan.yaml')]);
  const spool = ['--spool', '/var/opt', '--accept-warning', 'replaces-package'];
  await put('plan', ['plan', '--release', '17.20.03', ...spool]);
  await put('plan', ['plan', '--release', '17.20.03', '--packages', 'paccel-17.20.03.01-1.aarch64.rpm'], 1);
  await put('plan', ['plan', '--release', '17.20.03', '--nodes', 'tpa-001', '--out', path('one.yaml')]);
  await put('plan diff', ['plan', 'diff', path('plan.yaml'), path('one.yaml')], 1);
  await put('plan diff', ['plan', 'diff', path('one.yaml'), path('plan.yaml')], 1);
  await put('plan diff', ['plan', 'diff', path('plan.yaml')]);
  await put('plan approve', ['plan', 'approve', path('plan.yaml')]);
  await put('plan approve', ['plan', 'approve', path('plan.yaml'), '--withdraw']);
  await put('run --until plan', ['run', '--plan', path('plan.yaml'), '--until', 'plan']);
  await put('run', ['run', '--plan', path('plan.yaml'), '--yes'], 2);
  await put('jobs', ['jobs']);
  await put('log', ['log', 'tpa-001']);
  await put('log --grep', ['log', '--grep', 'rpm']);
  await put('cancel --exit', ['cancel', '--exit'], 2);
  await put('cancel --restart-step', ['cancel', '--restart-step']);
  await put('watch', ['watch'], 4);
  await put('status', ['status'], 4);
  await put('wait', ['wait'], 4);
  await put('report', ['report']);
  await put('report --html', ['report', '--html', path('report.html')]);
  await put('log --follow', ['log', '--follow', 'tpa-001', '--limit', '1']);
  await put('nodes', ['nodes', '--state', 'ok,warned']);
});

it('a job that is exited, and services', async () => {
  await put('practice reset', ['practice', 'reset']);
  await put('practice fault', ['practice', 'fault', 'tpa-001', 'shutdown', 'unreachable']);
  await put('run', ['run', '--yes'], 2);
  await put('run', ['run', '--yes'], 3);
  await put('status', ['status'], 2);
  await put('nodes', ['nodes']);
  await put('nodes refresh', ['nodes', 'refresh']);
  await put('cancel --exit', ['cancel', '--exit'], 2);
  await put('cancel --exit', ['cancel', '--exit', '--leave-services', '--yes'], 4);
  await put('practice fault', ['practice', 'fault', 'hsn-001', 'start', 'fail']);
  await put('nodes start-services', ['nodes', 'start-services'], 1);
  await put('practice fault', ['practice', 'fault', 'tpa-001', 'package-install', 'fail']);
  await put('run --watch', ['run', '--yes', '--watch'], 2);
  await put('practice fault', ['practice', 'fault', 'tpa-001', 'package-install', 'hang']);
  await put('retry --no-wait', ['retry', '--no-wait']);
  await put('give-up', ['give-up', '--nodes', 'tpa-001', '--reason', 'practice']);
  await put('retry', ['retry'], 4);
  await put('nodes refresh', ['nodes', 'refresh']);
});

it('nodes that are left behind', async () => {
  await put('practice reset', ['practice', 'reset']);
  await put('practice fault', ['practice', 'fault', 'tpa-00[1-2]', 'spooling', 'fail']);
  await put('practice fault', ['practice', 'fault', 'tpa-003', 'start', 'fail']);
  const inWaves = ['--canary', '2', '--waves', 'type', '--stop-before', '2', '--gate-service', 'practice-db'];
  inWaves.push('--not-after', '2099-01-01T00:00Z');
  await put('run --until plan', ['run', '--until', 'plan', '--keep', ...inWaves]);
  await put('back', ['back', '--step', 'select-packages']);
  await put('cancel --exit', ['cancel', '--exit', '--yes']);
  await put('run', ['run', '--yes', '--accept-warning', 'replaces-package', ...inWaves], 2);
  await put('pause', ['pause', '--reason', 'practice']);
  await put('resume', ['resume']);
  await put('pause', ['pause', '--before-wave', '3']);
  await put('resume', ['resume', '--before-wave', '3']);
  await put('hold', ['hold', '--nodes', 'tpa-004', '--reason', 'practice']);
  await put('release', ['release', '--nodes', 'tpa-004']);
  await put('ignore', ['ignore', '--nodes', 'tpa-002', '--reason', 'practice']);
  await put('retry --no-wait', ['retry', '--no-wait', '--nodes', 'tpa-001']);
  await put('run', ['run', '--continue'], 2);
  // The wave that it was to stop before is let go.
  await put('run', ['run', '--continue'], 2);
  await put('ignore', ['ignore', '--failed', '--reason', 'practice']);
  await put('practice fault', ['practice', 'fault', 'tpa-004', 'start', 'fail']);
  await put('run', ['run', '--continue'], 2);
  // The files of the versions before are what the way back needs.
  await put('upload', ['upload', join(SAMPLES_FOLDER, 'release-1')]);
  await put('rollback --preview', ['rollback', '--all', '--preview']);
  await put('rollback', ['rollback', '--all', '--yes']);
});

it('facts and the inventory', async () => {
  await put('nodes facts', ['nodes', 'facts', 'tpa-001', '--read']);
  await put('inventory', ['inventory']);
  const { private: pem } = newSshKey();
  // Shows a host key and lets nobody in.
  const sshd = new ssh2.Server({ hostKeys: [pem] }, (client) => {
    client.on('error', () => {}).on('authentication', (context) => context.reject());
  });
  await new Promise<void>((done) => sshd.listen(0, '127.0.0.1', done));
  const { port } = sshd.address() as AddressInfo;
  writeFileSync(path('master-key'), pem, { mode: 0o600 });
  const service = 'service: { name: db, start: [db, up], stop: [db, down], status: [db] }';
  const lines = [
    'version: 1',
    'jumpHosts: [{ name: gate, address: 127.0.0.1, port: 1, jump: gate-2 }, { name: gate-2, port: 2 }]',
    'nodes:',
    `  - { name: a, address: 127.0.0.1, port: ${port}, clique: east, tags: [x], ${service} }`,
    '  - { name: b, jump: gate }',
  ];
  writeFileSync(path('nodes.yaml'), lines.join('\n'));
  const real = await PracticeSystem.start({ real: { nodesFile: path('nodes.yaml'), keyFile: path('master-key') } });
  writeFileSync(path('real-password'), `${real.password}\n`, { mode: 0o600 });
  const { negotiation, fingerprint } = { negotiation: real.target.ccPort, fingerprint: real.target.fingerprint };
  const there = ['--host', '127.0.0.1', '--cc-port', String(negotiation), '--fingerprint', fingerprint];
  const on = [...there, '-u', real.user, '--password-file', path('real-password')];
  try {
    writeFileSync(path('hosts.ini'), 'a ansible_port=7\nc ansible_port=3 http_port=80\n');
    writeFileSync(path('bad.ini'), 'c ansible_port=x\n');
    await put('inventory check', ['inventory', 'check', path('hosts.ini'), ...on]);
    await put('inventory check', ['inventory', 'check', path('nodes.yaml'), ...on]);
    await put('inventory check', ['inventory', 'check', path('bad.ini'), ...on], 1);
    await put('inventory import', ['inventory', 'import', path('hosts.ini'), ...on], 4);
    await put('inventory import', ['inventory', 'import', path('hosts.ini'), '--update', ...on]);
    await put('inventory add', ['inventory', 'add', 'a', `port=${port}`, '--update', ...on], 2);
    await put('inventory add', ['inventory', 'add', 'd', 'address=127.0.0.1', 'port=4', '--yes', ...on], 4);
    await put('inventory repin', ['inventory', 'repin', 'a', 'd', '--yes', ...on], 4);
    await put('inventory repin', ['inventory', 'repin', 'a', ...on]);
    await put('inventory pin', ['inventory', 'pin', 'gate-2', ...on], 4);
    await put('inventory probe', ['inventory', 'probe', '127.0.0.1', '--port', String(port), ...on]);
    await put('inventory remove', ['inventory', 'remove', 'c', '--yes', ...on]);
    await put('nodes authorize', ['nodes', 'authorize', ...on]);
    await put('nodes authorize', ['nodes', 'authorize', 'a', '--node-password-file', path('old'), ...on], 1);
    // Why a node was not reached stands with it.
    await put('nodes refresh', ['nodes', 'refresh', ...on], 4);
    await put('nodes sudo-password', ['nodes', 'sudo-password', '--sudo-password-file', path('old'), ...on]);
    await put('inventory', ['inventory', ...on]);
    writeFileSync(join(real.stateFolder, 'nodes.yaml'), 'version: 2\n');
    await put('inventory check', ['inventory', 'check', ...on], 1);
    await put('inventory show', ['inventory', 'show', ...on], 1);
    await put('inventory', ['inventory', ...on], 1);
  } finally {
    await real.stop();
    sshd.close();
  }
});

it('chat', async () => {
  await put('chat say', ['chat', 'say', 'hello', '--job', '1']);
  await put('chat', ['chat']);
  await put('chat', ['chat', '--before', '3']);
  await until('chat --follow', ['chat', '--follow'], (text) => text.includes('\n'));
});

it('the console', () => until('console', ['console', '--no-open'], (text) => text.includes('\n')));

it('failures', async () => {
  const nowhere = [
    '--host',
    '127.0.0.1',
    '--cc-port',
    '1',
    '--ssl-port',
    '1',
    '--fingerprint',
    system.target.fingerprint,
  ];
  await put('nodes', ['nodes', ...nowhere], 1);
  await put('nodes', ['nodes', '--nodes', 'no-such-node'], 1);
});

describe('docs/json.md', () => {
  it.for([...documented.keys()])('%s: names each of its fields, with its type', (name) => {
    const { undocumented, wrongType } = matchFields(documented.get(name) ?? [], seen.get(name) ?? []);
    expect({ undocumented, wrongType }).toEqual({ undocumented: [], wrongType: [] });
  });

  it('names every command that was run, and none that was not', () => {
    // Of a command that needs what is not met here, no field is.
    const isMet = (name: string): boolean => documented.get(name)?.some(({ row }) => !NOT_MET.includes(row)) === true;
    expect([...documented.keys()].filter(isMet).sort()).toEqual([...seen.keys()].sort());
  });

  it('names no field that is never printed', () => {
    const seenRows = new Set(
      [...documented].flatMap(([name, fields]) => [...matchFields(fields, seen.get(name) ?? []).seenRows]),
    );
    const rows = new Set([...documented.values()].flat().map(({ row }) => row));
    expect([...rows].filter((row) => !seenRows.has(row)).sort()).toEqual([...NOT_MET].sort());
  });
});
