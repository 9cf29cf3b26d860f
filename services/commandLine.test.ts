import { describe, expect, it, vi } from 'vitest';
import { readCommandLine } from './commandLine.ts';

const read = (line: string): ReturnType<typeof readCommandLine> =>
  readCommandLine(line.split(' ').filter(Boolean), '1.2.3');

describe('putservices command line', () => {
  it('reads a start with its defaults', async () => {
    expect(await read('--practice 8 --state /s')).toEqual({
      command: 'serve',
      state: '/s',
      config: undefined,
      practice: 8,
      seed: 1,
      speed: 1,
      faultRate: 0,
      portBase: undefined,
      jsonReady: false,
    });
    expect(
      await read(
        '--state /s --config /c --practice 10000 --seed 7 --speed max --fault-rate 0.1 --port-base auto --json-ready',
      ),
    ).toMatchObject({
      ...{ config: '/c', practice: 10_000, seed: 7, speed: Infinity, faultRate: 0.1, portBase: 0, jsonReady: true },
    });
  });

  it('reads the subcommands', async () => {
    expect(await read('account add anna --role admin --state /s --password-file -')).toEqual({
      ...{ command: 'account-add', user: 'anna', role: 'admin', state: '/s', passwordFile: '-' },
    });
    expect(await read('account password anna --state /s')).toMatchObject({ command: 'account-password', user: 'anna' });
    expect(await read('account role anna admin --state /s')).toMatchObject({ command: 'account-role', role: 'admin' });
    expect(await read('account list --state /s')).toEqual({ command: 'account-list', state: '/s' });
    expect(await read('account remove anna --state /s')).toMatchObject({ command: 'account-remove', user: 'anna' });
    expect(await read('certificate --state /s')).toMatchObject({ command: 'certificate', state: '/s' });
  });

  it.each([
    '',
    '--practice 8',
    '--state /s --practice 0',
    '--state /s --practice 8.5',
    '--state /s --speed 0',
    '--state /s --fault-rate 2',
    '--state /s --port-base 70000',
    '--state /s --bogus',
    '--state /s surplus',
    'account add --state /s',
    'account add anna --role king --state /s',
    'account role anna king --state /s',
    'account list',
  ])('refuses %j with code usage', async (line) => {
    await expect(read(line)).rejects.toMatchObject({ code: 'usage' });
  });

  it('names what a group of commands has where none was given', async () => {
    await expect(read('account')).rejects.toMatchObject({
      code: 'usage',
      message: 'account needs one of: add, password, role, list, remove',
    });
  });

  it('shows help with every key of the Config file', async () => {
    const written: string[] = [];
    const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
    try {
      expect(await read('--help')).toEqual({ command: 'shown' });
    } finally {
      spy.mockRestore();
    }
    for (const word of ['CCPORTCOUNT', 'GRACEMINUTES', 'ALLOWEDCIPHERS', 'Exit codes', '--practice 8'])
      expect(written.join('')).toContain(word);
  });
});
