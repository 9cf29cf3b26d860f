import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { SHELLS } from '../testing/shells.ts';
import { fencedScript } from './nodeShell.ts';

const BYTES = Buffer.from('echo a file is no script\n{ (\n\0\xff', 'latin1');

it.each([...SHELLS, 'sh'])('%s reads of its input the script alone, whatever comes after it', async (shell) => {
  const [command = '', ...words] = shell.split(' ');
  const child = spawn(command, words);
  let output = Buffer.alloc(0);
  let errors = '';
  const gone = once(child, 'close');
  const until = async (text: string): Promise<void> => {
    while (!output.includes(text) && child.exitCode === null) await once(child.stdout, 'data');
  };
  child.stdout.on('data', (bytes: Buffer) => (output = Buffer.concat([output, bytes])));
  child.stderr.setEncoding('latin1').on('data', (text: string) => (errors += text));
  child.stdin.on('error', () => {});
  child.stdin.write(fencedScript('d=kept; exit 3', 'ONE'));
  child.stdin.write(fencedScript('printf "%s|" "$d"; cat', 'TWO'));
  await until('TWO 0\n');
  child.stdin.write(fencedScript(`echo go; head -c ${BYTES.length}`, 'THREE', { takesInput: true }));
  await until('go\n');
  child.stdin.write(BYTES);
  await until('THREE 0\n');
  // One that leaves a part of its input ends the shell, which would read it as a script.
  child.stdin.write(fencedScript('echo again; head -c 3 >/dev/null; exit 1', 'FOUR', { takesInput: true }));
  await until('again\n');
  child.stdin.write('echo never\n');
  expect(await gone).toEqual([1, null]);
  const wanted = Buffer.concat([Buffer.from('ONE 3\n|TWO 0\ngo\n'), BYTES, Buffer.from('THREE 0\nagain\nFOUR 1\n')]);
  expect(output.toString('latin1')).toBe(wanted.toString('latin1'));
  expect(errors).toBe('ONE end\nTWO end\nTHREE end\nFOUR end\n');
});
