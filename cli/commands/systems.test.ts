import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PutError } from '../../core/protocol/errors.ts';
import { EXIT } from '../exitCodes.ts';
import { FakeHost, TEST_FINGERPRINT } from '../testing/FakeMaster.ts';

let host: FakeHost;
const saved = (): { systems: Record<string, unknown>[]; defaultSystem?: string } =>
  JSON.parse(host.saved ?? '') as { systems: Record<string, unknown>[]; defaultSystem?: string };

beforeEach(async () => {
  host = new FakeHost();
  host.master.setState('nodes', { nodes: {} });
  for (const name of ['lab', 'far']) {
    const add = ['systems', 'add', name, '--host', name, '--user', 'anna', '--fingerprint', TEST_FINGERPRINT];
    expect(await host.run(...add, '--ssh', 'gate')).toBe(EXIT.done);
  }
});
afterEach(() => {
  expect(host.master.openSessions, 'sessions left open').toBe(0);
});

describe('systems', () => {
  it('have a default, which is meant where none is named, and goes with its system', async () => {
    expect(await host.run('nodes')).toBe(EXIT.failed);
    expect(host.err).toContain('putctl systems default NAME');
    expect(await host.run('systems', 'default', 'far')).toBe(EXIT.done);
    expect(await host.run('nodes')).toBe(EXIT.done);
    expect(host.signIns.at(-1)?.target.host).toBe('far');
    await host.run('nodes', '-s', 'lab');
    expect(host.signIns.at(-1)?.target.host).toBe('lab');
    // What a command changes of a system leaves the choice as it is.
    await host.run('systems');
    expect(host.out).toContain('far (default)');
    await host.run('systems', 'rename', 'far', 'farther');
    expect(await host.run('systems', 'rename', 'farther', 'farther')).toBe(EXIT.done);
    expect(host.out).toContain('farther is called so already.');
    await host.run('systems', 'default');
    expect(host.out).toContain('farther is meant');
    await host.run('systems', 'remove', 'farther');
    expect(saved()).not.toHaveProperty('defaultSystem');
    await host.run('systems', 'default', 'lab');
    await host.run('systems', 'default', '--none');
    expect(saved()).not.toHaveProperty('defaultSystem');
    expect(await host.run('systems', 'default', 'gone')).toBe(EXIT.failed);
  });

  it('are not saved twice under one name, and the way to save anew is named', async () => {
    expect(await host.run('systems', 'add', 'lab', '--host', 'other')).toBe(EXIT.failed);
    expect(host.err).toContain('or remove it first: putctl systems remove lab');
    for (const name of ['two\nlines', 'a\u001b[31m', '\u009b1m', 'a\u202eb']) {
      expect(await host.run('systems', 'add', name, '--host', 'other'), JSON.stringify(name)).toBe(EXIT.failed);
      expect(host.err).toContain('name: must stand in one line');
    }
    expect(await host.run('systems', 'add', 'x', '--host', '10.0.0.9:9000')).toBe(EXIT.failed);
    expect(host.err).toContain('host: must stand without its port');
  });

  it('are changed in what is named, and the rest stays', async () => {
    expect(await host.run('systems', 'edit', 'lab', '--host', '10.0.0.9', '--cc-port', '9400')).toBe(EXIT.done);
    expect(saved().systems[0]).toMatchObject({ host: '10.0.0.9', ccPort: 9400, user: 'anna', ssh: { host: 'gate' } });
    await host.run('systems', 'edit', 'lab', '--clear', 'ssh,user', '--proxy', 'proxy:3128');
    expect(saved().systems[0]).toMatchObject({ proxy: { host: 'proxy', port: 3128 } });
    expect(saved().systems[0]).not.toHaveProperty('ssh');
    expect(saved().systems[0]).not.toHaveProperty('user');
    await host.run('systems', 'edit', 'lab', '--upload-cap', '40');
    expect(saved().systems[0]).toMatchObject({ uploadCapBytesPerSecond: 40_000 });
    await host.run('systems', 'edit', 'lab', '--upload-cap', '0');
    expect(saved().systems[0]).not.toHaveProperty('uploadCapBytesPerSecond');
    const before = host.saved;
    for (const wrong of [
      ['--clear', 'host'],
      ['--cc-port', 'x'],
      ['--host', ''],
      ['--fingerprint', '12'],
      ['--upload-cap', '0.5'],
    ])
      expect(await host.run('systems', 'edit', 'lab', ...wrong), wrong.join(' ')).toBe(EXIT.failed);
    expect(await host.run('systems', 'rename', 'lab', 'far')).toBe(EXIT.failed);
    expect(host.saved).toBe(before);
  });
});

it('tells by the exit code that a system is so already', async () => {
  expect(await host.run('systems', 'edit', 'lab', '--user', 'ops', '--detailed-exitcode')).toBe(EXIT.done);
  expect(await host.run('systems', 'edit', 'lab', '--user', 'ops', '--detailed-exitcode')).toBe(EXIT.nothingToDo);
});

