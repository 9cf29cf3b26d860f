import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeHtml, printable, printableForeignLines, printableJson, printableLines } from './strangerText.ts';

const BAD = ['\u001b[2J', '\u009b2J', '\u0007', '\u202e', '\u2066', '\u200f', '\u2028', '\ufeff', '\u0000', '\r'];
const anyText = fc
  .array(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...BAD, '\u001b[31m', '\n')))
  .map((parts) => parts.join(''));
const hasUnprintable = (text: string): boolean =>
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]/u.test(text);

describe('texts of strangers', () => {
  it('drive no terminal and turn no direction', () => {
    for (const bad of BAD) {
      expect(hasUnprintable(printable(`a${bad}b`)), JSON.stringify(bad)).toBe(false);
      expect(hasUnprintable(printableLines(`a${bad}b`)), JSON.stringify(bad)).toBe(false);
      expect(hasUnprintable(escapeHtml(`a${bad}b`)), JSON.stringify(bad)).toBe(false);
    }
    expect(printable('päckage \u{1f600} 1.0')).toBe('päckage \u{1f600} 1.0');
    expect(printableLines('\u001b[31mfailed\u001b[0m\n\tnode')).toBe('\u001b[31mfailed\u001b[0m\n\tnode');
    expect(printableLines('\u001b[8mhidden\u001b[1;31m')).toBe('·[8mhidden·[1;31m');
    expect(printableForeignLines('\u001b[31mCode:\u001b[0m\n\tnext')).toBe('·[31mCode:·[0m\n\tnext');
    expect(escapeHtml('<b>"x" & \u001b[31my')).toBe('&#60;b&#62;&#34;x&#34; &#38; ·[31my');
  });

  it('stay the same values in JSON, with nothing unprintable raw', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const value = { [text]: [text], n: 1 };
        for (const indent of [undefined, 2]) {
          const json = printableJson(JSON.stringify(value, undefined, indent));
          expect(JSON.parse(json)).toEqual(value);
          expect(hasUnprintable(json)).toBe(false);
        }
      }),
    );
  });

  it('have nothing unprintable left, whatever they are', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(hasUnprintable(printable(text))).toBe(false);
        expect(hasUnprintable(printableLines(text).replace(/\u001b\[\d+m/g, ''))).toBe(false);
      }),
    );
  });
});
