import { advisedReport, PutError } from '../../core/protocol/errors.ts';
import { aimed } from '../aim.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import type { Terminal } from '../Terminal.ts';
import { printableLines, printableUnder } from '../../core/model/strangerText.ts';
import { jsonText, listingCsv, nameFirst, namesText, yamlText, type Listing, type OutputForm } from './forms.ts';
import { folded } from './prose.ts';
import { cutLine } from './table.ts';

export interface OutputSettings {
  /** Undefined: words for people. */
  readonly form?: OutputForm | undefined;
  /** What `name` and `csv` show; a command without it has no such forms. */
  readonly listing?: Listing | undefined;
  /** Results and errors alone. */
  readonly quiet?: boolean | undefined;
  /** What is done, and how long each part took, on the error output. */
  readonly verbose?: boolean | undefined;
  /** Behind commands that are told as the next ones; see aimOf. */
  readonly aim?: string | undefined;
  /** The exit code tells *nothing to do* from *done*. */
  readonly detailedExitcode?: boolean | undefined;
}

/** How a command tells its result: words for people, or a form for scripts. */
export interface Output {
  /** A script reads the result: nobody is asked, and hints are left out. */
  readonly json: boolean;
  readonly form: OutputForm | undefined;
  /** The result: one document in the form that was asked for, or the text that `words` makes. `listing`: its list, where it is another than that of the command. */
  result(document: object, words: () => string, listing?: Listing): void;
  /** One change of a stream: one line of JSON, one document of YAML, or the text of `words` (none: nothing is shown to people). */
  line(document: object, words?: () => string | undefined): void;
  /** For people who wait; goes to the error output and is left out for scripts. */
  note(text: string): void;
  /** A note that only a person at a terminal wants: one of many lines of progress. */
  progress(text: string): void;
  /** The same, of one line or several, written over by what comes next; only on a terminal. '' takes it away. */
  passing(text: string): void;
  /** What `passing` shows is seen: it is worth being made. */
  readonly showsPassing: boolean;
  /** What the command ends with where it would answer `exitCode`; its documents say the same. */
  exitCode(exitCode: ExitCode): ExitCode;
  /** Only results and errors are wanted. */
  readonly quiet: boolean;
  /** Stands behind commands that are told as the next ones, so that they go to the same system; '' where they do by themselves. */
  readonly aim: string;
  /** The commands to go on with, so aimed. */
  next(commands: readonly string[]): string[];
  /** With --verbose alone, to the error output. */
  detail(text: string): void;
}

/** Lines that are rewritten in place must not wrap. */
const PASSING_COLUMNS = 100;

export function createOutput(terminal: Terminal, settings: OutputSettings): Output {
  const { form, listing, quiet, verbose, detailedExitcode, aim = '' } = settings;
  const json = form !== undefined;
  const showsPassing = !json && quiet !== true && terminal.errIsTerminal;
  let shownLines = 0;
  const clear = (): void => {
    if (shownLines > 0) terminal.errRaw(`\r\u001b[2K${'\u001b[1A\u001b[2K'.repeat(shownLines - 1)}`);
    shownLines = 0;
  };
  return {
    json,
    form,
    showsPassing,
    quiet: quiet === true,
    aim,
    next: (commands) => aimed(commands, aim),
    exitCode: (exitCode) => (exitCode === EXIT.nothingToDo && detailedExitcode !== true ? EXIT.done : exitCode),
    result(document, words, list = listing) {
      clear();
      terminal.out(textOf(list ? nameFirst(document, list) : document, words, form, list));
    },
    line(document, words) {
      clear();
      if (form === 'name' || form === 'csv') throw new PutError('usage', `a stream of changes has no form ${form}`);
      if (form === 'yaml') terminal.out(`---\n${yamlText(document)}`);
      else if (json) terminal.out(jsonText(document));
      else {
        const text = words?.();
        if (text !== undefined) terminal.out(text);
      }
    },
    note(text) {
      clear();
      if (!json && quiet !== true) terminal.err(folded(text, terminal.errColumns));
    },
    progress(text) {
      clear();
      if (showsPassing) terminal.err(text);
    },
    passing(text) {
      if (!showsPassing) return;
      clear();
      if (text === '') return;
      const width = (terminal.errColumns ?? PASSING_COLUMNS) - 1;
      const lines = text.split('\n').map((line) => cutLine(printableLines(line), width));
      terminal.errRaw(lines.join('\r\n'));
      shownLines = lines.length;
    },
    detail(text) {
      if (verbose !== true) return;
      clear();
      terminal.err(text);
    },
  };
}

function textOf(
  document: object,
  words: () => string,
  form: OutputForm | undefined,
  listing: Listing | undefined,
): string {
  switch (form) {
    case undefined:
      return words();
    case 'json':
      return jsonText(document, 2);
    case 'yaml':
      return yamlText(document);
    case 'name':
      return listing ? namesText(document, listing) : jsonText(document, 2);
    case 'csv':
      return listing ? listingCsv(document, listing) : jsonText(document, 2);
  }
}

/** An error as a JSON document: code, message, place, cause and next step. */
export function errorDocument(error: PutError, more: object = {}): object {
  return { error: advisedReport(error), ...more };
}

/** An error for people: what and where, then what to do. */
export function errorText(error: PutError, hints: readonly string[] = []): string {
  const lines = [`putctl: ${printableUnder(error.message, '    ')} (${error.code})`, `  Next: ${error.nextStep}`];
  return [...lines, ...hints.map((hint) => `        ${hint}`)].join('\n');
}
