import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { foldNames } from '../core/model/nodeNames.ts';
import { nodesMeant } from './nodeSelection.ts';
import { splitList } from './target.ts';

const KNOWN = ['tpa-001', 'tpa-002', 'tpa-010', 'aws-001', 'a.b'];
const meant = (...given: string[]): Promise<string[]> => nodesMeant(given, () => KNOWN);
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'putctl-nodes-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('nodes that a person means', () => {
  it('by name, pattern and file, each once in the order given', async () => {
    const file = join(folder, 'nodes.txt');
    await writeFile(file, '\uFEFF# tonight\r\naws-001, tpa-00?\n\ntpa-002 # again\n');
    expect(await meant('tpa-*')).toEqual(['tpa-001', 'tpa-002', 'tpa-010']);
    expect(await meant('tpa-00[2-9]', 'aws-*', 'tpa-002')).toEqual(['tpa-002', 'aws-001']);
    expect(await meant(`@${file}`)).toEqual(['aws-001', 'tpa-001', 'tpa-002']);
    // Dots are dots, and names that nobody knows are for the master to judge.
    expect(await meant('a?b', 'zz')).toEqual(['a.b', 'zz']);
    expect(await nodesMeant(['zz'], () => Promise.reject(new Error('not asked for plain names')))).toEqual(['zz']);
  });

  it('by ranges of numbers, as they are printed', async () => {
    const known = ['tpa-001', 'tpa-002', 'tpa-010', 'tpa-1', 'n9', 'n10', 'n11', 'n010', 'r2n1.site', 'aws', 'x,y'];
    const ranges = (...given: string[]): Promise<string[]> => nodesMeant(given.flatMap(splitList), () => known);
    expect(await ranges('tpa-[001-009]')).toEqual(['tpa-001', 'tpa-002']);
    expect(await ranges('tpa-[002,008-010],aws')).toEqual(['tpa-002', 'tpa-010', 'aws']);
    expect(await ranges('n[9-10]')).toEqual(['n9', 'n10']);
    expect(await ranges('*n[1-1,10-12]*')).toEqual(['n10', 'n11', 'r2n1.site']);
    expect((await ranges(foldNames(known.slice(0, 7)))).sort()).toEqual(known.slice(0, 7).sort());
    await expect(ranges('n[12-10]')).rejects.toMatchObject({ code: 'usage' });
  });

  it('and says what fits nothing', async () => {
    const empty = join(folder, 'empty.txt');
    await writeFile(empty, '# none\n');
    await expect(meant('sws-*')).rejects.toMatchObject({ code: 'node-unknown' });
    await expect(meant('tpa-[9-1]*')).rejects.toMatchObject({ code: 'usage' });
    await expect(meant(`@${join(folder, 'none')}`)).rejects.toMatchObject({ code: 'file-unreadable' });
    await expect(meant(`@${folder}`)).rejects.toThrow(`@${folder}: it is a folder`);
    await expect(meant(`@${empty}`)).rejects.toMatchObject({ code: 'usage' });
  });

  it('takes any pattern without a fault of its own', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: fc.constantFrom(...'ab*?[]^\\-.$('), maxLength: 12 }), async (pattern) => {
        const found = await nodesMeant([`x${pattern}`], () => KNOWN).catch(
          (error: unknown) => (error as { code: unknown }).code,
        );
        expect(Array.isArray(found) || found === 'usage' || found === 'node-unknown').toBe(true);
      }),
    );
  });
});
