import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { digestsPart, parseDigests, pathWords, type SeenFile } from './fileScripts.ts';
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
