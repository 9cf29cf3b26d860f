import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXIT } from '../exitCodes.ts';
import { FakeHost } from '../testing/FakeMaster.ts';

const GOOD = `id: look
version: 1
title: Look
purpose: Looks.
phases: [{ id: look, title: Look, steps: [{ id: read, title: Read, help: Reads., use: facts }] }]
`;
let folder: string;
const place = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'putctl-operation-'));
  await writeFile(place('good.yaml'), GOOD);
  await writeFile(place('bad.yaml'), GOOD.replace('use: facts', 'use: fact').replace('version: 1', 'version: 0'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('putctl operation', () => {
  it('names the operations there are where a word is none and no file', async () => {
    const host = new FakeHost();
    expect(await host.run('operation', 'show', 'instal')).toBe(EXIT.failed);
    expect(host.err).toMatch(
      /there is no operation instal, and no such file; there are install-upgrade-software, run-command/,
    );
    expect(await host.run('operation', 'show', './instal.yaml')).toBe(EXIT.failed);
    expect(host.err).toContain('(file-unreadable)');
  });

  it('tells all that is wrong with files by line, and goes on with the next file', async () => {
    const host = new FakeHost();
    expect(await host.run('operation', 'check', place('bad.yaml'), place('good.yaml'))).toBe(EXIT.failed);
    const lines = host.out.trim().split('\n');
    expect(lines[0]).toBe(`${place('bad.yaml')}:2:1: version: at least 1`);
    expect(lines[1]).toContain(`${place('bad.yaml')}:5:82: phases[0].steps[0].use: there is no step kind fact`);
    expect(lines[2]).toBe(`${place('good.yaml')}: look, version 1, 1 phase, 1 step`);
    expect(await host.run('operation', 'check', place('good.yaml'))).toBe(EXIT.done);
  });

  it('shows one that is built in and one of a file, and each fault of a bad one on a line of its own', async () => {
    const host = new FakeHost();
    expect(await host.run('operation', 'show', 'install-upgrade-software')).toBe(EXIT.done);
    expect(host.out).toContain('answers.configuration-mode == custom');
    expect(await host.run('operation', 'show', place('good.yaml'))).toBe(EXIT.done);
    expect(host.out).toContain('look, version 1');
    expect(await host.run('operation', 'show', place('bad.yaml'))).toBe(EXIT.failed);
    expect(host.err).toContain('\n    ');
    expect(host.err).toContain('(operation-invalid)');
  });
});