describe('login', () => {
  it('keeps a session, and no password, for the commands that follow, for that user, until logout', async () => {
    host.env = {};
    host.canAsk = true;
    host.replies = ['secret'];
    expect(await host.run('login', '-s', 'lab')).toBe(EXIT.done);
    expect(host.out).toContain('/data/sign-ins.json');
    expect(`${host.out}${host.err}${host.saved ?? ''}`).not.toContain('secret');
    expect([...host.kept.values()]).toEqual([{ user: 'anna', sessionToken: 'kept-1' }]);
    host.canAsk = false;
    expect(await host.run('nodes', '-s', 'lab')).toBe(EXIT.done);
    expect(host.signIns.at(-1)).toMatchObject({ password: '', kept: { sessionToken: 'kept-1', as: 'beside' } });
    expect(await host.run('nodes', '-s', 'lab', '-u', 'ben')).toBe(EXIT.failed);
    expect(await host.run('nodes', '-s', 'far')).toBe(EXIT.failed);
    expect(await host.run('logout', '-s', 'lab')).toBe(EXIT.done);
    // It is over at the master, too.
    expect(host.keptThere.size).toBe(0);
    expect(await host.run('nodes', '-s', 'lab')).toBe(EXIT.failed);
    expect(await host.run('logout', '-s', 'lab', '--detailed-exitcode')).toBe(EXIT.nothingToDo);
  });

  it('keeps nothing that was refused, nothing of a system that is not saved, and forgets with the system', async () => {
    host.env = { PUT_PASSWORD: 'wrong' };
    expect(await host.run('login', '-s', 'lab')).toBe(EXIT.failed);
    expect(host.kept.size).toBe(0);
    host.env = { PUT_PASSWORD: 'secret', PUT_USER: 'anna' };
    expect(await host.run('login', '--host', 'x', '--fingerprint', TEST_FINGERPRINT)).toBe(EXIT.failed);
    expect(await host.run('login', '-s', 'lab')).toBe(EXIT.done);
    // Another one takes its place, at the master as well.
    expect(await host.run('login', '-s', 'lab')).toBe(EXIT.done);
    expect([...host.keptThere]).toEqual(['kept-2']);
    await host.run('systems', 'remove', 'lab');
    expect(host.kept.size).toBe(0);
    // It is over at the master, too.
    expect(host.keptThere.size).toBe(0);
  });

  it('takes the password once, also where one that was kept before is ended', async () => {
    host.env = {};
    host.canAsk = true;
    const login = ['login', '-s', 'lab', '--password-file', '-'];
    host.replies = ['secret'];
    expect(await host.run(...login)).toBe(EXIT.done);
    host.questions.length = 0;
    host.replies = ['secret'];
    expect(await host.run(...login)).toBe(EXIT.done);
    expect(host.questions).toHaveLength(1);
    expect([...host.keptThere]).toEqual(['kept-2']);
  });

  it('says that what is kept is over, asks a person for the password, and follows passwd', async () => {
    await host.run('login', '-s', 'lab');
    host.keptThere.clear();
    host.env = {};
    expect(await host.run('nodes', '-s', 'lab')).toBe(EXIT.failed);
    expect(host.err).toContain('session-unknown');
    expect(host.err).toContain('putctl login -s lab');
    // What is over can still be forgotten.
    host.canAsk = true;
    host.replies = ['secret'];
    expect(await host.run('nodes', '-s', 'lab')).toBe(EXIT.done);
    host.replies = ['secret', 'a new one', 'a new one'];
    expect(await host.run('passwd', '-s', 'lab')).toBe(EXIT.done);
    expect([...host.kept.values()]).toEqual([{ user: 'anna', sessionToken: 'kept-2' }]);
  });

  it('tells a password that was changed as changed, also where no other session can be kept', async () => {
    await host.run('login', '-s', 'lab');
    host.master.answers['session.keep'] = () => {
      throw new PutError('disk-full', 'no room at the master');
    };
    host.canAsk = true;
    host.env = {};
    host.replies = ['secret', 'a new one', 'a new one'];
    expect(await host.run('passwd', '-s', 'lab')).toBe(EXIT.done);
    expect(host.out).toContain('The password of anna is changed.');
    expect(host.err).toContain('no sign-in is kept any more (no room at the master): putctl login -s lab');
  });

  it('forgets what it cannot end at the master, and says so', async () => {
    await host.run('login', '-s', 'lab');
    host.signIn = () => Promise.reject(new PutError('host-unreachable', 'lab does not answer'));
    expect(await host.run('logout', '-s', 'lab')).toBe(EXIT.done);
    expect(host.err).toContain('could not be told (lab does not answer)');
    expect(host.kept.size).toBe(0);
  });
  it('says that a session goes on at the master whose token may not be used here', async () => {
    await host.run('login', '-s', 'lab');
    const why = new PutError('file-unreadable', 'others can read it');
    Object.assign(host.keptSignIns, { get: () => Promise.reject(why) });
    expect(await host.run('logout', '-s', 'lab')).toBe(EXIT.done);
    expect(host.err).toContain('could not be told (others can read it)');
    expect(host.kept.size).toBe(0);
  });

  it('forgets with a system what it cannot end at the master, and says so', async () => {
    await host.run('login', '-s', 'lab');
    host.signIn = () => Promise.reject(new PutError('host-unreachable', 'lab does not answer'));
    expect(await host.run('systems', 'remove', 'lab')).toBe(EXIT.done);
    expect(host.err).toContain('could not be told (lab does not answer)');
    expect(host.kept.size).toBe(0);
    expect(saved().systems.map(({ name }) => name)).toEqual(['far']);
  });
});
