import { widthOf } from './table.ts';

/** A line of a source text that is as long was broken because it was full; what follows belongs to it. */
const FULL_LINE = 105;
/** What stands beside a command begins after at least so many blanks. */
const REMARK = /^( +\S.*?) {3,}(\S.*)$/;
const COMMAND = /^ +putctl /;
/** The name of what is said behind it, as lines of `name: value` have it. */
const LABEL = /^\S{1,10} {2,}(?=\S)/;

/** A text in lines of at most `most` places, broken at blanks; all but the first are set in. A word that is longer stays whole, so that it can be copied. */
function brokenAtBlanks(text: string, most: number, indent: string): string[] {
  const lines: string[] = [];
  const [begin = '', ...words] = text.split(/(?<=\S) (?=\S)/);
  let line = begin;
  for (const word of words) {
    const longer = `${line} ${word}`;
    if (widthOf(longer) <= most) line = longer;
    else {
      lines.push(line);
      line = `${indent}${word}`;
    }
  }
  return [...lines, line];
}

function foldedLine(line: string, most: number): string[] {
  if (widthOf(line) <= most) return [line];
  const [, command, remark] = REMARK.exec(line) ?? [];
  if (command !== undefined && remark !== undefined) {
    const indent = ' '.repeat(6);
    return [...foldedLine(command, most), ...brokenAtBlanks(`${indent}${remark}`, most, indent)];
  }
  // A command is copied as it stands.
  if (COMMAND.test(line)) return [line];
  const label = LABEL.exec(line)?.[0];
  if (label !== undefined) return brokenAtBlanks(line, most, ' '.repeat(label.length));
  const indent = /^ */.exec(line)?.[0] ?? '';
  return brokenAtBlanks(line, most, indent === '' ? '' : `${indent}  `);
}

/**
 * Text for people at a terminal of `most` columns: longer lines are broken at blanks, what is said of a command goes below it, and the command itself
 * stays whole. Undefined: nobody's terminal, as it stands.
 */
export function folded(text: string, most: number | undefined): string {
  if (most === undefined) return text;
  return text
    .split('\n')
    .flatMap((line) => foldedLine(line, most))
    .join('\n');
}

/** The same for a text of help: lines that its source broke because they were full flow into each other first. */
export function flowed(text: string, most: number): string {
  const paragraphs: string[] = [];
  let isFull = false;
  for (const line of text.split('\n')) {
    if (isFull && /^\S/.test(line)) paragraphs.push(`${paragraphs.pop() ?? ''} ${line}`);
    else paragraphs.push(line);
    isFull = /^\S/.test(line) && line.length >= FULL_LINE;
  }
  return folded(paragraphs.join('\n'), most);
}
