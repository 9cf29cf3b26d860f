/**
 * Whether a scriptlet would fail, from its text: practice nodes never run the scripts of a package. Only what is certain
 * counts: an `exit` with another number than 0, or a `false` under `set -e` or at the end, outside of every block.
 */
export function scriptletFails(text: string): boolean {
  let depth = 0;
  let stopsOnError = false;
  let last = '';
  for (const statement of statementsOf(text)) {
    const word = statement.split(/\s+/, 1)[0] ?? '';
    if (OPENING.has(word) || statement.endsWith('{')) {
      depth++;
      continue;
    }
    if (CLOSING.has(word)) {
      depth = Math.max(0, depth - 1);
      last = '';
      continue;
    }
    if (depth > 0 || /&&|\|\|/.test(statement)) {
      last = '';
      continue;
    }
    const exit = /^exit(?:\s+(\d+))?$/.exec(statement);
    if (exit) return exit[1] === undefined ? last === 'false' : Number(exit[1]) !== 0;
    if (/^set\s+-[a-z]*e/.test(statement)) stopsOnError = true;
    if (statement === 'false' && stopsOnError) return true;
    last = statement;
  }
  return last === 'false';
}

const OPENING: ReadonlySet<string> = new Set(['if', 'case', 'for', 'while', 'until', '{', '(']);
const CLOSING: ReadonlySet<string> = new Set(['fi', 'esac', 'done', '}', ')']);

/** The simple statements of a script, comments left out. `then`, `else` and `do` are dropped; what follows them is kept. */
function* statementsOf(text: string): Generator<string> {
  for (const line of text.split('\n')) {
    for (const part of line.replace(/(^|\s)#.*$/, '').split(';')) {
      const statement = part.trim().replace(/^(?:then|else|do)\b\s*/, '');
      if (statement !== '') yield statement;
    }
  }
}
