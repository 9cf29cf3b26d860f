/** A simple command of a shell script: its words as written, and the operators before and after it. */
export interface ShellCommand {
  readonly words: readonly string[];
  readonly before: string;
  readonly after: string;
}

const OPERATORS = [';;', '&&', '||', ';', '&', '|', '(', ')', '\n'] as const;

/**
 * Splits a POSIX shell script at its operators; quoted text, substitutions, comments and here-documents split nothing. Words keep their
 * quotes. Undefined for a script whose quotes do not close.
 */
export function shellCommands(script: string): ShellCommand[] | undefined {
  // A backslash at the end of a line joins it with the next; inside single quotes it would not, which is rare enough to be told as such.
  const text = script.replace(/\r\n/g, '\n').replace(/\\\n/g, '');
  const commands: ShellCommand[] = [];
  const hereDocuments: { end: string; tabs: boolean }[] = [];
  let words: string[] = [];
  let word = '';
  let before = '\n';
  let at = 0;
  const endWord = (): void => {
    if (word !== '') words.push(word);
    word = '';
  };
  const endCommand = (operator: string): void => {
    endWord();
    // A line may end after these: the command that they join comes on the next one.
    if (operator === '\n' && words.length === 0 && ['&&', '||', '|'].includes(before)) return;
    commands.push({ words, before, after: operator });
    words = [];
    before = operator;
  };
  while (at < text.length) {
    const here = hereDocumentAt(text, at);
    if (here) {
      hereDocuments.push(here);
      endWord();
      at = here.next;
      continue;
    }
    const rest = text.slice(at, at + 2);
    const quoted = endOfQuoted(text, at);
    if (quoted === undefined) return undefined;
    if (quoted > at) {
      word += text.slice(at, quoted);
      at = quoted;
      continue;
    }
    const character = text[at] as string;
    if (character === '#' && word === '') {
      const end = text.indexOf('\n', at);
      at = end < 0 ? text.length : end;
      continue;
    }
    // `2>&1` and `>&2` hold no operator.
    const redirects = (character === '&' && /[<>]$/.test(word)) || (character === '|' && word.endsWith('>'));
    const operator = redirects ? undefined : OPERATORS.find((one) => rest.startsWith(one));
    if (operator !== undefined) {
      endCommand(operator);
      at += operator.length;
      if (operator === '\n') {
        const after = afterHereDocuments(text, at, hereDocuments.splice(0));
        at = after;
      }
    } else {
      if (/\s/.test(character)) endWord();
      else word += character;
      at += 1;
    }
  }
  endCommand('\n');
  return commands;
}

/** A `<<WORD` that begins here; `next` is behind it. */
function hereDocumentAt(text: string, at: number): { end: string; tabs: boolean; next: number } | undefined {
  if (!text.startsWith('<<', at) || text.startsWith('<<<', at) || text[at - 1] === '<') return undefined;
  const found = /^<<(-?)[ \t]*(?:'([^'\n]*)'|"([^"\n]*)"|\\?([^\s;&|()<>]+))/.exec(text.slice(at, at + 300));
  if (!found) return undefined;
  const end = found[2] ?? found[3] ?? found[4] ?? '';
  return { end, tabs: found[1] === '-', next: at + found[0].length };
}

/** Where the lines go on after the bodies of here-documents. */
function afterHereDocuments(text: string, from: number, documents: readonly { end: string; tabs: boolean }[]): number {
  let at = from;
  for (const { end, tabs } of documents) {
    for (let over = false; !over && at < text.length;) {
      const lineEnd = text.indexOf('\n', at);
      const line = text.slice(at, lineEnd < 0 ? text.length : lineEnd);
      at = lineEnd < 0 ? text.length : lineEnd + 1;
      over = (tabs ? line.replace(/^\t+/, '') : line) === end;
    }
  }
  return at;
}

/** The end of what is quoted or substituted from here on; `at` where nothing is; undefined where it does not close. */
function endOfQuoted(text: string, at: number): number | undefined {
  const character = text[at];
  if (character === '\\') return Math.min(text.length, at + 2);
  if (character === "'") return closing(text, at + 1, "'");
  if (character === '`') return closing(text, at + 1, '`');
  if (character === '"') return endOfDoubleQuoted(text, at + 1);
  if (character === '$' && (text[at + 1] === '(' || text[at + 1] === '{')) return endOfSubstitution(text, at + 1);
  return at;
}

function closing(text: string, from: number, mark: string): number | undefined {
  for (let at = from; at < text.length; at++) {
    if (mark === '`' && text[at] === '\\') at++;
    else if (text[at] === mark) return at + 1;
  }
  return undefined;
}

function endOfDoubleQuoted(text: string, from: number): number | undefined {
  for (let at = from; at < text.length;) {
    if (text[at] === '"') return at + 1;
    if (text[at] === "'") {
      at += 1;
      continue;
    }
    const end = endOfQuoted(text, at);
    if (end === undefined) return undefined;
    at = end > at ? end : at + 1;
  }
  return undefined;
}

/** `from` is at the bracket. Brackets of either kind are counted; a `case` inside `$()` may end it early, which leaves the verdict open. */
function endOfSubstitution(text: string, from: number): number | undefined {
  let depth = 0;
  for (let at = from; at < text.length;) {
    const character = text[at];
    if (character === '(' || character === '{') depth += 1;
    if (character === ')' || character === '}') {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
    const end = character === '(' || character === '{' ? at : endOfQuoted(text, at);
    if (end === undefined) return undefined;
    at = end > at ? end : at + 1;
  }
  return undefined;
}
