/*
 * Texts that somebody else chose (names of packages, nodes and users, notes, messages of a target) where people read them.
 * Control characters, those of C1 among them, drive terminals; marks that turn the direction of writing or hide themselves
 * let a text look like another one. Everything shown goes through one of these.
 */

/** ESC and all other controls, line ends, marks of direction (bidi), line and paragraph separators, and signs without width. */
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]/gu;
/** The same but line ends, tabulators, and the few sequences in which our own texts set a colour. */
const UNPRINTABLE_IN_LINES =
  /(\u001b\[(?:0|1|2|3[0-7]|9[0-7])m)|[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]/gu;

const IN_ITS_PLACE = '\u00b7';

/** Text on one line that shows as it stands; what would not is a dot. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, IN_ITS_PLACE);
}

/** The lines of a text one under the other, all but the first set in by `indent`: none of them can pass for a line of ours. */
export function printableUnder(text: string, indent: string): string {
  return text.split('\n').map(printable).join(`\n${indent}`);
}

/** The same for a text of several lines with colours of ours. */
export function printableLines(text: string): string {
  return text.replace(UNPRINTABLE_IN_LINES, (_sign, colour: string | undefined) => colour ?? IN_ITS_PLACE);
}

/** The same for several lines that a stranger wrote: they set no colour either. */
export function printableForeignLines(text: string): string {
  return printableLines(text.replaceAll('\u001b', IN_ITS_PLACE));
}

/** JSON text in which nothing unprintable stands raw: the value is the same, written with escapes. Line ends between members stay. */
export function printableJson(json: string): string {
  return json.replace(UNPRINTABLE, (sign) =>
    sign === '\n' ? sign : `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Text for a page: nothing in it is HTML, and nothing turns the direction of what stands beside it. */
export function escapeHtml(text: string): string {
  return printableForeignLines(text).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
