import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printable } from '../../core/model/strangerText.ts';
import { paintMark } from './words.ts';
import { cutLine, formatPairs, formatTable, widthOf } from './table.ts';

describe('formatTable', () => {
  it('aligns columns and leaves no blanks at the end of a line', () => {
    const text = formatTable(
      [{ title: 'PORT', align: 'right' }, { title: 'WHAT' }, { title: 'END' }],
      [
        ['9', 'a', ''],
        ['9000', 'long', 'x'],
      ],
    );
    expect(text).toBe('PORT  WHAT  END\n   9  a\n9000  long  x');
  });

  it('cuts the columns that may shrink to the width of the terminal', () => {
    const columns = [{ title: 'NAME', shrinks: true }, { title: 'FIXED' }];
    const text = formatTable(columns, [['x'.repeat(60), 'y'.repeat(10)]], { columns: 40 });
    expect(text.split('\n')[1]).toBe(`${'x'.repeat(27)}\u2026  ${'y'.repeat(10)}`);
  });

  it('loses the middle of names, and shows each row as a block where even that is too wide', () => {
    const columns = [{ title: 'NODE', shrinks: 'middle' as const }, { title: 'A' }, { title: 'B' }];
    const rows = [
      ['tpa-with-a-long-name-001', 'x'.repeat(12), 'some words of it'],
      ['tpa-2', '', 'y'.repeat(50)],
    ];
    expect(formatTable(columns, rows.slice(0, 1), { columns: 50 }).split('\n')[1]).toBe(
      `tpa-with\u2026-name-001  ${'x'.repeat(12)}  some words of it`,
    );
    expect(formatTable(columns, rows, { columns: 24 })).toBe(
      [
        'tpa-with-a-long-name-001',
        '  A: xxxxxxxxxxxx',
        '  B: some words of it',
        'tpa-2',
        `  B: ${'y'.repeat(19)}`,
        `    ${'y'.repeat(20)}`,
        `    ${'y'.repeat(11)}`,
      ].join('\n'),
    );
  });

  it('counts our own colours as no place, and ends them where a line is cut', () => {
    const red = '\u001b[31mfailed\u001b[0m node';
    expect(widthOf(red)).toBe(11);
    expect(cutLine(red, 5)).toBe('\u001b[31mfail\u2026\u001b[0m');
    expect(cutLine(red, 11)).toBe(red);
    const paint = paintMark({ colour: true, unicode: false });
    const rows = [
      ['F failed', 'x'],
      ['# done', 'y'],
    ];
    expect(formatTable([{ title: 'STATE', paint }, { title: 'B' }], rows)).toBe(
      'STATE     B\n\u001b[31mF failed\u001b[0m  x\n\u001b[34m# done\u001b[0m    y',
    );
    expect(paintMark({ colour: false, unicode: true })).toBeUndefined();
  });

  it('keeps rows one line each and columns in line, whatever the cells hold', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.string({ unit: 'binary', maxLength: 20 }), fc.string({ maxLength: 20 })), {
          maxLength: 8,
        }),
        (rows) => {
          const lines = formatTable([{ title: 'A' }, { title: 'B' }], rows).split('\n');
          expect(lines).toHaveLength(rows.length + 1);
          const start = Math.max(1, ...rows.map(([a]) => widthOf(printable(a)))) + 2;
          for (const [at, [, b]] of rows.entries()) {
            const rest = [...(lines[at + 1] ?? '')].slice(start).join('');
            expect(rest).toBe(printable(b).trimEnd());
          }
        },
      ),
      { seed: 7, numRuns: 60 },
    );
  });

  it('never lets a control character of a name reach the terminal', () => {
    expect(printable('a\u001b[2Jb\u0007\u202e\n')).toBe('a\u00b7[2Jb\u00b7\u00b7\u00b7');
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 50 }), (text) => {
        expect(printable(text)).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
      }),
      { seed: 8, numRuns: 100 },
    );
  });

  it('sets pairs one under the other', () => {
    expect(
      formatPairs([
        ['a', '1'],
        ['long', '2'],
      ]),
    ).toBe('a     1\nlong  2');
  });

  it('are left out in their order where a table does not fit, which is said', () => {
    const columns = [
      ...[{ title: 'NODE' }, { title: 'ADDRESS', yields: 2 }, { title: 'STATE' }],
      ...[{ title: 'OS', yields: 1 }, { title: 'SERVICE' }],
    ];
    const rows = [['tpa-001', '192.0.2.1', 'running', 'SLES 15 SP4 x86_64', 'practice-database-of-this-site up']];
    const at = (most: number): string[] => formatTable(columns, rows, { columns: most }).split('\n');
    expect(at(90)[0]).toMatch(/^NODE +ADDRESS +STATE +OS +SERVICE$/);
    expect(at(75)).toEqual([
      expect.stringMatching(/^NODE +ADDRESS +STATE +SERVICE$/),
      expect.not.stringContaining('SLES'),
      'No room for OS: --json has all.',
    ]);
    expect(at(60)).toEqual([
      expect.stringMatching(/^NODE +STATE +SERVICE$/),
      expect.not.stringContaining('192'),
      'No room for ADDRESS, OS: --json has all.',
    ]);
    for (const line of at(75)) expect(line.length).toBeLessThanOrEqual(75);
    // Too narrow for a part of it: each row whole, as a block.
    expect(at(40).join('\n')).toMatch(/^tpa-001 {2}ADDRESS: 192.0.2.1[^]*OS: SLES/);
    // In a pipe nothing is left out.
    expect(formatTable(columns, rows)).toContain('SLES');
  });
});
