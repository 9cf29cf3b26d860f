import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { digestsPart, parseDigests, parseTidied, pathWords, tidyScript, type SeenFile } from './fileScripts.ts';
import { armScript, confirmScript, GUARD_EXIT } from '../guardScript.ts';
import { answersOf, scriptOf } from './questions.ts';

const folder = mkdtempSync(join(tmpdir(), 'put-files-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const NAMES = ["a's file.rpm", 'b.rpm', 'gone.rpm'];

it('takes the digest of a file once, and again as soon as it was touched', () => {
  const seen = new Map<string, SeenFile>();
  const run = (): { said: string; found: Record<string, string> } => {
    const question = { deadlineMs: 0, files: pathWords(folder, NAMES), read: () => undefined };
    const script = scriptOf([{ ...question, parts: () => ({ files: digestsPart(folder, NAMES, seen) }) }], '@mark');
    const text = execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' });
    const said = answersOf(text, '@mark').get('files') ?? '';
    return { said, found: parseDigests(said, folder, NAMES, seen) };
  };
  for (const name of NAMES.slice(0, 2)) writeFileSync(join(folder, name), name);
  const wanted = { [NAMES[0] as string]: sha256(NAMES[0] as string), 'b.rpm': sha256('b.rpm') };
  expect(run().found).toEqual(wanted);
  expect(run()).toEqual({ said: "same a's file.rpm\nsame b.rpm\n", found: wanted });
  writeFileSync(join(folder, 'b.rpm'), 'B.rpm');
  expect(run().found).toEqual({ ...wanted, 'b.rpm': sha256('B.rpm') });
});

it('removes the packages of a folder, and their parts, that are not named, and nothing else', () => {
  const spool = join(folder, "a site's spool");
  const tidied = (at: string, keep: readonly string[]): readonly string[] =>
    parseTidied(execFileSync('/bin/sh', ['-c', tidyScript(at, keep)], { encoding: 'utf8' }));
  expect(tidied(spool, [])).toEqual([]);
  mkdirSync(join(spool, 'folder.rpm'), { recursive: true });
  const stays = ["it's.rpm", '.new.rpm.0123.part', 'notes.txt', 'rpm'];
  for (const name of [...stays, '-f.rpm', 'old 1.rpm', '.old.rpm.0123.part']) writeFileSync(join(spool, name), '');
  symlinkSync('notes.txt', join(spool, 'link.rpm'));
  const gone = ['-f.rpm', '.old.rpm.0123.part', 'old 1.rpm'];
  expect([...tidied(spool, ["it's.rpm", 'new.rpm'])].sort()).toEqual(gone);
  expect(readdirSync(spool).sort()).toEqual([...stays, 'folder.rpm', 'link.rpm'].sort());
  expect(tidied(spool, [])).toEqual(["it's.rpm", '.new.rpm.0123.part']);
});

it('leaves what a guard that was not confirmed yet would go back to, of whichever job', () => {
  const [root, place, bin] = [join(folder, 'guards'), join(folder, 'way back'), join(folder, 'bin')];
  for (const made of [place, bin]) mkdirSync(made);
  symlinkSync(place, join(folder, 'other-way'));
  // The guard itself is begun by nobody here.
  writeFileSync(join(bin, 'setsid'), '#!/bin/sh\n', { mode: 0o755 });
  const env = { PATH: `${bin}:${process.env['PATH'] ?? ''}`, PUT_GUARD_ROOT: root };
  const sh = (script: string): { status: number | null; stdout: string } =>
    spawnSync('/bin/sh', ['-c', script], { encoding: 'utf8', env });
  const names = ['a-1.rpm', 'b-1.rpm', 'c-1.rpm', 'new-2.rpm'];
  for (const name of names) writeFileSync(join(place, name), '');
  const arm = (job: string, file: string): void => {
    const files = [{ name: file, build: file, path: join(place, file) }];
    expect(sh(armScript({ job, seconds: 600, files, eraseFirst: [], erase: [] })).status).toBe(GUARD_EXIT.plain);
  };
  arm('j1', 'a-1.rpm');
  arm('j2', 'b-1.rpm');
  arm('j3', 'c-1.rpm');
  expect(sh(confirmScript('j2')).status).toBe(GUARD_EXIT.done);
  mkdirSync(join(root, 'half'));
  const tidied = (): readonly string[] =>
    parseTidied(sh(tidyScript(`${join(folder, 'other-way')}/`, ['new-2.rpm'])).stdout);
  expect(tidied()).toEqual(['b-1.rpm']);
  writeFileSync(join(root, 'j1', 'went-back'), '0\n');
  expect(tidied()).toEqual(['a-1.rpm']);
  expect(readdirSync(place).sort()).toEqual(['c-1.rpm', 'new-2.rpm']);
});
