import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PutError } from '../protocol/errors.ts';
import { CERT_LIST_LIMITS, formatCertList, missingFromLibrary, parseCertList } from './certList.ts';
import { NODE_TYPES } from './node.ts';
import type { CertList } from './package.ts';
import { sampleCertList, sampleLibrary } from './testing/rpmTool.ts';

const HEAD = 'release 17.20.03\ntitle Practice database\n';
const ROW = 'ppde 17.20.03.01-1 x86_64 mandatory TPA,HSN\n';

describe('parseCertList', () => {
  it('reads release, title and rows; comments, empty lines, tabs and line ends of Windows do not matter', () => {
    const text =
      '\uFEFF# comment\r\nrelease\t17.20.03\r\n\r\n  title  Practice  database \r\nppde\t17.20.03.01-1  x86_64 mandatory TPA,HSN  # engine\r\nptools 1:1~rc1-2 noarch optional *';
    expect(parseCertList(text)).toEqual({
      release: '17.20.03',
      title: 'Practice  database',
      entries: [
        { name: 'ppde', version: '17.20.03.01-1', arch: 'x86_64', mandatory: true, nodeTypes: ['TPA', 'HSN'] },
        { name: 'ptools', version: '1:1~rc1-2', arch: 'noarch', mandatory: false, nodeTypes: [] },
      ],
    });
  });

  it.each([
    ['', 1, /"release NAME" expected/],
    ['# only\n# comments\n', 3, /"release NAME" expected/],
    ['title x\n', 1, /"release NAME" expected first, found "title"/],
    ['release a b\n', 1, /one name/],
    ['release 1\nppde 1-1 noarch mandatory *\n', 2, /"title TEXT" expected after the release/],
    ['release 1\n\ntitle\n', 3, /1 to 200 signs/],
    [HEAD, 3, /no package is named/],
    [`${HEAD}ppde 1-1 noarch mandatory\n`, 3, /found 4 columns/],
    [`${HEAD}ppde 1-1 noarch mandatory TPA HSN\n`, 3, /found 6 columns/],
    [`${HEAD}../ppde 1-1 noarch mandatory *\n`, 3, /"\.\.\/ppde" is not a package name/],
    [`${HEAD}-ppde 1-1 noarch mandatory *\n`, 3, /is not a package name/],
    [`${HEAD}ppde 1.0 noarch mandatory *\n`, 3, /"1\.0" is not a version; \[epoch:\]version-release expected/],
    [`${HEAD}ppde a:1-1 noarch mandatory *\n`, 3, /is not a version/],
    [`${HEAD}ppde 1-1 x86/64 mandatory *\n`, 3, /is not an architecture/],
    [`${HEAD}ppde 1-1 noarch Mandatory *\n`, 3, /"mandatory" or "optional" expected, found "Mandatory"/],
    [`${HEAD}ppde 1-1 noarch optional TPA,MASTER\n`, 3, /"MASTER" is not a node type/],
    [`${HEAD}ppde 1-1 noarch optional TPA,\n`, 3, /"" is not a node type/],
    [`${HEAD}${ROW}${ROW}`, 4, /ppde for x86_64 stands in line 3 already/],
    [`${HEAD}pp\u0000de 1-1 noarch optional *\n`, 3, /control signs/],
    [`${HEAD}${'x'.repeat(1001)}\n`, 3, /1001 signs; at most 1000/],
    ['x'.repeat(CERT_LIST_LIMITS.bytes + 1), 1, /at most 1048576/],
  ])('%j: line %i', (text, line, message) => {
    const parse = (): CertList => parseCertList(text);
    expect(parse).toThrow(expect.objectContaining({ code: 'certlist-invalid', details: { line } }));
    expect(parse).toThrow(message);
    expect(parse).toThrow(new RegExp(`^line ${line}: `));
  });

  it('takes 10,000 rows and refuses one more', () => {
    const rows = Array.from({ length: CERT_LIST_LIMITS.rows }, (_, i) => `p${i} 1-1 noarch optional *\n`).join('');
    expect(parseCertList(HEAD + rows).entries).toHaveLength(CERT_LIST_LIMITS.rows);
    expect(() => parseCertList(`${HEAD}${rows}${ROW}`)).toThrow(/^line 10003: more than 10000 packages/);
  });

  it('answers any text with a list or a certlist-invalid', () => {
    const line = fc.oneof(
      fc.string(),
      fc.constantFrom('release 1', 'title a', 'ppde 1-1 noarch mandatory *', '#', '\r'),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
        try {
          parseCertList(lines.join('\n'));
        } catch (error) {
          if (!(error instanceof PutError) || error.code !== 'certlist-invalid') throw error;
        }
      }),
      { seed: 1, numRuns: 1000 },
    );
  });
});

describe('formatCertList', () => {
  it('writes what is read back', () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9+_.-]{0,8}$/);
    const version = fc.stringMatching(/^(?:[0-9]:)?[0-9][0-9a-z.~^]{0,5}-[0-9][0-9a-z.]{0,3}$/);
    const entry = fc.record({
      name,
      version,
      arch: fc.constantFrom('noarch', 'x86_64', 'aarch64'),
      mandatory: fc.boolean(),
      nodeTypes: fc.uniqueArray(fc.constantFrom(...NODE_TYPES)),
    });
    const entries = fc.uniqueArray(entry, {
      minLength: 1,
      maxLength: 12,
      selector: (row) => `${row.name} ${row.arch}`,
    });
    fc.assert(
      fc.property(entries, (rows) => {
        const list: CertList = { release: '17.20.03', title: 'Practice database 17.20', entries: rows };
        expect(parseCertList(formatCertList(list))).toEqual(list);
      }),
      { seed: 2, numRuns: 200 },
    );
  });

  it('refuses what no line can hold', () => {
    const list = parseCertList(HEAD + ROW);
    expect(() => formatCertList({ ...list, title: 'a\nb' })).toThrow(
      expect.objectContaining({ code: 'certlist-invalid' }),
    );
    expect(() => formatCertList({ ...list, entries: [] })).toThrow(
      expect.objectContaining({ code: 'certlist-invalid' }),
    );
  });
});

describe('the sample cert lists', () => {
  it('name exactly the packages beside them', () => {
    const first = sampleCertList('release-1/put-17.10.certlist');
    const second = sampleCertList('release-2/put-17.20.certlist');
    expect(missingFromLibrary(first, sampleLibrary('release-1'))).toEqual([]);
    expect(missingFromLibrary(second, sampleLibrary('release-2'))).toEqual([]);
    expect(second.entries).toHaveLength(sampleLibrary('release-2').length);
    expect(missingFromLibrary(second, sampleLibrary('release-1'))).toContain('ptdbms-1:17.20.03.01-1.x86_64');
  });
});

describe('docs/cert-lists.md', () => {
  const page = readFileSync(new URL('../../docs/cert-lists.md', import.meta.url), 'utf8');

  it('shows a list that can be read', () => {
    const shown = /```certlist\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
    const list = parseCertList(shown);
    expect(list).toMatchObject({ release: '17.20.03', title: 'Practice database 17.20.03' });
    expect(list.entries.at(-1)).toEqual({
      ...{ name: 'ptools', version: '17.20.03.01-1', arch: 'noarch', mandatory: false },
      nodeTypes: [],
    });
  });

  it('names every node type and limit', () => {
    for (const type of NODE_TYPES) expect(page).toContain(type);
    const { rows, lineLength, titleLength, nameLength } = CERT_LIST_LIMITS;
    for (const limit of [rows, lineLength, titleLength, nameLength]) expect(page).toContain(limit.toLocaleString('en'));
  });
});
