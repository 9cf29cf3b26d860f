import { reportOf, type PutError } from '../../core/protocol/errors.ts';
import type { Terminal } from '../Terminal.ts';
import { printable, printableJson, printableUnder } from '../../core/model/strangerText.ts';

/** How a command tells its result: words for people, or JSON for scripts. */
export interface Output {
  readonly json: boolean;
  /** The result: one JSON document, or the text that `words` makes. */
  result(document: object, words: () => string): void;
  /** One change of a stream: one line of JSON, or the text of `words` (none: nothing is shown to people). */
  line(document: object, words?: () => string | undefined): void;
  /** For people who wait; goes to the error output and is left out with --json. */
  note(text: string): void;
  /** A note that only a person at a terminal wants: one of many lines of progress. */
  progress(text: string): void;
  /** The same, written over by what comes next; only on a terminal. '' takes it away. */
  passing(text: string): void;
}

/** A screen's last line that is rewritten in place must not wrap. */
const PASSING_COLUMNS = 100;

export function createOutput(terminal: Terminal, json: boolean): Output {
  let passingShown = false;
  const clear = (): void => {
    if (passingShown) terminal.errRaw('\r\u001b[2K');
    passingShown = false;
  };
  return {
    json,
    result(document, words) {
      clear();
      terminal.out(json ? jsonText(document, 2) : words());
    },
    line(document, words) {
      clear();
      if (json) terminal.out(jsonText(document));
      else {
        const text = words?.();
        if (text !== undefined) terminal.out(text);
      }
    },
    note(text) {
      clear();
      if (!json) terminal.err(text);
    },
    progress(text) {
      clear();
      if (!json && terminal.errIsTerminal) terminal.err(text);
    },
    passing(text) {
      if (json || !terminal.errIsTerminal) return;
      clear();
      if (text === '') return;
      terminal.errRaw([...printable(text)].slice(0, (terminal.columns ?? PASSING_COLUMNS) - 1).join(''));
      passingShown = true;
    },
  };
}

/** A document as JSON that a terminal shows as it stands. */
export function jsonText(document: object, indent?: number): string {
  return printableJson(JSON.stringify(document, undefined, indent));
}

/** An error as a JSON document: code, message, place, cause and next step. */
export function errorDocument(error: PutError, more: object = {}): object {
  return { error: { ...reportOf(error), retry: error.retry, nextStep: error.nextStep }, ...more };
}

/** An error for people: what and where, then what to do. */
export function errorText(error: PutError, hints: readonly string[] = []): string {
  const lines = [`putctl: ${printableUnder(error.message, '    ')} (${error.code})`, `  Next: ${error.nextStep}`];
  return [...lines, ...hints.map((hint) => `        ${hint}`)].join('\n');
}
