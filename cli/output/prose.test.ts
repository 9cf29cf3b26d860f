import { describe, expect, it } from 'vitest';
import { flowed, folded } from './prose.ts';

describe('text at a terminal', () => {
  it('is broken at blanks, and commands stay whole', () => {
    const text = [
      'It is over and came through on every node.',
      '  putctl rollback 1 --all --preview   what going back to the versions before would come to',
      '  putctl rollback 1 --all --preview --reason "so that it is long"',
      '    Next: Free space on the node, then Retry, once it is there.',
      'job    1, Install/Upgrade Software, driven by engineer',
    ].join('\n');
    expect(folded(text, 40).split('\n')).toEqual([
      'It is over and came through on every',
      'node.',
      '  putctl rollback 1 --all --preview',
      '      what going back to the versions',
      '      before would come to',
      '  putctl rollback 1 --all --preview --reason "so that it is long"',
      '    Next: Free space on the node, then',
      '      Retry, once it is there.',
      'job    1, Install/Upgrade Software,',
      '       driven by engineer',
    ]);
    expect(folded(text, undefined)).toBe(text);
    expect(folded(text, 200)).toBe(text);
  });

  it('counts no colour, and keeps a word that is longer than a line', () => {
    expect(folded('\u001b[31mfailed\u001b[0m: no', 10)).toBe('\u001b[31mfailed\u001b[0m: no');
    const print = 'F5:84:42:AC:C7:0C:F1:E6:5D:F7:DD:4C:8B:6E:DF:5F';
    expect(folded(`It shows ${print} now`, 40)).toBe(`It shows\n${print}\nnow`);
  });

  it('of help flows where its source broke it for its length alone', () => {
    const full =
      'The answers belong to the job on the master from its start: a lost line, Ctrl-C or a closed laptop never stops it,';
    expect(flowed(`Examples:\n  putctl run\n\n${full}\nand it goes on.\nExit codes: 0.`, 80).split('\n')).toEqual([
      'Examples:',
      '  putctl run',
      '',
      'The answers belong to the job on the master from its start: a lost line, Ctrl-C',
      'or a closed laptop never stops it, and it goes on.',
      'Exit codes: 0.',
    ]);
  });
});
