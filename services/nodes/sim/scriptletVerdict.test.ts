import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scriptletFails } from './scriptletVerdict.ts';

/** What a real shell says, with rpm's argument of an upgrade; the scripts here do nothing but end. */
function shellFails(script: string): boolean {
  return spawnSync('/bin/sh', ['-s', '2'], { input: script, timeout: 10_000 }).status !== 0;
}

describe('scriptletFails', () => {
  it.each([
    ['', false],
    ['exit 0', false],
    ['exit 1', true],
    ['echo "no room" >&2\nexit 1\n', true],
    ['exit 1 >/dev/null 2>&1', true],
    ['exit "3"', true],
    ['# exit 1', false],
    ['echo # exit 1', false],
    ['exit 256', false],
    ['exit 257', true],
    ['exit $code', false],
    ['if [ "$1" = 2 ]; then exit 1; fi', false],
    ['if [ "$1" = 2 ]; then\n  exit 1\nfi\nexit 0', false],
    ['if [ "$1" = 2 ]\nthen exit 1\nfi', false],
    ['[ "$1" = 2 ] && exit 1', false],
    ['[ -e /nowhere ] &&\n  exit 1\n:', false],
    ['test -d / ||\\\n exit 1\n', false],
    ['test -d / || \\\n exit 1\n', false],
    ['if true; then :; fi\nexit 3', true],
    ['if [ "$1" = 2 ]; then exit 0; fi\nexit 3', false],
    ['case $1 in\n 1) exit 1;;\nesac', false],
    ['case $1 in\n (1) :;;\n *) :;;\nesac\nexit 1', true],
    ['check() {\n  exit 1\n}\n:', false],
    ['check()\n{\n  exit 1\n}\n:', false],
    ['( exit 1 )\n:', false],
    ['( exit 1 ) || true', false],
    ['exit 1 | cat', false],
    ['exit 1 &', false],
    ['cat <<EOF >/dev/null\nexit 1\nEOF\n', false],
    ["cat <<-'EOF' >/dev/null\n\texit 1\n\tEOF\n", false],
    ['cat <<A <<"B C" >/dev/null\nexit 1\nA\nexit 1\nB C\n', false],
    ['cat <<EOF >/dev/null\ntext\nEOF\nexit 1', true],
    ['echo "\nexit 1\n"', false],
    ["echo '\nexit 1\n'", false],
    ['echo "a \\" b\nexit 1\n"', false],
    ['x="it\'s"\nexit 1', true],
    ['x=$(\necho exit 1\n)', false],
    ['x=`\necho exit 1\n`', false],
    ['x=$(true)\nexit 1', true],
    ['x=${1#2}\nexit 1', true],
    ['set -e\nfalse\necho done', true],
    ['set -eu\nfalse\necho done', true],
    ['set -o errexit\nfalse\n:', true],
    ['set -e\nset +e\nfalse\n:', false],
    ['set -e\nfalse || true', false],
    ['set -e\nif false; then :; fi', false],
    ['false', true],
    ['false\n:', false],
    ['false\nexit', true],
    ['! false', false],
    ['test -d / || exit 1', false],
    ['exit 0\nexit 1', false],
    ['trap "exit 0" EXIT\nexit 1', false],
    ['while false; do exit 1; done', false],
    ['for i in 1; do\n :\ndone\nexit 1', true],
    ['echo "never closed\nexit 1', false],
  ])('%j: %s', (text, fails) => {
    expect(scriptletFails(text)).toBe(fails);
    // What counts as a failure must be one.
    if (fails) expect(shellFails(text)).toBe(true);
  });

  it('never fails a script that a shell ends well, whatever its parts', () => {
    const parts = [
      ...['exit 0', 'exit 1', 'exit 256', 'exit', 'false', 'true', ':', 'set -e', 'set +e', '! false', '! true'],
      ...[
        'if true; then',
        'if false',
        'then',
        'else',
        'fi',
        'while false; do',
        'done',
        'case $1 in',
        '2)',
        ';;',
        'esac',
      ],
      ...[
        '{',
        '}',
        '(',
        ')',
        'f() {',
        'f',
        '&&',
        '||',
        '|',
        ';',
        '\\',
        '"',
        "'",
        'cat <<E',
        'E',
        '# exit 1',
        'x=$(',
        '`',
      ],
    ];
    const script = fc
      .array(fc.tuple(fc.constantFrom(...parts), fc.constantFrom('\n', ' ', '; ', '\n\n')), { maxLength: 9 })
      .map((lines) => lines.map(([part, end]) => part + end).join(''));
    fc.assert(
      fc.property(script, (text) => !scriptletFails(text) || shellFails(text)),
      { seed: 42, numRuns: 3000 },
    );
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
