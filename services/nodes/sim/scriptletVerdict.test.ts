import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scriptletFails } from './scriptletVerdict.ts';

describe('scriptletFails', () => {
  it.each([
    ['', false],
    ['exit 0', false],
    ['exit 1', true],
    ['echo "no room" >&2\nexit 1\n', true],
    ['# exit 1', false],
    ['if [ "$1" = 2 ]; then exit 1; fi', false],
    ['if [ "$1" = 2 ]; then\n  exit 1\nfi\nexit 0', false],
    ['if true; then :; fi\nexit 3', true],
    ['case $1 in\n 1) exit 1;;\nesac', false],
    ['check() {\n  exit 1\n}\n:', false],
    ['set -e\nfalse\necho done', true],
    ['false', true],
    ['false\n:', false],
    ['test -d /opt || exit 1', false],
    ['exit 0\nexit 1', false],
  ])('%j: %s', (text, fails) => {
    expect(scriptletFails(text)).toBe(fails);
  });

  it('ends for any text', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 400 }), (text) => typeof scriptletFails(text) === 'boolean'),
      {
        seed: 42,
        numRuns: 200,
      },
    );
  });
});
