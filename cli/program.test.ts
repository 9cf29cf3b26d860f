import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutError } from '../core/protocol/errors.ts';
import { EXIT } from './exitCodes.ts';
import { FakeHost, TEST_FINGERPRINT } from './testing/FakeMaster.ts';

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

describe('command line', () => {
  it('teaches with --help, for putctl and every command', async () => {
    expect(await host.run('--help')).toBe(EXIT.done);
    expect(host.out).toContain('Exit codes:');
    for (const command of [
      'systems',
      'nodes',
      'ports',
      'sessions',
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

  it.each([
    [['plan', 'plan.yaml'], 'plan takes no argument, and was given plan.yaml', 'putctl run plan.yaml'],
    [['plan', 'tpa-1', 'tpa-2'], 'was given tpa-1, tpa-2', 'putctl plan --nodes tpa-1,tpa-2'],
    [['jobs', '12'], 'jobs takes no argument', 'putctl status 12'],
    [['chat', "that's", 'it'], 'its commands are say', String.raw`putctl chat say 'that'\''s it'`],
    [['login', 'far'], 'login takes no argument', 'putctl login --system far'],
    [['ports', 'saved'], 'was given saved', 'putctl ports --system saved'],
    [['status', '1', '2'], 'status takes 1 argument, and was given 2 too', 'putctl status --help'],
    [['path-test'], 'path-test needs HOST: a saved system', 'putctl path-test --help'],
    [['practice', 'boom'], "unknown command 'boom'; there are fault, reset", 'putctl practice --help'],
    [['upgrade'], "unknown command 'upgrade' (usage)", 'putctl run plan.yaml'],
    [['hold', '1'], "required option '--reason <text>' not specified", 'putctl hold --help'],
  ])('says at %j what the person may have meant', async (args, words, next) => {
    await host.run('systems', 'add', 'saved', '--host', 'h');
    expect(await host.run(...args)).toBe(EXIT.failed);
    expect(host.err).toContain(words);
    expect(host.err.split('\n')).toContain(`        ${next}`);
    const { document } = await host.runJson(...args);
    expect(document['commands']).toContain(next);
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

  it('keeps an accepted certificate when the password is wrong, and asks for that again, hidden', async () => {
    await host.run('systems', 'add', 'lab', '--host', 'lab');
    host.canAsk = true;
    host.env = { PUT_USER: 'anna' };
    host.replies = ['yes', 'wrong', 'worse'];
    expect(await host.run('nodes')).toBe(EXIT.failed);
    const password = 'Password of anna at lab: ';
    expect(host.questions).toEqual(['Accept it? Type yes or no: ', password, password]);
    expect(host.saved).toContain(TEST_FINGERPRINT);
    host.questions = [];
    host.replies = ['wrong', 'secret'];
    expect(await host.run('nodes')).toBe(EXIT.done);
    expect(host.questions).toEqual([password, password]);
  });

  it('leaves the saved user where one command names another', async () => {
    await host.run('systems', 'add', 'lab', '--host', 'lab', '--fingerprint', TEST_FINGERPRINT, '--user', 'anna');
    expect(await host.run('nodes', '-u', 'adam')).toBe(EXIT.done);
    expect(host.signIns.at(-1)?.user).toBe('adam');
    expect(JSON.parse(host.saved ?? '')).toMatchObject({ systems: [{ user: 'anna' }] });
    await host.run('systems', 'add', 'new', '--host', 'new', '--fingerprint', TEST_FINGERPRINT);
    expect(await host.run('nodes', '--system', 'new', '-u', 'adam')).toBe(EXIT.done);
    expect(JSON.parse(host.saved ?? '')).toMatchObject({ systems: [{ user: 'anna' }, { user: 'adam' }] });
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

  it('hands the ways of the command line and of the saved system to the sign-in', async () => {
    host.env = { ...host.env, PUT_SSH_PASSPHRASE: 'open sesame' };
    const add = ['systems', 'add', 'deep', '--host', 'lab', '--fingerprint', TEST_FINGERPRINT];
    expect(await host.run(...add, '--ssh', 'gate', '--ssh-user', 'ops', '--proxy', 'proxy:3128')).toBe(EXIT.done);
    expect(await host.run('nodes', '--ssh-port', '2222', '--authority', '/ca.pem', '--path', 'ssh')).toBe(EXIT.done);
    const last = host.signIns.at(-1);
    expect(last).toMatchObject({
      target: {
        ssh: { host: 'gate', user: 'ops', port: 2222 },
        proxy: { host: 'proxy', port: 3128 },
        trust: { authorityFile: '/ca.pem' },
      },
      pathOrder: ['ssh'],
    });
    expect(last?.target.secrets?.known({ kind: 'ssh-key-passphrase', keyFile: '/k' })).toBe('open sesame');
    expect(await host.run('nodes')).toBe(EXIT.done);
    expect(host.signIns.at(-1)?.pathOrder).toEqual(['ssh', 'websocket', 'single-port', 'hand-off']);
    expect(host.saved).not.toContain('2222');
    expect(`${host.saved ?? ''}${host.out}${host.err}`).not.toContain('open sesame');
  });

  it.each([
    [['nodes'], 'usage', 'no target system'],
    [['nodes', '--system', 'far'], 'system-unknown', 'no system is saved as far'],
    [['nodes', '--host', 'a', '--system', 'b'], 'usage', 'not both'],
    [['nodes', '--host', 'a', '--fingerprint', '12'], 'usage', 'not 32 pairs'],
    [['nodes', '--host', 'a', '--cc-port', '99999'], 'usage', 'not a port'],
    [['nodes', '--host', 'a', '--path', 'pigeon'], 'usage', 'pigeon is not a way'],
    [['nodes', '--practice'], 'practice-not-up', 'putservices --practice 8'],
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

describe('passwd', () => {
  it('asks for the new password twice, or takes it from a file, and shows none', async () => {
    host.canAsk = true;
    host.replies = ['new-password', 'other'];
    expect(await host.run('passwd', ...LAB)).toBe(EXIT.failed);
    expect(host.err).toContain('not the same');
    host.replies = ['new-password', 'new-password'];
    expect(await host.run('passwd', ...LAB)).toBe(EXIT.done);
    expect(host.out).toContain('The password of anna is changed');
    const file = join(folder, 'new');
    await writeFile(file, Buffer.from('\ufefffrom-a-file\r\n', 'utf16le'));
    host.canAsk = false;
    expect(await host.run('passwd', ...LAB, '--new-password-file', file)).toBe(EXIT.done);
    expect(host.master.newPasswords).toEqual(['new-password', 'from-a-file']);
    expect(await host.run('passwd', ...LAB)).toBe(EXIT.failed);
    expect(host.err).toContain('--new-password-file');
    expect(host.out + host.err).not.toContain('from-a-file');
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
    for (const broken of ['{"version": 1, "systems": 7}', '{"version": 1, "sys']) {
      host.saved = broken;
      expect(await host.run('systems', 'add', 'lab', '--host', 'h')).toBe(EXIT.failed);
      expect(host.err).toContain('config-unreadable');
      expect(host.saved).toBe(broken);
    }
  });

  it('goes on beside an entry that cannot be used, keeps it, and removes it when told to', async () => {
    await host.run('systems', 'add', 'lab', ...LAB);
    const list = JSON.parse(host.saved ?? '') as { systems: object[] };
    const strange = { ...list.systems[0], systemId: 's9', name: 'north', pathOrder: ['carrier-pigeon'] };
    host.saved = JSON.stringify({ ...list, systems: [strange, ...list.systems] });
    expect(await host.run('systems')).toBe(EXIT.done);
    expect(host.out).toContain('lab');
    expect(host.err).toMatch(/north is saved, but cannot be used \(systems\[0\]\.pathOrder\[0\]: .*systems remove s9/);
    await host.run('nodes');
    expect(host.signIns.at(-1)?.target.host).toBe('lab');
    expect(JSON.parse(host.saved ?? '')).toMatchObject({ systems: [{ name: 'lab' }, strange] });
    expect(await host.run('nodes', '--system', 'north')).toBe(EXIT.failed);
    expect(host.err).toContain('system-unusable');
    expect(await host.run('path-test', 'north')).toBe(EXIT.failed);
    expect(await host.run('systems', 'add', 'north', '--host', 'h')).toBe(EXIT.failed);
    expect(await host.run('systems', 'remove', 'north')).toBe(EXIT.done);
    expect(host.saved).not.toContain('carrier-pigeon');
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

  it('shows who is signed in from where, and takes over the only other session of one person', async () => {
    const at = 1_799_999_940_000;
    const rest = { path: 'single-port', port: 9000, sinceMs: at };
    const sessions = {
      s1: { ...rest, sessionId: 's1', user: 'anna', clientSystem: 'own-laptop', state: 'online' },
      s2: { ...rest, sessionId: 's2', user: 'anna', clientSystem: 'laptop-7', state: 'detached', lostAtMs: at },
      s3: { ...rest, sessionId: 's3', user: 'ben', clientSystem: 'laptop-8', state: 'online' },
    };
    host.master.setState('sessions', sessions);
    expect(await host.run('sessions', ...LAB)).toBe(EXIT.done);
    expect(host.out).toMatch(/s2 +anna \(you\) +laptop-7 .*line lost 1m 00s ago/);
    expect(host.out).not.toContain('own-laptop');
    host.master.answers['session.takeOver'] = () => ({ clientSystem: 'laptop-7' });
    const { code, document } = await host.runJson('sessions', 'take-over');
    expect([code, document]).toEqual([EXIT.done, { takenOver: 's2', clientSystem: 'laptop-7' }]);
    expect(host.master.requests.at(-1)).toEqual({ method: 'session.takeOver', params: { sessionId: 's2' } });
    host.master.setState('sessions', { ...sessions, s4: { ...sessions.s2, sessionId: 's4', clientSystem: 'aws-1' } });
    const unnamed = await host.runJson('sessions', 'take-over');
    expect([unnamed.code, codeOf(unnamed.document)]).toEqual([EXIT.failed, 'usage']);
    expect(JSON.stringify(unnamed.document)).toContain('s2 on laptop-7, s4 on aws-1');
    host.master.answers['session.close'] = () => ({});
    expect((await host.runJson('sessions', 'close', 's3')).document).toEqual({ closed: 's3' });
    host.master.answers['session.close'] = () => {
      throw new PutError('session-unknown', 'there is no session zz');
    };
    const unknown = await host.runJson('sessions', 'close', 'zz');
    expect(unknown.document).toMatchObject({
      error: { code: 'usage', message: 'there is no session zz: putctl sessions lists those there are' },
    });
  });

  it('does not call it done where the result could not be written', async () => {
    host.master.setState('jobs', { jobs: {} });
    host.unwritten = 'ENOSPC';
    expect((await host.runJson('jobs')).code).toBe(EXIT.failed);
    expect(host.err).toContain('could not be written (ENOSPC)');
  });

  it('passes a refused release on, as held by someone else', async () => {
    host.master.setState('ports', { ports: {}, sessions: {}, rangeFrom: 9002, rangeTo: 9009 });
    host.master.answers['ports.release'] = () => {
      throw new PutError('lease-not-idle', 'port 9002 is in use by ben');
    };
    const { code, document } = await host.runJson('ports', 'release', '9002');
    expect([code, codeOf(document)]).toEqual([EXIT.heldByOther, 'lease-not-idle']);
  });

  it('names an unknown node and ends with warnings where one does not answer or cannot be read', async () => {
    host.master.setState('nodes', {
      nodes: { 'tpa-1': { nodeId: 'tpa-1', address: '', type: 'TPA', system: 1, reachable: 'no', packageCount: 0 } },
    });
    host.master.answers['nodes.refresh'] = () => ({});
    expect(codeOf((await host.runJson('nodes', '--nodes', 'tpa-9')).document)).toBe('node-unknown');
    expect((await host.runJson('nodes', 'refresh')).code).toBe(EXIT.warnings);
    // One that lets in and cannot be read is not known either.
    const row = { nodeId: 'tpa-1', address: '', type: 'TPA', system: 1, reachable: 'yes', packageCount: 6 };
    host.master.setState('nodes', { nodes: { 'tpa-1': row } });
    expect((await host.runJson('nodes', 'refresh')).code).toBe(EXIT.done);
    const cause = { code: 'rpm-missing', message: 'tpa-1 has no rpm' };
    host.master.setState('nodes', { nodes: { 'tpa-1': { ...row, cause } } });
    expect((await host.runJson('nodes', 'refresh')).code).toBe(EXIT.warnings);
  });
});

it('wraps its help from 40 columns up', async () => {
  const narrow = new FakeHost();
  narrow.columns = 40;
  await narrow.run('retry', '--help');
  const options = narrow.out.slice(narrow.out.indexOf('Options:'), narrow.out.indexOf('Examples:'));
  expect(options.split('\n').filter((line) => line.length > 40)).toEqual([]);
  expect(options).toContain('--take-baton');
});
