import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PutError } from '../../core/protocol/errors.ts';
import { withConfigLine } from './configPlace.ts';

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'put-config-'));
  file = join(folder, 'Config');
  await writeFile(file, '\uFEFF# ports\r\nCCPORTCOUNT=4\r\n\r\n CCPORT = 9100\r\n#SSLPORT=1\r\nLISTEN=192.0.2.1\r\n');
});
afterAll(() => rm(folder, { recursive: true }));

const inUse = (key: string): PutError => new PutError('port-in-use', 'port 9101 is in use by x (pid 7)', { key });

it.each<[string, string, string, number | undefined]>([
  ['CCPORT+1', 'the line of its key', 'line 4 (CCPORT)', 4],
  ['CCPORT and CCPORTCOUNT', 'both lines', 'line 4 (CCPORT) and line 2 (CCPORTCOUNT)', 4],
  ['SSLPORT', 'the default where a comment names it', 'SSLPORT is the default', undefined],
])('%s: %s', async (key, _what, place, line) => {
  const told = await withConfigLine(inUse(key), { file, portBase: undefined });
  expect(told).toMatchObject({
    code: 'port-in-use',
    message: expect.stringMatching(/^port 9101 is in use by x \(pid 7\); /) as string,
    details: { key, file, ...(line === undefined ? {} : { line }) },
  });
  expect((told as PutError).message).toContain(place);
});

it('names LISTEN for an address that is not here, the option for a block of ports, and the lack of a file', async () => {
  const missing = new PutError('address-unavailable', 'no', { key: 'CCPORT' });
  expect(await withConfigLine(missing, { file, portBase: 9000 })).toMatchObject({ details: { line: 6 } });
  expect(await withConfigLine(inUse('CCPORT'), { file, portBase: 9000 })).toMatchObject({
    message: expect.stringContaining('--port-base') as string,
  });
  expect(await withConfigLine(inUse('CCPORT'), { file: undefined, portBase: undefined })).toMatchObject({
    message: expect.stringContaining('no Config file was given') as string,
  });
});

it('names the line of a file of the site', async () => {
  const unusable = new PutError('config-file-unusable', 'x is not there', { key: 'LISTEN', file: 'x' });
  expect(await withConfigLine(unusable, { file, portBase: 9000 })).toMatchObject({
    message: `x is not there; see ${file}, line 6 (LISTEN)`,
  });
});

it('leaves every other error as it is', async () => {
  const error = new PutError('config-invalid', 'x');
  expect(await withConfigLine(error, { file, portBase: undefined })).toBe(error);
});
