import { PassThrough, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createTerminal, type Terminal } from './Terminal.ts';

function setUp(): { terminal: Terminal; type: (text: string) => void; shown: () => string } {
  const stdin = new PassThrough();
  const stderr = new PassThrough();
  let shown = '';
  stderr.on('data', (bytes: Buffer) => (shown += bytes.toString()));
  for (const stream of [stdin, stderr]) Object.assign(stream, { isTTY: true });
  const terminal = createTerminal({
    stdin: stdin as unknown as NodeJS.ReadStream,
    stdout: new PassThrough() as unknown as NodeJS.WriteStream,
    stderr: stderr as unknown as NodeJS.WriteStream,
    env: {},
    platform: 'linux',
  });
  return { terminal, type: (text) => void stdin.write(text), shown: () => shown };
}

describe('terminal', () => {
  it('asks for a secret without showing what is typed', async () => {
    const { terminal, type, shown } = setUp();
    const answer = terminal.askHidden('Passphrase: ');
    type('open sesame\n');
    expect(await answer).toBe('open sesame');
    expect(shown()).toBe('Passphrase: \n');
  });

  it('takes a question back that nobody waits for any more, and asks the next one', async () => {
    const { terminal, type, shown } = setUp();
    const abort = new AbortController();
    const first = terminal.askHidden('Passphrase: ', abort.signal);
    abort.abort();
    await expect(first).rejects.toMatchObject({ code: 'cancelled' });
    const second = terminal.ask('User: ');
    type('eva\n');
    expect(await second).toBe('eva');
    expect(shown()).toContain('User: ');
  });

  it('tells Ctrl-C at a question apart from an input that ended', async () => {
    const { terminal, type } = setUp();
    const asked = terminal.ask('Go on? ');
    type('\u0003');
    await expect(asked).rejects.toMatchObject({ code: 'cancelled', details: { interrupted: true } });
  });

  it('knows that results could not be written', async () => {
    const full = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('no space'), { code: 'ENOSPC' })),
    });
    const pipe = new PassThrough();
    for (const [stdout, expected] of [
      [full, 'ENOSPC'],
      [pipe, undefined],
    ] as const) {
      const terminal = createTerminal({
        stdin: new PassThrough() as unknown as NodeJS.ReadStream,
        stdout: stdout as unknown as NodeJS.WriteStream,
        stderr: new PassThrough() as unknown as NodeJS.WriteStream,
        env: {},
        platform: 'linux',
      });
      pipe.resume();
      terminal.out('a result');
      expect(await terminal.unwritten()).toBe(expected);
    }
  });
});
