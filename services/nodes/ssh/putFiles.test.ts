import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { ClientChannel } from 'ssh2';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { LocalFile } from '../NodePort.ts';
import type { SeenFile } from './fileScripts.ts';
import { type NodeFault } from './nodeTrouble.ts';
import { putFiles } from './putFiles.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'put-bring-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const NAMES = ["a's file.rpm", 'b\\c.rpm', '-d.rpm', 'e.rpm'];

function fileOf(name: string, text = `text of ${name}`.repeat(50)): LocalFile {
  const path = join(folder, 'library', name);
  mkdirSync(join(folder, 'library'), { recursive: true });
  writeFileSync(path, text);
  return { path, name, sizeBytes: text.length, sha256: sha256(text) };
}

/** The node is a shell beside the test; `programs`: those that it has in the place of its own. */
function bring(files: readonly LocalFile[], seen = new Map<string, SeenFile>(), programs = '') {
  const progress: number[] = [];
  let sent = 0;
  const run = (script: string, io: Parameters<Parameters<typeof putFiles>[2]['run']>[1]): Promise<number> =>
    new Promise((resolve) => {
      const child = spawn('/bin/sh', ['-c', script], {
        env: { ...process.env, PATH: `${programs}:${process.env['PATH'] ?? ''}` },
      });
      const channel = Object.assign(new PassThrough(), { close: () => channel.end() });
      channel.on('data', (bytes: Buffer) => (sent += bytes.length)).pipe(child.stdin);
      child.stdin.on('error', () => {});
      child.stdout.on('data', (bytes: Buffer) => io.onOutput(bytes, channel as unknown as ClientChannel));
      child.stderr.setEncoding('utf8').on('data', (text: string) => text.trim().split('\n').forEach(io.onError));
      child.once('close', (code) => resolve(code ?? -1));
    });
  const onProgress = (bytes: number, ofBytes: number): void => void progress.push(bytes / ofBytes);
  const done = putFiles(files, join(folder, 'node'), { nodeId: 'n', seen, run, onProgress });
  return done.then((answer) => ({ answer, sent, progress, seen }));
}

const there = (): string[] => readdirSync(join(folder, 'node')).sort();
const troubleOf = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => (error as NodeFault).trouble,
  );

it('brings what is missing, goes on with a part, and sends nothing of what is there', async () => {
  const files = NAMES.map((name) => fileOf(name));
  const [a, , , e] = files as [LocalFile, LocalFile, LocalFile, LocalFile];
  const total = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  mkdirSync(join(folder, 'node'));
  writeFileSync(join(folder, 'node', a.name), readFileSync(a.path));
  writeFileSync(
    join(folder, 'node', `.${e.name}.${e.sha256.slice(0, 12)}.part`),
    readFileSync(e.path).subarray(0, 100),
  );
  const first = await bring(files);
  expect(first.answer).toEqual(['there', 'copied', 'copied', 'copied']);
  expect(first.sent).toBe(total - a.sizeBytes - 100);
  expect(first.progress.at(-1)).toBe(1);
  expect(there()).toEqual([...NAMES].sort());
  for (const { name, path } of files) expect(readFileSync(join(folder, 'node', name))).toEqual(readFileSync(path));
  expect([...first.seen.values()].map((one) => one.sha256).sort()).toEqual(files.map((one) => one.sha256).sort());
  expect(await bring(files, first.seen)).toMatchObject({ answer: files.map(() => 'there'), sent: 0 });
});

it.each([
  ['as it is', {}],
  ['whose dd knows no whole blocks', { dd: 'echo "invalid input flag" >&2; exit 1' }],
  ['whose openssl has no such digest', { openssl: 'echo "unknown command" >&2; exit 1' }],
  ['whose openssl says nothing', { openssl: 'exit 0' }],
])('brings large files to a node %s, and finds one that arrived as another', async (_node, programs) => {
  const place = join(folder, 'programs');
  mkdirSync(place);
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(join(place, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  }
  const files = ['a.rpm', 'b.rpm'].map((name) => fileOf(name, `${name}\n`.repeat(200_000)));
  mkdirSync(join(folder, 'node'));
  const [first, second] = files as [LocalFile, LocalFile];
  writeFileSync(
    join(folder, 'node', `.b.rpm.${second.sha256.slice(0, 12)}.part`),
    readFileSync(second.path).subarray(0, 100_001),
  );
  expect((await bring(files, new Map(), place)).answer).toEqual(['copied', 'copied']);
  for (const { name, path } of files) expect(readFileSync(join(folder, 'node', name))).toEqual(readFileSync(path));
  const wrong = { ...first, name: 'c.rpm', sha256: sha256('another') };
  const trouble = await troubleOf(bring([wrong], new Map(), place));
  expect(trouble).toMatchObject({ kind: 'refused', file: 'c.rpm', cause: { code: 'file-digest-mismatch' } });
});

it('takes a file that is there for what it was only while nobody touched it', async () => {
  const files = [fileOf('a.rpm'), fileOf('b.rpm')];
  const { seen } = await bring(files);
  const path = join(folder, 'node', 'b.rpm');
  const { atime, mtime } = statSync(path);
  writeFileSync(path, readFileSync(path, 'latin1').toUpperCase());
  utimesSync(path, atime, mtime);
  expect((await bring(files, seen)).answer).toEqual(['there', 'copied']);
  expect(sha256(readFileSync(path, 'latin1'))).toBe(files[1]?.sha256);
});

it('names the file that arrives as another one, and leaves nothing of it', async () => {
  const wrong = { ...fileOf('b.rpm'), sha256: sha256('another') };
  const trouble = await troubleOf(bring([fileOf('a.rpm'), wrong]));
  expect(trouble).toMatchObject({ kind: 'refused', file: 'b.rpm', cause: { code: 'file-digest-mismatch' } });
  expect(there()).toEqual(['a.rpm']);
});

it('takes nothing where there is no room for all, and names the file that has none', async () => {
  const large = { ...fileOf('b.rpm'), sizeBytes: 2 ** 52 };
  const trouble = await troubleOf(bring([fileOf('a.rpm'), large]));
  expect(trouble).toMatchObject({ kind: 'refused', file: 'b.rpm', cause: { code: 'disk-full' } });
  expect(there()).toEqual([]);
});

it('names a file of the library that cannot be read to its end', async () => {
  const short = { ...fileOf('b.rpm'), sizeBytes: 100_000 };
  const trouble = await troubleOf(bring([short]));
  expect(trouble).toMatchObject({ kind: 'refused', file: 'b.rpm', cause: { code: 'file-unreadable' } });
});
